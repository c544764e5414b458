"""Wrong links, counted by where they come from: guessing is noticed, and costs little.

The tokens are far too long to be guessed, so a right one is let through in any case: many
customers may share an address, and mail providers unsubscribe for all of theirs.
"""

import logging
import threading
import time
from collections import OrderedDict
from ipaddress import ip_address, ip_network

from odoo.http import request

_logger = logging.getLogger(__name__)

MAX_WRONG = 1000
SECONDS = 3600
# So many addresses are remembered, in each process.
REMEMBERED = 10_000

_wrong = OrderedDict()  # when an address began, and how many have come from there since
_lock = threading.Lock()


def answer_to_too_many():
    """Note one more wrong link, and return a short answer when there have been too many.

    :return: a response, or None for the first `MAX_WRONG` within `SECONDS`
    """
    origin = _origin(request.httprequest.remote_addr)
    count = _count((request.db, origin), time.monotonic())
    if count <= MAX_WRONG:
        return None
    if count == MAX_WRONG + 1:
        _logger.warning(
            "More than %s wrong links to carts and reminders have come from %s within an hour."
            " Further ones are answered briefly.",
            MAX_WRONG,
            origin,
        )
    text = request.env._("Too many wrong links have come from your network. Try again in an hour.")
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Retry-After", str(SECONDS))]
    return request.make_response(text, headers, status=429)


def _count(key, now):
    """Return how many wrong links have come from there within the hour, this one included."""
    with _lock:
        since, count = _wrong.pop(key, (now, 0))
        if now - since > SECONDS:
            since, count = now, 0
        _wrong[key] = since, count + 1
        if len(_wrong) > REMEMBERED:
            _wrong.popitem(last=False)
        return count + 1


def _origin(address):
    """Return the network that is one subscriber's: an IPv4 address, or 64 bits of an IPv6 one."""
    try:
        ip = ip_address(address or "")
    except ValueError:
        return address or ""
    return str(ip if ip.version == 4 else ip_network((ip, 64), strict=False))
