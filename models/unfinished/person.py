from typing import NamedTuple

from odoo import models
from odoo.fields import Domain


class Person(NamedTuple):
    """Everything by which we would know people again, in the companies of one user.

    Phone numbers are here only when somebody has said that they count: one number can have been
    made up by many people. `phones` are those of carts without an e-mail, and count everywhere;
    `phones_beside` had an e-mail beside them, and count where there is none.
    """

    emails: frozenset
    phones: frozenset
    phones_beside: frozenset
    contacts: models.BaseModel
    companies: models.BaseModel

    def domain(self, email, phone):
        """Return whose record it is, as a domain on a table with these two columns."""
        return (
            Domain(email, "in", list(self.emails))
            | Domain(phone, "in", list(self.phones))
            | (Domain(phone, "in", list(self.phones_beside)) & Domain(email, "in", [False, ""]))
        )

    def known_as(self):
        """Return all addresses and numbers, sorted.

        :rtype: list[str]
        """
        return sorted(self.emails) + sorted(self.phones | self.phones_beside)
