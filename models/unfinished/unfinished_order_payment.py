from odoo import fields, models


class UnfinishedOrderPayment(models.Model):
    """An attempt to pay an unfinished order, with what a seller may know about it.

    Odoo shows payment transactions to accountants only, with all that a provider has sent. A
    seller who calls a buyer back needs to know that the card was refused, and nothing more.
    """

    _name = "unfinished.order.payment"
    _description = "Payment Attempt of an Unfinished Order"
    _auto = False
    _order = "create_date desc, id desc"
    _rec_name = "reference"
    _depends = {
        "payment.transaction": [
            "reference", "provider_id", "amount", "currency_id", "state", "state_message",
        ],
        "sale.order": ["transaction_ids"],
        "unfinished.order": ["order_id", "company_id"],
    }  # fmt: skip

    unfinished_id = fields.Many2one("unfinished.order", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    create_date = fields.Datetime("Date", readonly=True)
    reference = fields.Char(readonly=True)
    provider_id = fields.Many2one("payment.provider", readonly=True)
    amount = fields.Monetary(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    state = fields.Selection(
        lambda self: (
            self.env["payment.transaction"]._fields["state"]._description_selection(self.env)
        ),
        readonly=True,
    )
    state_message = fields.Text("Message", readonly=True)

    @property
    def _table_query(self):
        return """
            SELECT t.id, u.id AS unfinished_id, u.company_id, t.create_date, t.reference,
                   t.provider_id, t.amount, t.currency_id, t.state, t.state_message
              FROM unfinished_order u
              JOIN sale_order_transaction_rel r ON r.sale_order_id = u.order_id
              JOIN payment_transaction t ON t.id = r.transaction_id
        """
