from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_amount, html2plaintext

from ..cart.payment_transaction import FAILED_STATES, LIVE_STATES

# What people write, as against what Odoo notes by itself.
WRITTEN = ("comment", "email", "email_outgoing")
MAX_NOTES = 100


class UnfinishedOrderTimeline(models.AbstractModel):
    """What happened to one unfinished order, in one row of moments, the last one first.

    It is put together when the page is opened, from what others keep anyway: the lines of the
    cart, the attempts to pay, the calls, and the notes, which are those of the cart's own chatter.
    So a change of a cart writes no row of its own, and notes go where the cart goes: along into
    the order when it is placed, and away when it is deleted.
    """

    _name = "unfinished.order.timeline"
    _description = "Timeline of an Unfinished Order"

    @api.model
    def _of(self, unfinished):
        """Return the events as the browser shows them.

        :rtype: list[dict]
        """
        events = sorted(self._events(unfinished), key=lambda event: event["at"], reverse=True)
        return [{**event, "at": fields.Datetime.to_string(event["at"])} for event in events]

    @api.model
    def _events(self, unfinished):
        """Return what happened; the rooms above extend this.

        :rtype: list[dict]
        """
        return [
            *self._cart_events(unfinished),
            *self._payment_events(unfinished),
            *self._call_events(unfinished),
            *self._note_events(unfinished),
            *self._end_events(unfinished),
        ]

    @api.model
    def _event(self, at, kind, icon, title, **more):
        """Return one event.

        :param datetime at: when, UTC
        :param str kind: what it is about, for its looks and for tests
        :param str icon: a name of Font Awesome's
        :param more: `text`, `by` (who), `tone`
        """
        return {"at": at, "kind": kind, "icon": icon, "title": title, **more}

    # === The cart ===#

    @api.model
    def _cart_events(self, unfinished):
        """Return who put what into the cart, and when it was last changed."""
        events = [
            self._event(
                at, "added", "fa-cart-plus", self.env._("Put into the cart"), text=text, by=by
            )
            for (at, by), text in self._additions(unfinished).items()
        ]
        if unfinished.edited_at:
            # sudo: a colleague's name, also of another company
            by = unfinished.sudo().edited_by_id.name
            title = self.env._("Cart changed by staff")
            events.append(self._event(unfinished.edited_at, "edited", "fa-pencil", title, by=by))
        if unfinished.activity_at != unfinished.edited_at:
            title = self.env._("Last change by the buyer")
            events.append(self._event(unfinished.activity_at, "left", "fa-shopping-cart", title))
        return events

    @api.model
    def _additions(self, unfinished):
        """Return what is in the cart by when and by whom it was put there.

        Not how many: nobody keeps that, and those of today can be more or fewer.

        :rtype: dict[tuple[datetime, str], str]
        """
        added = {}
        for line in unfinished.order_line_ids:
            # sudo: who it was is a name, also where the reader may not see users
            user = line.sudo().create_uid
            by = user.name if user._is_internal() else self.env._("Buyer")
            at = line.create_date.replace(microsecond=0)
            added.setdefault((at, by), []).append(line.product_id.display_name)
        return {key: ", ".join(products) for key, products in added.items()}

    @api.model
    def _payment_events(self, unfinished):
        labels = dict(unfinished.payment_ids._fields["state"]._description_selection(self.env))
        events = []
        for payment in unfinished.payment_ids:
            failed = payment.state in FAILED_STATES
            tone = "danger" if failed else "success" if payment.state in LIVE_STATES else ""
            title = self.env._(
                "Payment of %(amount)s with %(provider)s: %(state)s",
                amount=format_amount(self.env, payment.amount, payment.currency_id),
                # sudo: the name of a provider is on the payment page of the shop
                provider=payment.sudo().provider_id.name,
                state=labels.get(payment.state, payment.state),
            )
            text = payment.state_message and html2plaintext(payment.state_message)
            args = (payment.create_date, "payment", "fa-credit-card", title)
            events.append(self._event(*args, text=text, tone=tone))
        return events

    @api.model
    def _end_events(self, unfinished):
        if unfinished.state == "open" or not unfinished.closed_at:
            return []
        title = dict(unfinished._state_labels())[unfinished.state]
        placed = unfinished.placed_order_id
        text = placed and self.env._("Order %(name)s", name=placed.sudo().name)  # sudo: its number
        tone = "success" if placed else ""
        return [
            self._event(
                unfinished.closed_at, "end", "fa-flag-checkered", title, text=text, tone=tone
            )
        ]

    # === What colleagues did ===#

    @api.model
    def _call_events(self, unfinished):
        """Return the calls, and what else was planned, that are done: with what came of them."""
        activities = self.env["mail.activity"].with_context(active_test=False)
        done = activities.search(
            [
                ("res_model", "=", unfinished._name),
                ("res_id", "=", unfinished.id),
                ("active", "=", False),
            ]
        )
        return [
            self._event(
                activity.write_date.replace(microsecond=0),
                "call",
                activity.activity_type_id.icon or "fa-phone",
                activity.summary or activity.activity_type_id.name or self.env._("Follow-up"),
                text=activity.feedback or "",
                by=activity.user_id.name,
            )
            for activity in done
        ]

    @api.model
    def _note_events(self, unfinished):
        """Return what people have written about the cart, and what they have done with it."""
        cart = unfinished.order_id._filtered_access("read")
        if not cart:
            return []
        messages = self.env["mail.message"].search(self._notes_domain(cart), limit=MAX_NOTES)
        return [
            self._event(
                message.date,
                "note",
                "fa-sticky-note-o" if message.subtype_id.internal else "fa-comment-o",
                self.env._("Note") if message.subtype_id.internal else self.env._("Message"),
                text=text,
                by=message.author_id.name or message.email_from,
            )
            for message in messages
            if (text := html2plaintext(message.body or "").strip())
        ]

    @api.model
    def _notes_domain(self, carts):
        """Return which messages of `carts` tell of people: payments are told of already."""
        by_staff = Domain("author_id.user_ids.share", "=", False)
        return (
            Domain("model", "=", carts._name)
            & Domain("res_id", "in", carts.ids)
            & (Domain("message_type", "in", WRITTEN) | by_staff)
        )

    @api.model
    def _may_note(self, unfinished):
        """Tell whether the reader can write a note: there is a cart, which they may change."""
        return bool(unfinished.order_id._filtered_access("write"))

    @api.model
    def _note(self, unfinished, text):
        """Write a note into the chatter of the cart.

        :raise UserError: when there is nothing to write, or no cart to write it to
        """
        if not text.strip():
            raise UserError(self.env._("The note is empty. Write something first."))
        if not unfinished.order_id:
            raise UserError(
                self.env._(
                    "The cart of %(order)s has been deleted, so there is nothing to note this on.",
                    order=unfinished.name,
                )
            )
        unfinished.order_id.message_post(
            body=text.strip(), message_type="comment", subtype_xmlid="mail.mt_note"
        )
