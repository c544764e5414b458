from typing import NamedTuple

from odoo import models


class Person(NamedTuple):
    """Everything by which we would know a person again, in the companies of one user."""

    emails: frozenset
    phones: frozenset
    contacts: models.BaseModel
    companies: models.BaseModel
