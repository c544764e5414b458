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

    def _erase_person(self, by_phone=False):
        """Erase the people of these unfinished orders, wherever we have kept something of them.

        :param bool by_phone: also where only the phone number is the same
        :return: how many of what was erased, for the log and for the person who asked
        :rtype: dict[str, int]
        :raise AccessError: when the user may not delete these unfinished orders
        """
        self.check_access("unlink")
        person = self._person(by_phone)
        # sudo: what is erased must not depend on what of it the user may read or change
        unfinished = self.sudo()._unfinished_of(person)
        counts = {"unfinished": len(unfinished), **unfinished._erase_traces(person)}
        _logger.info("User %s erased a person: %s", self.env.uid, counts)
        return counts

    def _erase_traces(self, person):
        counts = super()._erase_traces(person)
        carts = self._open_carts_of(person)
        counts["carts"] = len(carts)
        self._forget_followups()
        contacts = carts.partner_id | carts.partner_invoice_id | carts.partner_shipping_id
        # Before the carts go: a cart that is deleted lets the person's others go on, and one that
        # is kept must not know them any more.
        self.write(dict.fromkeys(self._personal_columns(), False))
        carts.unlink()
        self._forget_notes()
        orders = self._orders_of(person)
        orders.write(dict.fromkeys(self._personal_cart_columns(), False))
        return {**counts, "orders": len(orders), "contacts": self._unlink_guests(contacts)}

    def _forget_followups(self):
        """Delete all that anybody has planned or done about these: it names the buyer."""
        # sudo: colleagues have planned them, and core archives the ones that are done
        activities = self.env["mail.activity"].sudo().with_context(active_test=False)
        activities.search([("res_model", "=", self._name), ("res_id", "in", self.ids)]).unlink()

    def _forget_notes(self):
        """Delete what colleagues have noted on carts that stay: up to when these were placed."""
        carts = self.order_id
        # sudo: colleagues have written them
        notes = self.env["mail.message"].sudo()
        notes = notes.search(
            [
                ("model", "=", carts._name),
                ("res_id", "in", carts.ids),
                ("message_type", "=", "comment"),
                ("subtype_id.internal", "=", True),
            ]
        )
        placed_at = {cart.id: cart.placed_at for cart in carts}
        notes.filtered(
            lambda note: not placed_at[note.res_id] or note.date <= placed_at[note.res_id]
        ).unlink()

    @api.model
    def _personal_columns(self):
        """Return the columns that tell of a person: who adds such a column extends this."""
        return PERSONAL_COLUMNS

    @api.model
    def _personal_cart_columns(self):
        """Return the same of a cart."""
        return PERSONAL_CART_COLUMNS

    # === Who, and what is known of them ===#

    def _person(self, by_phone=False):
        """Return who left these carts: the same e-mail, the same contact, perhaps the same phone.

        :param bool by_phone: whether a phone number tells who somebody is, as
            `tools.contact.is_same_person` says; it can have been made up
        """
        emails = frozenset(filter(None, self.mapped("email")))
        alone = (
            self.filtered(lambda unfinished: not unfinished.email) if by_phone else self.browse()
        )
        beside = self - alone if by_phone else self.browse()
        phones = (frozenset(filter(None, some.mapped("phone"))) for some in (alone, beside))
        # sudo: the same person can have contacts that the user does not see
        contacts = self.sudo().partner_id
        person = Person(emails, *phones, contacts, self.env.user.company_ids)
        if person.known_as():
            everybody = contacts.with_context(active_test=False)
            contacts |= everybody.search(person.domain("email_normalized", "phone_sanitized"))
        return person._replace(contacts=contacts)

    @api.model
    def _of_person_domain(self, person, email, phone):
        """Return who is meant, as a domain on a table with these two columns and a contact."""
        contact = Domain("partner_id", "in", person.contacts.ids)
        same_company = Domain("company_id", "in", person.companies.ids)
        return same_company & (contact | person.domain(email, phone))

    def _unfinished_of(self, person):
        """Return the unfinished orders of `person`, these among them."""
        return self | self.search(self._of_person_domain(person, "email", "phone"))

    def _known_by_phone_only(self):
        """Return the unfinished orders of others who have left the same phone number.

        They can be the same person, or anybody who made up the same number.
        """
        # sudo: what is listed is what would be erased, also in companies that are not switched on;
        # the domain keeps to those of the user
        everybody = self.sudo()
        by_phone = everybody._unfinished_of(self._person(by_phone=True))
        return by_phone - everybody._unfinished_of(self._person())

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
