"""When a reminder is due. Times are naive UTC, like Odoo's Datetime fields; delays are hours."""

from datetime import timedelta


def due_at(activity_at, delay_hours):
    """Return when a step is due that comes `delay_hours` after the buyer's last change.

    :param datetime activity_at: the buyer's last change, UTC
    :param float delay_hours: hours, not negative
    :rtype: datetime
    """
    return activity_at + timedelta(hours=delay_hours)


def next_step(delays, activity_at, now):
    """Choose the step to plan among those that have not been planned yet.

    When several are late, only the latest of them is worth sending: a customer who hears
    nothing for three days must not get three reminders in one minute.

    :param list[float] delays: hours, one per remaining step, in the order of the campaign
    :param datetime activity_at: the buyer's last change, UTC
    :param datetime now: UTC
    :return: ``(index, due, superseded)``: the chosen step's position in `delays`, when it is
        due, and the positions of the late steps before it; ``None`` when nothing remains
    :rtype: tuple[int, datetime, list[int]] | None
    """
    if not delays:
        return None
    late = [position for position, delay in enumerate(delays) if due_at(activity_at, delay) <= now]
    chosen = late[-1] if late else 0
    return chosen, due_at(activity_at, delays[chosen]), late[:-1]
