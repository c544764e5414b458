"""What is pictured, and the way there."""

import dataclasses

from kit import paths

ADDON = paths.ADDON


@dataclasses.dataclass(frozen=True)
class Screen:
    """A picture: its name, what the gallery calls it, and a function that makes the page show it.

    The function takes the page and what `kit.screens.inside` has found.
    """

    name: str
    title: str
    go: callable
    whole: bool = True  # the whole page, however long, and not only the window
    dark: bool = False


# -- the back office: its own navigation, which does not load the whole client anew

DO_ACTION = """\
async ([action, options]) => {
    const {services} = odoo.__WOWL_DEBUG__.root.env;
    services.dialog.closeAll();
    await services.action.doAction(action, {clearBreadcrumbs: true, ...options});
}
"""


def _action(name, **options):
    """Return a function that opens one of our actions; names of ids become ids."""

    def go(page, found):
        done = dict(options)
        if record := done.pop("record", None):
            done |= {"viewType": "form", "props": {"resId": found["ids"][record]}}
        if active := done.pop("active", None):
            ids = [found["ids"][active]]
            context = {"active_model": "unfinished.order", "active_ids": ids, "active_id": ids[0]}
            done["additionalContext"] = {**context, "active_domain": []}
        page.evaluate(DO_ACTION, [f"{ADDON}.{name}", done])

    return go


def _dialog(name):
    """Return a function that opens a dialog about an unfinished order, from its page."""

    def go(page, found):
        _action("action_unfinished_order", record="unfinished")(page, found)
        _action(name, active="sendable", clearBreadcrumbs=False)(page, found)
        page.wait_for_selector(".modal-dialog .o_form_view")

    return go


def _settings(page, found):
    page.evaluate(DO_ACTION, ["website.action_website_configuration", {}])
    page.locator("#abandoned_carts_setting").evaluate("(node) => node.scrollIntoView()")


OFFICE = [
    Screen("unfinished_orders", "Unfinished orders", _action("action_unfinished_order")),
    Screen(
        "unfinished_order",
        "An unfinished order",
        _action("action_unfinished_order", record="unfinished"),
    ),
    Screen("send", "Sending by hand", _dialog("action_unfinished_order_send")),
    Screen("erase", "Erasing a person", _dialog("action_unfinished_order_erase")),
    Screen("export", "Exporting", _dialog("action_unfinished_order_export_dialog")),
    Screen("exports", "Exports", _action("action_unfinished_order_export")),
    Screen(
        "export_done",
        "An export that is ready",
        _action("action_unfinished_order_export", record="export"),
    ),
    Screen("per_day", "Unfinished per day", _action("action_unfinished_order_report")),
    Screen(
        "per_product",
        "Unfinished per product",
        _action("action_unfinished_order_product_report"),
    ),
    Screen("overview", "Overview", _action("action_recovery_overview")),
    Screen("campaigns", "Campaigns", _action("action_recovery_campaign")),
    Screen("campaign", "A campaign", _action("action_recovery_campaign", record="campaign")),
    Screen("messages", "Messages", _action("action_recovery_message")),
    Screen("message", "A message", _action("action_recovery_message", record="message")),
    Screen("channels", "Channels", _action("action_recovery_channel")),
    Screen("channel", "A channel", _action("action_recovery_channel", record="channel")),
    Screen("country_rules", "Country rules", _action("action_recovery_country_rule")),
    Screen("health", "Health", _action("action_recovery_health")),
    Screen("settings", "Settings", _settings, whole=False),
]


# -- what buyers see


def _link(name):
    return lambda page, found: page.goto(found["links"][name])


def _press(page, button):
    with page.expect_navigation():
        button.click()


def _cart(page, found):
    page.goto(found["links"]["open"])
    _press(page, page.locator("form[name='recover'] button"))


def _address(page, found):
    del found
    page.goto("/shop/address")
    page.locator("#o_cart_capture_notice").scroll_into_view_if_needed()


def _no_such_link(page, found):
    del found
    page.goto("/shop/recover/nothing")


def _choices(page, found):
    """Show what can be chosen; what was chosen for earlier pictures is taken back."""
    page.goto(found["links"]["out"])
    for taken_back in ("resume_all", "resume_cart"):
        button = page.locator(f"button[name='choice'][value='{taken_back}']")
        if button.count():
            _press(page, button)
    page.goto(found["links"]["out"])


def _choose(*names):
    def go(page, found):
        _choices(page, found)
        for name in names:
            _press(page, page.locator(f"button[name='choice'][value='{name}']"))

    return go


BUYER = [
    Screen("link", "The page of the link", _link("open")),
    Screen("link_cart", "The cart, after the link", _cart, whole=False),
    Screen("address", "The address at the checkout", _address, whole=False),
    Screen("link_nothing", "A link, when nothing can be bought", _link("nothing")),
    Screen("link_placed", "A link, when the order is placed", _link("placed")),
    Screen("link_not_valid", "A link that is not valid", _no_such_link),
    Screen("reminders", "The way out of reminders", _choices),
    Screen("reminders_cart", "No more reminders of this cart", _choose("cart")),
    Screen("reminders_all", "No more reminders at all", _choose("all")),
    Screen("reminders_again", "Reminders after all", _choose("all", "resume_all")),
]


# -- mails


def _mail(name):
    def go(page, found):
        # As an answer of the shop, so that pictures load as they do in a mail.
        page.goto("/web/health")
        page.set_content(found["mails"][name][found["lang"]])

    return go


MAILS = [
    Screen("mail_first", "The first reminder", _mail("first")),
    Screen("mail_second", "The second reminder", _mail("second")),
    Screen("mail_last", "The last reminder", _mail("last")),
    Screen("mail_dark", "The first reminder in the dark", _mail("first"), dark=True),
]
ALL = [*OFFICE, *BUYER, *MAILS]
