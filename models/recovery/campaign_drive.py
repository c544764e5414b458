from odoo import models
from odoo.exceptions import UserError

from ..words.renderer import RenderingError


class RecoveryCampaign(models.Model):
    """The test drive: one cart through the whole sequence, to the user who asks for it, at once.

    Like the test of a single step, it makes no message, and counts nowhere.
    """

    _inherit = "recovery.campaign"

    def action_set_up(self):
        """Begin the assistant with this campaign."""
        self.ensure_one()
        self.check_access("write")
        return self.env["recovery.setup"].action_open(self.id)

    def action_test_drive(self):
        """Ask which cart is to be driven through the sequence."""
        self.ensure_one()
        self.check_access("read")
        drive = self.env["recovery.drive"].create({"campaign_id": self.id})
        return drive._get_records_action(name=self.env._("Test Drive"), target="new")

    def _drive(self, unfinished):
        """Send every step about one cart to the user, in the order of the steps.

        :param unfinished.order unfinished: whose cart it is, none for the latest or a sample
        :return: why some steps were not sent, in words
        :rtype: dict[recovery.step, str]
        :raise UserError: when no step at all could be sent
        """
        self.ensure_one()
        steps = self._steps_in_order()
        address = steps._trial_address()
        mails, problems = self._make_mails_to_drive(steps, unfinished)
        if not mails:
            raise UserError(self._words_on_problems(problems))
        for number, (step, mail) in enumerate(mails.items(), 1):
            mail["subject"] = self.env._(
                "Test %(number)s of %(count)s: %(subject)s",
                number=number,
                count=len(mails),
                subject=mail["subject"],
            )
            step._hand_over_trial(mail, address)
        return problems

    def _make_mails_to_drive(self, steps, unfinished):
        """Return the mail of each step about one and the same cart, and why some have none.

        :rtype: tuple[dict[recovery.step, dict], dict[recovery.step, str]]
        """
        with steps._cart_to_show(self.website_id, unfinished) as cart:
            made = {step: self._make_mail_to_drive(step, cart) for step in steps}
        mails = {step: mail for step, mail in made.items() if isinstance(mail, dict)}
        return mails, {step: why for step, why in made.items() if step not in mails}

    @staticmethod
    def _make_mail_to_drive(step, cart):
        """Return the mail of a step about a cart, or why there is none.

        :rtype: dict | str
        """
        try:
            step._ensure_can_be_tried()
            return step._render_trial_of(cart, step.mail_template_id)
        except (RenderingError, UserError) as error:
            return str(error).split("\n")[0]

    def _words_on_problems(self, problems):
        """Return a line for each step that could not be sent."""
        if not problems:
            return self.env._("No step is switched on: nobody is reminded.")
        lines = (
            self.env._("“%(step)s”: %(why)s", step=step.display_name, why=why)
            for step, why in problems.items()
        )
        return "\n".join(lines)
