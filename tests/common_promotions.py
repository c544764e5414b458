"""Discounts, codes, gift cards and combos, as shops set them up."""

from odoo import Command


class PromotionsCase:
    """To be mixed in before `RecoveryCase`."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["loyalty.program"].search([]).action_archive()

    @classmethod
    def _make_program(cls, kind="promotion", code="", **reward):
        """Make a program that takes 10 % off the order, unless `reward` says something else."""
        needs_code = bool(code) or kind in ("coupons", "gift_card", "promo_code")
        return cls.env["loyalty.program"].create(
            {
                "name": f"A {kind}",
                "program_type": kind,
                "trigger": "with_code" if needs_code else "auto",
                "applies_on": "future" if kind == "gift_card" else "current",
                "rule_ids": [
                    Command.clear(),
                    Command.create(
                        {"mode": "with_code" if code else "auto", "code": code or False}
                    ),
                ],
                "reward_ids": [
                    Command.clear(),
                    Command.create(
                        {
                            "reward_type": "discount",
                            "discount": 10,
                            "discount_mode": "percent",
                            "discount_applicability": "order",
                            "required_points": 1,
                            **reward,
                        }
                    ),
                ],
            }
        )

    @classmethod
    def _make_card(cls, kind="coupons", points=1, code="044-PERSONAL-CODE", **reward):
        """Make a coupon or, with an amount in `points`, a gift card for one person."""
        if kind == "gift_card":
            reward = {"discount_mode": "per_point", "discount": 1, **reward}
        program = cls._make_program(kind, **reward)
        return cls.env["loyalty.card"].create(
            {"program_id": program.id, "points": points, "code": code}
        )

    @classmethod
    def _enter_code(cls, cart, code):
        """Use a code as the buyer does on the cart page."""
        found = cart._try_apply_code(code)
        assert "error" not in found, found
        for coupon, rewards in found.items():
            cart._apply_program_reward(rewards[0], coupon)
        cart._update_programs_and_rewards()

    @classmethod
    def _give_staff_discount(cls, cart, amount):
        """Lower the price of a cart as a salesperson does."""
        cls.env["sale.order.discount"].create(
            {
                "sale_order_id": cart.id,
                "discount_type": "amount",
                "discount_amount": amount,
            }
        ).action_apply_discount()

    @classmethod
    def _add_delivery(cls, cart, price=7.77):
        courier = cls._make_product("Courier", price)
        return cls.env["sale.order.line"].create(
            {
                "order_id": cart.id,
                "product_id": courier.id,
                "price_unit": price,
                "is_delivery": True,
            }
        )

    @classmethod
    def _make_combo(cls, *parts, price=60.0, **vals):
        """Make a combo of which each part is chosen from one product only."""
        combos = cls.env["product.combo"].create(
            [
                {
                    "name": f"Part {number}",
                    "combo_item_ids": [Command.create({"product_id": part.id})],
                }
                for number, part in enumerate(parts)
            ]
        )
        return cls._make_product(
            "Set", price, type="combo", combo_ids=[Command.set(combos.ids)], **vals
        )

    @classmethod
    def _add_combo(cls, cart, combo, quantity=1):
        """Put a combo with all its parts into a cart."""
        head = cls.env["sale.order.line"].create(
            {"order_id": cart.id, "product_id": combo.id, "product_uom_qty": quantity}
        )
        cls.env["sale.order.line"].create(
            [
                {
                    "order_id": cart.id,
                    "product_id": item.product_id.id,
                    "product_uom_qty": quantity,
                    "combo_item_id": item.id,
                    "linked_line_id": head.id,
                }
                for item in combo.combo_ids.combo_item_ids
            ]
        )
        return head
