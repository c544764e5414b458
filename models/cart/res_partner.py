from odoo import api, models
from odoo.tools import email_normalize

from ...tools.contact import MAX_EMAIL, MAX_PHONE, only_address, only_line, only_number

# What of a contact says who the buyer of a cart is, and how to write to them.
BUYER_FIELDS = frozenset({"name", "email", "phone", "active", "country_id", "lang", "tz"})
# In which normal form Odoo keeps what is written into a field.
REACHED_BY = {"email": "email_normalized", "phone": "phone_sanitized"}


class ResPartner(models.Model):
    """What an e-mail address and a phone number are, and contacts whose carts must follow them."""

    _inherit = "res.partner"

    @api.model
    def _typed_email(self, raw):
        """Return the one address that was typed, in Odoo's normal form; "" for anything else.

        :param str raw: from the outside, possibly None
        :rtype: str
        """
        return only_address(email_normalize(only_line(raw, MAX_EMAIL)))

    @api.model
    def _typed_phone(self, raw, country):
        """Return the number that was typed, in Odoo's normal form; "" for anything else.

        :param str raw: from the outside, possibly None
        :param res.country country: to which a national number belongs, possibly none
        :rtype: str
        """
        text = only_line(raw, MAX_PHONE)
        return only_number(text and self._phone_format(number=text, country=country))

    def write(self, vals):
        """Let carts follow their buyers; what a contact has taken back is not kept beside it."""
        if BUYER_FIELDS.isdisjoint(vals):
            return super().write(vals)
        # sudo: the carts follow, also when the user who changes a contact may not see them
        orders = self.env["sale.order"].sudo()
        was_reachable = {
            name: self.filtered(field) for name, field in REACHED_BY.items() if name in vals
        }
        result = super().write(vals)
        for name, partners in was_reachable.items():
            field = REACHED_BY[name]
            gone = partners.filtered(lambda partner, f=field: not partner[f])
            gone._forget_typed(f"cart_{name}")
        orders._on_contacts_changed(self)
        return result

    def _forget_typed(self, column):
        """Forget what was typed into the carts of contacts that have taken back the same.

        :param str column: of the carts
        """
        if self:
            # sudo: a user who changes a contact may have no right to see carts
            carts = self.env["sale.order"].sudo()
            domain = [("partner_id", "in", self.ids), ("state", "=", "draft")]
            carts.search([*domain, (column, "!=", False)]).write({column: False})
