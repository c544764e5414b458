from math import inf
from typing import NamedTuple

from odoo import models

# What other addons of Odoo sell on pages of their own, whether the product is published or not.
APART = ("event", "event_booth", "course")


class Place(NamedTuple):
    """What such a page still sells of what a line is for."""

    key: tuple  # lines with the same one share what is left
    is_sold: bool
    free: float  # `inf` where nothing limits it


class SaleOrderLine(models.Model):
    """Tickets, stands and courses, where the addons that sell them are installed.

    Part of the door to "Can it be bought, now?". Odoo's shop sells them without asking the product.
    """

    _inherit = "sale.order.line"

    def _place(self):
        """Return what is left of what this line is for, None where the product alone tells.

        :rtype: Place | None
        """
        self.ensure_one()
        # sudo: a visitor may not read seats; how many are left is on the page of the event
        line = self.sudo()
        if line.product_id.service_tracking not in APART:
            return None
        if ticket := line._kept("event_ticket_id"):
            is_sold = ticket.is_launched and not ticket.is_expired
            return Place((ticket, line.event_slot_id), is_sold, line._free_seats(ticket))
        if booths := line._kept("event_booth_pending_ids"):
            return Place((booths,), all(booth.is_available for booth in booths), inf)
        if "channel_ids" in line.product_id._fields and (courses := line.product_id.channel_ids):
            is_sold = any(course.website_published for course in courses)
            return Place((line.product_id,), is_sold, inf)
        return None

    def _free_seats(self, ticket):
        """Return how many seats are left for this line, with those that it has got already."""
        own = self.registration_ids.filtered(lambda one: one.active and one.state == "open")
        if not ticket.sale_available and not own:  # the event may be full, whatever the ticket says
            return 0.0
        if not ticket.seats_limited:
            return inf
        if slot := self.event_slot_id:
            free = ticket.event_id._get_seats_availability([(slot, ticket)])[0]
            return inf if free is None else free + len(own)
        return ticket.seats_available + len(own)

    def _kept(self, name):
        """Return what a field of an addon that need not be there holds, None without the addon."""
        return self[name] if name in self._fields else None

    def _prepare_place_vals(self):
        """Return what the shop's own button would say of it, besides product and quantity.

        :return: None where that cannot be said again: a stand has the name of who has asked for it
        :rtype: dict | None
        """
        self.ensure_one()
        # sudo: a visitor may not read events; they get the same in their own cart
        line = self.sudo()
        if line._kept("event_booth_pending_ids"):
            return None
        if ticket := line._kept("event_ticket_id"):
            return {"event_ticket_id": ticket.id, "event_slot_id": line.event_slot_id.id}
        return {}
