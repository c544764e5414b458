from odoo import api, models
from odoo.exceptions import UserError


class UnfinishedOrderRestore(models.AbstractModel):
    """What a recovery link shows, and what it does once a person has said so.

    The cart of the link is never changed on behalf of anyone but those whose cart it is: who has it
    in their browser, and its own signed-in customer. Everybody else gets its products in a cart of
    their own. Either is then brought up to date, and what has changed is told.
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
        if order.cart_quoted_at and not order.placed_at:
            return "unknown"  # staff's own link opens it, at the prices that they have agreed on
        if self._placed(order):
            return "placed"
        if order.state != "draft":
            return "unknown"
        return "in_payment" if order._is_in_payment() else "open"

    @api.model
    def _placed(self, order):
        """Return the order that the cart has become, possibly on another device; possibly none."""
        is_placed = order.state in ("sent", "sale")
        return order if is_placed else self._unfinished(order).placed_order_id

    @api.model
    def _is_at_the_bank(self, cart):
        """Tell whether the buyer has gone to pay for a cart a short while ago.

        It must cost then what they pay, so nothing is added to it.
        """
        # sudo: payments are for accountants; whether there is one concerns everybody
        started = cart.sudo().transaction_ids.filtered(lambda payment: payment.state == "draft")
        return bool(started._may_bring_money())

    @api.model
    def _awaits_payment(self, order):
        """Tell whether the money for the cart has still to come, as far as anybody knows."""
        placed = self._placed(order) or order
        # sudo: payments are for accountants; whether one is pending concerns who waits for it
        last = placed.sudo().transaction_ids.sorted("id")[-1:]
        return last.state == "pending" and placed.state != "sale"

    @api.model
    def _unfinished(self, order):
        # sudo: a visitor may not read it, and nothing of it is shown
        return self.env["unfinished.order"].sudo().search([("order_id", "=", order.id)], limit=1)

    @api.model
    def _may_have_cart(self, website):
        """Tell whether the visitor may have a cart there: Odoo keeps companies' customers apart."""
        partner = self.env.user.partner_id
        return bool(partner.filtered_domain(partner._check_company_domain(website.company_id)))

    @api.model
    def _gets_it_itself(self, order, cart):
        """Tell whether the visitor gets the cart of the link itself, and not a copy.

        :param sale.order cart: the visitor's own cart, possibly none
        """
        return cart == order or (self._is_own(order) and not (cart and cart._has_cart_lines()))

    @api.model
    def _is_own(self, order):
        """Tell whether the visitor is signed in as the customer of the cart."""
        user = self.env.user
        return not user._is_public() and order.partner_id == user.partner_id

    # === What the button does ===#

    @api.model
    def _restore(self, order, cart, make_cart):
        """Give the visitor what can be had of the cart `order` now, at today's prices.

        :param sale.order order: the cart of the link, in sudo
        :param sale.order cart: the visitor's own cart, possibly none
        :param make_cart: makes one for them
        :return: their cart, and what to tell of it
        :rtype: tuple[sale.order, LinkPage]
        """
        is_itself = self._gets_it_itself(order, cart)
        mine = order if is_itself else cart or make_cart()
        before = self._note_before(order, mine)
        if is_itself and mine != cart:
            mine._update_address(mine.partner_id.id, ["partner_id"])  # as core takes up a cart
        self._drop_what_is_gone(mine)
        before = before._replace(kept_quantity=self._quantity(mine))
        lines = {now.line: now.line.exists() for now in before.rows}
        if not is_itself:
            lines = self._copy(order, before.rows, mine)
        self._drop_carrier_that_is_gone(mine)
        mine._recompute_cart()
        problems = {} if is_itself else self._apply_codes(order, mine, before.leaving)
        mine._verify_cart_after_update()
        return mine, self._tell_after(before, lines, problems)

    @api.model
    def _drop_what_is_gone(self, cart):
        """Leave in the visitor's own cart what can be had of it now.

        Core is not asked for the stock again: it would count what other lines are about to lose.
        """
        quiet = cart.with_context(skip_cart_verification=True)
        for line, quantity, problem in cart._what_can_be_had()[cart]:
            if not problem or line.reward_id:
                continue
            parts = line.linked_line_ids.filtered("combo_item_id")
            if quantity:
                (line | parts).product_uom_qty = quantity
                continue
            # What was offered with it stays, as it does in a copy.
            (line.linked_line_ids - parts).linked_line_id = False
            quiet._cart_update_line_quantity(line.id, 0)
        cart._verify_cart()

    @api.model
    def _copy(self, order, rows, cart):
        """Make sure that the visitor's `cart` holds the products of `order`, however often asked.

        :param sale.order order: the cart of the link; only its unfinished order is noted
        :param list rows: what of it can be had, as from `_what_can_be_had`
        :param sale.order cart: the visitor's own cart
        :return: which lines of the cart hold the lines of `order`: none where nothing is left,
            None where the shop refuses it
        :rtype: dict[sale.order.line, sale.order.line | None]
        """
        placed, wanted = {}, {}
        available = filter(lambda row: row.quantity, rows)
        for row in sorted(available, key=lambda row: bool(row.line.linked_line_id)):
            parent = placed.get(row.line.linked_line_id) or row.line.browse()
            identity = (self._identity(row.line), parent)
            wanted[identity] = wanted.get(identity, 0.0) + row.quantity
            placed[row.line] = self._raise_to(wanted[identity], row.line, parent, cart)
        if unfinished := self._unfinished(order):
            cart.cart_source_id = unfinished
        return placed

    @api.model
    def _identity(self, line):
        """Return what makes two lines of carts the same thing to buy."""
        custom = line.product_custom_attribute_value_ids
        items = line.linked_line_ids.filtered("combo_item_id")
        return (
            line.product_id.id,
            line.product_uom_id.id,
            frozenset(self._options(line).ids),
            frozenset(
                (value.custom_product_template_attribute_value_id.id, value.custom_value)
                for value in custom
                if value.custom_value
            ),
            frozenset((item.combo_item_id.id, self._identity(item)) for item in items),
            frozenset((line._prepare_place_vals() or {}).items()),
        )

    @api.model
    def _options(self, line):
        """Return the options of the line, with those that the shop would choose as well."""
        options = line.product_no_variant_attribute_value_ids
        template = line.product_id.product_tmpl_id
        if not template.attribute_line_ids:
            return options
        return options | self._closest(line).filtered(
            lambda value: value.attribute_id.create_variant == "no_variant"
        )

    @api.model
    def _closest(self, line):
        """Return what the shop's own button would put into the cart for this line."""
        template = line.product_id.product_tmpl_id
        return template._get_closest_possible_combination(self._chosen(line))

    @api.model
    def _chosen(self, line):
        """Return everything that the buyer has chosen of the product."""
        values = line.product_id.product_template_attribute_value_ids
        return values | line.product_no_variant_attribute_value_ids

    @api.model
    def _raise_to(self, wanted, line, parent, cart):
        """Have at least `wanted` of `line` in the cart; return the cart's line, if there is one."""
        identity = self._identity(line)
        twins = cart.order_line.filtered(
            lambda twin: (
                twin._cart_role() == "product"
                and twin.linked_line_id == parent
                and self._identity(twin) == identity
            )
        )
        missing = wanted - sum(twins.mapped("product_uom_qty"))
        if not twins:
            return self._add(wanted, line, parent, cart)
        twin = twins[0]
        if missing > 0 and line._prepare_place_vals():  # the shop raises no tickets by themselves
            return self._add(missing, line, parent, cart)
        if missing > 0:
            cart.with_context(skip_cart_verification=True)._cart_update_line_quantity(
                twin.id, twin.product_uom_qty + missing
            )
        return twin.exists()

    @api.model
    def _add(self, quantity, line, parent, cart):
        """Put `line` in the cart as the shop's own button does; leave it out when that refuses.

        :return: the new line, none when nothing is left of it, None when the shop refuses it
        """
        if self._chosen(line) - self._closest(line):
            return None  # the shop would choose something else instead
        if line._prepare_place_vals() is None:
            return None  # it asks who wants it, on a page of its own
        try:
            with self.env.cr.savepoint() as savepoint:
                added = self._add_whole(quantity, line, parent, cart)
                if not added:
                    savepoint.rollback()
                return added
        except UserError:  # no price, a combination that is gone: the shop's own reasons
            return None

    @api.model
    def _add_whole(self, quantity, line, parent, cart):
        """Put `line` in the cart, with all its parts; return none when one of them is sold out."""
        quiet = cart.with_context(skip_cart_verification=True)
        values = self._prepare_cart_add(line, quantity, parent)
        added = line.browse(quiet._cart_add(**values)["line_id"])
        for item in line.linked_line_ids.filtered("combo_item_id") if added else ():
            values = self._prepare_cart_add(item, quantity, added)
            if not quiet._cart_add(**values, combo_item_id=item.combo_item_id.id)["line_id"]:
                return line.browse()
        if added.product_type == "combo":
            cart._check_combo_quantities(added)
            added._check_validity()
        return added

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
            **(line._prepare_place_vals() or {}),
        }
