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
    def _staying(self, order, mine):
        """Return the rewards and discounts that the visitor does not get, or not any more.

        :param sale.order order: the cart of the link
        :param sale.order mine: the visitor's own cart, possibly the same
        """
        return self._rewards_in(order | mine).filtered(
            lambda line: (
                line._has_lapsed() or (line.order_id != mine and not self._comes_along(line))
            )
        )

    @api.model
    def _rewards_in(self, carts):
        """Return the lines of what promotions, codes and staff give, free delivery among it."""
        free_delivery = carts._lines_as("delivery").filtered("reward_id")
        return carts._lines_as("gift", "discount", "payment") | free_delivery

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
        name, program = self._reward_name(line), reward.program_id
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

    @api.model
    def _describe_short(self, mine):
        """Say of which gift cards something has been spent elsewhere."""
        used = mine._lines_as("discount", "payment")
        return [
            self.env._("“%(discount)s” has less left on it than before.", discount=name)
            for name in dict.fromkeys(
                self._reward_name(line) for line in used if 0.0 < line._share_given() < 1.0
            )
        ]

    @api.model
    def _reward_name(self, line):
        return line.reward_id.description or line.name_short

    @api.model
    def _names_of_rewards(self, order, mine, leaving):
        """Return the names of the rewards that the visitor may still have, by reward."""
        lines = self._rewards_in(order | mine) - leaving
        return {line.reward_id: self._reward_name(line) for line in lines if line.reward_id}

    @api.model
    def _describe_lost(self, before, problems):
        """Say which rewards do not apply to what is in the cart now.

        :param CartBefore before: what there was
        :param dict problems: what has been said of codes already
        :rtype: list[str]
        """
        lost = {
            reward: name
            for reward, name in before.rewards.items()
            if reward not in before.mine.order_line.reward_id
        }
        return [
            self.env._("“%(discount)s” does not apply to what is in your cart now.", discount=name)
            for reward, name in lost.items()
            if problems.keys().isdisjoint(reward.program_id.rule_ids.mapped("code"))
        ]

    # === Codes ===#

    @api.model
    def _apply_codes(self, order, cart, leaving):
        """Apply the codes of `order` that the visitor may use to their own `cart` again.

        :param sale.order.line leaving: rewards of which it has been said that they stay
        :return: a sentence for each that the shop does not accept, by the code
        :rtype: dict[str, str]
        """
        known = cart.code_enabled_rule_ids.mapped("code") + cart.applied_coupon_ids.mapped("code")
        told = leaving.reward_id.program_id
        rules = order.code_enabled_rule_ids.filtered(lambda rule: rule.program_id not in told)
        codes = rules.mapped("code")
        if self._is_own(order):
            codes += (order.applied_coupon_ids - leaving.coupon_id).mapped("code")
        return {
            code: self.env._("Code %(code)s: %(problem)s", code=code, problem=problem)
            for code in codes
            if code and code not in known and (problem := self._apply_code(code, order, cart))
        }

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
