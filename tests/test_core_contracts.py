"""Every private piece of Odoo that this addon leans on, named once.

When Odoo changes one of them, a test here fails with one sentence that says what of ours depends
on it, before anything else fails in a way that is harder to read.
"""

import ast
import inspect
from pathlib import Path

from lxml import etree

from odoo.fields import Field
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from odoo.addons.base.models.ir_qweb import IrQweb
from odoo.addons.website_sale.models.website import CART_SESSION_CACHE_KEY

from .common_house import ADDON, House, paths_of, tree_of

# Methods that we call or extend, with the names of their parameters, by model: who needs them.
METHODS = {
    "digest.digest": {
        "_calculate_company_based_kpi": (
            "model digest_kpi_field date_field additional_domain sum_field",
            "the digest says what reminders have brought back",
        ),
        "_compute_kpis_actions": ("company user", "the digest leads to the overview"),
    },
    "ir.cron": {
        "_add_progress": ("timed_out_counter", "a job of queue_job counts as a run of its cron"),
        "_callback": ("cron_name server_action_id", "our crons become jobs"),
        "_commit_progress": ("processed remaining deactivate", "batches are committed"),
        "_trigger": ("at", "the engine is woken"),
    },
    "ir.mail_server": {
        "_build_email__": (
            (
                "email_from email_to subject body email_cc email_bcc reply_to attachments"
                " message_id references object_id subtype headers body_alternative"
                " subtype_alternative"
            ),
            "reminders become messages, and their unsubscribe link stays in one piece",
        ),
        "_disable_send": ("", "a copy of a database sends nothing"),
        "_get_default_from_address": ("", "Health says when nobody is the sender"),
        "send_email": (
            (
                "message mail_server_id smtp_server smtp_port smtp_user smtp_password"
                " smtp_encryption smtp_ssl_certificate smtp_ssl_private_key smtp_debug smtp_session"
            ),
            "reminders go over an open connection",
        ),
    },
    "ir.sequence": {
        "_get_prefix_suffix": ("date date_range", "many numbers are taken in one statement"),
    },
    "mail.mail": {
        "_send": (
            (
                "auto_commit raise_exception smtp_session alias_domain_id mail_server"
                " post_send_callback"
            ),
            "reminders are sent by the hundred",
        ),
        "_personalize_outgoing_body": (
            "body partner doc_to_followers",
            "no text is made of a reminder that has one of its own",
        ),
        "_prepare_outgoing_list": ("mail_server doc_to_followers", "reminders become messages"),
        "_postprocess_sent_message": (
            "success_pids success_emails failure_reason failure_type",
            "the queue reports what became of reminders",
        ),
        "process_email_queue": ("email_ids batch_size", "the queue goes on at once"),
        "cancel": ("", "a reminder that a person takes out of the queue is noted"),
    },
    "mail.thread": {
        "message_route": (
            "message message_dict model thread_id custom_values",
            "mails that unsubscribe are taken",
        ),
        "_routing_handle_bounce": ("email_message message_dict", "bounces are noted"),
        "_routing_reset_bounce": (
            "email_message message_dict",
            "an address that a mail comes from is written to again",
        ),
        "_get_thread_with_access": (
            "thread_id hash pid token kwargs",
            "the messages on a cart stay private",
        ),
        "_message_log": (
            (
                "body subject author_id email_from message_type partner_ids attachment_ids"
                " tracking_value_ids"
            ),
            "a revoked link is noted on its cart",
        ),
    },
    "mail.render.mixin": {
        "_render_field": (
            "field res_ids engine compute_lang res_ids_lang set_lang add_context options",
            "subjects and senders are rendered for a batch",
        ),
        "_render_encapsulate": (
            "layout_xmlid html add_context context_record",
            "a template's layout is put around a reminder",
        ),
        "_replace_local_links": ("html base_url", "links in a reminder become absolute"),
        "_render_eval_context": ("", "bodies are rendered for a batch"),
    },
    "mail.template": {
        "_generate_template": (
            "res_ids render_fields recipients_allow_suggested find_or_create_partners",
            "reports are attached to reminders",
        ),
    },
    "ir.qweb": {
        "_compile": ("template", "a template is compiled once for a batch"),
        "_render": ("template values options", "building blocks and bodies are rendered"),
    },
    "mail.blacklist": {
        "_add": ("email message", "a buyer unsubscribes"),
        "_remove": ("email message", "a buyer takes that back"),
    },
    "phone.blacklist": {
        "_add": ("numbers message", "a buyer unsubscribes"),
        "_remove": ("numbers message", "a buyer takes that back"),
    },
    "payment.transaction": {
        "_set_canceled": (
            "state_message extra_allowed_states",
            "what was started for a cart ends when the cart is deleted",
        ),
        "_update_state": (
            "allowed_states target_state state_message",
            "the outcome of a payment is seen on its cart",
        ),
    },
    "product.product": {
        "_is_add_to_cart_allowed": ("", "our own answer to what the shop sells is checked"),
    },
    "product.pricelist": {
        "_get_products_price": ("products args kwargs", "what has no price is not offered"),
    },
    "product.template": {
        "_get_closest_possible_combination": (
            "combination",
            "a link leaves out what the shop would replace",
        ),
        "_get_product_types_allow_zero_price": ("", "tickets may be free, and are not hidden"),
    },
    "product.template.attribute.value": {
        "_get_combination_name": ("", "a mail names the variant"),
    },
    "res.lang": {"_get_data": ("kwargs", "amounts and directions follow the language")},
    "res.users": {
        "_is_internal": ("", "a colleague's click counts for nothing"),
        "_is_public": ("", "a visitor's cart is copied, not taken over"),
    },
    "sale.order": {
        "_apply_program_reward": ("reward coupon kwargs", "a link applies a code again"),
        "_cart_add": ("product_id quantity uom_id kwargs", "a link fills a cart"),
        "_cart_recovery_email_send": ("", "core's reminder goes through our campaign"),
        "_cart_update_line_quantity": ("line_id quantity kwargs", "a link fills a cart"),
        "_check_combo_quantities": ("line", "a link fills a cart with a combo"),
        "_compute_abandoned_cart": ("", "core's lists and ours agree"),
        "_compute_team_id": ("", "the website's sales team stays"),
        "_gc_abandoned_coupons": (
            "args kwargs",
            "a cart keeps its coupons while it is reminded of",
        ),
        "_get_confirmed_tx_create_date": ("", "a coupon ends in the shop's time zone"),
        "_get_delivery_methods": ("", "a link drops a delivery that the checkout would not accept"),
        "_get_program_domain": ("", "a promotion that has ended lowers no price in a mail"),
        "_get_real_points_for_coupon": (
            "coupon post_confirm",
            "a coupon that was used elsewhere lowers no price in a mail",
        ),
        "_has_deliverable_products": ("", "a link says that delivery is not counted"),
        "_is_anonymous_cart": ("", "what a guest types is kept, a customer's is not"),
        "_recompute_cart": ("", "a cart that is opened again has today's prices"),
        "_remove_delivery_line": ("", "a link drops a delivery that the checkout would not accept"),
        "_search_abandoned_cart": ("operator value", "core's lists and ours agree"),
        "_send_payment_succeeded_for_order_mail": ("", "an order is numbered before its mail"),
        "_try_apply_code": ("code", "a link applies a code again"),
        "_update_address": ("partner_id fnames", "a change of address is activity"),
        "_update_programs_and_rewards": ("", "a link applies a code again"),
        "_verify_cart": ("", "a cart that is opened again is checked"),
        "_verify_cart_after_update": ("", "a cart that is filled by a link is checked"),
    },
    "sale.order.line": {
        "_check_validity": ("", "a link fills a cart with a combo"),
        "_get_cart_display_price": ("", "mails and links show the cart's prices"),
        "_get_displayed_quantity": ("", "mails show the cart's quantities"),
        "_get_lines_with_price": ("", "the stock of a combo is that of its parts"),
        "_show_in_cart": ("", "mails and links show the cart's lines"),
    },
    "sale.report": {
        "_from_sale": ("", "core's report counts our carts"),
        "_select_additional_fields": ("", "core's report counts our carts"),
    },
    "crm.team": {"_compute_abandoned_carts": ("", "the team's board counts our carts")},
    "uom.uom": {
        "_compute_quantity": (
            "qty to_unit round rounding_method raise_if_failure",
            "stock is compared in the line's own unit",
        ),
    },
    "website": {
        "_create_cart": ("", "a link fills a new cart"),
        "_get_and_cache_current_cart": ("", "a cart in payment is never offered"),
        "_get_product_available_qty": ("product kwargs", "what is sold out is known"),
        "_prepare_sale_order_values": ("partner_sudo", "robots are marked, prices are today's"),
        "_send_abandoned_cart_email": ("", "core's own mail stays silent"),
    },
    "res.currency": {
        "_convert": ("from_amount to_currency company date round", "a team's carts add up"),
    },
    "res.partner": {
        "_check_company_domain": ("companies", "a link says that an account is another company's"),
        "_display_address": ("without_company", "a mail says who sends it"),
        "_phone_format": (
            "fname number country force_format raise_exception",
            "a typed number has the form of a contact's",
        ),
    },
    "sms.sms": {
        "_get_sms_company": ("", "a reminder leaves through the gateway of its company"),
        "_handle_call_result_hook": ("results", "a gateway's answer is noted on its reminder"),
        "_process_queue": ("", "reminders are sent company by company, and none twice"),
        "_send": (
            "unlink_failed unlink_sent raise_exception",
            "reminders are handed to their gateways",
        ),
        "_split_batch": ("", "a gateway takes so many at a time"),
        "action_set_canceled": ("", "a reminder that a person takes out of the queue is noted"),
    },
    "sms.tracker": {
        "_action_update_from_provider_error": (
            "provider_error",
            "a gateway reports that a reminder has not arrived",
        ),
        "_action_update_from_sms_state": (
            "sms_state failure_type failure_reason",
            "a gateway reports what became of a reminder",
        ),
    },
    "mail.activity.mixin": {"_default_activity_type": ("", "a call is planned")},
}

# What our own SQL reads or writes of Odoo's tables.
COLUMNS = {
    "ir_cron_progress": "cron_id create_date done remaining",
    "loyalty_card": "order_id",
    "loyalty_program": "program_type",
    "loyalty_reward": "program_id reward_type",
    "mail_blacklist": "active email",
    "mail_mail": "body_html mail_message_id",
    "mail_message": "message_id",
    "payment_transaction": (
        "state last_state_change create_date amount operation source_transaction_id"
    ),
    "phone_blacklist": "active number",
    "product_product": "active product_tmpl_id",
    "product_template": (
        "is_published is_storable allow_out_of_stock_order sale_ok service_tracking type website_id"
    ),
    "product_template_attribute_value": "ptav_active",
    "product_template_attribute_value_sale_order_line_rel": (
        "product_template_attribute_value_id sale_order_line_id"
    ),
    "res_company": "currency_id partner_id sale_discount_product_id",
    "res_country": "code",
    "res_currency": "decimal_places",
    "res_partner": "active country_id email_normalized lang name phone_sanitized tz",
    "res_users": "active partner_id share",
    "sale_order": (
        "access_token amount_total company_id create_date currency_id currency_rate date_order name"
        " partner_id state team_id user_id website_id"
    ),
    "sale_order_line": (
        "combo_item_id company_id display_type is_delivery order_id price_subtotal price_total"
        " product_id product_uom_qty reward_id"
    ),
    "sale_order_line_invoice_rel": "order_line_id",
    "sale_order_transaction_rel": "sale_order_id transaction_id",
    "website": "company_id prevent_zero_price_sale user_id",
}

# Names that every Odoo module may use, and those that only look like Odoo's.
EVERYDAY = {
    *("_", "_compute_display_name", "_convert_to_write", "_description_selection", "_fields"),
    *("_field_to_sql", "_filtered_access", "_for_xml_id", "_get_id", "_get_records_action", "_ids"),
    *("_name", "_origin", "_prefetch_ids", "_read_group", "_search", "_table", "_table_query"),
    *("_update_cache", "_cache_missing_ids"),  # asked about below
}


def parameters(function):
    """Return the names of a method's parameters, in order, without the record itself."""
    function = inspect.unwrap(getattr(function, "__func__", function))
    return " ".join(list(inspect.signature(function).parameters)[1:])


@tagged("-at_install", "post_install")
class TestCoreContracts(TransactionCase):
    def _core_method(self, model, name):
        for part in self.env.registry[model].mro():
            if name in vars(part) and getattr(part, "_module", None) != ADDON:
                return vars(part)[name]
        return None

    def test_methods_of_odoo_take_what_we_give_them(self):
        for model, methods in METHODS.items():
            for name, (expected, why) in methods.items():
                with self.subTest(model=model, method=name):
                    method = self._core_method(model, name)
                    self.assertTrue(method, f"Odoo has no {model}.{name} any more, by which {why}.")
                    found = parameters(method)
                    self.assertEqual(
                        found, expected, f"Odoo has changed {model}.{name}, by which {why}."
                    )

    def test_what_we_extend_takes_what_odoo_gives_it(self):
        for model, methods in METHODS.items():
            for name in methods:
                ours = vars(self.env.registry[model]).get(name)
                for part in self.env.registry[model].mro():
                    if name in vars(part) and getattr(part, "_module", None) == ADDON:
                        ours = vars(part)[name]
                        break
                else:
                    continue
                with self.subTest(model=model, method=name):
                    given = parameters(self._core_method(model, name)).split()
                    taken = inspect.signature(inspect.unwrap(ours)).parameters.values()
                    is_open = any(
                        one.kind in (one.VAR_KEYWORD, one.VAR_POSITIONAL) for one in taken
                    )
                    self.assertTrue(
                        is_open or {one.name for one in taken} >= set(given),
                        f"Our {model}.{name} does not take all that Odoo gives it: {given}.",
                    )

    def test_tables_of_odoo_have_the_columns_of_our_sql(self):
        for table, columns in COLUMNS.items():
            rows = self.env.execute_query(
                SQL(
                    "SELECT column_name FROM information_schema.columns WHERE table_name = %s",
                    table,
                )
            )
            missing = set(columns.split()) - {name for (name,) in rows}
            self.assertFalse(missing, f"Odoo's table {table} lacks {missing}, which our SQL reads.")

    def test_nothing_private_of_odoo_is_used_that_is_not_named_here(self):
        named = {name for methods in METHODS.values() for name in methods} | EVERYDAY
        ours = set(House().members)
        core = {
            name
            for model in self.env.registry.values()
            for part in model.mro()
            if getattr(part, "_module", ADDON) != ADDON
            for name in vars(part)
        }
        for path in paths_of("models/**/*.py", "orm/*.py", "drivers/**/*.py", "wizards/**/*.py"):
            for node in ast.walk(tree_of(path)):
                name = getattr(node, "attr", "") if isinstance(node, ast.Attribute) else ""
                if name.startswith("_") and name in core and name not in ours:
                    with self.subTest(file=str(path), name=name):
                        self.assertIn(name, named, "Name it in METHODS: who needs it, and how.")

    # === What is no method of a model ===#

    def test_qweb_keeps_what_it_has_compiled_where_we_look_for_it(self):
        source = Path(inspect.getsourcefile(IrQweb)).read_text()
        for key in ("__qweb_loaded_options", "__qweb_loaded_functions", "etree._Element"):
            self.assertIn(
                key, source, f"QWeb has no {key} any more: recovery.qweb compiles for each cart."
            )
        functions, name, options = self.env["ir.qweb"]._compile(etree.fromstring("<p>words</p>"))
        self.assertTrue(
            callable(functions[name]) and isinstance(options, dict),
            "QWeb compiles into something else: recovery.qweb cannot remember it.",
        )

    def test_fields_let_a_batch_fill_the_cache(self):
        for name, why in (
            ("_update_cache", "each cart gets its lines and its links in linear time"),
            ("_cache_missing_ids", "lines are read only for carts that have none yet"),
        ):
            self.assertTrue(
                hasattr(Field, name), f"Fields have no {name} any more, by which {why}."
            )

    def test_the_registry_knows_which_one2many_mirrors_a_column(self):
        field = self.env["recovery.message"]._fields["unfinished_id"]
        self.assertTrue(
            self.env.registry.field_inverses[field],
            "The registry has no field_inverses any more: rows written by SQL would stay unseen.",
        )

    def test_a_cursor_has_a_memory_that_a_savepoint_empties(self):
        self.env.cr.cache["contract"] = True
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            raise ZeroDivisionError
        self.assertNotIn(
            "contract",
            self.env.cr.cache,
            "A cursor's cache outlives a rollback: answers remembered for a batch could be old.",
        )

    def test_the_shop_keeps_its_cart_in_the_session_under_a_known_key(self):
        self.assertTrue(CART_SESSION_CACHE_KEY, "Links could not give a visitor their cart.")
