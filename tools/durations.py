"""A span of time in the units in which people name it. No database, no clock."""

MINUTES_PER_HOUR, HOURS_PER_DAY = 60, 24
# Up to here people count hours, "after 36 h", and from here on days, where these are whole.
FIRST_IN_DAYS = 2


def split_hours(hours):
    """Return days, hours and minutes of a span; days only where nothing else is left.

    :param float hours: any number of hours, rounded to the minute
    :rtype: tuple[int, int, int]
    """
    total, minutes = divmod(round(hours * MINUTES_PER_HOUR), MINUTES_PER_HOUR)
    days, rest = divmod(total, HOURS_PER_DAY)
    if days >= FIRST_IN_DAYS and not rest and not minutes:
        return days, 0, 0
    return 0, total, minutes
