from collections import Counter

from odoo import api, models
from odoo.exceptions import UserError


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
        if order.cart_quoted_at and order.state != "sale":
            return "unknown"  # staff's own link opens it, at the prices that they have agreed on
        if order.state in ("sent", "sale") or self._unfinished(order).placed_order_id:
            return "placed"
        if order.state != "draft":
            return "unknown"
        return "in_payment" if order._is_in_payment() else "open"

    @api.model
    def _unfinished(self, order):
        # sudo: a visitor may not read it, and nothing of it is shown
        return self.env["unfinished.order"].sudo().search([("order_id", "=", order.id)], limit=1)

    # === What it does ===#

    @api.model
    def _may_take_over(self, order, cart):
        """Tell whether the visitor gets the cart of the link itself, and not a copy.

        :param sale.order cart: the visitor's own cart, possibly none
        """
        return self._is_own(order) and not (cart and cart._has_cart_lines())

    @api.model
    def _is_own(self, order):
        """Tell whether the visitor is signed in as the customer of the cart."""
        user = self.env.user
        return not user._is_public() and order.partner_id == user.partner_id

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
        :return: a sentence for each code that the shop does not accept again
        :rtype: list[str]
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
        return self._apply_codes(order, cart)

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
                twin._cart_role() == "product"
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
