from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...models.words.renderer import RenderingError

MAX_LINE = 1000


class UnfinishedOrderSend(models.TransientModel):
    """Asks how to remind of one or many unfinished orders, and says what becomes of each."""

    _name = "unfinished.order.send"
    _description = "Send Reminders by Hand"

    line_ids = fields.One2many("unfinished.order.send.line", "wizard_id", "Unfinished Orders")
    channel_id = fields.Many2one("recovery.channel", required=True, ondelete="cascade")
    mail_template_id = fields.Many2one(
        "mail.template",
        "E-mail Template",
        domain=[("model", "=", "sale.order")],
        ondelete="cascade",
    )
    content = fields.Selection(
        [("mail", "E-mail"), ("text", "Text")], compute="_compute_content", string="What Leaves"
    )
    text = fields.Text(
        compute="_compute_text",
        store=True,
        readonly=False,
        help="In braces stands what each buyer's own words are put for: {name}, {shop}, {product},"
        " {products}, {amount}, {link} for the way back to the cart, {stop} for the way out.",
    )
    personal_line = fields.Text(
        help="Stands above the words of the template, as plain text. In the mail of each buyer.",
    )
    is_single = fields.Boolean(compute="_compute_outcome")
    recipient = fields.Char("To", compute="_compute_outcome")
    leaving_count = fields.Integer(compute="_compute_outcome")
    summary = fields.Char(compute="_compute_outcome")
    preview_for = fields.Char(compute="_compute_preview")
    preview_subject = fields.Char("Subject", compute="_compute_preview")
    # What our own renderer makes, shown in a sandboxed frame.
    preview_body = fields.Html(compute="_compute_preview", sanitize=False)
    preview_error = fields.Char(compute="_compute_preview")

    @api.constrains("mail_template_id")
    def _check_mail_template(self):
        for wizard in self:
            if wizard.mail_template_id and wizard.mail_template_id.model != "sale.order":
                raise ValidationError(
                    self.env._(
                        "The template “%(template)s” is written for another kind of record."
                        " Choose one that applies to sales orders.",
                        template=wizard.mail_template_id.name,
                    )
                )

    @api.constrains("personal_line")
    def _check_personal_line(self):
        if any(len(wizard.personal_line or "") > MAX_LINE for wizard in self):
            raise ValidationError(
                self.env._(
                    "The personal line is too long: nobody reads more than %(limit)s characters"
                    " above a reminder.",
                    limit=MAX_LINE,
                )
            )

    @api.constrains("text")
    def _check_text(self):
        for wizard in self:
            self.env["recovery.parameter"]._ensure_known(wizard.text)

    @api.depends("channel_id")
    def _compute_content(self):
        for wizard in self:
            wizard.content = wizard.channel_id and wizard.channel_id._hand_content()

    @api.depends("channel_id")
    def _compute_text(self):
        for wizard in self:
            if wizard.content == "text" and not wizard.text:
                unfinished = wizard.line_ids.unfinished_id
                wizard.text = self.env["recovery.texts"]._default_by_hand(
                    unfinished, wizard.channel_id
                )

    @api.depends("line_ids.leaves", "line_ids.outcome")
    def _compute_outcome(self):
        for wizard in self:
            lines = wizard.line_ids
            leaving = len(lines.filtered("leaves"))
            wizard.is_single = len(lines) == 1
            wizard.recipient = wizard.is_single and lines._recipient()
            wizard.leaving_count = leaving
            wizard.summary = (
                lines.outcome
                if wizard.is_single
                else self.env._(
                    "%(leaving)s will be sent, %(skipped)s skipped",
                    leaving=leaving,
                    skipped=len(lines) - leaving,
                )
            )

    @api.depends("channel_id", "mail_template_id", "text", "personal_line", "line_ids.leaves")
    def _compute_preview(self):
        for wizard in self:
            unfinished = wizard.line_ids.filtered("leaves")[:1].unfinished_id
            subject = body = error = False
            try:
                if unfinished:
                    subject, body = wizard._preview(unfinished)
            except RenderingError as problem:
                # What follows says where in Odoo's source it broke.
                short = " ".join(str(problem).split("\n")[:2])
                error = self.env._("The template cannot be rendered: %(error)s", error=short)
            wizard.preview_for = unfinished.display_name
            wizard.preview_subject = subject
            wizard.preview_body = body
            wizard.preview_error = error

    def _preview(self, unfinished):
        """Return what a buyer would get: the subject and the body, the first of a mail only.

        :raise RenderingError: when there is nothing to send
        """
        line = (self.personal_line or "").strip()
        if self.content == "text":
            return False, self.env["recovery.texts"]._preview(unfinished, self.text, line)
        if not self.content:
            raise RenderingError(
                self.env._(
                    "The provider of this channel takes no words but those of its own templates:"
                    " only a campaign can send them."
                )
            )
        if not self.mail_template_id:
            return False, False
        return unfinished._preview_by_hand(self.mail_template_id, line)

    def _ensure_words(self):
        """Refuse to send nothing."""
        if not self.content or (self.content == "mail" and not self.mail_template_id):
            raise UserError(self.env._("Choose a channel, and the words that leave through it."))

    @api.model
    def _open_for(self, unfinished):
        """Return the action that opens the dialog for these unfinished orders.

        :raise UserError: when it is about one order only and that cannot be reminded of
        """
        if not unfinished:
            raise UserError(self.env._("Select the unfinished orders to remind of first."))
        channel = unfinished._default_channel_by_hand()
        plans = unfinished._plan_by_hand(channel)
        if len(unfinished) == 1:
            self._ensure_leaves(unfinished, plans)
        # What is skipped stands above, where it is seen.
        rows = unfinished.sorted(lambda order: not plans[order].reason)
        wizard = self.create(
            {
                "channel_id": channel.id,
                "mail_template_id": unfinished._default_template_by_hand().id,
                "line_ids": [Command.create({"unfinished_id": id_}) for id_ in rows.ids],
            }
        )
        return {
            **wizard._get_records_action(name=self.env._("Send Reminder"), target="new"),
            "context": {"dialog_size": "large"},
        }

    @api.model
    def _ensure_leaves(self, unfinished, plans):
        """Raise what stands in the way when no reminder at all would leave."""
        refused = [order for order in unfinished if plans[order].reason]
        if len(refused) < len(unfinished):
            return
        if len(refused) == 1:
            raise UserError(unfinished._refusal(plans[unfinished]))
        first = "\n".join(f"{order.name}: {plans[order].text}" for order in refused[:10])
        raise UserError(
            self.env._("None of these reminders can be sent.\n%(reasons)s", reasons=first)
        )

    def action_send(self):
        """Send what may be sent, and say how many that were."""
        self.ensure_one()
        self.check_access("write")
        self._ensure_words()
        unfinished, is_text = self.line_ids.unfinished_id, self.content == "text"
        if len(unfinished) == 1 and self.preview_error:
            raise UserError(
                self.env._(
                    "%(error)s\nChoose another template, or have this one mended.",
                    error=self.preview_error,
                )
            )
        messages, plans = unfinished._send_by_hand(
            self.channel_id,
            self.mail_template_id if not is_text else self.mail_template_id.browse(),
            (self.personal_line or "").strip(),
            (self.text or "") if is_text else "",
        )
        self._ensure_leaves(unfinished, plans)
        return self._say_sent(messages, len(unfinished) - len(messages))

    def _say_sent(self, messages, skipped):
        """Return the notification that leads to the messages."""
        if skipped and len(messages) == 1:
            text = self.env._("One reminder is on its way, %(skipped)s skipped.", skipped=skipped)
        elif skipped:
            text = self.env._(
                "%(sent)s reminders are on their way, %(skipped)s skipped.",
                sent=len(messages),
                skipped=skipped,
            )
        elif len(messages) == 1:
            text = self.env._("The reminder is on its way.")
        else:
            text = self.env._("%(sent)s reminders are on their way.", sent=len(messages))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "website_sale_order_handling.action_recovery_message"
        )
        return {
            "type": "ir.actions.client",
            "tag": "unfinished_order_reminders_sent",
            "params": {
                "message": text,
                "label": self.env._("See the messages"),
                "messages": {**action, "domain": [("id", "in", messages.ids)], "context": {}},
            },
        }


class UnfinishedOrderSendLine(models.TransientModel):
    """One unfinished order of a selection, and what becomes of it."""

    _name = "unfinished.order.send.line"
    _description = "Unfinished Order to Remind Of"

    wizard_id = fields.Many2one(
        "unfinished.order.send", required=True, ondelete="cascade", index=True
    )
    unfinished_id = fields.Many2one("unfinished.order", "Number", required=True, ondelete="cascade")
    # Not in sudo, as related fields are by default: a line can be made of any unfinished order.
    customer_name = fields.Char(
        related="unfinished_id.customer_name", string="Customer", related_sudo=False
    )
    address = fields.Char(compute="_compute_outcome")
    leaves = fields.Boolean(compute="_compute_outcome")
    outcome = fields.Char(compute="_compute_outcome")

    @api.depends("wizard_id.channel_id", "unfinished_id")
    def _compute_outcome(self):
        for channel, lines in self.grouped(lambda line: line.wizard_id.channel_id).items():
            plans = lines.unfinished_id._plan_by_hand(channel)
            for line in lines:
                plan = plans[line.unfinished_id]
                line.address = line.unfinished_id._recovery_address(channel) if channel else ""
                line.leaves = not plan.reason
                line.outcome = plan.text

    def _recipient(self):
        """Return whom the message would reach, and where."""
        self.ensure_one()
        parts = (self.customer_name, self.address)
        return " · ".join(dict.fromkeys(filter(None, parts)))
