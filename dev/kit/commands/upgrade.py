"""dev/upgrade: what becomes of rows in flight when the addon is upgraded, then removed."""

import argparse
import dataclasses
import io
import subprocess
import tarfile
import tempfile
from collections import Counter
from pathlib import Path

from kit import addon, database, environment, log_check, odoo, paths, postgres, say, smtp
from kit.bench import process
from kit.errors import Stop

NEEDS_ENVIRONMENT = True
# The first version: it knew no daily limit, no credit and no consent.
FIRST = "79ed7b8"
SENDS_ONCE = {f"{name}@example.com": 1 for name in ("queued", "due")}


def parse(arguments):
    """Return the options."""
    parser = argparse.ArgumentParser(
        prog="dev/upgrade",
        description="Install an earlier version, leave carts and messages in every state, upgrade "
        "to this checkout, let the crons run, remove the addon, and check what was mailed.",
    )
    parser.add_argument(
        "--from", dest="revision", default=FIRST, help="the earlier version, for git [%(default)s]"
    )
    return parser.parse_args(arguments)


def run(options):
    """Print what was checked and return 1 when something is not as it must be."""
    env = environment.ensure()
    with postgres.running(), tempfile.TemporaryDirectory(dir=paths.RUN) as folder:
        earlier = Earlier(env.python, env.odoo, _unpack(options.revision, Path(folder)))
        core = database.prepare(env, "core", addon.depends())
        with database.scratch(core, "upgrade") as name:
            checks = _check(env, earlier, name, Path(folder, "sink"))
    for words, good in checks.items():
        print(f"{'ok   ' if good else 'WRONG'} {words}")
    return int(not all(checks.values()))


@dataclasses.dataclass(frozen=True)
class Earlier(environment.Environment):
    """An environment in which Odoo finds another version of the addon."""

    addons: Path

    @property
    def addons_path(self):
        """Where Odoo finds that version."""
        return super().addons_path.replace(str(paths.ADDONS), str(self.addons))


def _unpack(revision, folder):
    """Return an addons folder with the addon as it was in that revision."""
    command = ["git", "-C", str(paths.ROOT), "archive", revision]
    done = subprocess.run(command, check=False, capture_output=True)
    if done.returncode:
        said = done.stderr.decode().strip()
        raise Stop(f"git knows no version {revision}: {said}.", "name another one with --from")
    addons = folder / "addons"
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(addons / paths.ADDON)
    return addons


def _check(env, earlier, name, folder):
    """Return what must be so, in words, and whether it is."""
    with smtp.Server(folder) as sink:

        def stage(of, which):
            return process.call(of, name, "inside_upgrade", smtp_port=sink.port, stage=which)

        with say.timed("installing the earlier version"):
            odoo.install(earlier, name, [paths.ADDON])
        before = stage(earlier, "before")
        with say.timed("upgrading"):
            log = odoo.install(env, name, [paths.ADDON], update=True)
        after = stage(env, "after")
        mails = _mails(sink)
        removed = stage(env, "uninstall")
        print(f"before: {before}\nafter: {after}\nmailed: {dict(mails)}")
        checks = {
            "the upgrade's log holds no warning": not log_check.check(env, log),
            "removed with rows in flight: nothing is left in the queue": (
                removed == {"left": 0, "removed": True}
            ),
            "removed with rows in flight: nobody is mailed again": _mails(sink) == mails,
        }
    return _compare(before, after, mails) | checks


def _mails(sink):
    """Return how many mails each address has got."""
    return Counter(to for _time, _id, to in sink.received())


def _compare(before, after, mails):
    earned = [after[cart]["credit"] for cart in ("clicked", "alone")]
    limited = after["again"]["messages"][0]
    return {
        "what was queued or due leaves once, what was sent not again": mails == SENDS_ONCE,
        "no outcome is lost": all(after[c]["state"] == before[c]["state"] for c in before),
        "a message of before uses up the day": limited == ["waiting", "daily_limit"],
        "what was sent stays sent": after["sent"]["messages"][0][0] == "sent",
        "orders of before count as earned": earned == ["clicked", "assisted"],
    }
