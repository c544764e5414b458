from odoo import api, models

from ...orm.memory import once


def question_about(model, fields):
    """Return where to remember the defaults of `fields` of a model, and under which question."""
    return model.env, (model._name, model.env.uid, model.env.context, *fields)


class MailMail(models.Model):
    """The mails of a batch have the same defaults, which core works out for each of them."""

    _inherit = "mail.mail"

    @api.model
    def default_get(self, fields):
        """Ask once for all mails of a batch of reminders."""
        return dict(once(*question_about(self, fields), super().default_get, fields))
