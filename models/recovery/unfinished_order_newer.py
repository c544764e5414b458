from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


class UnfinishedOrder(models.Model):
    """Several carts of one person: the newest one on a website is the one to be reminded of.

    The websites of a company are different shops to their customers: a cart in one of them says
    nothing about a cart in another. The limit of one message a day is kept over all of them.
    """

    _inherit = "unfinished.order"

    @api.model
    def _has_newer_cart_sql(self):
        """Return whether the person who left the cart `u` has left another one there since.

        The same person: the same customer key, or the same contact. A phone beside an e-mail does
        not count here, because one cart with a made-up number, which nobody can be reached by,
        would silence all that have it beside their e-mail. Two look-ups, because one with OR would
        use no index. A cart of a robot or of staff is none of the customer's.
        """
        return SQL(
            "(%s)",
            SQL(" OR ").join(
                SQL(
                    """EXISTS (SELECT FROM unfinished_order newer
                                WHERE %s AND newer.website_id = u.website_id
                                  AND newer.state = 'open' AND newer.made_by IS NULL
                                  AND (newer.activity_at, newer.id) > (u.activity_at, u.id))""",
                    same,
                )
                for same in (
                    SQL("newer.customer_key = NULLIF(u.customer_key, '')"),
                    SQL("newer.partner_id = u.partner_id"),
                )
            ),
        )

    def _with_newer_cart(self):
        """Return those of these orders whose person has left another one since."""
        if not self:
            return self
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "SELECT u.id FROM unfinished_order u WHERE u.id IN %s AND %s",
                self._ids,
                self._has_newer_cart_sql(),
            )
        )
        return self.browse(order_id for (order_id,) in rows)

    def _others_of_persons(self):
        """Return the open orders of the same persons on the same websites."""
        keys = [key for key in self.mapped("customer_key") if key]
        same = Domain("customer_key", "in", keys) | Domain("partner_id", "in", self.partner_id.ids)
        there = Domain("website_id", "in", self.website_id.ids) & Domain("state", "=", "open")
        by_customers = Domain("made_by", "=", False)  # a robot has any number of them
        return self.search(same & there & by_customers & Domain("id", "not in", self.ids))

    def _supersede_older(self):
        """Take back what waits about older carts of these orders' persons."""
        older = (self._others_of_persons() | self)._with_newer_cart()
        messages = older.message_ids.filtered(lambda message: not message.by_hand)
        messages._withdraw("newer_cart")

    def _prepare_superseded(self, vals_list, known):
        """Return the values of this order's next reminders, as those of an older cart.

        :param list[dict] vals_list: as if it were the newest
        :param recovery.message known: the campaign's messages so far
        """
        self.ensure_one()
        reasons = [m.reason for m in known if m.planned_for == self.activity_at]
        if "newer_cart" in reasons:
            return []  # one says it all
        superseded = {"state": "skipped", "reason": "newer_cart"}
        return [
            {**vals, **superseded} if vals["state"] == "waiting" else vals for vals in vals_list
        ]

    def _let_older_go_on(self):
        """Plan what the older carts of these orders' persons have not had yet.

        Nothing happens where the person has bought: that is among the facts of each message.
        """
        if self:
            self._others_of_persons()._plan_next_reminders()

    def _note_buyers(self, vals_of):
        """Let the older carts of a person go on whose newer one is somebody else's now."""
        handed_on = self.filtered(
            lambda one: (
                (one.customer_key or "", one.partner_id.id)
                != (vals_of[one]["customer_key"], vals_of[one]["partner_id"])
            )
        )
        older = handed_on._others_of_persons() if handed_on else handed_on
        result = super()._note_buyers(vals_of)
        older._plan_next_reminders()
        return result

    def unlink(self):
        """Delete unfinished orders; an older one goes on where a person deletes an open one."""
        # sudo: whose reminders go on does not depend on what the user may see or change
        still_open = self.sudo().with_prefetch().filtered(lambda one: one.state == "open")
        older = still_open._others_of_persons() if still_open else still_open
        result = super().unlink()
        older._plan_next_reminders()
        return result

    @api.model
    def _close_emptied(self, candidates):
        emptied = super()._close_emptied(candidates)
        emptied._let_older_go_on()
        return emptied
