"""Let several processes begin at the same moment."""

from kit.bench.process import GATE


def wait(env):
    """Stand at the gate until it is opened for all."""
    env.cr.execute("SELECT pg_advisory_lock_shared(%s)", [GATE])
    env.cr.execute("SELECT pg_advisory_unlock_shared(%s)", [GATE])
    env.cr.commit()
