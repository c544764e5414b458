from itertools import product

from odoo import Command
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from ..common import RecoveryCase, queries_of
from ..common_promotions import PromotionsCase


@tagged("post_install", "-at_install")
class TestAvailable(PromotionsCase, RecoveryCase, TransactionCase):
    """Whether a cart can be bought now: one answer."""

    def _now(self, cart):
        """Return how many of each product of a cart can be had, and what is wrong."""
        self.env.invalidate_all()
        return [(now.quantity, now.problem) for now in cart._what_can_be_had()[cart]]

    def _pack(self, size):
        return self.env["uom.uom"].create(
            {
                "name": f"Pack of {size}",
                "relative_factor": size,
                "relative_uom_id": self.env.ref("uom.product_uom_unit").id,
            }
        )

    def _add(self, cart, product, quantity=1, unit=None):
        return self.env["sale.order.line"].create(
            {
                "order_id": cart.id,
                "product_id": product.id,
                "product_uom_qty": quantity,
                **({"product_uom_id": unit.id} if unit else {}),
            }
        )

    def test_a_pack_of_six_cannot_be_had_of_five(self):
        for stock, quantity, expected in (
            (5, 1, (0, "sold_out")),
            (6, 1, (1, "")),
            (11, 2, (1, "fewer")),
            (12, 2, (2, "")),
        ):
            with self.subTest(stock=stock, quantity=quantity):
                eggs = self._make_product("Eggs", stock=stock)
                cart = self._make_cart(products=[])
                self._add(cart, eggs, quantity, self._pack(6))
                self.assertEqual(self._now(cart), [expected])

    def test_lines_of_one_product_share_its_stock(self):
        eggs = self._make_product("Eggs", stock=8)
        cart = self._make_cart(products=[])
        self._add(cart, eggs, 1, self._pack(6))
        self._add(cart, eggs, 5)
        self._add(cart, eggs, 1)
        self.assertEqual(self._now(cart), [(1, ""), (2, "fewer"), (0, "sold_out")])

    def test_parts_of_combos_and_single_products_share_the_stock(self):
        lamp = self._make_product("Rare lamp", stock=3)
        cart = self._make_cart(products=[])
        self._add_combo(cart, self._make_combo(lamp, self.chair), 2)
        self._add(cart, lamp, 2)
        self.assertEqual(self._now(cart), [(2, ""), (1, "fewer")])

    def test_a_combo_of_two_equal_parts_takes_two(self):
        lamp = self._make_product("Rare lamp", stock=3)
        cart = self._make_cart(products=[])
        self._add_combo(cart, self._make_combo(lamp, lamp), 2)
        self.assertEqual(self._now(cart), [(1, "fewer")])

    def test_a_combo_of_which_a_part_was_archived_is_gone(self):
        part = self._make_product("Part")
        cart = self._make_cart(products=[])
        self._add_combo(cart, self._make_combo(part, self.chair))
        self.assertEqual(self._now(cart), [(1, "")])
        part.action_archive()
        self.assertEqual(self._now(cart), [(0, "gone")])

    def test_the_parts_of_a_combo_need_not_be_in_the_shop_by_themselves(self):
        part = self._make_product("Part", is_published=False)
        cart = self._make_cart(products=[])
        self._add_combo(cart, self._make_combo(part))
        self.assertEqual(self._now(cart), [(1, "")])

    def test_what_is_not_in_the_shop_is_gone_and_takes_no_stock(self):
        other = self.env["website"].create({"name": "Elsewhere"})
        for change in (
            {"is_published": False},
            {"sale_ok": False},
            {"website_id": other.id},
        ):
            with self.subTest(change=change):
                rare = self._make_product("Rare", stock=1)
                cart = self._make_cart(products=[rare, self.lamp])
                rare.write(change)
                self.assertEqual(self._now(cart), [(0, "gone"), (1, "")])
                rare.write({"is_published": True, "sale_ok": True, "website_id": False})
                self.assertEqual(self._now(cart), [(1, ""), (1, "")])

    def test_a_free_sample_can_be_had_where_the_shop_does_not_hide_prices(self):
        sample = self._make_product("Sample", 0.0)
        cart = self._make_cart(products=[sample])
        self.assertEqual(self._now(cart), [(1, "")])
        self.website.prevent_zero_price_sale = True
        self.assertEqual(self._now(cart), [(0, "gone")])
        sample.list_price = 1.0
        self.assertEqual(self._now(cart), [(1, "")])

    def test_the_price_is_that_of_whom_the_cart_belongs_to(self):
        self.website.prevent_zero_price_sale = True
        friends = self.env["product.pricelist"].create(
            {
                "name": "Friends",
                "item_ids": [
                    Command.create(
                        {
                            "applied_on": "0_product_variant",
                            "product_id": self.lamp.id,
                            "compute_price": "fixed",
                            "fixed_price": 0.0,
                        }
                    )
                ],
            }
        )
        carts = self._make_cart(), self._make_cart(pricelist_id=friends.id)
        found = (carts[0] | carts[1])._what_can_be_had()
        self.assertEqual([found[cart][0].problem for cart in carts], ["", "gone"])

    def test_a_gift_comes_after_what_is_bought(self):
        rare = self._make_product("Rare", stock=2)
        self._make_program(reward_type="product", reward_product_id=rare.id, reward_product_qty=1)
        cart = self._make_cart(products={rare: 2})
        cart._update_programs_and_rewards()
        cart._auto_apply_rewards()
        self.assertTrue(cart._lines_as("gift"))
        self.assertEqual(self._now(cart), [(2, ""), (0, "sold_out")])

    def test_a_gift_of_a_promotion_that_has_ended_is_gone(self):
        program = self._make_program(reward_type="product", reward_product_id=self.lamp.id)
        cart = self._make_cart(products=[self.chair])
        cart._update_programs_and_rewards()
        cart._auto_apply_rewards()
        self.assertEqual(self._now(cart), [(1, ""), (1, "")])
        program.active = False
        self.assertEqual(self._now(cart), [(1, ""), (0, "gone")])

    def _choose_option(self, cart, product):
        """Put a product with an option into a cart, and return what was chosen."""
        attribute = self.env["product.attribute"].create(
            {
                "name": "Engraving",
                "create_variant": "no_variant",
                "value_ids": [Command.create({"name": name}) for name in ("None", "Ada", "Eve")],
            }
        )
        line = self.env["product.template.attribute.line"].create(
            {
                "product_tmpl_id": product.product_tmpl_id.id,
                "attribute_id": attribute.id,
                "value_ids": [Command.set(attribute.value_ids.ids)],
            }
        )
        chosen = line.product_template_value_ids[1]
        added = self._add(cart, product)
        added.product_no_variant_attribute_value_ids = chosen
        return chosen

    def test_what_was_chosen_with_an_option_that_is_not_offered_any_more_is_gone(self):
        lines = self.env["sale.order.line"]
        for change in ("archived", "removed"):
            pen = self._make_product("Pen")
            cart = self._make_cart(products=[self.lamp])
            chosen = self._choose_option(cart, pen)
            self.assertEqual(self._now(cart), [(1, ""), (1, "")])
            self.assertFalse(self._lines_with_lost_option(cart))
            if change == "archived":
                chosen.ptav_active = False
            else:
                chosen.attribute_line_id.value_ids -= chosen.product_attribute_value_id
            with self.subTest(change=change):
                self.assertEqual(self._now(cart), [(1, ""), (0, "gone")])
                lost = lines.browse(self._lines_with_lost_option(cart))
                self.assertEqual(lost.product_id, pen, "SQL agrees")

    def _lines_with_lost_option(self, cart):
        self.env.flush_all()
        query = SQL(
            "SELECT l.id FROM sale_order_line l WHERE l.order_id = %s AND %s",
            cart.id,
            cart.order_line._has_lost_option_sql(),
        )
        return [line_id for (line_id,) in self.env.execute_query(query)]

    def test_discounts_and_delivery_are_nothing_that_could_be_sold_out(self):
        cart = self._make_cart()
        self._give_staff_discount(cart, 3)
        self._add_delivery(cart)
        self.assertEqual(self._now(cart), [(1, "")])

    # === Python and SQL ===#

    def _make_products_of_all_kinds(self):
        other = self.env["website"].create({"name": "Elsewhere"})
        choices = {
            "is_published": (True, False),
            "sale_ok": (True, False),
            "website_id": (False, self.website.id, other.id),
            "list_price": (0.0, 5.0),
            "stock": (None, 0, 3),
            "allow_out_of_stock_order": (True, False),
        }
        for values in product(*choices.values()):
            vals = dict(zip(choices, values, strict=True))
            stock, allowed = vals.pop("stock"), vals.pop("allow_out_of_stock_order")
            made = self._make_product("Thing", vals.pop("list_price"), stock=stock, **vals)
            made.allow_out_of_stock_order = allowed
            yield made

    def _ids_by_sql(self, products, condition):
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT p.id FROM product_product p
                     JOIN product_template t ON t.id = p.product_tmpl_id
                     JOIN website w ON w.id = %s
                    WHERE p.id IN %s AND %s""",
                self.website.id,
                tuple(products.ids),
                condition,
            )
        )
        return {product_id for (product_id,) in rows}

    def test_predicate_and_sql_agree_on_what_is_in_the_shop(self):
        things = self.env["product.product"].union(*self._make_products_of_all_kinds())
        in_shop = things.filtered(lambda thing: thing._is_in_shop(self.website))
        self.assertTrue(in_shop and in_shop < things)
        self.assertEqual(self._ids_by_sql(things, things._is_in_shop_sql()), set(in_shop.ids))

    def test_what_sql_takes_for_certain_can_be_had(self):
        things = self.env["product.product"].union(*self._make_products_of_all_kinds())
        for hides_prices in (False, True):
            self.website.prevent_zero_price_sale = hides_prices
            certain = self._ids_by_sql(things, things._can_be_had_for_certain_sql())
            self.assertEqual(bool(certain), not hides_prices)
            carts = self.env["sale.order"].union(
                *(self._make_cart(products=[thing]) for thing in things)
            )
            for cart, (now,) in carts._what_can_be_had().items():
                with self.subTest(cart=cart.id):
                    self.assertTrue(now.quantity or now.line.product_id.id not in certain)

    def test_fifty_carts_are_asked_in_as_many_queries_as_five(self):
        self.website.prevent_zero_price_sale = True
        lamp = self._make_product("Rare lamp", stock=100)
        combo = self._make_combo(lamp, self.chair)

        def queries(count):
            things = [self._make_product(f"Thing {n}", stock=n) for n in range(count)]
            carts = self.env["sale.order"].union(
                *(self._make_cart(products=[thing, lamp]) for thing in things)
            )
            for cart in carts:
                self._add_combo(cart, combo)
            return queries_of(self.env, carts.browse(carts.ids)._what_can_be_had)

        queries(2)
        self.assertEqual(queries(50), queries(5))
