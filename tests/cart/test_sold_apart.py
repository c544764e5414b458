"""What other addons of Odoo sell on pages of their own is bought whether published or not."""

from datetime import timedelta
from math import inf
from unittest.mock import patch

from odoo import fields
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from odoo.addons.website_sale.models.product_template import ProductTemplate

from ...models.cart.sale_order_line_apart import Place
from ..common_engine import EngineCase


@tagged("post_install", "-at_install")
class TestSoldApart(EngineCase, TransactionCase):
    """Without those addons: what their pages sell is given."""

    def _sell(self, free=inf, is_sold=True):
        """Let a page of its own sell what is no longer published."""
        self.lamp.is_published = False

        def place(line):
            return Place(("seat",), is_sold, free) if line.product_id == self.lamp else None

        self.patch(self.registry["sale.order.line"], "_place", place)

    def _now(self, *carts):
        found = self.env["sale.order"].concat(*carts)._what_can_be_had()
        return [(now.quantity, now.problem) for cart in carts for now in found[cart]]

    def test_what_its_page_still_sells_can_be_had_though_it_is_not_published(self):
        cart = self._make_cart(products={self.lamp: 2})
        self.lamp.is_published = False
        self.assertEqual(self._now(cart), [(0.0, "gone")])
        self._sell()
        self.assertEqual(self._now(cart), [(2.0, "")])

    def test_what_its_page_sells_no_more_is_gone(self):
        cart = self._make_cart()
        self._sell(is_sold=False)
        self.assertEqual(self._now(cart), [(0.0, "gone")])

    def test_lines_share_what_is_left(self):
        cart = self._make_cart(products={self.lamp: 2, self.chair: 1})
        cart.order_line[1].product_id = self.lamp
        for free, expected in (
            (inf, [(2.0, ""), (1.0, "")]),
            (3, [(2.0, ""), (1.0, "")]),
            (2, [(2.0, ""), (0.0, "sold_out")]),
            (1, [(1.0, "fewer"), (0.0, "sold_out")]),
            (0, [(0.0, "sold_out"), (0.0, "sold_out")]),
        ):
            with self.subTest(free=free):
                self._sell(free)
                self.assertEqual(self._now(cart), expected)

    def test_its_owner_keeps_it_in_the_cart(self):
        cart = self._make_cart(products=[self.lamp, self.chair])
        self._sell()
        self.env["unfinished.order.restore"]._drop_what_is_gone(cart)
        self.assertEqual(cart.order_line.product_id, self.lamp | self.chair)

    def test_what_may_be_free_is_not_hidden_for_its_price(self):
        self.website.prevent_zero_price_sale = True
        free = self._make_product("Free ticket", 0.0)
        cart = self._make_cart(products=[free])
        self.assertEqual(self._now(cart), [(0.0, "gone")])
        types = "_get_product_types_allow_zero_price"
        with patch.object(ProductTemplate, types, lambda _template: ["no"]):
            self.assertEqual(self._now(cart), [(1.0, "")])

    def test_the_search_for_what_can_be_reminded_of_leaves_it_to_the_closer_look(self):
        self.env.flush_all()
        query = "UPDATE product_template SET service_tracking = %s, is_published = %s WHERE id = %s"
        template = self.lamp.product_tmpl_id
        products = self.lamp.browse()
        for kind, is_published, may, certain in (
            ("no", True, True, True),
            ("no", False, False, False),
            ("event", True, True, False),
            ("event", False, True, False),
            ("course", False, True, False),
        ):
            with self.subTest(kind=kind, is_published=is_published):
                self.env.cr.execute(query, [kind, is_published, template.id])
                found = self.env.execute_query(
                    SQL(
                        """SELECT %s, %s FROM product_product p
                             JOIN product_template t ON t.id = p.product_tmpl_id
                             JOIN website w ON w.id = %s WHERE p.id = %s""",
                        products._may_be_sold_sql(),
                        products._can_be_had_for_certain_sql(),
                        self.website.id,
                        self.lamp.id,
                    )
                )
                self.assertEqual(found, [(may, certain)])

    def test_a_cart_of_nothing_else_is_reminded_of(self):
        self._start_reminders()
        cart = self._make_cart()
        self._find(cart)
        self._sell()
        query = "UPDATE product_template SET service_tracking = 'event' WHERE id = %s"
        self.env.flush_all()
        self.env.cr.execute(query, [self.lamp.product_tmpl_id.id])
        self.env.invalidate_all()
        self._run_cron("send")
        messages = self.env["unfinished.order"].search([("order_id", "=", cart.id)]).message_ids
        self.assertIn("sending", messages.mapped("state"), messages.mapped("reason"))


@tagged("post_install", "-at_install")
class TestTickets(EngineCase, TransactionCase):
    """With the addon that sells tickets, where it is installed: ours does not depend on it."""

    def setUp(self):
        super().setUp()
        if "event_ticket_id" not in self.env["sale.order.line"]._fields:
            self.skipTest("website_event_sale is not installed")
        now = fields.Datetime.now()
        self.seat = self._make_product(
            "Seat", 20.0, type="service", service_tracking="event", is_published=False
        )
        ticket = {"name": "Standard", "product_id": self.seat.id, "price": 20.0, "seats_max": 5}
        self.event = self.env["event.event"].create(
            {
                "name": "Fair",
                "date_begin": now + timedelta(days=5),
                "date_end": now + timedelta(days=6),
                "event_ticket_ids": [(0, 0, ticket)],
            }
        )
        self.ticket = self.event.event_ticket_ids
        self.cart = self._make_cart(products=[self.chair])
        self._add(self.cart, 2)

    def _add(self, cart, quantity):
        cart._cart_add(self.seat.id, quantity, event_ticket_id=self.ticket.id)

    def _take(self, count):
        vals = {"event_id": self.event.id, "event_ticket_id": self.ticket.id, "state": "open"}
        self.env["event.registration"].create([{**vals, "name": "Somebody"}] * count)
        self.env.invalidate_all()

    def _now(self):
        rows = self.cart._what_can_be_had()[self.cart]
        return next((n.quantity, n.problem) for n in rows if n.line.product_id == self.seat)

    def test_an_unpublished_ticket_can_be_had_as_far_as_there_are_seats(self):
        self.assertEqual(self._now(), (2.0, ""))
        self._take(4)
        self.assertEqual(self._now(), (1.0, "fewer"))
        self._take(1)
        self.assertEqual(self._now(), (0.0, "sold_out"))

    def test_a_ticket_whose_sale_has_ended_is_gone(self):
        self.ticket.end_sale_datetime = fields.Datetime.now() - timedelta(hours=1)
        self.assertEqual(self._now(), (0.0, "gone"))

    def test_a_free_ticket_is_not_hidden(self):
        self.website.prevent_zero_price_sale = True
        self.seat.list_price = self.ticket.price = 0.0
        self.assertEqual(self._now(), (2.0, ""))

    def test_a_copy_holds_the_same_ticket_however_often_the_link_is_opened(self):
        self._find(self.cart)
        restore = self.env["unfinished.order.restore"]
        mine = self._make_anonymous_cart(products=[])
        for _time in range(2):
            restore._copy(self.cart, self.cart._what_can_be_had()[self.cart], mine)
            line = mine.order_line.filtered(lambda one: one.product_id == self.seat)
            self.assertEqual(line.event_ticket_id, self.ticket)
            self.assertEqual(line.product_uom_qty, 2.0)
        self._add(self.cart, 1)
        restore._copy(self.cart, self.cart._what_can_be_had()[self.cart], mine)
        self.assertEqual(line.product_uom_qty, 3.0)
