"""Indexes that core lacks: deleting a row makes PostgreSQL look for whatever refers to it.

Without one, it reads a whole table for each cart or guest that is deleted.
"""

from odoo import fields, models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    partner_id = fields.Many2one(index=True)


class AccountMove(models.Model):
    _inherit = "account.move"

    commercial_partner_id = fields.Many2one(index=True)
    partner_shipping_id = fields.Many2one(index="btree_not_null")


class AccountPayment(models.Model):
    _inherit = "account.payment"

    partner_id = fields.Many2one(index="btree_not_null")


class LoyaltyCard(models.Model):
    _inherit = "loyalty.card"

    order_id = fields.Many2one(index="btree_not_null")
