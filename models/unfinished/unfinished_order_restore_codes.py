from odoo import api, models
from odoo.exceptions import UserError


class UnfinishedOrderRestore(models.AbstractModel):
    """What becomes of discounts, codes and gift cards when a cart is opened on another device.

    Promotions come along: those that need no code, and those whose code everybody may use. What
    belongs to a person does not, because the link may have been passed on; nor is its code told.
    """

    _inherit = "unfinished.order.restore"

    # === What stays behind ===#

    @api.model
    def _staying(self, order, cart):
        """Return the rewards and discounts of the cart of a link that the visitor does not get.

        :param sale.order cart: the visitor's own cart, possibly none
        """
        lines = order._lines_as("gift", "discount", "payment")
        lapsed = lines.filtered(lambda line: line._has_lapsed())
        if cart == order or self._may_take_over(order, cart):
            return lapsed
        return lapsed | lines.filtered(lambda line: not self._comes_along(line))

    @api.model
    def _comes_along(self, line):
        """Tell whether anybody gets this reward who buys the same."""
        order, program = line.order_id, line.reward_id.program_id
        if not program or program.is_nominative:
            return False
        if line.coupon_id in order.applied_coupon_ids:
            return self._is_own(order)
        return program.trigger == "auto" or program in order.code_enabled_rule_ids.program_id

    @api.model
    def _describe_staying(self, lines):
        """Say in whole sentences what the visitor does not get, and what to do about it.

        :rtype: list[str]
        """
        return list(dict.fromkeys(map(self._describe_staying_line, lines)))

    @api.model
    def _describe_staying_line(self, line):
        reward = line.reward_id
        name, program = reward.description or line.name_short, reward.program_id
        if line._has_lapsed():
            return self.env._("“%(discount)s” has ended.", discount=name)
        if not program:
            return self.env._(
                "“%(discount)s” was given on the first cart only. Please ask us for it again.",
                discount=name,
            )
        if program.is_nominative:
            return self.env._(
                "“%(discount)s” belongs to a customer account: sign in, and use it in your cart.",
                discount=name,
            )
        return self.env._(
            "“%(discount)s” was entered on another device and stays there."
            " Please enter its code again in your cart.",
            discount=name,
        )

    # === Codes ===#

    @api.model
    def _apply_codes(self, order, cart):
        """Apply the codes of `order` that the visitor may use to their own `cart` again.

        :return: a sentence for each that the shop does not accept
        :rtype: list[str]
        """
        known = cart.code_enabled_rule_ids.mapped("code") + cart.applied_coupon_ids.mapped("code")
        codes = order.code_enabled_rule_ids.mapped("code")
        if self._is_own(order):
            codes += order.applied_coupon_ids.mapped("code")
        return [
            self.env._("Code %(code)s: %(problem)s", code=code, problem=problem)
            for code in codes
            if code and code not in known and (problem := self._apply_code(code, order, cart))
        ]

    @api.model
    def _apply_code(self, code, order, cart):
        """Apply one code as the form on the cart page does.

        :return: why the shop does not accept it, "" when it does
        :rtype: str
        """
        found = cart._try_apply_code(code)
        if "error" in found:
            return found["error"]
        for coupon, rewards in found.items():
            # Of several, the one that the buyer has chosen.
            reward = rewards & order.order_line.reward_id if len(rewards) > 1 else rewards
            is_clear = len(reward) == 1 and not reward.multi_product
            if is_clear and (error := self._claim(reward, coupon, cart)):
                return error
        cart._update_programs_and_rewards()
        return ""

    @api.model
    def _claim(self, reward, coupon, cart):
        try:
            with self.env.cr.savepoint():
                return cart._apply_program_reward(reward, coupon).get("error", "")
        except UserError as error:
            return str(error)
