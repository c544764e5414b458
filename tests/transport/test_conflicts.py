"""Somebody writes what a sender is about to write: the part is sent again, the mails are not."""

import errno
from contextlib import contextmanager
from unittest.mock import patch

import psycopg2.errors

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from ...drivers.email.journal import Journal, Memory
from ...models.transport import mail_mail_handover
from ...orm.batches import MAX_CONFLICTS
from ..common_senders import SenderCase

LOGS = ("odoo.sql_db", "odoo.addons.mail.models.mail_mail")


@tagged("post_install", "-at_install")
class TestConflicts(SenderCase):
    carts, part = 12, 5

    def setUp(self):
        super().setUp()
        self._start_mail_server()
        self.leave_carts()
        with self.transaction() as env:
            website = env["website"].browse(self.website_id)
            env["unfinished.order"]._take_in(website, env["sale.order"].browse(self.made["order"]))
        with self.transaction() as env:
            env["recovery.message"]._cron_send()
        self.met = 0

    def before(self, model, method, meet):
        """Let `meet(records, *args)` happen right before `method`, again for each part."""
        owner = self.registry[model]
        original = getattr(owner, method)

        def meet_first(records, *args):
            meet(records, *args)
            return original(records, *args)

        return patch.object(owner, method, meet_first)

    @contextmanager
    def queue(self):
        """Give the mails that wait, in a transaction of a sender whose parts are small."""
        with (
            patch.object(IrMail_Server, "_disable_send", lambda _self: False),
            patch.object(mail_mail_handover, "PART", self.part),
            mute_logger(*LOGS),
            self.transaction() as env,
        ):
            yield env["mail.mail"].search([("message_id", "like", "-recovery@")], order="id")

    def run_queue(self):
        with self.queue() as mails:
            mails.send(auto_commit=True)

    def assertEachArrivedOnce(self, but=0):
        times = [ids.total() for ids in self.received().values()]
        self.assertEqual(times, [1] * (self.carts - but))

    def states(self):
        with self.transaction() as env:
            return self.first_reminders(env).mapped("state")

    def test_a_bounce_in_the_middle_of_a_run_ends_nothing(self):
        """It changes what the sender is about to lock, after the sender has begun to look."""

        def come_back(messages, refs):
            self.met += 1
            if self.met == 2:  # the first part has left
                with self.transaction() as env:
                    back = env["recovery.message"].search([("provider_ref", "=", refs[0])])
                    env["recovery.event"]._record(back, "bounced")

        with self.before("recovery.message", "_drop_unwanted", come_back):
            self.run_queue()
        self.assertEqual(self.met, 4, "three parts, one of them twice")
        self.assertEachArrivedOnce(but=1)  # what has come back need not leave
        states = self.states()
        self.assertEqual((states.count("bounced"), states.count("sent")), (1, self.carts - 1))

    def conflict(self, mails):
        """Write what another process has written since this transaction began."""
        env = mails.env
        env.cr.execute("SELECT 1")
        with self.transaction() as other:
            other.cr.execute(
                "UPDATE res_partner SET ref = 'a' WHERE id = %s", self.made["partner"][:1]
            )
        env.cr.execute("UPDATE res_partner SET ref = 'b' WHERE id = %s", self.made["partner"][:1])

    def conflict_at(self, *calls):
        def meet(mails, *_args):
            self.met += 1
            if self.met in calls:
                self.conflict(mails)

        return meet

    def test_a_conflict_after_a_part_has_left_sends_nothing_twice(self):
        with self.before("mail.mail", "_note_sent", self.conflict_at(1, 2, 4)):
            self.run_queue()
        self.assertGreaterEqual(self.met, 6)
        self.assertEachArrivedOnce()
        self.assertEqual(self.states(), ["sent"] * self.carts)

    def test_a_conflict_between_two_mails_of_a_part_sends_nothing_twice(self):
        with self.before("mail.mail", "_deliver", self.conflict_at(3, 8)):
            self.run_queue()
        self.assertEachArrivedOnce()
        self.assertEqual(self.states(), ["sent"] * self.carts)

    def test_a_conflict_while_the_next_mail_is_built_sends_nothing_twice(self):
        with self.before("mail.mail", "_build_messages", self.conflict_at(3, 8, 9)):
            self.run_queue()
        self.assertGreater(self.met, self.carts)
        self.assertEachArrivedOnce()
        self.assertEqual(self.states(), ["sent"] * self.carts)

    def test_a_journal_that_cannot_be_written_any_more_sends_nothing_twice(self):
        full = OSError(errno.ENOSPC, "No space left on device")
        with patch.object(Journal, "note", side_effect=full) as note:
            self.run_queue()
        self.assertEqual(note.call_count, self.carts)
        self.assertEachArrivedOnce()
        self.assertEqual(self.states(), ["sent"] * self.carts)

    def test_a_conflict_where_no_journal_can_be_kept_sends_nothing_twice(self):
        @contextmanager
        def remember(_mails):
            yield Memory()

        with (
            patch.object(self.registry["mail.mail"], "_journal", remember),
            self.before("mail.mail", "_note_sent", self.conflict_at(2, 5)),
        ):
            self.run_queue()
        self.assertEqual(self.met, self.carts + 2)
        self.assertEachArrivedOnce()
        self.assertEqual(self.states(), ["sent"] * self.carts)

    def test_a_conflict_while_deleting_deletes_later(self):
        with self.before("mail.mail", "_postprocess_sent_message", self.conflict_at(1)):
            self.run_queue()
        self.assertEqual(self.met, 2)
        self.assertEachArrivedOnce()
        with self.transaction() as env:
            self.assertFalse(env["mail.mail"].search([("message_id", "like", "-recovery@")]))

    def test_what_conflicts_for_ever_waits_for_the_next_run_and_is_not_sent_again(self):
        always = self.conflict_at(*range(100))
        with (
            self.before("mail.mail", "_note_sent", always),
            self.assertRaises(psycopg2.errors.SerializationFailure),
        ):
            self.run_queue()
        self.assertEqual(self.met, MAX_CONFLICTS + 1)
        self.assertEqual(len(self.received()), self.part)
        self.run_queue()
        self.assertEachArrivedOnce()
        self.assertEqual(self.states(), ["sent"] * self.carts)

    def test_without_commits_a_conflict_is_the_callers(self):
        with (
            self.before("mail.mail", "_note_sent", self.conflict_at(1)),
            self.assertRaises(psycopg2.errors.SerializationFailure),
            self.queue() as mails,
        ):
            mails.send()
        self.assertEqual(self.met, 1)
