from odoo import api, fields, models
from odoo.tools import SQL

from ..drivers.base import Envelope
from ..tools import eligibility
from .batches import isolate, run_batches
from .recovery_renderer import RenderingError

BATCH = 500


class RecoveryMessage(models.Model):
    """Sending, in batches: claim, ask the facts, render, hand over, note."""

    _inherit = "recovery.message"

    @api.model
    def _cron_send(self):
        """Send what is due. Several workers share the work; none sends what another holds."""
        run_batches(self.env, lambda: self._send_due_batch(BATCH), BATCH)

    @api.model
    def _send_due_batch(self, limit):
        """Send up to `limit` due messages.

        :return: how many were dealt with: sent, skipped, deferred or failed
        :rtype: int
        """
        batch = self._claim_due(limit)
        if batch:
            isolate(batch, lambda messages: messages._send(), self._give_up)
            handled = batch.filtered(lambda m: m.state in ("sending", "sent", "failed"))
            handled.unfinished_id._plan_next_reminders()
            if any(message.state == "sending" for message in batch):
                # Core runs the queue once an hour: "at 08:00" must not mean 08:59.
                self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
        return len(batch)

    @api.model
    def _claim_due(self, limit):
        """Lock what is due and not held by another worker; the lock dies with its owner."""
        self.flush_model(["state", "due_at"])
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM recovery_message
                    WHERE state = 'waiting' AND due_at <= %s
                 ORDER BY due_at, id
                    LIMIT %s
               FOR NO KEY UPDATE SKIP LOCKED""",
                fields.Datetime.now(),
                limit,
            )
        )
        return self.browse(row[0] for row in rows)

    @api.model
    def _give_up(self, message, error):
        reason = "rendering" if isinstance(error, RenderingError) else "error"
        message._move_to("failed", reason=reason, detail=str(error))

    def _send(self):
        """Re-check, render and hand over messages that this transaction has locked."""
        now = fields.Datetime.now()
        ready = self._sort_out(now)
        for channel, messages in ready.grouped("channel_id").items():
            # sudo: credentials are readable by administrators only
            driver, account = channel._driver(), channel.sudo()._account()
            envelopes = messages._make_envelopes()
            receipts = driver._send(account, envelopes)
            messages._apply_receipts(envelopes, receipts, now)

    def _sort_out(self, now):
        """Skip or defer what must not leave now, and return what may."""
        ready = self.browse()
        skipped = {}
        for message, facts in self._facts().items():
            verdict = eligibility.verdict(facts, now)
            if verdict.action == eligibility.SEND:
                ready |= message
            elif verdict.action == eligibility.SKIP:
                skipped[message] = verdict.reason
            else:
                message._move_to("waiting", reason=verdict.reason, due_at=verdict.until)
        for reason in set(skipped.values()):
            group = self.filtered(lambda message, code=reason: skipped.get(message) == code)
            group._move_to("skipped", reason=reason)
        return ready

    @api.model
    def _drop_unwanted(self, refs):
        """Skip or defer queued messages that must not leave after all.

        :param list[str] refs: Message-IDs of mails that are about to leave
        :return: the Message-IDs of those that must not
        :rtype: set[str]
        """
        queued = self.search([("provider_ref", "in", refs), ("state", "=", "sending")])
        unwanted = queued - queued._sort_out(fields.Datetime.now())
        return set(unwanted.mapped("provider_ref"))

    # === Facts ===#

    def _facts(self):
        """Return the facts about each message, in one query however many there are.

        :rtype: dict[recovery.message, tools.eligibility.Facts]
        """
        if not self:
            return {}
        self.env.flush_all()
        rows = self.env.execute_query_dict(
            SQL(
                """SELECT m.id,
                          COALESCE(c.is_running AND s.active AND ch.active, false)
                              AND w.id IS NOT NULL AS reminders_on,
                          o.id IS NOT NULL AS cart_exists,
                          COALESCE(o.state = 'draft' AND u.state = 'open', false) AS cart_open,
                          COALESCE(line.products > 0, false) AS has_products,
                          COALESCE(line.sellable > 0, false) AS has_sellable_products,
                          COALESCE(m.address, '') AS address,
                          %(bought)s AS bought_since,
                          CASE WHEN payment.live THEN 'on_its_way'
                               WHEN payment.started THEN 'started' ELSE 'none' END AS payment,
                          o.cart_activity_at AS activity_at,
                          m.planned_for
                     FROM recovery_message m
                LEFT JOIN unfinished_order u ON u.id = m.unfinished_id
                LEFT JOIN sale_order o ON o.id = u.order_id
                LEFT JOIN website w ON w.id = o.website_id
                LEFT JOIN recovery_step s ON s.id = m.step_id
                LEFT JOIN recovery_channel ch ON ch.id = m.channel_id
                LEFT JOIN recovery_campaign c ON c.id = m.campaign_id
                LEFT JOIN LATERAL (
                          SELECT count(*) AS products,
                                 count(*) FILTER (WHERE p.active) AS sellable
                            FROM sale_order_line l
                            JOIN product_product p ON p.id = l.product_id
                           WHERE l.order_id = o.id AND %(in_cart)s) line ON true
                LEFT JOIN LATERAL (
                          SELECT bool_or(t.state IN ('pending', 'authorized', 'done')) AS live,
                                 bool_or(t.state = 'draft' AND t.create_date > %(recent)s)
                                     AS started
                            FROM sale_order_transaction_rel r
                            JOIN payment_transaction t ON t.id = r.transaction_id
                           WHERE r.sale_order_id = o.id) payment ON true
                    WHERE m.id IN %(ids)s""",
                bought=self._bought_since_sql(),
                in_cart=self.env["unfinished.order"]._line_in_cart_sql(),
                recent=fields.Datetime.now() - eligibility.PAYMENT_STARTED,
                ids=tuple(self.ids),
            )
        )
        by_id = {row.pop("id"): eligibility.Facts(**row) for row in rows}
        return {message: by_id[message.id] for message in self if message.id in by_id}

    @staticmethod
    def _bought_since_sql():
        """Return whether the same person has ordered since the last activity of the cart.

        The same person: the same normalised e-mail, the same phone, or the same contact.
        Three look-ups, because one with OR would use no index.
        """
        same_person = (
            SQL("b.cart_email = NULLIF(u.email, '')"),
            SQL("b.cart_phone = NULLIF(u.phone, '')"),
            SQL("b.partner_id = u.partner_id"),
        )
        look_ups = (
            SQL(
                """EXISTS (SELECT 1 FROM sale_order b
                            WHERE %s AND b.placed_at >= COALESCE(o.cart_activity_at, u.activity_at)
                              AND b.state IN ('sent', 'sale')
                              AND b.company_id = u.company_id)""",
                same,
            )
            for same in same_person
        )
        return SQL("(%s)", SQL(" OR ").join(look_ups))

    # === Content ===#

    def _make_envelopes(self):
        """Render these messages, each in its buyer's language.

        :return: one envelope per message, in the order of `self`
        :rtype: list[Envelope]
        """
        contents = {}
        # For all languages together: each of them would read the same products again.
        self.env["recovery.renderer"]._feed_lines(self.unfinished_id.order_id)
        for (step, lang), messages in self.grouped(lambda m: (m.step_id, m.lang)).items():
            rendered = step._render(messages.unfinished_id.order_id, lang, messages._links())
            for message in messages:
                contents[message] = rendered[message.unfinished_id.order_id]
        return [
            Envelope(key=message.key, to=message.address, **contents[message]) for message in self
        ]

    def _links(self):
        """Return the recovery link of each message by its cart."""
        links = self.env["unfinished.order.link"]
        return {
            message.unfinished_id.order_id: links._make_url(
                message.unfinished_id.order_id, message.id
            )
            for message in self
        }

    def _apply_receipts(self, envelopes, receipts, now):
        """Note what the driver said; all of it goes to the database in one go."""
        contents, statuses = {}, {}
        for message, envelope, receipt in zip(self, envelopes, receipts, strict=True):
            statuses[message] = receipt.status
            if receipt.status == "failed":
                message._move_to("failed", reason="error", detail=receipt.detail)
                continue
            contents[message] = {
                "subject": envelope.subject,
                "body": envelope.html,
                "provider_ref": receipt.ref,
            }
        accepted = self.filtered(lambda message: message in contents)
        accepted._move_to("sending", contents, reason=False)
        sent = accepted.filtered(lambda message: statuses[message] == "sent")
        sent._move_to("sent", sent_at=now)
