"""Answers that are the same for all messages of a batch, remembered while it is being made."""

from contextlib import contextmanager
from functools import wraps

MEMORY = "website_sale_order_handling"


def asked_once(method):
    """Remember the answers of `method` within `remembering`.

    One company, one website and one language are the same in hundreds of mails. Elsewhere nothing
    is remembered, because nothing would tell when an answer has become old.

    :param method: of any model; its name must be unique among those that are marked so
    """

    @wraps(method)
    def ask(self, *args):
        memory = self.env.cr.cache.get(MEMORY)
        if memory is None:
            return method(self, *args)
        # By their ids, records are found in half the time.
        ids = [getattr(arg, "_ids", arg) for arg in args]
        question = (method.__name__, self.env.context.get("lang"), *ids)
        if question not in memory:
            memory[question] = method(self, *args)
        return memory[question]

    return ask


@contextmanager
def remembering(env):
    """Ask what is marked so once within this block, which is part of one transaction.

    A block within another one remembers what the outer one does.
    """
    cache = env.cr.cache
    if MEMORY in cache:
        yield
        return
    cache[MEMORY] = {}
    try:
        yield
    finally:
        del cache[MEMORY]
