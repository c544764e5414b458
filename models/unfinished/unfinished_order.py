from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ...orm.rows import update_rows
from ...tools import status


class UnfinishedOrder(models.Model):
    """One online order that was started and not placed: who, what, since when, and how it ended.

    The cart itself stays a draft `sale.order`. This record is a snapshot of its last idle spell,
    so that lists and statistics need neither the cart nor a lock on it, and outlive it.

    open        the cart is idle and can still be placed
    recovered   it was placed, and a reminder had brought the buyer back
    own_accord  it was placed without
    emptied     the buyer took everything out
    expired     it is too old for a recovery link, or the cart was cancelled or deleted
    """

    _name = "unfinished.order"
    _description = "Unfinished Order"
    _order = "activity_at desc, id desc"
    _check_company_auto = True

    # === Identity ===#
    name = fields.Char("Number", required=True, readonly=True, copy=False, index="trigram")
    state = fields.Selection(
        [
            ("open", "Open"),
            ("recovered", "Recovered"),
            ("own_accord", "Own Accord"),
            ("emptied", "Emptied"),
            ("expired", "Expired"),
        ],
        default="open",
        required=True,
        readonly=True,
    )
    order_id = fields.Many2one("sale.order", "Cart", readonly=True, ondelete="set null")
    website_id = fields.Many2one("website", readonly=True, ondelete="set null", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    team_id = fields.Many2one("crm.team", "Sales Team", readonly=True, ondelete="set null")
    user_id = fields.Many2one(
        "res.users",
        "Salesperson",
        readonly=True,
        ondelete="set null",
        index=True,
        help="Of the order that it became, else of the cart.",
    )

    # === Buyer ===#
    partner_id = fields.Many2one(
        "res.partner", "Customer", readonly=True, ondelete="set null", index="btree_not_null"
    )
    customer_name = fields.Char("Name", readonly=True, index="trigram")
    email = fields.Char("E-mail", readonly=True, index="trigram")
    phone = fields.Char(readonly=True, index="trigram")
    lang = fields.Char("Language", readonly=True)
    customer_key = fields.Char(readonly=True)
    tz = fields.Char("Time Zone", readonly=True)
    made_by = fields.Selection(
        [("staff", "Staff"), ("robot", "Robot")], "Not by a Customer", readonly=True
    )
    stopped_at = fields.Datetime(
        "Reminders Stopped On",
        readonly=True,
        help="The buyer wants no more reminders of this cart.",
    )

    # === Cart, as it was at the last activity ===#
    activity_at = fields.Datetime("Last Activity", required=True, readonly=True)
    edited_at = fields.Datetime("Changed by Staff On", readonly=True)
    edited_by_id = fields.Many2one(
        "res.users", "Changed by", readonly=True, ondelete="set null", help="Who was the last one."
    )
    product_ids = fields.Many2many(
        "product.product",
        string="Products",
        readonly=True,
        context={"active_test": False},  # what was left stays known when it is sold no more
    )
    quantity = fields.Float("Total Quantity", readonly=True, digits="Product Unit")
    amount_total = fields.Monetary("Amount", readonly=True, aggregator=None)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount_company = fields.Monetary(
        "Amount (Company Currency)", readonly=True, currency_field="company_currency_id"
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    payment_failed = fields.Boolean(
        readonly=True, help="The buyer's last attempt to pay was refused or cancelled."
    )

    # === Outcome ===#
    placed_order_id = fields.Many2one(
        "sale.order",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The order that it became: the cart itself, or a cart filled through its link.",
    )
    closed_at = fields.Datetime("Closed On", readonly=True)

    _order_unique = models.UniqueIndex(
        "(order_id) WHERE order_id IS NOT NULL", "This cart already is an unfinished order."
    )
    # The list with its filter on a state and its count; the whole list, which is in this order.
    # With the salesperson, so that those of one, and of nobody, are counted without the table.
    _list = models.Index("(company_id, state, activity_at DESC, id DESC) INCLUDE (user_id)")
    _latest = models.Index("(activity_at DESC, id DESC)")
    _by_customer = models.Index("(customer_key, activity_at)")
    _open_by_activity = models.Index("(activity_at) WHERE state = 'open'")

    # === The one definition ===#

    @api.model
    def _unfinished_domain(self, websites=None):
        """Return what makes a cart an unfinished order, as a domain on `sale.order`.

        At least one product, a way to reach the buyer, no payment on its way or done, not
        placed, and idle for longer than its website allows, or with a payment that has failed.
        A payment that was only started makes the reminder wait: the cart is met once, when it
        has become idle.

        :param website websites: the websites to look at, all when not given
        """
        now = fields.Datetime.now()
        # sudo: the answer must not depend on which websites the user may see
        websites = (self.env["website"]._all_shops() if websites is None else websites).sudo()
        has_failed = self.env["payment.transaction"]._last_has_failed_domain()
        left = Domain.OR(
            Domain("website_id", "=", website.id)
            & (
                Domain("cart_activity_at", "<=", now - timedelta(hours=website.cart_idle_hours))
                | has_failed
            )
            & self.env["sale.order"]._reachable_domain(website)
            for website in websites
        )
        products = self.env["sale.order.line"]._cart_product_domain()
        return (
            left
            & Domain([("state", "=", "draft"), ("cart_quoted_at", "=", False)])
            & Domain("order_line", "any", products)
            & self.env["sale.order"]._in_payment_domain(started=False, negated=True)
        )

    # === What happens to the cart ===#

    @api.model
    def _on_search(self, last_run):
        """Called before idle carts are looked for.

        :param datetime | None last_run: when this was last done, None when that is not known
        """

    def _on_idle(self):
        """Called on those whose cart has become idle, or could not be paid a moment ago.

        Who reminds extends this.
        """

    @api.model
    def _of_orders(self, orders):
        """Find the unfinished orders of these carts."""
        # sudo: the buyer's own request closes them, staff alone may read them
        return self.sudo().search([("order_id", "in", orders.ids)]) if orders else self.sudo()

    @api.model
    def _on_order_placed(self, orders):
        """Close the unfinished orders that these orders have become.

        A cart that was filled by a recovery link closes the unfinished order of that link when
        the same buyer places it. A stranger who was sent the link may buy the same things: that
        leaves the buyer's cart, reminders and link alone.

        :param sale.order orders: placed just now
        :return: the unfinished orders that were closed
        """
        # sudo: the buyer's own request places the order
        orders, closed = orders.sudo(), self.sudo()
        orders -= closed._orders_at_work(orders)
        outcomes = closed._outcomes(closed._placed_by(orders))
        by_state = closed.concat(*outcomes).grouped(
            lambda unfinished: outcomes[unfinished]["state"]
        )
        for state, group in by_state.items():
            closed |= group._move_to(state, outcomes)
        self._retire_copied_carts(orders)
        return closed

    @api.model
    def _placed_by(self, orders):
        """Return the unfinished orders that each of these orders has placed, if any.

        :rtype: dict[sale.order, unfinished.order]
        """
        own = self._of_orders(orders).grouped("order_id")
        placed, taken = {}, self.browse()
        for order in orders:
            unfinished = own.get(order, self.browse()) | self._source_of(order)
            placed[order] = unfinished.filtered(lambda u: u._can_move_to("own_accord")) - taken
            taken |= placed[order]
        return placed

    @api.model
    def _source_of(self, order):
        """Return the unfinished order whose link filled the cart `order` for the same buyer."""
        return order.cart_source_id.filtered(lambda unfinished: unfinished._is_same_buyer(order))

    @api.model
    def _outcomes(self, placed):
        """Return what to write to each unfinished order that was placed, its state included.

        :param placed: the unfinished orders of each order, as from `_placed_by`
        :rtype: dict[unfinished.order, dict]
        """
        return {
            unfinished: {
                "state": "own_accord",
                "placed_order_id": order.id,
                "user_id": order.user_id.id,
                "team_id": order.team_id.id,
                "closed_at": order.placed_at,
            }
            for order, became in placed.items()
            for unfinished in became
        }

    @api.model
    def _retire_copied_carts(self, orders):
        """Cancel the carts whose copies, made by the link on another device, have been bought."""
        # sudo: the buyer of the copy is a visitor
        sources = self.sudo().concat(*(self._source_of(order) for order in orders))
        (sources.order_id - orders)._retire()

    @api.model
    def _on_order_withdrawn(self, orders):
        """Called when orders are cancelled or set back to draft; who counts them extends this."""

    def _can_reopen(self):
        """Tell whether the buyer can come back to it."""
        self.ensure_one()
        return self.state == "open" or self._can_move_to("open")

    def _can_move_to(self, state):
        self.ensure_one()
        return status.may_move(status.UNFINISHED_MOVES, self.state, state)

    @api.model
    def _on_cart_gone(self, orders):
        """Close the unfinished orders of carts that were cancelled or are being deleted."""
        gone = self._of_orders(orders).filtered(lambda unfinished: unfinished.order_id in orders)
        return gone._move_to("expired", closed_at=fields.Datetime.now())

    @api.model
    def _on_cart_deletion(self, orders):
        """Close the unfinished orders of carts that are about to be deleted."""
        return self._on_cart_gone(orders)

    @api.model
    def _on_reminder_wished(self, orders):
        """Do nothing: who reminds of unfinished orders extends this."""

    def _erase_traces(self, person):
        """Erase what these and other records know of `person`; who knows something extends this.

        :param Person person: whom to forget
        :return: how many of what was erased
        :rtype: dict[str, int]
        """
        return {}

    def _move_to(self, state, each=None, **values):
        """Write `state`, here and nowhere else; a move that makes no sense is ignored.

        :param dict each: further values of each record; then one statement writes them all
        """
        movable = self.filtered(lambda unfinished: unfinished._can_move_to(state))
        common = {"state": state, **values}
        if each:
            update_rows(movable, [{**common, **each[unfinished]} for unfinished in movable])
        else:
            movable.write(common)
        return movable
