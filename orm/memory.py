"""Answers that are the same for all messages of a batch, remembered while it is being made."""

from contextlib import contextmanager
from functools import partial, wraps

MEMORY = "website_sale_order_handling"


def answers(env):
    """Return what is remembered by question; within no `remembering`, it is forgotten at once.

    One company, one website and one language are the same in hundreds of mails. Elsewhere nothing
    is remembered, because nothing would tell when an answer has become old.

    :rtype: dict
    """
    return env.cr.cache.get(MEMORY, {})


def asked_once(method=None, *, in_each_language=True):
    """Remember the answers of `method`.

    :param method: of any model; its name must be unique among those that are marked so, and what
        it remembers for all records it is to be asked of no record
    :param bool in_each_language: whether the answers, or the records in them, have a language
    """
    if method is None:
        return partial(asked_once, in_each_language=in_each_language)

    @wraps(method)
    def ask(self, *args):
        # By their ids, records are found in half the time.
        ids = [getattr(arg, "_ids", arg) for arg in args]
        lang = in_each_language and self.env.context.get("lang")
        question = (method.__name__, lang, self._ids, *ids)
        known = answers(self.env)
        if question not in known:
            known[question] = method(self, *args)
        return known[question]

    return ask


@contextmanager
def remembering(env):
    """Remember answers within this block, which is part of one transaction.

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
        cache.pop(MEMORY, None)  # a savepoint that was undone within has emptied it
