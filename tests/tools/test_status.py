from odoo.tests import BaseCase

from ...tools.status import (
    ATTEMPT_MOVES,
    ATTEMPT_OF_MESSAGE,
    MESSAGE_ARRIVALS,
    MESSAGE_MOVES,
    MESSAGE_NEXT_WAYS,
    MESSAGE_SENT_STATES,
    UNFINISHED_MOVES,
    may_move,
)


class TestStatus(BaseCase):
    def test_final_states_of_a_message_lead_nowhere(self):
        for state in ("clicked", "bounced", "failed", "skipped"):
            self.assertFalse(MESSAGE_MOVES[state])

    def test_a_late_delivery_report_cannot_undo_a_click(self):
        self.assertFalse(may_move(MESSAGE_MOVES, "clicked", "delivered"))
        self.assertFalse(may_move(MESSAGE_MOVES, "clicked", "sent"))

    def test_a_buyer_may_click_before_the_mail_server_has_reported(self):
        self.assertTrue(may_move(MESSAGE_MOVES, "sending", "clicked"))

    def test_what_has_left_never_waits_again(self):
        for state in MESSAGE_SENT_STATES:
            self.assertFalse(may_move(MESSAGE_MOVES, state, "waiting"))

    def test_every_move_leads_to_a_known_state(self):
        for moves in (MESSAGE_MOVES, UNFINISHED_MOVES):
            for targets in moves.values():
                self.assertLessEqual(targets, set(moves))

    def test_a_placed_order_never_becomes_unfinished_again(self):
        self.assertFalse(UNFINISHED_MOVES["recovered"])
        self.assertFalse(UNFINISHED_MOVES["own_accord"])

    def test_a_buyer_can_come_back_to_a_cart_given_up(self):
        self.assertTrue(may_move(UNFINISHED_MOVES, "expired", "open"))
        self.assertTrue(may_move(UNFINISHED_MOVES, "emptied", "open"))

    def test_what_a_phone_has_got_is_not_undone_by_a_failure(self):
        for state in ("delivered", "seen"):
            self.assertFalse(may_move(ATTEMPT_MOVES, state, "failed"))
            self.assertTrue(may_move(ATTEMPT_MOVES, "failed", state))

    def test_attempts_lead_only_where_attempts_can_be(self):
        for targets in ATTEMPT_MOVES.values():
            self.assertLessEqual(targets, set(ATTEMPT_MOVES))
        self.assertLessEqual(set(ATTEMPT_OF_MESSAGE.values()), set(ATTEMPT_MOVES))

    def test_what_has_arrived_takes_no_other_way(self):
        for state in ("delivered", "clicked", "skipped", "failed"):
            self.assertFalse(may_move(MESSAGE_NEXT_WAYS, state, "waiting"))

    def test_what_was_given_up_can_have_arrived(self):
        for state in ("waiting", "failed", "skipped", "sent", "uncertain"):
            self.assertTrue(may_move(MESSAGE_ARRIVALS, state, "delivered"))
        self.assertFalse(may_move(MESSAGE_ARRIVALS, "clicked", "delivered"))
