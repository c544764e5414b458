"""Several senders, visitors and crashes at once, with real transactions and real processes."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from unittest.mock import patch

import psycopg2.errors
from aiosmtpd.controller import Controller

from odoo import fields
from odoo.service.model import retrying
from odoo.tests import get_db_name, tagged
from odoo.tools import config, mute_logger

from ...models.recovery import message_batch
from ...models.recovery.remote import Outbox
from ...models.transport.mail_mail_handover import JOURNALS
from ...orm.batches import run_batches
from ..common_committed import CommittedCase
from ..common_engine import Inbox, free_port, odoo_options

CARTS = 60
KILLED = "a sender that is killed"
SENDER = """
    import os, signal, sys
    import odoo
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry
    from odoo.tools import config, mute_logger

    config.parse_config(sys.argv[2:])
    registry = Registry(sys.argv[1])
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        {sabotage}
        env["recovery.message"]._cron_send()
"""


@tagged("post_install", "-at_install")
class TestConcurrency(CommittedCase):
    def setUp(self):
        super().setUp()
        with self.transaction() as env:
            website = self._start_reminders(env)
            carts = self._make_carts(env, website, "race", CARTS, is_published=True)
            carts.cart_activity_at = fields.Datetime.now() - timedelta(hours=2)
            env["unfinished.order"]._take_in(website, carts)
        self.addCleanup(self.clean_up)

    def clean_up(self):
        with self.transaction() as env:
            self._stop_reminders(env)
            env["mail.mail"].search([("message_id", "like", "-recovery@")]).unlink()
            self._remove_carts(env)

    def messages(self, env):
        return env["recovery.message"].search(
            [("unfinished_id.order_id", "in", self.made["order"]), ("due_at", "<=", "now")]
        )

    def assertEachSentOnce(self):
        with self.transaction() as env:
            messages = self.messages(env)
            self.assertEqual(messages.mapped("state"), ["sending"] * CARTS)
            mails = env["mail.mail"].search([("message_id", "like", "-recovery@")])
            self.assertEqual(
                sorted(mails.mapped("email_to")),
                sorted(f"race{n}@example.com" for n in range(CARTS)),
            )

    def send(self):
        with self.transaction() as env:
            env["recovery.message"]._cron_send()

    @contextmanager
    def small_batches(self):
        with patch.object(message_batch, "BATCH", 7):
            yield

    def test_fault_6_two_workers_and_a_manual_run_send_each_step_once(self):
        with self.small_batches():
            self.at_once(self.send, 3)
        self.assertEachSentOnce()

    def test_two_senders_write_to_one_customer_once_a_day(self):
        """Each could hold another cart of the same customers, and not see what the other sends."""
        with self.transaction() as env:
            messages = self.messages(env)
            for number, pair in enumerate(zip(messages[::2], messages[1::2], strict=True)):
                for message in pair:
                    message.unfinished_id.partner_id.email = f"pair{number}@example.com"
            odd, even = messages[::2], messages[1::2]
            # Of one website, the newest cart alone would be reminded of.
            odd.unfinished_id.website_id = False
            # What the one claims first, the other claims last.
            odd.due_at = fields.Datetime.now() - timedelta(minutes=30)
            even.due_at = fields.Datetime.now() - timedelta(minutes=20)
        with patch.object(message_batch, "BATCH", CARTS // 2):
            self.at_once(self.send, 2)
        with self.transaction() as env:
            messages = env["recovery.message"].browse((odd | even).ids)
            sent = messages.filtered(lambda message: message.state == "sending")
            self.assertEqual(len(sent), CARTS // 2)
            self.assertEqual(len(set(sent.mapped("customer_key"))), CARTS // 2)
            self.assertEqual(set((messages - sent).mapped("reason")), {"daily_limit"})

    def test_a_customer_is_claimed_with_all_carts_or_not_at_all(self):
        with self.transaction() as env:
            messages = self.messages(env).sorted("id")
            messages.write({"customer_key": "several"})
            messages[0].customer_key = "a customer before them"
            messages[1:4].write({"customer_key": "some"})
        with self.transaction() as one, self.transaction() as two:
            mine = one["recovery.message"]._claim_due(3)
            theirs = two["recovery.message"]._claim_due(CARTS)
            self.assertEqual(mine.mapped("customer_key"), ["a customer before them"])
            self.assertEqual(theirs.mapped("customer_key"), ["some"] * 3)
            one.cr.rollback()
            two.cr.rollback()

    def test_a_customer_with_more_carts_than_a_batch_has_messages_is_claimed_in_parts(self):
        with self.transaction() as env:
            self.messages(env).write({"customer_key": "collector"})
        with self.transaction() as env:
            self.assertEqual(len(env["recovery.message"]._claim_due(5)), 5)

    def test_fault_1_two_senders_at_once_raise_one_alarm(self):
        with self.transaction() as env:
            refused = {"reason": "server", "detail": "down", "tries": 2}
            self.messages(env).write({**refused, "due_at": fields.Datetime.now()})
        with self.transaction() as one, self.transaction() as two:
            two.cr.execute("SELECT 1")  # from now on it sees nothing of what the other does
            one["recovery.channel"]._watch_once()
            one.cr.commit()
            with mute_logger("odoo.sql_db"):
                two["recovery.channel"]._watch()
        with self.transaction() as env:
            alarms = env["recovery.channel"]._alarms()
            self.assertEqual(len(alarms), 1)
            alarms.unlink()

    def test_two_workers_share_the_batches(self):
        """What one worker holds, another leaves alone and takes the next."""
        with self.transaction() as one, self.transaction() as two:
            first = one["recovery.message"]._claim_due(7)
            second = two["recovery.message"]._claim_due(7)
            self.assertEqual(len(first), 7)
            self.assertEqual(len(second), 7)
            self.assertTrue(set(first.ids).isdisjoint(second.ids))
            one.cr.rollback()
            two.cr.rollback()

    def test_a_visitor_who_changes_a_cart_during_a_run_loses_nobodys_mail(self):
        """In core one visitor who touches one cart rolls back the reminders of all the others."""
        renderer = self.registry["recovery.renderer"]
        render, changes = renderer._render_bodies, []

        def render_while_a_visitor_shops(model, template, orders, *args):
            with self.transaction() as visitor:
                visitor.cr.execute("SET LOCAL lock_timeout = '2s'")
                cart = visitor["sale.order"].browse(orders[:1].id)
                cart._cart_add(self.made["product"][0], 1)
                changes.append(cart.id)
            return render(model, template, orders, *args)

        with (
            self.small_batches(),
            patch.object(renderer, "_render_bodies", render_while_a_visitor_shops),
        ):
            self.send()
        self.assertGreater(len(changes), 5)
        self.assertEachSentOnce()

    @mute_logger("odoo.sql_db")
    def test_an_order_placed_during_a_run_takes_its_mail_back(self):
        renderer = self.registry["recovery.renderer"]
        render, buyers = renderer._render_bodies, []

        def buy(order_id):
            for _attempt in range(5):  # as Odoo does with a request that meets a conflict
                try:
                    with self.transaction() as env:
                        env["sale.order"].browse(order_id).action_confirm()
                    return
                except psycopg2.errors.SerializationFailure:  # noqa: PERF203
                    continue

        def render_while_somebody_buys(model, template, orders, *args):
            if not buyers:
                buyers.append(threading.Thread(target=buy, args=[orders[:1].id]))
                self.bought_id = orders[:1].id
                buyers[0].start()
            return render(model, template, orders, *args)

        with patch.object(renderer, "_render_bodies", render_while_somebody_buys):
            self.send()
        buyers[0].join()
        with self.transaction() as env:
            # A buyer who was faster than the sender's commit is found when the mail is to leave.
            env["mail.mail"].search([("message_id", "like", "-recovery@")])._leave_out_unwanted()
        with self.transaction() as env:
            messages = self.messages(env)
            bought = messages.filtered(lambda m: m.unfinished_id.order_id.id == self.bought_id)
            self.assertEqual(bought.unfinished_id.state, "own_accord")
            self.assertEqual((bought.state, bought.reason), ("skipped", "bought"))
            mails = env["mail.mail"].search([("message_id", "like", "-recovery@")])
            self.assertEqual(len(mails), CARTS - 1)

    def run_sender(self, sabotage):
        """Run the sender in a process of its own, as it would be killed in real life."""
        script = textwrap.dedent(SENDER).replace("{sabotage}", sabotage)
        options = odoo_options()
        options.append(f"--db_app_name={KILLED}")
        process = subprocess.run(
            [sys.executable, "-c", script, get_db_name(), *options],
            env={**os.environ, "ODOO_RC": os.devnull},
            capture_output=True,
            timeout=120,
            check=False,
        )
        self.wait_for_the_server_to_notice()
        return process

    def wait_for_the_server_to_notice(self):
        """Wait until the locks of a killed process are gone: until then they are respected."""
        with self.transaction() as env:
            for _attempt in range(200):
                env.cr.execute("SELECT pg_stat_clear_snapshot()")
                env.cr.execute(
                    "SELECT 1 FROM pg_stat_activity WHERE application_name = %s", [KILLED]
                )
                if not env.cr.rowcount:
                    return
                time.sleep(0.05)
        self.fail("the connection of the killed process is still open")

    def kill_at(self, call):
        """Return sabotage that kills the process when it renders for the `call`-th time."""
        return (
            "renderer = type(env['recovery.renderer']); render = renderer._render_bodies;"
            " calls = [];"
            " from odoo.addons.website_sale_order_handling.models.recovery import message_batch"
            " as batch; batch.BATCH = 7;"
            " renderer._render_bodies = lambda *args: (calls.append(1), os.kill(os.getpid(),"
            f" signal.SIGKILL) if len(calls) == {call} else None, render(*args))[-1]"
        )

    def test_fault_4_a_sender_killed_while_rendering_has_sent_nothing(self):
        process = self.run_sender(self.kill_at(1))
        self.assertEqual(process.returncode, -signal.SIGKILL, process.stderr.decode()[-2000:])
        with self.transaction() as env:
            self.assertEqual(self.messages(env).mapped("state"), ["waiting"] * CARTS)
            self.assertFalse(env["mail.mail"].search([("message_id", "like", "-recovery@")]))
        self.send()
        self.assertEachSentOnce()

    def test_a_sender_killed_in_its_third_batch_keeps_the_first_two(self):
        process = self.run_sender(self.kill_at(3))
        self.assertEqual(process.returncode, -signal.SIGKILL, process.stderr.decode()[-2000:])
        with self.transaction() as env:
            states = self.messages(env).mapped("state")
            self.assertEqual((states.count("sending"), states.count("waiting")), (14, CARTS - 14))
        self.send()
        self.assertEachSentOnce()

    def test_two_sellers_at_once_write_to_each_customer_once(self):
        outcomes = []

        def press_send(env):
            unfinished = env["unfinished.order"].search(
                [("order_id", "in", self.made["order"][:3])]
            )
            channel = unfinished._default_channel_by_hand()
            template = unfinished._default_template_by_hand()
            messages, plans = unfinished._send_by_hand(channel, template)
            outcomes.append((len(messages), {plan.reason for plan in plans.values()}))

        def second_seller():
            with self.transaction() as env:
                retrying(lambda: press_send(env), env)

        thread = threading.Thread(target=second_seller)
        with self.transaction() as env, mute_logger("odoo.sql_db", "odoo.service.model"):
            press_send(env)
            thread.start()
            thread.join(1)  # it waits for the first, whose messages it cannot see yet
            env.cr.commit()
            thread.join(60)
        self.assertEqual(outcomes, [(3, {""}), (0, {"daily_limit"})])

    # === The machine, the database and the mail server go away ===#

    def test_fault_5_a_sender_stopped_in_mid_batch_keeps_its_progress(self):
        process = self.run_sender(self.kill_at(2).replace("SIGKILL", "SIGTERM"))
        self.assertEqual(process.returncode, -signal.SIGTERM, process.stderr.decode()[-2000:])
        with self.transaction() as env:
            states = self.messages(env).mapped("state")
            self.assertEqual((states.count("sending"), states.count("waiting")), (7, CARTS - 7))
        self.send()
        self.assertEachSentOnce()

    def test_fault_19_a_database_that_goes_away_makes_no_duplicates(self):
        cut = (
            "__import__('psycopg2').connect(cr._cnx.dsn).cursor().execute("
            "'SELECT pg_terminate_backend(%s)', [cr._cnx.get_backend_pid()])"
        )
        sabotage = self.kill_at(3).replace("os.kill(os.getpid(), signal.SIGKILL)", cut)
        process = self.run_sender(sabotage)
        self.assertNotEqual(process.returncode, 0)
        self.assertIn("connection", process.stderr.decode())
        with self.transaction() as env:
            states = self.messages(env).mapped("state")
            self.assertEqual((states.count("sending"), states.count("waiting")), (14, CARTS - 14))
        self.send()
        self.assertEachSentOnce()

    @contextmanager
    def mail_server(self):
        """Have a real mail server, known to all processes."""
        inbox, port = Inbox(), free_port()
        controller = Controller(inbox, hostname="127.0.0.1", port=port)
        controller.start()
        values = {"name": "Sink", "smtp_host": "127.0.0.1", "smtp_port": port, "sequence": -1}
        with self.transaction() as env:
            server_id = env["ir.mail_server"].create({**values, "smtp_encryption": "none"}).id
        try:
            yield inbox
        finally:
            with self.transaction() as env:
                env["ir.mail_server"].browse(server_id).unlink()
            controller.stop()

    def test_fault_3_a_sender_killed_after_the_mail_server_has_accepted_repeats_one_mail(self):
        kill = (
            "server = type(env['ir.mail_server']); send = server.send_email; calls = [];"
            " server.send_email = lambda *args, **kwargs: (send(*args, **kwargs),"
            " calls.append(1), os.kill(os.getpid(), signal.SIGKILL) if len(calls) == 5 else 0)[0];"
        )
        queue = "env['mail.mail'].process_email_queue(); sys.exit()"
        self.send()
        with self.mail_server() as inbox:
            process = self.run_sender(kill + queue)
            self.assertEqual(process.returncode, -signal.SIGKILL, process.stderr.decode()[-2000:])
            with self.transaction() as env:
                self.assertEqual(self.messages(env).mapped("state"), ["sending"] * CARTS)
            self.assertFalse(self.run_sender(queue).returncode)
        ids = [mail["Message-Id"] for mail in inbox.messages]
        times = Counter(Counter(name for name in ids if "-recovery@" in name).values())
        self.assertEqual(times, {1: CARTS - 1, 2: 1}, "that one twice, with the same Message-ID")
        with self.transaction() as env:
            self.assertEqual(self.messages(env).mapped("state"), ["sent"] * CARTS)
        self.assertEqual(list(self.journals.glob("*.left")), [])

    def test_where_no_journal_can_be_kept_each_mail_is_committed_by_itself(self):
        shutil.rmtree(self.journals, ignore_errors=True)
        self.journals.write_text("a file in the way of the folder")
        self.addCleanup(self.journals.unlink)
        kill = (
            "server = type(env['ir.mail_server']); send = server.send_email; calls = [];"
            " server.send_email = lambda *args, **kwargs: (calls.append(1), os.kill(os.getpid(),"
            " signal.SIGKILL) if len(calls) == 5 else 0, send(*args, **kwargs))[-1];"
        )
        queue = "env['mail.mail'].process_email_queue(); sys.exit()"
        self.send()
        with self.mail_server() as inbox:
            self.assertEqual(self.run_sender(kill + queue).returncode, -signal.SIGKILL)
            with self.transaction() as env:
                self.assertEqual(self.messages(env).mapped("state").count("sent"), 4)
            self.assertFalse(self.run_sender(queue).returncode)
        ids = [mail["Message-Id"] for mail in inbox.messages if "-recovery@" in mail["Message-Id"]]
        self.assertEqual((len(ids), len(set(ids))), (CARTS, CARTS))

    @property
    def journals(self):
        return Path(config.filestore(get_db_name()), JOURNALS)

    def test_a_person_who_orders_does_not_wait_for_a_sender_and_gets_no_reminder(self):
        order_id = self.made["order"][0]
        with self.transaction() as sender:
            sender["recovery.message"]._claim_due(CARTS)._send(Outbox())
            with self.transaction() as buyer:
                buyer.cr.execute("SET LOCAL lock_timeout = '250ms'")
                buyer["sale.order"].browse(order_id).action_quotation_sent()
        with self.transaction() as env:
            message = self.messages_of(env, order_id)
            self.assertEqual(message.state, "sending", "the sender had asked before")
            refs = message.mapped("provider_ref")
            self.assertEqual(env["recovery.message"]._drop_unwanted(refs), set(refs))
            self.assertEqual((message.state, message.reason), ("skipped", "bought"))

    def test_fault_14_a_mail_shows_one_version_of_a_cart_that_is_edited_meanwhile(self):
        renderer = self.registry["recovery.renderer"]
        render, edited = renderer._render_bodies, []

        def render_while_the_buyer_adds(model, template, orders, *args):
            if not edited:
                edited.append(orders[:1].id)
                with self.transaction() as buyer:
                    throne = buyer["product.product"].create(
                        {"name": "Throne", "is_published": True}
                    )
                    self.made["product"].append(throne.id)
                    buyer["sale.order"].browse(edited[0])._cart_add(throne.id, 1)
            return render(model, template, orders, *args)

        with patch.object(renderer, "_render_bodies", render_while_the_buyer_adds):
            self.send()
        with self.transaction() as env:
            message = self.messages_of(env, edited[0])
            self.assertIn("Lamp", message.text)
            self.assertNotIn("Throne", message.text)
            refs = message.mapped("provider_ref")
            self.assertEqual(env["recovery.message"]._drop_unwanted(refs), set(refs))
            self.assertEqual(message.reason, "cart_changed")
            cart = message.unfinished_id.order_id
            cart.cart_activity_at = fields.Datetime.now() - timedelta(hours=1.5)
            env["unfinished.order"]._take_in(cart.website_id, cart)
        self.send()
        with self.transaction() as env:
            again = self.messages_of(env, edited[0]).filtered(lambda m: m.state == "sending")
            self.assertIn("Lamp", again.text)
            self.assertIn("Throne", again.text)

    def messages_of(self, env, order_id):
        return self.messages(env).filtered(lambda m: m.unfinished_id.order_id.id == order_id)

    def test_fault_18_a_report_that_overtakes_our_commit_waits_for_it(self):
        """Else the commit fails after the mail has left, and the mail leaves again."""
        self.send()
        with self.transaction() as sender:
            message = self.messages(sender)[:1]
            sender["recovery.message"]._lock_until_left([message.provider_ref])
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.LockNotAvailable),
                self.transaction() as buyer,
            ):
                buyer.cr.execute("SET LOCAL lock_timeout = '200ms'")
                order = buyer["sale.order"].browse(message.unfinished_id.order_id.id)
                buyer["recovery.message"]._on_link_followed(message.id, order)
            sender["recovery.message"]._on_mail_result([message.provider_ref], None, None)
        with self.transaction() as buyer:
            clicked = buyer["recovery.message"].browse(message.id)
            self.assertEqual(clicked.state, "sent")
            clicked._on_link_followed(message.id, clicked.unfinished_id.order_id)
            self.assertEqual(clicked.state, "clicked")

    def test_fault_69_closing_old_orders_blocks_nobody_for_longer_than_a_batch(self):
        expire, touched = self.registry["unfinished.order.scan"]._expire_old, []
        with self.transaction() as env:
            ids = env["unfinished.order"].search([("order_id", "in", self.made["order"])]).ids
            query = "UPDATE unfinished_order SET activity_at = '2025-01-01' WHERE id IN %s"
            env.cr.execute(query, [tuple(ids)])

        def expire_while_a_colleague_works(orders, website):
            with self.transaction() as colleague:
                colleague.cr.execute("SET LOCAL lock_timeout = '200ms'")
                query = "UPDATE unfinished_order SET lang = lang WHERE id IN %s"
                colleague.cr.execute(query, [tuple(ids)])
            touched.append(1)
            return expire(orders, website, 10)

        with self.transaction() as env:
            website = env["website"].browse(self.website_id)
            scan = env["unfinished.order.scan"]
            work = partial(expire_while_a_colleague_works, scan, website)
            run_batches(env, work, 10)
        self.assertGreaterEqual(len(touched), CARTS // 10)
        with self.transaction() as env:
            states = env["unfinished.order"].browse(ids).mapped("state")
            self.assertEqual(states, ["expired"] * CARTS)
