from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..cart.payment_transaction import FAILED_STATES, LIVE_STATES
from ..cart.sale_order_buyer import same_person_sql
from ..cart.sale_order_placed import placed_sql

PLACED = ("recovered", "own_accord")
MAX_ADDRESS_LINES = 6


class UnfinishedOrderPage(models.AbstractModel):
    """What the page of one unfinished order shows beside its own fields.

    How far the buyer got, what the cart costs, what else they have bought or left, and what
    happened when. All of it is read when the page is opened, and nothing of it is stored.
    """

    _name = "unfinished.order.page"
    _description = "Page of an Unfinished Order"

    @api.model
    def _of(self, unfinished):
        """Return what is shown of one unfinished order.

        :rtype: dict
        """
        return {
            "progress": self._progress(unfinished),
            "totals": self._totals(unfinished),
            "buyer": self._buyer_facts(unfinished),
            "timeline": self.env["unfinished.order.timeline"]._of(unfinished),
            "may_note": self.env["unfinished.order.timeline"]._may_note(unfinished),
        }

    # === How far they got ===#

    @api.model
    def _progress(self, unfinished):
        """Return the steps of the checkout: which were taken, and what came of them."""
        # sudo: how far a buyer got is shown also where the order itself is a colleague's
        cart = unfinished.sudo().order_id
        if not cart:
            return []
        placed = unfinished.state in PLACED
        payment, failed = self._payment_step(unfinished)
        steps = [
            ("cart", self.env._("Cart"), True, ""),
            ("address", self.env._("Address"), self._has_address(cart), self._contact_note(cart)),
        ]
        if not cart.only_services:
            steps.append(
                ("delivery", self.env._("Delivery"), bool(cart.carrier_id), cart.carrier_id.name)
            )
        steps.append(("payment", self.env._("Payment"), placed or bool(payment), payment))
        return [
            {
                "key": key,
                "label": label,
                "done": bool(placed or done) and not (key == "payment" and failed),
                "failed": key == "payment" and failed,
                "note": note or "",
            }
            for key, label, done, note in steps
        ]

    @api.model
    def _has_address(self, cart):
        address = cart._contact() and cart.partner_shipping_id
        return bool(address and (address.street or address.city or address.country_id))

    @api.model
    def _contact_note(self, cart):
        """Say that somebody has begun with the form, and not come to its end."""
        if not cart._contact():
            return self.env._("Only typed")
        return "" if self._has_address(cart) else self.env._("Signed in")

    @api.model
    def _payment_step(self, unfinished):
        """Return what became of the last attempt to pay, and whether it failed."""
        last = unfinished.payment_ids[:1]
        labels = dict(last._fields["state"]._description_selection(self.env))
        failed = unfinished.payment_failed or last.state in FAILED_STATES
        if last.state in LIVE_STATES:
            return labels[last.state], False
        if failed and unfinished.state not in PLACED:
            return self.env._("Failed"), True
        return (self.env._("Started") if last else ""), False

    # === What it costs ===#

    @api.model
    def _totals(self, unfinished):
        """Return the cost of the cart line by line, as its page in the shop shows it."""
        if not unfinished.order_line_ids:
            return {}
        # sudo: prices depend on promotions and companies, which not every reader may see
        cart = unfinished.sudo().order_id
        cost, reductions = cart._cart_cost(), cart._cart_reductions()
        taken_off = sum(reduction.amount for reduction in reductions)
        rows = [{"label": self.env._("Products"), "amount": cost.subtotal - taken_off}]
        rows += [
            {"label": self._reduction_name(reduction), "amount": reduction.amount}
            for reduction in reductions
        ]
        if delivery := cart._lines_as("delivery"):
            name = delivery[:1].name or ""
            rows.append({"label": self.env._("Delivery"), "amount": cost.delivery, "note": name})
        if cost.tax:
            rows.append({"label": self.env._("Tax"), "amount": cost.tax})
        elif cart.amount_tax:
            rows.append(
                {"label": self.env._("Tax, included"), "amount": cart.amount_tax, "muted": True}
            )
        return {"currency_id": cart.currency_id.id, "rows": rows, "total": cost.total}

    @api.model
    def _reduction_name(self, reduction):
        name = (reduction.lines[:1].name or "").strip().partition("\n")[0]
        return name or self.env._("Discount")

    # === The buyer ===#

    @api.model
    def _buyer_facts(self, unfinished):
        """Return what else the buyer has bought or left, as far as the reader may see it."""
        orders, carts = self._orders_of_buyer(unfinished), self._other_carts(unfinished)
        currency = unfinished.company_currency_id
        spent = sum(order.amount_total / (order.currency_rate or 1.0) for order in orders)
        return {
            "orders": {"model": "sale.order", "ids": orders.ids, "name": self.env._("Orders")},
            "spent": {"currency_id": currency.id, "amount": currency.round(spent)},
            "carts": {
                "model": "unfinished.order",
                "ids": carts.ids,
                "name": self.env._("Other Carts"),
            },
            "address": self._address(unfinished),
        }

    @api.model
    def _orders_of_buyer(self, unfinished):
        """Return what the same person has ordered of the same company, by e-mail or phone."""
        buyer = unfinished._buyer()
        if not any((buyer.email, buyer.phone, buyer.partner_id)):
            return self.env["sale.order"]
        self.env.flush_all()
        known = {
            "email": SQL("%s::text", buyer.email),
            "phone": SQL("%s::text", buyer.phone),
            "partner_id": SQL("%s::int", buyer.partner_id),
        }
        order = {
            "email": SQL("b.cart_email"),
            "phone": SQL("b.cart_phone"),
            "partner_id": SQL("b.partner_id"),
        }
        found = (
            SQL(
                """SELECT b.id FROM sale_order b
                    WHERE %s AND b.placed_at IS NOT NULL AND %s AND b.company_id = %s""",
                same,
                placed_sql("b"),
                unfinished.company_id.id,
            )
            for same in same_person_sql(known, order)
        )
        rows = self.env.execute_query(SQL(" UNION ").join(found))
        return self.env["sale.order"].search([("id", "in", [order_id for (order_id,) in rows])])

    @api.model
    def _other_carts(self, unfinished):
        """Return the buyer's other carts that are open."""
        if not unfinished.customer_key:
            return unfinished.browse()
        return unfinished.search(
            Domain("customer_key", "=", unfinished.customer_key)
            & Domain("state", "=", "open")
            & Domain("company_id", "=", unfinished.company_id.id)
            & Domain("id", "!=", unfinished.id)
        )

    @api.model
    def _address(self, unfinished):
        """Return where it would be sent, line by line."""
        # sudo: an address belongs to the contact, which the reader sees by its name only
        cart = unfinished.sudo().order_id
        contact = cart._contact() if cart else unfinished.sudo().partner_id
        where = cart.partner_shipping_id if cart and contact else contact
        if not where or not unfinished.partner_id:
            return []
        lines = where._display_address(without_company=True).splitlines()
        return [line.strip() for line in lines if line.strip()][:MAX_ADDRESS_LINES]
