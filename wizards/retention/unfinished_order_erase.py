from odoo import api, fields, models
from odoo.exceptions import UserError

MAX_NAMES = 20


class UnfinishedOrderErase(models.TransientModel):
    """Ask before a person is erased: who it is, and what will be gone."""

    _name = "unfinished.order.erase"
    _description = "Erase a Person"

    unfinished_ids = fields.Many2many(
        "unfinished.order",
        default=lambda self: self._default_unfinished(),
        readonly=True,
    )
    by_phone = fields.Boolean(
        "Erase these, too",
        help="They have only the phone number in common. Tick this when you know that it is one"
        " person: a number that buyers make up belongs to many.",
    )
    who = fields.Text(compute="_compute_what")
    who_else = fields.Text("The same phone number", compute="_compute_who_else")
    unfinished_count = fields.Integer("Unfinished Orders", compute="_compute_what")
    cart_count = fields.Integer("Open Carts", compute="_compute_what")
    order_count = fields.Integer("Other Orders", compute="_compute_what")

    @api.model
    def _default_unfinished(self):
        """Return what is selected, as far as the user may see it."""
        chosen = self.env.context.get("active_model") == "unfinished.order"
        ids = self.env.context.get("active_ids") if chosen else []
        return self.env["unfinished.order"].search([("id", "in", ids or [])])

    @api.depends("unfinished_ids")
    def _compute_who_else(self):
        for wizard in self:
            others = wizard.unfinished_ids._known_by_phone_only()
            lines = {f"{one.name}: {one.email or one.customer_name or one.phone}" for one in others}
            wizard.who_else = wizard._shorten(sorted(lines))

    @api.depends("unfinished_ids", "by_phone")
    def _compute_what(self):
        for wizard in self:
            person = wizard.unfinished_ids._person(wizard.by_phone)
            # sudo: what will be erased is more than the user may read; only numbers are shown
            unfinished = wizard.unfinished_ids.sudo()._unfinished_of(person)
            wizard.who = wizard._describe(person)
            wizard.update(wizard._counts_of(person, unfinished))

    @api.model
    def _counts_of(self, person, unfinished):
        """Return how much there is to erase, by field; upper rooms add what they keep.

        :param Person person: who is erased
        :param unfinished.order unfinished: theirs, also those that the user may not read
        :rtype: dict[str, int]
        """
        carts = unfinished._open_carts_of(person)
        return {
            "unfinished_count": len(unfinished),
            "cart_count": len(carts),
            "order_count": len(unfinished._orders_of(person) - carts),
        }

    def _describe(self, person):
        """Return by what these people are known, a line each."""
        phones = {one.phone for one in self.unfinished_ids if one.phone}
        lines = sorted(person.emails) + sorted(phones)
        if not lines:
            lines = self.unfinished_ids.filtered("customer_key").mapped("customer_name")
        return self._shorten(lines)

    def _shorten(self, lines):
        """Return the first of `lines` as a text, and how many more there are."""
        more = len(lines) - MAX_NAMES
        if more > 0:
            lines = [*lines[:MAX_NAMES], self.env._("and %(count)s more", count=more)]
        return "\n".join(lines)

    def action_erase(self):
        """Erase these people, for good."""
        self.ensure_one()
        if not self.who:
            raise UserError(
                self.env._(
                    "Nobody is known in this selection any more. Select at least one unfinished"
                    " order that has a customer, an e-mail or a phone number."
                )
            )
        counts = self.unfinished_ids._erase_person(self.by_phone)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self._say_erased(counts),
                "next": {
                    "type": "ir.actions.client",
                    "tag": "soft_reload",
                },
            },
        }

    @api.model
    def _say_erased(self, counts):
        """Say what has been erased, as `_erase_person` has counted it."""
        return self.env._(
            "Erased. Unfinished orders: %(unfinished)s, other orders: %(orders)s, carts deleted:"
            " %(carts)s, guest contacts deleted: %(contacts)s.",
            **counts,
        )
