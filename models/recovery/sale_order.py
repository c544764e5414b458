import pytz

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.contact import Buyer
from ..cart.sale_order_buyer import CONTACT_JOIN, buyer_sql


class SaleOrder(models.Model):
    """What buyers say about reminders at the checkout, and what they are at in another cart."""

    _inherit = "sale.order"

    cart_consent = fields.Selection(
        [("given", "Agreed"), ("declined", "Declined")],
        string="Consent to Reminders",
        copy=False,
        readonly=True,
        help="What the buyer answered at the checkout; empty when they were not asked.",
    )
    cart_consent_at = fields.Datetime("Answered On", copy=False, readonly=True)
    cart_consent_text = fields.Text(
        "Wording Shown",
        copy=False,
        readonly=True,
        help="The very words, in the language in which the buyer saw them.",
    )

    # See `unfinished.order.scan._keep_answers_meanwhile`.
    _answered_lately = models.Index("(cart_consent_at) WHERE cart_consent_at IS NOT NULL")
    # Which carts somebody has open, asked for a whole batch of reminders at once.
    _open_of_contact = models.Index(
        "(partner_id, cart_activity_at) WHERE state = 'draft' AND website_id IS NOT NULL"
    )
    _open_of_email = models.Index(
        "(cart_email, cart_activity_at)"
        " WHERE state = 'draft' AND website_id IS NOT NULL AND cart_email IS NOT NULL"
    )
    _open_of_phone = models.Index(
        "(cart_phone, cart_activity_at)"
        " WHERE state = 'draft' AND website_id IS NOT NULL AND cart_phone IS NOT NULL"
    )

    # === Another cart of the same person ===#

    @api.model
    def _other_cart_sql(self, now):
        """Return what the person who left the cart `u` is at in another one there: '' for nothing.

        'paid' while money may come for it, 'filled' until the search has seen that it is left:
        then it is the newer one, see `unfinished.order._has_newer_cart_sql`, by which it is the
        same person here as well. A cart of a robot or of staff is none of the customer's.

        :param datetime now: UTC
        """
        buyer = buyer_sql()
        return SQL(
            """(SELECT CASE WHEN bool_or(%(in_payment)s) THEN 'paid'
                            WHEN bool_or(o.cart_activity_at > %(now)s::timestamp
                                 - (w_of_o.cart_idle_hours + 1) * interval '1 hour') THEN 'filled'
                            ELSE '' END
                  FROM sale_order o %(contact)s
                 WHERE o.id IN (%(found)s)
                   AND (u.customer_key = CASE WHEN %(email)s != '' THEN 'e:' || %(email)s
                                              WHEN %(phone)s != '' THEN 'p:' || %(phone)s END
                        OR p.id = u.partner_id)
                   AND EXISTS (SELECT FROM sale_order_line l
                                WHERE l.order_id = o.id AND %(is_product)s))""",
            now=now,
            contact=CONTACT_JOIN,
            found=SQL(" UNION ").join(self._open_carts_sqls()),
            email=buyer["email"],
            phone=buyer["phone"],
            in_payment=self._in_payment_sql(SQL("o.id")),
            is_product=self.env["sale.order.line"]._cart_product_sql(),
        )

    @api.model
    def _open_carts_sqls(self):
        """Return queries for the carts that could be other ones of `u`, one for each index."""
        is_open = SQL(
            """c.state = 'draft' AND c.website_id = u.website_id AND c.cart_made_by IS NULL
               AND c.cart_quoted_at IS NULL AND c.cart_activity_at > u.activity_at
               AND c.id IS DISTINCT FROM u.order_id"""
        )
        carts = SQL("SELECT c.id FROM sale_order c")
        yield SQL("%s WHERE c.partner_id = u.partner_id AND %s", carts, is_open)
        for typed, normal, name in (
            ("cart_email", "email_normalized", "email"),
            ("cart_phone", "phone_sanitized", "phone"),
        ):
            known = SQL("NULLIF(%s, '')", SQL.identifier("u", name))
            yield SQL("%s WHERE %s = %s AND %s", carts, SQL.identifier("c", typed), known, is_open)
            yield SQL(
                "%s JOIN res_partner k ON k.id = c.partner_id WHERE %s = %s AND %s",
                carts,
                SQL.identifier("k", normal),
                known,
                is_open,
            )

    # === The way out ===#

    def _optout_urls(self):
        return super()._optout_urls() | self.env["recovery.optout"]._urls_of(self)

    # === The box at the checkout ===#

    def _consent_box(self):
        """Return which box the checkout shows to the buyer of this cart.

        :return: "agree" (ticking it agrees to reminders), "decline" (ticking it refuses them),
            or "" where nobody is reminded
        :rtype: str
        """
        self.ensure_one()
        website = self.website_id
        if not website or not website._sends_reminders():
            return ""
        asks_first = website.reminder_consent == "opt_in" or (
            website.reminder_consent == "soft_opt_in" and not self._has_ordered_before()
        )
        return "agree" if asks_first else "decline"

    def _has_ordered_before(self):
        """Tell whether the contact of this cart has ordered from the same company.

        Never asks by e-mail or phone: the box would tell a stranger whose address is a customer's.
        """
        self.ensure_one()
        contact = self._contact()
        # sudo: a visitor may not read orders; only their own contact is asked about
        orders = self.sudo()
        return bool(contact) and orders._has_ordered(Buyer(partner_id=contact.id), self.company_id)

    def _prepare_consent_values(self):
        """Return what the checkout's page needs to show the box, False for no box."""
        self.ensure_one()
        box = self._consent_box()
        answer = {"agree": "given", "decline": "declined"}.get(box)
        return box and {
            "box": box,
            "words": self.website_id._consent_words(box),
            "is_ticked": self.cart_consent == answer,
        }

    def _on_consent_box(self, box, is_ticked):
        """Note that the buyer has ticked a box, or unticked it.

        Silence is no answer: a box that was left as it was shown changes nothing.

        :param str box: the one that the buyer's page shows; from the outside
        """
        self.ensure_one()
        # A page that was opened before the box became another one says nothing about this one.
        if self.state != "draft" or not box or box != self._consent_box():
            return
        if box == "agree" and (is_ticked or self.cart_consent == "given"):
            self._note_consent(is_ticked)
        elif box == "decline" and is_ticked:
            self._note_consent(False)
        elif box == "decline" and self.cart_consent == "declined":
            self._forget_consent()

    def _note_consent(self, given):
        """Keep the answer, when it was given, and the very words of the box that is shown.

        :param bool given: whether the buyer agrees to reminders
        """
        self.ensure_one()
        answer = "given" if given else "declined"
        if self.cart_consent != answer:
            self._write_consent(
                answer, fields.Datetime.now(), self.website_id._consent_words(self._consent_box())
            )

    def _forget_consent(self):
        """Let a refusal that was taken back be as if there had been no answer.

        Unticking the box of a refusal is no consent: that takes other words.
        """
        self._write_consent(False, False, False)

    def _on_given_to_another(self):
        """Forget what somebody else has said."""
        result = super()._on_given_to_another()
        if answered := self.filtered("cart_consent"):
            answered._forget_consent()
        return result

    def _write_consent(self, answer, at, words):
        self.write({"cart_consent": answer, "cart_consent_at": at, "cart_consent_text": words})
        self.env["unfinished.order"]._on_consent_noted(self)

    # === Time zone ===#

    def _note_timezone(self, name):
        """Keep the time zone of the buyer's browser; that is no change of the cart.

        :param str name: from the outside
        """
        self.ensure_one()
        if self.state == "draft" and name != self.cart_tz and name in pytz.all_timezones_set:
            self.cart_tz = name
