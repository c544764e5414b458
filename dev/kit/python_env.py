"""The Python environment: made by uv from a lock file with hashes, kept in the cache."""

import hashlib
import os
import platform
import sys
from pathlib import Path

from kit import locks, machine, paths, shell
from kit.errors import Stop

UV_LOCK = paths.LOCK / "uv.txt"
PYTHON_LOCK = paths.LOCK / "python.txt"
NEEDED_GIGABYTES = 3


def key(*parts):
    """Return a short name for contents: the same parts give the same name, anywhere."""
    digest = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode()
        digest.update(b"%d:" % len(data) + data)
    return digest.hexdigest()[:12]


def folder():
    """Return where this lock file's environment lies, for this Python on this machine."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    name = key(PYTHON_LOCK.read_bytes(), sys.base_prefix, platform.machine())
    return paths.cache() / f"python{version}-{name}"


def python():
    """Return the environment's interpreter, which need not exist yet."""
    return folder() / "bin" / "python"


def is_active():
    """Return whether this process already runs in the environment."""
    return Path(sys.prefix) == folder()


def ensure():
    """Make the environment where it is missing, and return its interpreter."""
    machine.check_python()
    home = folder()
    if not (home / locks.MARK).exists():
        machine.check_disk(paths.cache(), NEEDED_GIGABYTES)
    elif not os.access(python(), os.X_OK):
        (home / locks.MARK).unlink()  # the Python below it was removed
    locks.build_once(home, _build, "the Python environment")
    return python()


def _build(home):
    base = getattr(sys, "_base_executable", sys.executable)
    command = [uv(), "venv", "--quiet", "--allow-existing", "--no-project", "--python", base, home]
    shell.run(command, "Making a virtual environment", env=uv_env())
    install(home / "bin" / "python", PYTHON_LOCK)


def install(interpreter, lock):
    """Install exactly what the lock file lists, and nothing that only a package asks for."""
    command = [uv(), "pip", "install", "--quiet", "--python", interpreter, "--require-hashes"]
    shell.run([*command, "--no-deps", "-r", lock], f"Installing {lock.name}", env=uv_env())


def uv():
    """Return the uv program of the lock file, installing it where it is missing."""
    name = key(UV_LOCK.read_bytes(), platform.machine())
    home = locks.build_once(paths.cache() / f"uv-{name}", _build_uv, "uv, the installer")
    return home / "bin" / "uv"


def _build_uv(home):
    command = [_python_with_pip(), "-m", "pip", "install", "--quiet", "--no-input"]
    command += ["--disable-pip-version-check", "--require-hashes", "--no-deps"]
    shell.run([*command, "--target", home, "-r", UV_LOCK], "Installing uv", env=_quiet_pip())


def _python_with_pip():
    """Return a Python that has pip; which one does not matter, uv is no Python program."""
    candidates = [sys.executable, "/usr/bin/python3"]
    for candidate in candidates:
        if shell.output([candidate, "-m", "pip", "--version"]):
            return candidate
    machine.install(["python3-pip"], "pip, which fetches the installer,")
    if not shell.output(["/usr/bin/python3", "-m", "pip", "--version"]):
        raise Stop("This machine's Python has no pip.", "apt-get install python3-pip")
    return "/usr/bin/python3"


def _quiet_pip():
    return {**os.environ, "PIP_ROOT_USER_ACTION": "ignore", "PIP_BREAK_SYSTEM_PACKAGES": "1"}


def uv_env():
    """Return the environment for uv: it takes its index and certificates from pip's settings."""
    env = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
    if index := _pip_setting("index-url"):
        env.setdefault("UV_DEFAULT_INDEX", index)
    if certificates := _pip_setting("cert"):
        env.setdefault("SSL_CERT_FILE", certificates)
    return env


def _pip_setting(name):
    """Return a setting of pip's, from its variable or its configuration files."""
    variable = "PIP_" + name.upper().replace("-", "_")
    if variable in os.environ:
        return os.environ[variable]
    return shell.output([_python_with_pip(), "-m", "pip", "config", "get", f"global.{name}"])
