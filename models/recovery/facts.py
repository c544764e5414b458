from datetime import datetime, timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import eligibility, schedule
from ..cart.sale_order_buyer import gone_sql

AWAKE_SINCE = "website_sale_order_handling.awake_since"


BUYER_COLUMNS = ("email", "phone", "partner_id")


class Candidate(NamedTuple):
    """A message that exists, or that somebody thinks of sending; empty ids are 0."""

    ref: int  # by which the answer is found
    message_id: int
    unfinished_id: int
    campaign_id: int
    step_id: int
    channel_id: int
    address: str
    planned_for: datetime
    planned_at: datetime
    by_hand: bool


class RecoveryFacts(models.AbstractModel):
    """Asks what is known about carts and buyers, for a whole batch of messages at once."""

    _name = "recovery.facts"
    _description = "Facts About Carts to Be Reminded Of"

    @api.model
    def _about(self, candidates, now):
        """Return the facts about each candidate, in as many queries for five hundred as for one.

        :param list[Candidate] candidates: their messages, where they exist, are locked
        :param datetime now: the moment of the decision, UTC
        :rtype: dict[int, tools.eligibility.Facts]
        """
        if not candidates:
            return {}
        self.env.flush_all()
        websites = self.env["website"]._all_shops()
        # So many conditions take PostgreSQL longer to compile than to ask of a thousand carts.
        self.env.cr.execute("SET LOCAL jit = off")
        rows = self.env.execute_query_dict(self._facts_sql(candidates, websites, now))
        self._look_closer(rows)
        openings = self._openings(rows, now)
        zones = {website.id: website._shop_tz() for website in websites}
        validity = {website.id: timedelta(days=website._link_days()) for website in websites}
        awake_since = self._awake_since()
        by_ref = {}
        for row in rows:
            channel_id, tz = row.pop("channel_id"), row.pop("tz")
            del row["order_id"], row["for_certain"], row["minimum_to_ask"]
            row["opens_at"], row["closed_because"] = openings[channel_id, tz]
            website_id, planned_at = row.pop("website_id"), row.pop("planned_at")
            shop_tz, left_at = zones.get(website_id, "UTC"), row.pop("left_at")
            row["closes_at"] = website_id and left_at and left_at + validity[website_id]
            row["tomorrow_at"] = schedule.next_chance(planned_at, now, shop_tz)
            row["too_late"] = schedule.is_stale(planned_at, now, awake_since)
            ref = row.pop("ref")
            by_ref[ref] = eligibility.Facts(**row)
        return by_ref

    @api.model
    def _facts_sql(self, candidates, websites, now):
        return SQL(
            """SELECT m.ref, m.by_hand, m.channel_id, w.id AS website_id, o.id AS order_id,
                      COALESCE(ch.active AND (m.by_hand OR c.is_running AND s.active), false)
                          AND w.id IS NOT NULL AS reminders_on,
                      COALESCE(u.made_by, '') AS made_by,
                      o.id IS NOT NULL AS cart_exists,
                      COALESCE(o.state = 'draft' AND o.cart_quoted_at IS NULL
                               AND u.state = 'open', false) AS cart_open,
                      COALESCE(line.products > 0, false) AS has_products,
                      COALESCE(line.sellable > 0, false) AS has_sellable_products,
                      COALESCE(line.for_certain, false) AS for_certain, false AS is_sold_out,
                      %(buyer_is_gone)s AS buyer_is_gone,
                      m.address,
                      EXISTS (SELECT 1 FROM mail_blacklist b
                               WHERE b.active AND b.email = m.address)
                          OR EXISTS (SELECT 1 FROM phone_blacklist b
                                      WHERE b.active AND b.number = m.address) AS opted_out,
                      %(address_bounces)s AS address_bounces,
                      %(has_newer_cart)s AS has_newer_cart,
                      %(other_cart)s AS other_cart,
                      u.stopped_at IS NOT NULL AS stopped,
                      COALESCE(o.cart_consent = 'declined', false) AS consent_declined,
                      %(consent_missing)s AS consent_missing,
                      CASE WHEN c.min_amount > 0 THEN
                          COALESCE(%(goods)s / NULLIF(o.currency_rate, 0) < c.min_amount, false)
                          ELSE false END AS below_minimum,
                      CASE WHEN c.min_amount > 0 AND %(has_rewards)s THEN c.min_amount END
                          AS minimum_to_ask,
                      %(bought)s AS bought_since,
                      CASE WHEN %(in_payment)s THEN 'expected' ELSE 'none' END AS payment,
                      o.cart_activity_at AS activity_at,
                      COALESCE(u.activity_at >= o.cart_activity_at, false) AS changed_by_staff,
                      m.planned_for, m.planned_at,
                      GREATEST(u.activity_at, o.cart_activity_at) AS left_at,
                      %(reminded_today)s AS reminded_today,
                      COALESCE(u.tz, today.tz, 'UTC') AS tz
                 FROM %(candidates)s
            LEFT JOIN unfinished_order u ON u.id = m.unfinished_id
            LEFT JOIN sale_order o ON o.id = u.order_id
            LEFT JOIN res_partner p ON p.id = u.partner_id
            LEFT JOIN website w ON w.id = o.website_id
            LEFT JOIN %(today)s ON today.website_id = w.id
            LEFT JOIN recovery_step s ON s.id = m.step_id
            LEFT JOIN recovery_channel ch ON ch.id = m.channel_id
            LEFT JOIN recovery_campaign c ON c.id = m.campaign_id
            LEFT JOIN (%(lines)s) line ON line.order_id = o.id""",
            candidates=self._candidates_sql(candidates),
            today=self._today_sql(websites, now),
            lines=self._lines_sql([candidate.unfinished_id for candidate in candidates]),
            goods=self.env["sale.order"]._goods_amount_sql(),
            has_rewards=self.env["sale.order.line"]._has_rewards_sql(),
            address_bounces=self.env["recovery.message"]._bounces_sql(SQL("m.address")),
            has_newer_cart=self.env["unfinished.order"]._has_newer_cart_sql(),
            other_cart=self.env["sale.order"]._other_cart_sql(now),
            bought=self._has_ordered_sql(since=SQL("COALESCE(o.cart_activity_at, u.activity_at)")),
            buyer_is_gone=gone_sql("p"),
            consent_missing=self._consent_missing_sql(),
            reminded_today=self._reminded_today_sql(),
            in_payment=self.env["sale.order"]._in_payment_sql(SQL("o.id")),
        )

    @staticmethod
    def _candidates_sql(candidates):
        """Return the candidates as a table `m`."""
        columns = list(zip(*candidates, strict=True))
        types = ("int", "int", "int", "int", "int", "int", "text", "timestamp", "timestamp", "bool")
        arrays = (SQL("%s::%s[]", list(c), SQL(t)) for c, t in zip(columns, types, strict=True))
        names = SQL(", ").join(map(SQL.identifier, Candidate._fields))
        return SQL("unnest(%s) AS m(%s)", SQL(", ").join(arrays), names)

    @api.model
    def _today_sql(self, websites, now):
        """Return the date and the time zone of each website, as a table `today`."""
        zones = [website._shop_tz() for website in websites]
        days = [schedule.local_day(now, tz) for tz in zones]
        return SQL(
            "unnest(%s::int[], %s::text[], %s::date[]) AS today(website_id, tz, day)",
            websites.ids,
            zones,
            days,
        )

    @api.model
    def _lines_sql(self, unfinished_ids):
        """Return what is in each cart: how much of it is sold, and whether some can be had."""
        products = self.env["product.product"]
        return SQL(
            """SELECT l.order_id, count(*) AS products,
                      count(*) FILTER (WHERE %(may_be_sold)s) AS sellable,
                      bool_or(%(for_certain)s AND NOT %(option_lost)s) AS for_certain
                 FROM %(lines)s
                 JOIN product_product p ON p.id = l.product_id
                 JOIN product_template t ON t.id = p.product_tmpl_id
            LEFT JOIN website w ON w.id = l.website_id
             GROUP BY l.order_id""",
            lines=self.env["unfinished.order"]._lines_of_carts_sql(unfinished_ids),
            may_be_sold=products._may_be_sold_sql(),
            for_certain=products._can_be_had_for_certain_sql(),
            option_lost=self.env["sale.order.line"]._has_lost_option_sql(),
        )

    @api.model
    def _has_ordered_sql(self, since=None):
        """Return whether the buyer of `u` has ordered from the same company."""
        buyer = {name: SQL("u.%s", SQL.identifier(name)) for name in BUYER_COLUMNS}
        orders = self.env["sale.order"]
        return orders._has_ordered_sql(buyer, SQL("u.company_id"), since)

    @api.model
    def _consent_missing_sql(self):
        return SQL(
            """CASE WHEN o.cart_consent IS NOT NULL THEN false
                    WHEN w.reminder_consent = 'opt_in' THEN true
                    WHEN w.reminder_consent = 'soft_opt_in' THEN NOT %s
                    ELSE false END""",
            self._has_ordered_sql(),
        )

    @api.model
    def _reminded_today_sql(self):
        """Return whether another message has taken the customer's one message of this day.

        The same customer, as `tools.contact.rivals` tells; a look-up for each index. The message
        may be gone by now.
        """
        other = SQL("d.local_day = today.day AND d.id != m.message_id")
        return SQL(
            """(EXISTS (SELECT 1 FROM recovery_message d
                         WHERE d.customer_key = u.customer_key AND %(other)s)
                OR EXISTS (SELECT 1 FROM recovery_message d
                            WHERE d.phone = NULLIF(u.phone, '') AND %(other)s
                              AND (NULLIF(u.email, '') IS NULL
                                   OR d.customer_key NOT LIKE %(by_email)s))
                OR %(gone)s)""",
            other=other,
            by_email="e:%",
            gone=self.env["recovery.taken.day"]._is_taken_sql(SQL("u"), SQL("today.day")),
        )

    # === Stock and price ===#

    @api.model
    def _look_closer(self, rows):
        """Ask of the carts of which nothing can be had for certain what can be had after all."""
        unsure = [r for r in rows if r["has_sellable_products"] and not r["for_certain"]]
        # sudo: a user who sends a reminder may have no right to see all that the answer depends on
        carts = self.env["sale.order"].sudo().browse({row["order_id"] for row in unsure})
        found = {cart.id: lines for cart, lines in carts._what_can_be_had().items()}
        for row in unsure:
            products = [now for now in found[row["order_id"]] if not now.line.reward_id]
            row["has_sellable_products"] = any(now.problem != "gone" for now in products)
            row["is_sold_out"] = not any(now.quantity for now in products)
        self._look_at_amounts([row for row in rows if row["minimum_to_ask"]])

    @api.model
    def _look_at_amounts(self, rows):
        """Ask what carts with promotions cost now: some of these may have ended."""
        # sudo: as above
        carts = self.env["sale.order"].sudo().browse(row["order_id"] for row in rows)
        for row, cart in zip(rows, carts, strict=True):
            amount = cart._goods_amount() / (cart.currency_rate or 1.0)
            row["below_minimum"] = amount < row["minimum_to_ask"]

    # === Time ===#

    @api.model
    def _note_silence(self, last_run):
        """Remember that nothing could be sent for long, when that is so.

        :param datetime | None last_run: when this was last run, None when that is not known
        """
        now = fields.Datetime.now()
        known = self._awake_since()
        # sudo: a note of the engine's own
        parameters = self.env["ir.config_parameter"].sudo()
        if known and known > now:  # the server's clock was wrong when this was noted
            parameters.set_param(AWAKE_SINCE, False)
        is_new = not known or now - known > schedule.STALE_AFTER
        if last_run and now - last_run > schedule.STALE_AFTER and is_new:
            parameters.set_param(AWAKE_SINCE, fields.Datetime.to_string(now))

    @api.model
    def _awake_since(self):
        """Return when the last long time ended in which nothing could be sent, or None."""
        # sudo: a note of the engine's own
        noted = self.env["ir.config_parameter"].sudo().get_param(AWAKE_SINCE)
        return fields.Datetime.to_datetime(noted) if noted else None

    @api.model
    def _openings(self, rows, now):
        """Return when each channel may be used, by channel and time zone of the buyer."""
        pairs = {(row["channel_id"], row["tz"]) for row in rows}
        channels = self.env["recovery.channel"].browse({channel_id for channel_id, _tz in pairs})
        windows = {channel.id: channel._window() for channel in channels}
        held = {channel.id: channel._held(now) for channel in channels}
        return {
            (channel_id, tz): held[channel_id]
            or schedule.opens_at(now, windows[channel_id], schedule.known_tz(tz) or "UTC")
            for channel_id, tz in pairs
        }
