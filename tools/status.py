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

# One way could not deliver it, and another one may: it waits for that one.
MESSAGE_NEXT_WAYS = {state: set() for state in MESSAGE_MOVES} | {
    "waiting": {"waiting"},
    "sending": {"waiting"},
    "uncertain": {"waiting"},
    "sent": {"waiting"},
    "bounced": {"waiting"},
}

# It has arrived by a way that had been given up: whatever is said of it, that is what counts.
MESSAGE_ARRIVALS = {state: {"delivered"} for state in ("waiting", "failed", "skipped")}
MESSAGE_ARRIVALS = MESSAGE_MOVES | {
    state: MESSAGE_MOVES[state] | arrives for state, arrives in MESSAGE_ARRIVALS.items()
}

# One try by one way. What a provider says first is not always what is so: a phone that has it
# proves more than a failure that was reported before or after that.
ATTEMPT_MOVES = {
    "sending": {"sent", "delivered", "seen", "failed", "uncertain", "taken_back"},
    "uncertain": {"sent", "delivered", "seen", "failed"},
    "sent": {"delivered", "seen", "failed"},
    "failed": {"delivered", "seen"},
    "taken_back": {"sent", "delivered", "seen", "failed"},
    "delivered": {"seen"},
    "seen": set(),
}

# What a try comes to when its message comes to something.
ATTEMPT_OF_MESSAGE = {
    "sent": "sent",
    "delivered": "delivered",
    "clicked": "seen",
    "bounced": "failed",
    "failed": "failed",
    "waiting": "failed",
    "skipped": "taken_back",
    "uncertain": "uncertain",
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
