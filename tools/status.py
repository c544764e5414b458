"""Where a message, an unfinished order and an export may go next. No database, no clock."""

MESSAGE_MOVES = {
    "waiting": {"waiting", "sending", "skipped", "failed"},
    # Back to waiting: the mail server refused for now, the message leaves later.
    # Clicked, bounced: that can be faster than the report that the mail has left.
    "sending": {
        "waiting",
        "sent",
        "delivered",
        "clicked",
        "bounced",
        "failed",
        "skipped",
        "uncertain",
    },
    "uncertain": {"sent", "delivered", "clicked", "bounced", "failed"},
    "sent": {"delivered", "clicked", "bounced", "failed"},
    "delivered": {"clicked", "bounced"},
    "clicked": set(),
    "bounced": set(),
    "failed": set(),
    "skipped": set(),
}

# Where a person may send back what has come to its end. The engine by itself may not. What has
# failed may also be put back into the queue in which it lies.
MESSAGE_RETRIES = {state: set() for state in MESSAGE_MOVES} | {
    "failed": {"waiting", "sending"},
    "uncertain": {"waiting"},
}

# States in which a reminder has reached, or may have reached, the customer.
MESSAGE_SENT_STATES = ("sent", "delivered", "clicked", "uncertain")

# States of a message that has not gone out, and perhaps never will.
MESSAGE_UNSENT_STATES = ("waiting", "failed", "skipped")

UNFINISHED_MOVES = {
    "open": {"recovered", "own_accord", "emptied", "expired"},
    # The buyer can fill an emptied cart again, or come back to one given up.
    "emptied": {"open", "recovered", "own_accord", "expired"},
    "expired": {"open", "recovered", "own_accord"},
    "recovered": set(),
    "own_accord": set(),
}

EXPORT_MOVES = {
    "waiting": {"running", "failed", "cancelled"},
    "running": {"done", "failed", "cancelled"},
    "done": {"expired"},
    # Each of these can be asked for again.
    "failed": {"waiting"},
    "cancelled": {"waiting"},
    "expired": {"waiting"},
}


def may_move(moves, current, target):
    """Tell whether `moves` lets a record go from state `current` to state `target`."""
    return target in moves[current]
