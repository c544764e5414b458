from datetime import timedelta

from odoo import api, fields, models

from ...orm.rows import update_rows


class UnfinishedOrder(models.Model):
    """A call that a salesperson makes when much was left: one activity per unfinished order.

    It opens when the cart has become idle, and never again for the same one. It is done when the
    order is placed, and goes away when there is nothing left to call about. There is no chatter:
    the activity itself keeps what came of it.
    """

    _name = "unfinished.order"
    _inherit = ["unfinished.order", "mail.activity.mixin"]
    # Everybody who sees an unfinished order may plan something about it.
    _mail_post_access = "read"

    followup_at = fields.Datetime("Follow-up Opened", readonly=True)
    followup_note = fields.Char("Follow-up", compute="_compute_followup_note")

    @api.depends(
        "state", "amount_company", "followup_at", "website_id", "team_id", "user_id", "made_by"
    )
    def _compute_followup_note(self):
        """Say why nobody is asked to call although enough was left."""
        calls = self.env["unfinished.order.call"]
        for unfinished in self:
            # sudo: who is responsible does not depend on what the reader may see
            lacks_user = unfinished._is_worth_a_call() and not calls._user_for(unfinished.sudo())
            unfinished.followup_note = lacks_user and self.env._(
                "Nobody to call: neither the website nor its sales team has a salesperson"
                " with access to %(company)s.",
                company=unfinished.company_id.name,
            )

    # === Opening ===#

    def _on_idle(self):
        result = super()._on_idle()
        # sudo: a seller need not see the website to know what it asks for
        asking = self.sudo().website_id.filtered("followup_amount")
        found = self.filtered(lambda unfinished: unfinished.website_id in asking)
        found.filtered(lambda unfinished: unfinished._is_worth_a_call())._open_followups()
        return result

    def _is_worth_a_call(self):
        """Tell whether so much was left that a salesperson should call, and none was asked yet."""
        self.ensure_one()
        # sudo: a seller need not see the website to know what it asks for
        website = self.sudo().website_id
        if self.state != "open" or self.made_by or self.followup_at:
            return False
        # What is about to expire was left long before anybody looked.
        still_fresh = self.activity_at >= fields.Datetime.now() - timedelta(
            days=website.cart_link_days
        )
        amount = website.followup_amount
        return bool(amount) and still_fresh and self.amount_company >= amount

    def _open_followups(self):
        """Ask for a call about each, in one go however many they are."""
        # sudo: the cron plans activities for colleagues
        calls = self.env["unfinished.order.call"]
        by_user = self.sudo().grouped(calls._user_for)
        vals_list = []
        for user, unfinished in by_user.items():
            if user:
                vals_list += calls._prepare_vals(unfinished, user)
        # sudo: as above. Core's own flag: no mail for each, they are among the user's activities.
        quiet = self.env["mail.activity"].sudo().with_context(mail_activity_quick_update=True)
        quiet.create(vals_list)
        asked = self.browse(vals["res_id"] for vals in vals_list)
        update_rows(asked, [{"followup_at": fields.Datetime.now()}] * len(asked))

    # === Closing ===#

    def _move_to(self, state, each=None, **values):
        moved = super()._move_to(state, each, **values)
        if state != "open":
            moved.filtered("followup_at")._close_followups(state)
        return moved

    def _close_followups(self, state):
        """Mark the calls as done when the order was placed, and drop them when it never will be."""
        if not self:
            return
        opened = self.env["unfinished.order.call"]._to_make(self)
        if state in ("emptied", "expired"):
            opened.unlink()
            return
        for user, activities in opened.grouped("user_id").items():
            placed = self.with_context(lang=user.lang).env._("The order has been placed.")
            activities.action_feedback(feedback=placed)

    # === What core asks of a record with activities ===#

    @api.private
    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        """Let nobody follow: there is nothing that followers would be told."""
        return True

    @api.private
    def message_notify(self, **values):
        """Tell a colleague that somebody has planned an activity for them."""
        self.ensure_one()
        thread = self.env["mail.thread"]
        return thread.message_notify(model=self._name, res_id=self.id, **values)

    @api.private
    def message_post_with_source(self, source_ref, **values):
        """Post nothing: the activity that is done keeps its feedback."""
        return self.env["mail.message"]

    @api.model
    def _get_allowed_access_params(self):
        return set()

    @api.model
    def _get_thread_with_access(self, thread_id, *, mode="read", **_params):
        """Let the browser look for messages, as it does after an activity; there are none."""
        unfinished = self.browse(thread_id).exists()
        return unfinished if unfinished and unfinished.has_access(mode) else self.browse()
