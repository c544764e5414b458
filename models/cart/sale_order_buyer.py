from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.contact import (
    ADDRESS,
    MAX_EMAIL,
    NUMBER,
    Buyer,
    is_same_person,
    only_address,
    only_number,
)

# The contact `p` of a cart `o`: the website's public user is nobody's contact.
CONTACT_JOIN = SQL(
    """LEFT JOIN website w_of_o ON w_of_o.id = o.website_id
       LEFT JOIN res_users visitor ON visitor.id = w_of_o.user_id
       LEFT JOIN res_partner p
              ON p.id = o.partner_id AND p.id IS DISTINCT FROM visitor.partner_id"""
)


def address_sql(column):
    """Return the address in a column that is in Odoo's normal form, NULL when there is none."""
    return SQL(
        "CASE WHEN length(%(column)s) <= %(most)s AND %(column)s ~ %(pattern)s THEN %(column)s END",
        column=column,
        most=MAX_EMAIL,
        pattern=ADDRESS,
    )


def number_sql(column):
    """Return the phone number in a column that is in Odoo's normal form, or NULL."""
    return SQL(
        "CASE WHEN %(column)s ~ %(pattern)s THEN %(column)s END", column=column, pattern=NUMBER
    )


def buyer_sql():
    """Return who the buyer of a cart `o` with its contact `p` is, by the names of `Buyer`.

    :rtype: dict[str, SQL]
    """
    reached_by = {
        "email": (address_sql(SQL("p.email_normalized")), address_sql(SQL("o.cart_email"))),
        "phone": (number_sql(SQL("p.phone_sanitized")), number_sql(SQL("o.cart_phone"))),
    }
    columns = {
        name: SQL(
            "CASE WHEN p.id IS NULL OR p.active THEN COALESCE(%s, %s, '') ELSE '' END", *sources
        )
        for name, sources in reached_by.items()
    }
    return columns | {
        "partner_id": SQL("COALESCE(p.id, 0)"),
        "is_gone": gone_sql("p"),
        "name": SQL("COALESCE(p.name, '')"),
    }


def gone_sql(contact):
    """Return whether nobody may be written to any more, of a contact that may be NULL."""
    return SQL("COALESCE(NOT %s.active, false)", SQL.identifier(contact))


def same_person_sql(one, other):
    """Return when two buyers are one person, as `tools.contact.is_same_person` tells.

    Three conditions, each of which an index can answer; with OR between them, none could.

    :param dict one: `email`, `phone` and `partner_id` of a buyer as SQL; NULL, '' or 0 for none
    :param dict other: the same columns of another table
    :rtype: tuple[SQL]
    """
    email, phone = (SQL("NULLIF(%s, '')", one[name]) for name in ("email", "phone"))
    without = SQL("(%s IS NULL OR NULLIF(%s, '') IS NULL)", email, other["email"])
    return (
        SQL("%s = %s", other["email"], email),
        SQL("%s = %s AND %s", other["phone"], phone, without),
        SQL("%s = NULLIF(%s, 0)", other["partner_id"], one["partner_id"]),
    )


def _written_domain(name, as_sql, as_text):
    """Return when the field `name` holds an address or a number."""
    return Domain.custom(
        to_sql=lambda model, alias, query: SQL(
            "(%s IS NOT NULL)", as_sql(model._field_to_sql(alias, name, query))
        ),
        predicate=lambda record: bool(as_text(record[name])),
    )


def _is_blank(typed):
    """Tell whether a field of a form was there and is empty."""
    return typed is not None and not typed.strip()


class SaleOrder(models.Model):
    """Who the buyer of a cart is, at this moment: its contact, or what was typed where it has none.

    Nothing of it is a copy that could grow old. Everything that writes to a buyer asks here.
    """

    _inherit = "sale.order"

    cart_email = fields.Char(
        string="E-mail at Checkout",
        copy=False,
        readonly=True,
        help="The buyer's e-mail, normalised, as typed at the checkout.",
    )
    cart_phone = fields.Char(
        string="Phone at Checkout",
        copy=False,
        readonly=True,
        help="The buyer's phone in international form, as typed at the checkout.",
    )

    def write(self, vals):
        """Do not keep what is known of one customer beside the contact of another one."""
        if "partner_id" not in vals:
            return super().write(vals)
        changed = self.filtered(lambda order: order.partner_id.id != vals["partner_id"])
        of_another = changed.filtered(lambda order: order._contact())
        buyers = {order: order._buyer() for order in of_another}
        result = super().write(vals)
        for name in ("cart_email", "cart_phone"):
            if name not in vals and (typed := of_another.filtered(name)):
                typed[name] = False
        strangers = of_another.filtered(lambda o: not is_same_person(buyers[o], o._buyer()))
        for name in ("cart_lang", "cart_tz"):
            if name not in vals and (known := strangers.filtered(name)):
                known[name] = False
        if changed:
            changed._on_buyers_changed()
        strangers._on_given_to_another()
        return result

    # === What others may want to know: the rooms above extend these ===#

    def _on_buyers_changed(self):
        """Called when these carts have got another contact, or other words typed into them."""

    def _on_given_to_another(self):
        """Called when these carts have got the contact of another person."""

    @api.model
    def _on_contacts_changed(self, partners):
        """Called when something has changed by which contacts are reached or known."""

    # === Who is the buyer, now? ===#

    def _contact(self):
        """Return the contact of the cart, none while it belongs to the website's public user."""
        self.ensure_one()
        # sudo: a visitor may not read the website's public user, nor every contact of a cart
        order = self.sudo()
        return order.partner_id - order.website_id.user_id.partner_id

    def _buyer(self):
        """Return who the buyer of this cart is.

        :rtype: Buyer
        """
        contact = self._contact()
        if contact and not contact.active:
            return Buyer("", "", contact.id, True, contact.name or "")
        email = only_address(contact.email_normalized) or only_address(self.cart_email)
        phone = only_number(contact.phone_sanitized) or only_number(self.cart_phone)
        return Buyer(email, phone, contact.id or 0, False, contact.name or "")

    @api.model
    def _reachable_domain(self, website):
        """Return when the buyer of a cart of `website` can be reached, as `_buyer` tells."""
        active = Domain("active", "=", True)
        contact = _written_domain("email_normalized", address_sql, only_address)
        contact |= _written_domain("phone_sanitized", number_sql, only_number)
        typed = _written_domain("cart_email", address_sql, only_address)
        typed |= _written_domain("cart_phone", number_sql, only_number)
        # sudo: which visitor a website has is no secret of the domain's reader
        visitor = Domain("partner_id", "=", website.sudo().user_id.partner_id.id)
        return (~visitor & Domain("partner_id", "any!", active & contact)) | (
            typed & (visitor | Domain("partner_id", "any!", active))
        )

    # === What is typed at the checkout ===#

    def _capture_contact(self, email=None, phone=None, country=None):
        """Keep an e-mail or phone that was typed into the checkout form, valid or not at all.

        Only the cart is written. No contact is looked up, created or changed.

        :param str email: as typed; "" takes it back, None says nothing about it
        :param str phone: the same
        :param res.country country: to which a national number belongs; the shop's if not given
        """
        self.ensure_one()
        partners, company = self.env["res.partner"], self.company_id
        shop = company.account_fiscal_country_id or company.country_id
        found = {
            "cart_email": partners._typed_email(email),
            # A number that is none in the country of the form may be one of the shop's.
            "cart_phone": (country and partners._typed_phone(phone, country))
            or partners._typed_phone(phone, shop),
        }
        typed = {"cart_email": email, "cart_phone": phone}
        changed = {
            name: value or False
            for name, value in found.items()
            if (value or _is_blank(typed[name])) and (self[name] or "") != value
        }
        if changed and self.state == "draft":
            now = fields.Datetime.now()
            self.write({**changed, "cart_lang": self.env.lang, "cart_activity_at": now})
            self._on_buyers_changed()
