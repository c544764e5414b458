"""The machine: what it has, what is missing, and how to get it."""

import os
import shutil
import socket
import subprocess
import sys

from kit import say, shell
from kit.errors import Stop

OLDEST, NEWEST = (3, 10), (3, 13)
GIGABYTE = 1024**3


def check_python(version=sys.version_info):
    """Stop when Odoo 19 does not run on this Python."""
    if not OLDEST <= tuple(version[:2]) <= NEWEST:
        raise Stop(
            f"Odoo 19 needs Python 3.10 to 3.13, and this is {version[0]}.{version[1]}.",
            "name another one: PYTHON=/path/to/python3.12 and the same command",
        )


def check_disk(folder, gigabytes):
    """Stop when the disk below the folder has too little room."""
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < gigabytes * GIGABYTE:
        raise Stop(
            f"{gigabytes} GB are needed below {folder}, and {free / GIGABYTE:.1f} GB are free.",
            "free some space, or set XDG_CACHE_HOME to a folder on a larger disk",
        )


def is_root():
    """Return whether this process may do everything."""
    return os.geteuid() == 0


def install(packages, why):
    """Install Debian packages, as root or through sudo."""
    missing = [package for package in packages if not _is_installed(package)]
    if not missing:
        return
    names = " ".join(missing)
    apt = _apt_get(names, why)
    with say.timed(f"installing {names} ({why})"):
        _apt_install(apt, missing, why)


def _apt_get(names, why):
    if not shell.has("apt-get"):
        raise Stop(
            f"{why} is missing, and this machine has no apt-get to install it with.",
            f"install what Debian calls {names} in this machine's own way; "
            "PGHOST names an existing database server, ODOO_PATH an existing Odoo 19",
        )
    if is_root():
        return ["apt-get"]
    if shell.has("sudo"):
        return ["sudo", "apt-get"]
    raise Stop(
        f"{why} is missing, and this user is neither root nor has sudo to install it.",
        f"ask an administrator to run: apt-get install {names}",
    )


def _apt_install(apt, packages, why):
    command = [*apt, "-qq", "-y", "--no-install-recommends", "install", *packages]
    options = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
    way_out = f"run yourself: {' '.join([*apt, 'install', *packages])}, then the same command again"
    try:
        shell.run(command, f"Installing {why}", way_out, **options)
    except Stop:
        # The usual reason is a list of packages that is absent or has grown old.
        shell.run([*apt, "-qq", "update"], "Updating the list of packages", **options)
        shell.run(command, f"Installing {why}", way_out, **options)


def _is_installed(package):
    status = shell.output(["dpkg-query", "-W", "-f", "${db:Status-Status}", package])
    return status == "installed"


def chromium():
    """Return the browser for tours and screenshots, installing it where that is possible."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    install(["chromium", "fonts-liberation", "fonts-dejavu-core"], "Chromium")
    return "/usr/bin/chromium"


def port_is_free(port, host="127.0.0.1"):
    """Return whether a server could listen there."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # What a server sets, too: a port in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def need_port(port, what, option, host="127.0.0.1"):
    """Stop when somebody else already listens there."""
    if not 1 <= port <= 65535:
        raise Stop(f"{port} is no port.", f"choose one between 1024 and 65535 with {option}")
    if not port_is_free(0, host):
        raise Stop(f"This machine has no address {host}.", "choose another one with --bind")
    if not port_is_free(port, host):
        raise Stop(
            f"Port {port}, meant for {what}, is taken by another program.",
            f"stop that program, or choose another port: {option} {free_port()}",
        )


def free_port(host="127.0.0.1"):
    """Return a port on which nobody listens just now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def can_reach(user, folder):
    """Return whether a system user may pass through every parent of the folder."""
    command = ["test", "-x", str(folder)]
    options = {"user": user, "group": user, "extra_groups": [], "cwd": "/"}
    return subprocess.run(command, check=False, **options).returncode == 0
