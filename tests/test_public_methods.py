import inspect

from odoo.exceptions import AccessError
from odoo.service.model import call_kw, get_public_method
from odoo.tests import TransactionCase, tagged

from .common import RecoveryCase

ADDON = "odoo.addons.website_sale_order_handling"
# Core answers these to everybody on every model: the words beside an empty list, what a new record
# starts with, and which fields the words of a template may name.
ANSWERED_TO_ALL = {"get_empty_list_help", "default_get", "mail_allowed_qweb_expressions"}


def models_of_ours(registry):
    """Return the names of the models that are ours alone."""
    return [
        name
        for name, model in registry.items()
        if any(base.__module__.startswith(ADDON) for base in model.__mro__)
        and model._original_module == "website_sale_order_handling"
    ]


def methods_of_ours(registry):
    """Return the public methods that our own classes define, also on core's models.

    Those of wizards are left out: who may not create a wizard has none to call.
    """
    found = set()
    for model_name, model in registry.items():
        for base in model.__mro__:
            if base.__module__.startswith(ADDON) and not model._transient:
                found |= {(model_name, name) for name in _public_names(base)}
    return sorted(found)


def _public_names(base):
    return [
        name
        for name, value in vars(base).items()
        if not name.startswith("_")
        and name not in ANSWERED_TO_ALL
        and inspect.isfunction(value)
        and not getattr(value, "_api_private", False)
    ]


def call_as(user, records, method_name, vals=None):
    """Call a public method as a browser does, with as many arguments as it insists on."""
    model = records.browse().with_user(user)
    method = getattr(type(model), method_name)
    given = {"vals": {"name": "X"}, "vals_list": [vals or {}]}
    arguments = [
        given.get(parameter.name, {})
        for parameter in list(inspect.signature(method).parameters.values())[1:]
        if parameter.default is parameter.empty
        and parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    ]
    if not getattr(method, "_api_model", False):
        arguments = [records.ids, *arguments]
    call_kw(model, method_name, arguments, {})
    records.env.flush_all()


@tagged("post_install", "-at_install")
class TestPublicMethods(RecoveryCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cart = cls._make_cart()
        cls._make_unfinished(cls.cart)
        cls.env["mail.mail"].create({"subject": "Not for visitors"})
        cls.env["mail.blacklist"]._add("nobody@example.com")
        cls.env["phone.blacklist"]._add(["+3225550000"])
        cls.portal_user = cls._make_portal_user()
        cls.public_user = cls.website.user_id

    def test_fault_60_no_method_of_ours_answers_visitors_or_customers(self):
        called = 0
        for model_name, method_name in methods_of_ours(self.registry):
            for user in (self.portal_user, self.public_user):
                with self.subTest(model=model_name, method=method_name, user=user.login):
                    self._assert_refused(user, model_name, method_name)
                    called += 1
        self.assertGreater(called, 20, "the methods have been found")

    def test_fault_60_what_is_private_cannot_be_called_at_all(self):
        for model_name, method_name in (
            ("unfinished.order.link", "_make_token"),
            ("unfinished.order.link", "_read_token"),
            ("unfinished.order.restore", "_copy"),
            ("recovery.message", "_on_link_followed"),
            ("sale.order", "_capture_contact"),
            ("recovery.driver", "_send"),
            ("recovery.optout", "_make_token"),
            ("recovery.optout", "_choose"),
            ("unfinished.order", "_send_by_hand"),
            ("unfinished.order", "_erase_traces"),
            ("recovery.facts", "_about"),
        ):
            model = self.env[model_name].with_user(self.portal_user)
            with self.assertRaises(AccessError, msg=method_name):
                get_public_method(model, method_name)

    def test_fault_60_none_of_our_records_can_be_read_or_changed(self):
        for model_name in models_of_ours(self.registry):
            model = self.env[model_name]
            if model._abstract:
                continue
            for user in (self.portal_user, self.public_user):
                for operation in ("read", "write", "create", "unlink"):
                    allowed = model.with_user(user).has_access(operation)
                    self.assertFalse(allowed, (model_name, user.login, operation))

    def _assert_refused(self, user, model_name, method_name):
        records = self.env[model_name].search([], limit=1)
        with self.assertRaises(AccessError), self.cr.savepoint():
            call_as(user, records, method_name, self._prepare_vals(model_name))

    def _prepare_vals(self, model_name):
        """Return values that get as far as the check of access rights."""
        if model_name == "payment.transaction":
            return {"provider_id": self.env["payment.provider"].search([], limit=1).id}
        return {}
