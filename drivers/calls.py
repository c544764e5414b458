"""Many calls to providers at a time: each channel within its rate, none of them forgotten."""

import logging
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, NamedTuple

from .base import LATER, REFRESH, STOP, UNCERTAIN, Account, Envelope, Receipt

_logger = logging.getLogger(__name__)


class Call(NamedTuple):
    """One envelope, and by which account it leaves."""

    channel_id: int
    driver: Any  # recovery.driver
    account: Account
    envelope: Envelope
    rate: float  # calls a second of the channel, 0 for any


class Line:
    """The calls of one channel, in their order, not closer to each other than its rate allows."""

    def __init__(self, calls, seconds):
        """Stand in line for so many seconds, from the first call on."""
        self._calls, self._seconds = deque(calls), seconds
        self._gap = 1 / calls[0].rate if calls[0].rate > 0 else 0.0
        self._next_at = self._end = None
        self._lock = threading.Lock()
        self.receipts = {}

    def work(self):
        """Make calls until none is left; what cannot be made in time has no receipt."""
        while call := self._take():
            receipt = _make(call)
            self.receipts[call.envelope.key] = receipt
            whole = receipt.status == LATER and receipt.whole_channel
            if whole or receipt.status in (REFRESH, STOP):
                self._close()

    def _take(self):
        with self._lock:
            now = time.monotonic()
            if self._end is None:
                self._next_at, self._end = now, now + self._seconds
            start = max(self._next_at, now)
            if not self._calls or start > self._end:
                return None
            self._next_at = start + self._gap
            call = self._calls.popleft()
        time.sleep(start - now)
        return call

    def _close(self):
        """Make no further calls: each of them would get the same answer."""
        with self._lock:
            self._calls.clear()


def _make(call):
    try:
        (receipt,) = call.driver._send(call.account, [call.envelope])
    except Exception as error:  # noqa: BLE001  (nobody knows how far the call has come)
        # Not its words: they may hold what must not be read.
        name = type(error).__name__
        _logger.error("Driver %s has raised %s", call.driver._name, name)
        return Receipt(call.envelope.key, UNCERTAIN, detail=name)
    return receipt


def make_calls(calls, seconds):
    """Make calls, each channel in threads of its own; return when all have been answered.

    :param list[Call] calls: in the order in which they should be made
    :param float seconds: after so long, no further call is begun
    :return: the receipts by the keys of the envelopes; what was not called has none
    :rtype: dict[str, Receipt]
    """
    by_channel = {}
    for call in calls:
        by_channel.setdefault(call.channel_id, []).append(call)
    lines = {channel_id: Line(ones, seconds) for channel_id, ones in by_channel.items()}
    sizes = {
        channel_id: min(len(ones), ones[0].driver._at_once)
        for channel_id, ones in by_channel.items()
    }
    with ThreadPoolExecutor(max(1, sum(sizes.values())), "recovery") as pool:
        wait([pool.submit(lines[id_].work) for id_, size in sizes.items() for _n in range(size)])
    receipts = {}
    for line in lines.values():
        receipts |= line.receipts
    return receipts


def ask(driver, account, asked):
    """Ask a provider what became of envelopes.

    :param list[tuple[str, str]] asked: the key and the reference of each
    :return: the receipts of those that it knows, by their keys
    :rtype: dict[str, Receipt]
    """
    try:
        receipts = driver._ask(account, asked)
    except Exception as error:  # noqa: BLE001  (it is asked again later)
        _logger.error("Driver %s has raised %s", driver._name, type(error).__name__)
        return {}
    return {receipt.key: receipt for receipt in receipts}
