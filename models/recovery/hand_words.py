"""What a person reads who sends reminders by hand."""

from datetime import timedelta

from odoo.tools import format_date, format_time

from ...tools import schedule


def when_it_leaves(env, facts, now, tz):
    if facts.opens_at <= now:
        return env._("Leaves now")
    why = env._("quiet hours")
    if facts.closed_because == "day_off":
        why = env._("no working day")
    elif facts.closed_because == "country_hours":
        why = env._("the law of the customer's country")
    time = clock(env, facts.opens_at, tz)
    if facts.opens_at - now < timedelta(hours=24):
        return env._("Leaves at %(time)s (%(why)s)", time=time, why=why)
    date = format_date(env, schedule.local_day(facts.opens_at, tz))
    return env._("Leaves on %(date)s at %(time)s (%(why)s)", date=date, time=time, why=why)


def clock(env, at, tz):
    """Return a time of day on the website's clock, with the name of its time zone."""
    return f"{format_time(env, at, tz=tz, time_format='HH:mm')} ({tz})"


def hint(env, reason):
    """Say what a person can do about it."""
    nothing_to_buy = env._("The customer has nothing to come back to.")
    hints = {
        "bought": env._("There is nothing left to remind of."),
        "no_address": env._("Edit the cart and add the customer's address."),
        "contact_archived": env._(
            "Restore the contact first, if the customer wants to hear from you."
        ),
        "daily_limit": env._("You can write again on the next day."),
        "country_limit": env._("You can write again on the next day."),
        "payment_in_progress": env._(
            "Wait for its outcome: after a failed payment you can send a reminder."
        ),
        "opted_out": env._("Only the customer can ask to be taken off it."),
        "bounced": env._("Ask the customer for another address, or to write to you from this one."),
        "stopped": env._("Respect it; a call may still be welcome."),
        "declined": env._("Respect it; a call may still be welcome."),
        "no_consent": env._("Ask the customer first, by phone for example."),
        "sold_out": env._("Send it when there is stock again."),
        "staff": env._("No customer is waiting for it."),
        "robot": env._("Nobody would read it."),
        "reminders_off": env._("Switch the channel on, or choose another one."),
    }
    return hints.get(reason, nothing_to_buy)
