"""dev/update-lock: the newest versions of everything that the lock files pin."""

import argparse
import os

from kit import node_env, paths, python_env, say, shell

NEEDS_ENVIRONMENT = False
NAMES = ("uv", "node", "python")


def parse(arguments):
    """Return the options."""
    parser = argparse.ArgumentParser(
        prog="dev/update-lock",
        description="Compile dev/lock/*.in and package.json into lock files with hashes, for every "
        "Python from 3.10 to 3.13 and every machine; where packages come from is not in them.",
    )
    parser.add_argument(
        "--keep", action="store_true", help="keep pinned versions where the .in files allow it"
    )
    return parser.parse_args(arguments)


def run(options):
    """Compile all lock files."""
    for name in NAMES:
        say.step(f"dev/lock/{name}.txt")
        _compile(name, keep=options.keep)
    say.step("dev/lock/package-lock.json")
    _compile_npm(keep=options.keep)


def _compile(name, *, keep):
    command = [python_env.uv(), "pip", "compile", "--quiet", "--universal", "--generate-hashes"]
    command += ["--python-version", "3.10", "--no-emit-index-url", "--no-header"]
    command += ["--override", "overrides.txt"]
    command += [*([] if keep else ["--upgrade"]), f"{name}.in", "-o", f"{name}.txt"]
    shell.run(command, f"Compiling {name}.in", cwd=paths.LOCK, env=python_env.uv_env())


def _compile_npm(*, keep):
    if not keep:
        node_env.PACKAGE_LOCK.unlink(missing_ok=True)
    command = [*node_env.npm(), "install", "--package-lock-only", "--ignore-scripts"]
    env = {**os.environ, **node_env.env(), "npm_config_omit_lockfile_registry_resolved": "true"}
    shell.run(command, "Compiling package.json", cwd=paths.LOCK, env=env)
