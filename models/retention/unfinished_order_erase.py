import logging

from odoo import api, models
from odoo.fields import Domain

from ..unfinished.person import Person

_logger = logging.getLogger(__name__)

# What tells of a person, by table; every other column is kept, so that totals hold.
PERSONAL_COLUMNS = (
    "partner_id",
    "customer_name",
    "email",
    "phone",
    "lang",
    "tz",
    "customer_key",
)
PERSONAL_CART_COLUMNS = (
    "cart_email",
    "cart_phone",
    "cart_tz",
)


class UnfinishedOrder(models.Model):
    """Erasing a person: every trace of them goes, the totals stay."""

    _inherit = "unfinished.order"

    def _erase_person(self):
        """Erase the people of these unfinished orders, wherever we have kept something of them.

        :return: how many of what was erased, for the log and for the person who asked
        :rtype: dict[str, int]
        :raise AccessError: when the user may not delete these unfinished orders
        """
        self.check_access("unlink")
        person = self._person()
        # sudo: what is erased must not depend on what of it the user may read or change
        unfinished = self.sudo()._unfinished_of(person)
        counts = {"unfinished": len(unfinished), **unfinished._erase_traces(person)}
        _logger.info("User %s erased a person: %s", self.env.uid, counts)
        return counts

    def _erase_traces(self, person):
        counts = super()._erase_traces(person)
        carts = self._open_carts_of(person)
        counts["carts"] = len(carts)
        contacts = carts.partner_id | carts.partner_invoice_id | carts.partner_shipping_id
        carts.unlink()
        self.write(dict.fromkeys(self._personal_columns(), False))
        orders = self._orders_of(person)
        orders.write(dict.fromkeys(self._personal_cart_columns(), False))
        return {**counts, "orders": len(orders), "contacts": self._unlink_guests(contacts)}

    @api.model
    def _personal_columns(self):
        """Return the columns that tell of a person: who adds such a column extends this."""
        return PERSONAL_COLUMNS

    @api.model
    def _personal_cart_columns(self):
        """Return the same of a cart."""
        return PERSONAL_CART_COLUMNS

    # === Who, and what is known of them ===#

    def _person(self):
        """Return who left these carts: the same e-mail, the same phone or the same contact."""
        emails = frozenset(filter(None, self.mapped("email")))
        phones = frozenset(filter(None, self.mapped("phone")))
        # sudo: the same person can have contacts that the user does not see
        contacts = self.sudo().partner_id
        if emails or phones:
            same = Domain("email_normalized", "in", list(emails)) | Domain(
                "phone_sanitized", "in", list(phones)
            )
            contacts |= contacts.with_context(active_test=False).search(same)
        return Person(emails, phones, contacts, self.env.user.company_ids)

    @api.model
    def _of_person_domain(self, person, email, phone):
        """Return who is meant, as a domain on a table with these two columns and a contact."""
        return Domain("company_id", "in", person.companies.ids) & Domain.OR(
            [
                Domain(email, "in", list(person.emails)),
                Domain(phone, "in", list(person.phones)),
                Domain("partner_id", "in", person.contacts.ids),
            ]
        )

    @api.model
    def _unfinished_of(self, person):
        return self.search(self._of_person_domain(person, "email", "phone"))

    def _orders_of(self, person):
        """Return the online orders of `person`, and the carts of these unfinished orders."""
        orders = self.env["sale.order"]
        domain = self._of_person_domain(person, "cart_email", "cart_phone")
        online = Domain("website_id", "!=", False) | Domain("cart_email", "!=", False)
        return orders.search(domain & online) | self.order_id

    def _open_carts_of(self, person):
        """Return the carts that can be deleted: nobody has paid, or may be paying, for them."""
        carts = self._orders_of(person).filtered(lambda order: order._is_open_cart())
        carts._lock_payments()
        return carts - carts._in_payment()
