"""dev/lint: everything that can be said about the code without running it."""

import argparse
import concurrent.futures
import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from kit import addon, environment, node_env, paths, po

NEEDS_ENVIRONMENT = True
PRETTY = (".js", ".cjs", ".mjs", ".xml", ".css", ".scss")
ASIDE = ("static/lib/", "static/description/", "dev/lock/")


def parse(arguments):
    """Return the options."""
    parser = argparse.ArgumentParser(
        prog="dev/lint",
        description="Check style, manifest, views, translations and packaging; part of dev/test.",
    )
    parser.add_argument("--fix", action="store_true", help="format, and mend what can be mended")
    return parser.parse_args(arguments)


def run(options):
    """Run every check, two at a time; return 1 when one of them objects."""
    env = environment.ensure()
    if options.fix:
        for mend in Linters(env, paths.ROOT, fix=True).mending():
            mend()
    with _staged() as stage, concurrent.futures.ThreadPoolExecutor(2) as pool:
        good = list(pool.map(_report, Linters(env, stage).all()))
    return int(not all(good))


def _report(check):
    """Run one check and print one line, or all that it objects to."""
    what, action = check
    start = time.monotonic()
    objection = action()
    verdict = "objects:" if objection else "ok"
    lines = f"── {what}: {verdict} ({time.monotonic() - start:.1f} s)\n"
    print(lines + (f"{objection.rstrip()}\n" if objection else ""), end="", flush=True)
    return not objection


@contextlib.contextmanager
def _staged():
    """Yield a copy of the addon in a folder of the addon's name, which some linters go by."""
    with tempfile.TemporaryDirectory(prefix="lint-") as folder:
        stage = Path(folder).resolve() / paths.ADDON
        for path in addon.files(tests=True):
            target = stage / path.relative_to(paths.ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        yield stage


class Linters:
    """Every check: what it is, and a function that returns its objections or nothing."""

    def __init__(self, env, stage, *, fix=False):
        """Check the addon in the folder `stage`; with `fix`, mend the checkout instead."""
        self.env = env
        self.stage = stage
        self.fix = fix

    def all(self):
        """Return the checks, the long ones first."""
        return [
            ("pylint-odoo", self.pylint),
            ("prettier", self.prettier),
            ("ruff format", self.ruff_format),
            ("ruff check", self.ruff_check),
            ("eslint", self.eslint),
            ("whool wheel", self.wheel),
            ("manifestoo", self.manifestoo),
            ("oca-odoo-pre-commit-hooks", self.oca_hooks),
            ("translations", po.check_complete),
        ]

    def mending(self):
        """Return the checks that can mend, in the order in which they have to."""
        return [self.prettier, self.eslint, self.ruff_check, self.ruff_format]

    def _run(self, program, *arguments, cwd=paths.ROOT, **variables):
        """Run a program of the environment; return what it said if it objects."""
        command = [str(self.env.bin / program), *map(str, arguments)]
        env = {**os.environ, "PATH": f"{self.env.bin}:{os.environ['PATH']}", **variables}
        done = subprocess.run(
            command,
            check=False,
            cwd=cwd,
            env=env,
            text=True,
            errors="replace",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        if not done.returncode:
            return ""
        said = done.stdout.strip() or f"exit status {done.returncode}"
        return re.sub(rf"(\S*{re.escape(self.stage.parent.name)}/)?{self.stage.name}/", "", said)

    def ruff_check(self):
        return self._run("ruff", "check", "--quiet", *(["--fix"] if self.fix else []), ".")

    def ruff_format(self):
        return self._run("ruff", "format", "--quiet", *([] if self.fix else ["--diff"]), ".")

    def pylint(self):
        options = ["--rcfile", paths.ROOT / "pyproject.toml", "-j1", "--persistent=n"]
        # One model may be extended room by room: each file reads on its own.
        options += ["--disable=consider-merging-classes-inherited"]
        return self._run("pylint", *options, self.stage, cwd=self.stage.parent)

    def oca_hooks(self):
        # Prettier settles how XML is written; the front page is Markdown.
        options = ["--disable=xml-header-wrong,xml-tag-position,prefer-readme-rst"]
        catalogs = sorted(self.stage.glob("i18n/*.po*"))
        return "\n".join(
            self._run(program, *options, *arguments, cwd=self.stage.parent)
            for program, arguments in (
                ("oca-checks-odoo-module", [self.stage]),
                ("oca-checks-po", catalogs),
            )
            if arguments
        ).strip()

    def eslint(self):
        files = [name for name in _sources() if name.endswith((".js", ".cjs"))]
        fix = ["--fix"] if self.fix else []
        return self._node("eslint/bin/eslint.js", "--max-warnings=0", *fix, *files)

    def prettier(self):
        files = [name for name in _sources() if name.endswith(PRETTY)]
        plugin = node_env.modules() / "@prettier/plugin-xml/src/plugin.js"
        mode = "--write" if self.fix else "--check"
        options = [f"--plugin={plugin}", "--ignore-path=.gitignore", "--log-level=warn", mode]
        return self._node("prettier/bin/prettier.cjs", *options, *files) if files else ""

    def _node(self, script, *arguments):
        modules = node_env.modules()
        return self._run(node_env.node(), modules / script, *arguments, NODE_PATH=str(modules))

    def wheel(self):
        target = self.stage.parent / "wheel"
        options = ["--no-isolation", "--wheel", "--outdir", target]
        return self._run("python", "-m", "build", *options, self.stage, cwd=self.stage.parent)

    def manifestoo(self):
        folders = [self.env.odoo / "odoo" / "addons", self.env.odoo / "addons"]
        known = ",".join(str(folder) for folder in folders if folder.exists())
        options = ["--no-addons-path-from-import-odoo", f"--addons-path={known}"]
        options += ["--odoo-series=19.0", "--select-include", paths.ADDON, "-d", self.stage.parent]
        checks = ["list-missing", "check-licenses"]
        return "".join(self._run("manifestoo", *options, check) for check in checks)


def _sources():
    """Return the names of the files that git knows or would add, without those of others."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate"]
    done = subprocess.run(command, check=False, cwd=paths.ROOT, text=True, capture_output=True)
    if done.returncode:  # an unpacked archive
        return [str(path.relative_to(paths.ROOT)) for path in addon.files(tests=True)]
    names = [name for name in done.stdout.splitlines() if not name.startswith(ASIDE)]
    return [name for name in names if (paths.ROOT / name).exists()]
