"""Read lists as the web client does: open an action, count, search, group; everything is undone."""

import time

from lxml import etree

from odoo import sql_db
from odoo.tools.safe_eval import safe_eval

GROUPS = "sales_team.group_sale_manager"
ACTIVITY_WIDGETS = {"list_activity", "kanban_activity"}
TAGS = {"many2many_tags", "many2many_avatar_user", "unfinished_products"}
# What a widget reads beside its own field.
BESIDE = {"unfinished_customer": ("name", "email", "phone")}
ACTIVITY_FIELDS = (
    "activity_exception_decoration",
    "activity_exception_icon",
    "activity_state",
    "activity_summary",
    "activity_type_icon",
    "activity_type_id",
)
PAGE, COUNT_LIMIT = 80, 10_001
ACTIONS = {
    "core": "website_sale.action_view_abandoned_tree",
    "ours": "website_sale_order_handling.action_unfinished_order",
}
DATE = {"core": "date_order", "ours": "activity_at"}


def run(env, side, rounds):
    """Return the milliseconds and the statements of everything that is done with the list."""
    env = seller(env)
    page = Page(env, ACTIONS[side])
    work = _work(env, page, side)
    measured = {name: measure(env, call, rounds) for name, call in work.items()}
    env.cr.rollback()
    return measured


def seller(env):
    """Return the environment of somebody who sees all orders, by the rules that hold for them."""
    user = env["res.users"].create(
        {"name": "Desk", "login": "desk", "group_ids": [(4, env.ref(GROUPS).id)]}
    )
    env.flush_all()
    return env(user=user, context={"lang": "en_US", "tz": "UTC", "allowed_company_ids": [1]})


def _work(env, page, side):
    some = page.model.search(page.domain, limit=1, offset=200)
    typed = {"number": some.name}
    if side == "ours":  # core's list of abandoned carts is searched by number only
        typed["name"] = some.customer_name
        typed["e-mail"] = some.email
        typed["phone"] = f"0{some.phone[2:6]} {some.phone[6:]}"
    beside = {}
    if side == "ours":  # what the browser asks for when the rows are shown
        shown = page.model.search(page.domain, limit=PAGE)
        beside = {
            "status of the first page": lambda: read_status(shown),
            "header": page.model.retrieve_dashboard,
        }
    return {
        "first page": page.read,
        **beside,
        "the page after 5,000": lambda: page.read(offset=5_000),
        "exact count": page.count,
        "first page without the filters": lambda: page.read(domain=page.fixed),
        "exact count without the filters": lambda: page.count(domain=page.fixed),
        **{f"search by {what}": lambda text=text: page.find(text) for what, text in typed.items()},
        "group by state": lambda: page.group("state"),
        "group by website": lambda: page.group("website_id"),
        "group by month": lambda: page.group(f"{DATE[side]}:month"),
        "group by customer": lambda: page.group("partner_id"),
        "sales teams with their carts": lambda: _read_teams(env),
        "80 online orders": lambda: _read_orders(env),
    }


class Page:
    """A list of an action, as the browser asks for it."""

    def __init__(self, env, action):
        """Load the action, its views and its default filters."""
        self.action = env["ir.actions.act_window"]._for_xml_id(action)
        context = safe_eval(self.action["context"] or "{}", {"uid": env.uid})
        self.model = env[self.action["res_model"]]
        list_view = next((v for v, kind in self.action["views"] if kind == "list"), False)
        views = self.model.get_views(
            [(list_view, "list"), (self._search_view(), "search")], {"load_filters": True}
        )
        self.list = etree.fromstring(views["views"]["list"]["arch"])
        self.search = etree.fromstring(views["views"]["search"]["arch"])
        self.fixed = safe_eval(self.action["domain"] or "[]", {"uid": env.uid})
        self.domain = self.fixed + self._filters(context)
        self.specification = self._specification()
        self.aggregates = [
            f"{node.get('name')}:sum" for node in self.list.iter("field") if node.get("sum")
        ]

    def _search_view(self):
        return self.action["search_view_id"] and self.action["search_view_id"][0]

    def _filters(self, context):
        """Return the domain of the filters that are on when the list is opened."""
        domain = []
        for name, value in context.items():
            if name.startswith("search_default_") and value:
                wanted = f"//filter[@name='{name.removeprefix('search_default_')}']"
                for node in self.search.xpath(wanted):
                    domain = domain + safe_eval(node.get("domain", "[]"))
        return domain

    def _specification(self):
        """Return what the list reads: the names of what it refers to, and nothing else of them."""
        specification = {}
        for node in self.list.iter("field"):
            field = self.model._fields[node.get("name")]
            specification[field.name] = _sub_specification(field, node)
            if node.get("widget") in ACTIVITY_WIDGETS:
                for name in ACTIVITY_FIELDS:
                    specification[name] = _sub_specification(self.model._fields[name])
            for name in BESIDE.get(node.get("widget"), ()):
                specification.setdefault(name, {})
        return specification

    def read(self, domain=None, offset=0):
        """Read one page, with the count up to ten thousand."""
        return self.model.web_search_read(
            self.domain if domain is None else domain,
            self.specification,
            offset=offset,
            limit=PAGE,
            order="",
            count_limit=COUNT_LIMIT,
        )

    def count(self, domain=None):
        """Count all, as a click on the pager does."""
        return self.model.search_count(self.domain if domain is None else domain)

    def find(self, text):
        """Read the page of what somebody finds who types a text and presses Enter."""
        box = self.search.find(".//field")
        by_name = f"[({box.get('name')!r}, 'ilike', self)]"
        domain = safe_eval(box.get("filter_domain") or by_name, {"self": text})
        found = self.read(domain=self.fixed + domain)
        if not found["length"]:
            raise RuntimeError(f"{text!r} was not found in {self.model._name}.")
        return found

    def group(self, by):
        """Read the groups of the list, folded."""
        return self.model.web_read_group(
            self.domain, [by], [*self.aggregates, "__count"], limit=PAGE
        )


def read_status(shown):
    """Read what comes next for the rows that are shown, as the list does in one call for all."""
    specification = {"desk_status": {}}
    return shown.web_search_read([("id", "in", shown.ids)], specification, limit=len(shown))


def _sub_specification(field, node=None):
    if field.type == "many2one":
        return {"fields": {"display_name": {}}}
    if field.type in {"many2many", "one2many"} and node is not None:
        tags = node.get("widget") in TAGS
        more = {"context": safe_eval(node.get("context", "{}"))} if node.get("context") else {}
        return {**({"fields": {"display_name": {}}} if tags else {}), **more}
    return {}


def _read_teams(env):
    """Read the counts on the cards of the sales teams."""
    teams = env["crm.team"].search([])
    return teams.read(["abandoned_carts_count", "abandoned_carts_amount"])


def _read_orders(env):
    """Read the list of orders, with what the addon shows on each, where it is installed."""
    orders = env["sale.order"].search([("website_id", "!=", False)], limit=PAGE)
    names = ["name", "partner_id", "date_order", "amount_total", "state"]
    ours = {"unfinished_order_count", "recovery_credit"} & set(orders._fields)
    return orders.read([*names, *sorted(ours)])


def measure(env, call, rounds):
    """Return the median of several runs, each with nothing in memory but what Odoo keeps anyway."""
    times = []
    for number in range(rounds + 1):
        env.invalidate_all()
        start, before = time.perf_counter(), sql_db.sql_counter
        call()
        if number:  # the first one warms up
            times.append((time.perf_counter() - start) * 1000)
        asked = sql_db.sql_counter - before
    return {"milliseconds": sorted(times)[len(times) // 2], "statements": asked}
