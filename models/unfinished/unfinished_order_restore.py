from collections import Counter
from math import floor
from typing import NamedTuple

from odoo import Command, api, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_amount


class CartRow(NamedTuple):
    """A line of the cart of a recovery link, as it could be bought now."""

    line: models.BaseModel
    quantity: float  # how many can be had
    problem: str  # "", "gone", "sold_out" or "fewer"
    price: float  # of that quantity, as the visitor would pay it
    was: float | None  # the price of one when it was put in the cart, if it has changed since


class UnfinishedOrderRestore(models.AbstractModel):
    """What a recovery link shows, and what it does once a person has said so.

    The cart of the link is never changed on behalf of anyone but its own signed-in customer:
    everybody else gets its products, at their own prices, in their own cart.
    """

    _name = "unfinished.order.restore"
    _description = "Restoring a Cart from Its Recovery Link"

    @api.model
    def _status(self, order, website):
        """Return what can be done with a recovery link on `website`.

        :param sale.order order: the cart of the link, in sudo, possibly none
        :return: "unknown", "elsewhere" (another website), "placed", "in_payment" or "open"
        :rtype: str
        """
        if not order or not order.website_id:
            return "unknown"
        if order.website_id != website:
            return "elsewhere"
        if order.state in ("sent", "sale") or self._unfinished(order).placed_order_id:
            return "placed"
        if order.state != "draft":
            return "unknown"
        return "in_payment" if order._is_in_payment() else "open"

    @api.model
    def _unfinished(self, order):
        # sudo: a visitor may not read it, and nothing of it is shown
        return self.env["unfinished.order"].sudo().search([("order_id", "=", order.id)], limit=1)

    # === What the link shows ===#

    @api.model
    def _preview(self, order, website):
        """Return what is in the cart of a link, at the visitor's prices and today's stock.

        Nothing is written: the prices are those of a cart that is never saved.

        :rtype: list[CartRow]
        """
        # sudo: a visitor may not make orders; this one is never saved
        today = self.env["sale.order"].sudo()
        today = today.new(website._prepare_sale_order_values(self.env.user.partner_id))
        same_terms = all(
            order[name] == today[name] for name in ("pricelist_id", "fiscal_position_id")
        )
        taken = Counter()
        rows = []
        for line in order.order_line.filtered(self._is_product_line):
            quantity, problem = self._what_can_be_had(line, website, taken)
            price = self._price_today(line, quantity, today) if quantity else 0.0
            was = self._price_before(line, quantity, price) if same_terms else None
            rows.append(CartRow(line, quantity, problem, price, was))
        return rows

    @api.model
    def _is_product_line(self, line):
        return bool(line.product_id) and line._show_in_cart() and not line._comes_and_goes()

    @api.model
    def _what_can_be_had(self, line, website, taken):
        """Return how many of `line` are for sale, after what other lines take, and what is wrong.

        :param Counter taken: per product, what the lines before took; this line's is added
        """
        if not line.product_id._is_add_to_cart_allowed():
            return 0, "gone"
        wanted = quantity = line.product_uom_qty
        pieces = line._get_lines_with_price()  # the products of a combo, or the line itself
        for piece in pieces:
            product = piece.product_id
            if product.is_storable and not product.allow_out_of_stock_order:
                free = website._get_product_available_qty(product) - taken[product]
                free = product.uom_id._compute_quantity(free, piece.product_uom_id, round=False)
                quantity = min(quantity, max(floor(free), 0))
        for piece in pieces:
            unit = piece.product_id.uom_id
            taken[piece.product_id] += piece.product_uom_id._compute_quantity(quantity, unit)
        if quantity == wanted:
            return quantity, ""
        return quantity, "fewer" if quantity else "sold_out"

    @api.model
    def _price_today(self, line, quantity, today):
        """Return what `quantity` of `line` costs in the unsaved cart `today`."""
        unsaved = self._unsaved_line(line, quantity, today)
        for item in line.linked_line_ids.filtered("combo_item_id"):
            self._unsaved_line(
                item,
                quantity,
                today,
                combo_item_id=item.combo_item_id.id,
                linked_line_id=unsaved.id,
            )
        return unsaved._get_cart_display_price()

    @api.model
    def _unsaved_line(self, line, quantity, today, **values):
        options = line.product_no_variant_attribute_value_ids
        return line.new(
            {
                "order_id": today.id,
                "product_id": line.product_id.id,
                "product_uom_id": line.product_uom_id.id,
                "product_uom_qty": quantity,
                "product_no_variant_attribute_value_ids": [Command.set(options.ids)],
                **values,
            }
        )

    @api.model
    def _price_before(self, line, quantity, price):
        """Return what one cost before, None when that is what it costs now."""
        if not quantity or not line.product_uom_qty:
            return None
        was = line._get_cart_display_price() / line.product_uom_qty
        same = line.currency_id.compare_amounts(was, price / quantity) == 0
        return None if same else was

    @api.model
    def _describe_changes(self, rows):
        """Say in whole sentences what is no longer as it was when the cart was left.

        :rtype: list[str]
        """
        return [change for row in rows if (change := self._describe_change(row))]

    @api.model
    def _describe_change(self, row):
        product = row.line.name_short
        if row.problem == "gone":
            return self.env._("%(product)s is no longer sold.", product=product)
        if row.problem == "sold_out":
            return self.env._("%(product)s is sold out.", product=product)
        if row.problem == "fewer":
            quantity = f"{row.quantity:g}"
            return self.env._(
                "%(product)s: only %(quantity)s left.", product=product, quantity=quantity
            )
        if row.was is None:
            return ""
        currency = row.line.currency_id
        return self.env._(
            "%(product)s now costs %(now)s, it was %(was)s.",
            product=product,
            now=format_amount(self.env, row.price / row.quantity, currency),
            was=format_amount(self.env, row.was, currency),
        )

    # === What it does ===#

    @api.model
    def _may_take_over(self, order, cart):
        """Tell whether the visitor gets the cart of the link itself, and not a copy.

        :param sale.order cart: the visitor's own cart, possibly none
        """
        user = self.env.user
        is_own = not user._is_public() and order.partner_id == user.partner_id
        return is_own and not (cart and cart._has_cart_lines())

    @api.model
    def _bring_up_to_date(self, order, rows):
        """Give a cart that its own customer opens again today's prices and stock."""
        quiet = order.with_context(skip_cart_verification=True)
        for row in rows:
            if row.problem:
                quiet._cart_update_line_quantity(row.line.id, row.quantity)
        order._update_address(order.partner_id.id, ["partner_id"])
        order._verify_cart()
        order._recompute_cart()
        order._verify_cart_after_update()

    @api.model
    def _copy(self, order, rows, cart):
        """Make sure that the visitor's `cart` holds the products of `order`, however often asked.

        :param sale.order order: the cart of the link; only its unfinished order is noted
        :param list rows: what of it can be had, as from `_preview`
        :param sale.order cart: the visitor's own cart
        """
        placed, wanted = {}, Counter()
        available = filter(lambda row: row.quantity, rows)
        for row in sorted(available, key=lambda row: bool(row.line.linked_line_id)):
            parent = placed.get(row.line.linked_line_id, row.line.browse())
            identity = (self._identity(row.line), parent)
            wanted[identity] += row.quantity
            placed[row.line] = self._raise_to(wanted[identity], row.line, parent, cart)
        cart._verify_cart_after_update()
        if unfinished := self._unfinished(order):
            cart.cart_source_id = unfinished

    @api.model
    def _identity(self, line):
        """Return what makes two lines of carts the same thing to buy."""
        custom = line.product_custom_attribute_value_ids
        items = line.linked_line_ids.filtered("combo_item_id")
        return (
            line.product_id.id,
            line.product_uom_id.id,
            frozenset(line.product_no_variant_attribute_value_ids.ids),
            frozenset(
                (value.custom_product_template_attribute_value_id.id, value.custom_value)
                for value in custom
            ),
            frozenset((item.combo_item_id.id, self._identity(item)) for item in items),
        )

    @api.model
    def _raise_to(self, wanted, line, parent, cart):
        """Have at least `wanted` of `line` in the cart; return the cart's line, if there is one."""
        twins = cart.order_line.filtered(
            lambda twin: (
                self._is_product_line(twin)
                and twin.linked_line_id == parent
                and self._identity(twin) == self._identity(line)
            )
        )
        missing = wanted - sum(twins.mapped("product_uom_qty"))
        if not twins:
            return self._add(wanted, line, parent, cart)
        twin = twins[0]
        if missing > 0:
            cart.with_context(skip_cart_verification=True)._cart_update_line_quantity(
                twin.id, twin.product_uom_qty + missing
            )
        return twin.exists()

    @api.model
    def _add(self, quantity, line, parent, cart):
        """Put `line` in the cart as the shop's own button does; leave it out when that refuses."""
        quiet = cart.with_context(skip_cart_verification=True)
        try:
            with self.env.cr.savepoint():
                values = self._prepare_cart_add(line, quantity, parent)
                added = line.browse(quiet._cart_add(**values)["line_id"])
                for item in line.linked_line_ids.filtered("combo_item_id") if added else ():
                    values = self._prepare_cart_add(item, quantity, added)
                    quiet._cart_add(**values, combo_item_id=item.combo_item_id.id)
                if added.product_type == "combo":
                    cart._check_combo_quantities(added)
                    added._check_validity()
                return added
        except UserError:  # no price, a combination that is gone: the shop's own reasons
            return line.browse()

    @api.model
    def _prepare_cart_add(self, line, quantity, parent):
        return {
            "product_id": line.product_id.id,
            "quantity": quantity,
            "uom_id": line.product_uom_id.id,
            "linked_line_id": parent.id,
            "no_variant_attribute_value_ids": line.product_no_variant_attribute_value_ids.ids,
            "product_custom_attribute_values": [
                {
                    "custom_product_template_attribute_value_id": (
                        value.custom_product_template_attribute_value_id.id
                    ),
                    "custom_value": value.custom_value,
                }
                for value in line.product_custom_attribute_value_ids
            ],
        }
