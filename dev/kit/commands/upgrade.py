"""dev/upgrade: what becomes of rows in flight when the addon is upgraded, and when it is removed."""

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
            checks = list(_check(env, earlier, name, Path(folder, "sink")))
    for words, good in checks:
        print(f"{'ok   ' if good else 'WRONG'} {words}")
    return int(not all(good for _words, good in checks))


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
    with smtp.Server(folder) as sink:

        def stage(of, which):
            return process.call(of, name, "inside_upgrade", smtp_port=sink.port, stage=which)

        with say.timed("installing the earlier version"):
            odoo.install(earlier, name, [paths.ADDON])
        before = stage(earlier, "before")
        print(f"before: {before}")
        with say.timed("upgrading"):
            log = odoo.install(env, name, [paths.ADDON], update=True)
        yield "the upgrade's log holds no warning", not log_check.check(env, log)
        after = stage(env, "after")
        print(f"after: {after}")
        mails = Counter(to for _time, _id, to in sink.received())
        print(f"mailed: {dict(mails)}")
        yield "what was queued or due leaves once, what was sent does not leave again", (
            mails == SENDS_ONCE
        )
        yield "no outcome is lost", all(
            after[cart]["state"] == before[cart]["state"] for cart in before
        )
        yield "a message of before uses up the customer's day", (
            after["again"]["messages"][0] == ["waiting", "daily_limit"]
        )
        yield "what was sent stays sent", after["sent"]["messages"][0][0] == "sent"
        earned = [after[cart]["credit"] for cart in ("clicked", "alone")]
        yield "orders of before count as earned", earned == ["clicked", "assisted"]
        yield "removed with rows in flight: nothing is left in the queue", (
            stage(env, "uninstall") == {"left": 0, "removed": True}
        )
        yield "and nobody is mailed again", (
            Counter(to for _time, _id, to in sink.received()) == mails
        )
