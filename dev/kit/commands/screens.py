"""dev/screens: all pictures of the documentation, taken anew."""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

from kit import browser, database, environment, machine, odoo, paths, postgres, say, shell
from kit.children import Children
from kit.commands import demo
from kit.errors import Stop

NEEDS_ENVIRONMENT = True
LANGUAGES = ("en_US", *demo.LANGUAGES)


def parse(arguments):
    """Return the options."""
    parser = argparse.ArgumentParser(
        prog="dev/screens",
        description="Make a fresh demo of its own, take a picture of every screen in it, on a "
        "desktop and a phone, in English, Vietnamese and Bulgarian, and write them to "
        "static/description/screens/.",
        epilog="Example: dev/screens --again --only health --only send --language vi_VN",
    )
    parser.add_argument("--again", action="store_true", help="use the demo of the last time")
    parser.add_argument("--only", action="append", metavar="SCREEN", help="this one; repeatable")
    parser.add_argument(
        "--language", action="append", choices=LANGUAGES, help="only in this one; repeatable"
    )
    parser.add_argument("--list", action="store_true", help="name the screens, and end")
    return parser.parse_args(arguments)


def run(options):
    """Take the pictures."""
    from kit.screens import gallery, pages  # noqa: PLC0415  (--help needs no environment)

    if options.list:
        print("\n".join(f"{screen.name:20} {screen.title}" for screen in pages.ALL))
        return
    screens = _chosen(pages.ALL, options.only)
    postgres.need()
    machine.chromium()
    env = environment.ensure()
    start = time.monotonic()
    with postgres.running():
        name = f"{database.prefix('screens')}shop"
        port = machine.free_port()
        address = f"http://localhost:{port}"
        if not (options.again and database.exists(name)):
            demo.install(env, f"{name}_unfinished")
            database.rename(f"{name}_unfinished", name)
        demo.introduce(name, demo.addresses_at("localhost", port))
        with say.timed("preparing the pages"):
            found = _prepare(env, name)
        taken = _serve_and_take(env, name, port, screens, options.language or LANGUAGES, found)
    gallery.write()
    say.step(f"{taken} pictures of {address} in {time.monotonic() - start:.0f} s")


def _chosen(screens, names):
    known = {screen.name: screen for screen in screens}
    if unknown := set(names or ()) - set(known):
        raise Stop(f"There is no screen {min(unknown)}.", "dev/screens --list names them")
    return [known[name] for name in names] if names else screens


def _prepare(env, name):
    """Let Odoo prepare the demo, and return what it has found there."""
    with tempfile.TemporaryDirectory(dir=paths.RUN) as folder:
        conf = odoo.write_conf(env, f"screens-{os.getpid()}")
        answer = Path(folder, "answer.json")
        command = [env.python, "-m", "kit.screens.inside", conf, name, answer]
        try:
            shell.run(command, "Preparing the pages", log=_log("prepare"), **odoo.options(env))
        finally:
            conf.unlink()
        return json.loads(answer.read_text())


def _log(what):
    return paths.LOGS / f"screens-{what}.log"


def _serve_and_take(env, name, port, screens, languages, found):
    """Take the pictures in an Odoo that runs no crons meanwhile, and return how many there are."""
    from kit.screens.studio import Studio  # noqa: PLC0415  (--help needs no environment)

    only = {"db_name": name, "dbfilter": f"^{name}$", "http_port": port}
    conf = odoo.write_conf(env, "screens", crons=0, **only, **odoo.NO_LIMITS)
    with Children(_log("server")) as children, browser.launch() as launched:
        children.start("Odoo", odoo.command(env, "server", "-c", conf), **odoo.options(env))
        children.wait_for(f"http://127.0.0.1:{port}/web/health", seconds=120)
        studio = Studio(launched, f"http://localhost:{port}", found)
        for language in languages:
            with say.timed(f"taking pictures in {language}"):
                studio.take(screens, language)
        return studio.taken
