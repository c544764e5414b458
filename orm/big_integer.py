from odoo import fields


class BigInteger(fields.Integer):
    """An integer of 8 bytes, for numbers of more than two thousand million.

    The ORM widens a column of 4 bytes by itself when the field of an existing model becomes this.
    """

    _column_type = ("int8", "int8")
