from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.contact import only_address, only_number
from .sale_order_buyer import address_sql, number_sql, same_person_sql

PLACED_STATES = ("sent", "sale")


def placed_sql(order):
    """Return whether an order counts as placed: a quotation by staff is no purchase.

    Of what is only sent, each knows by itself whether its customer has paid for it; of orders from
    before, those of the shop count.
    """
    order = SQL.identifier(order)
    return SQL(
        """(%(o)s.state = 'sale' OR %(o)s.state = 'sent'
            AND (%(o)s.placed_at IS NOT NULL OR %(o)s.website_id IS NOT NULL))""",
        o=order,
    )


def fill_placed(env, first=None, last=None):
    """Note when and by whom orders were placed that nobody has noted yet: those from before.

    :param int first: of the ids to look at; all of them when not given
    """
    within = SQL("o.id BETWEEN %s AND %s", first, last) if last else SQL("true")
    env.cr.execute(
        SQL(
            """UPDATE sale_order o
                  SET placed_at = COALESCE(o.date_order, o.create_date),
                      cart_email = COALESCE(%(email)s, o.cart_email),
                      cart_phone = COALESCE(%(phone)s, o.cart_phone)
                 FROM res_partner p
                WHERE p.id = o.partner_id AND o.placed_at IS NULL AND %(placed)s AND %(within)s""",
            email=address_sql(SQL("p.email_normalized")),
            phone=number_sql(SQL("p.phone_sanitized")),
            placed=placed_sql("o"),
            within=within,
        )
    )


class SaleOrder(models.Model):
    """Has this person placed an order? When, and by whom, each placed order knows by itself."""

    _inherit = "sale.order"

    placed_at = fields.Datetime(copy=False, readonly=True)

    # "Has this person bought since?", asked for a whole batch of reminders at once.
    _placed_by_email = models.Index("(cart_email, placed_at) WHERE placed_at IS NOT NULL")
    _placed_by_phone = models.Index("(cart_phone, placed_at) WHERE placed_at IS NOT NULL")
    _placed_by_partner = models.Index("(partner_id, placed_at) WHERE placed_at IS NOT NULL")

    @api.model_create_multi
    def create(self, vals_list):
        """Note also those that come as placed orders: imports and connectors make such ones."""
        orders = super().create(vals_list)
        placed = orders.filtered(lambda order: order._is_placed_by(order.state))
        if placed:
            placed._note_placing()
            placed._on_placed()
        return orders

    def _on_buyers_changed(self):
        """Let a placed order that gets another customer be theirs."""
        result = super()._on_buyers_changed()
        for order in self.filtered("placed_at"):
            buyer = order._buyer()
            order.write({"cart_email": buyer.email or False, "cart_phone": buyer.phone or False})
        return result

    @api.model
    def _on_contacts_changed(self, partners):
        """Let placed orders follow a contact whose address or number was corrected."""
        result = super()._on_contacts_changed(partners)
        placed = self.search([("partner_id", "in", partners.ids), ("placed_at", "!=", False)])
        for partner, orders in placed.grouped("partner_id").items():
            known = {
                "cart_email": only_address(partner.email_normalized),
                "cart_phone": only_number(partner.phone_sanitized),
            }
            for name, value in known.items():
                if value and (others := orders.filtered(lambda o, n=name, v=value: o[n] != v)):
                    others.write({name: value})
        return result

    def _is_placed_by(self, state):
        """Tell whether being in `state` makes it a placed order, of which nobody knows yet.

        A quotation that staff have made of a cart, or of a copy of an online order, is none when
        they send it. Nor is a cart that they send: by then it is such a quotation. It is one when
        its buyer pays for it, by whatever means.
        """
        self.ensure_one()
        in_shop = self.website_id and self.cart_activity_at
        by_buyer = state == "sent" and (in_shop or self._in_payment(started=False))
        is_placed = state == "sale" or bool(by_buyer)
        return is_placed and not self.placed_at

    def _on_money_came(self):
        """Called when a payment of orders is on its way or has come.

        A quotation that had been sent before is bought by paying for it.
        """
        # sudo: a provider reports in anybody's name
        sent = self.sudo().filtered(lambda order: order.state == "sent")
        bought = sent.filtered(lambda order: order._is_placed_by("sent"))
        if bought:
            bought._note_placing(fields.Datetime.now())
            bought._on_placed()

    def _note_placing(self, at=None):
        """Keep who bought and when in the order itself: reminders look it up by the thousand.

        :param datetime at: when they were placed, UTC; their own dates when not given
        """
        now = fields.Datetime.now()
        for order in self:
            buyer = order._buyer()
            order.placed_at = at or min(order.date_order or now, now)
            order.cart_email = buyer.email or order.cart_email
            order.cart_phone = buyer.phone or order.cart_phone

    @api.model
    def _has_ordered_sql(self, buyer, company, since=None):
        """Return whether a person has placed an order with a company that still stands.

        :param dict buyer: their `email`, `phone` and `partner_id` as SQL
        :param SQL company: the id of the company
        :param SQL since: a moment before which orders do not count
        """
        order = {
            "email": SQL("b.cart_email"),
            "phone": SQL("b.cart_phone"),
            "partner_id": SQL("b.partner_id"),
        }
        when = SQL("b.placed_at >= %s", since) if since else SQL("b.placed_at IS NOT NULL")
        look_ups = (
            SQL(
                """EXISTS (SELECT 1 FROM sale_order b
                            WHERE %s AND %s AND %s AND b.company_id = %s)""",
                same,
                when,
                placed_sql("b"),
                company,
            )
            for same in same_person_sql(buyer, order)
        )
        return SQL("(%s)", SQL(" OR ").join(look_ups))

    @api.model
    def _has_ordered(self, buyer, company, since=None):
        """Tell whether a person has placed an order with a company that still stands.

        :param Buyer buyer: the person
        :param res.company company: with whom
        :param datetime since: a moment before which orders do not count, UTC
        :rtype: bool
        """
        self.flush_model(
            ["cart_email", "cart_phone", "company_id", "partner_id", "placed_at", "state"]
        )
        known = {
            "email": SQL("%s::text", buyer.email),
            "phone": SQL("%s::text", buyer.phone),
            "partner_id": SQL("%s::int", buyer.partner_id),
        }
        moment = since and SQL("%s::timestamp", since)
        query = self._has_ordered_sql(known, SQL("%s", company.id), moment)
        return self.env.execute_query(SQL("SELECT %s", query))[0][0]
