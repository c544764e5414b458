"""Did a reminder bring the order back, or did the buyer come by themselves?"""


def outcome(clicked_at, placed_at):
    """Return the state of an unfinished order whose cart was placed.

    :param datetime | None clicked_at: when the buyer first went on from a reminder, UTC
    :param datetime placed_at: when the order was placed, UTC
    :rtype: str
    """
    return "recovered" if clicked_at and clicked_at <= placed_at else "own_accord"
