"""The database server: the user's own (PGHOST), or one of this checkout's, on a Unix socket."""

import contextlib
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from kit import locks, machine, paths, say, shell, sql
from kit.errors import Stop

# A socket's whole path, /.s.PGSQL.5432 included, may have 107 bytes.
LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432")
ROLE = "odoo"
SYSTEM_USER = "postgres"
OLDEST = 13
# Whatever lies in here can be made again, so nothing waits for the disk.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "listen_addresses": "''",
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",
}


@contextlib.contextmanager
def running():
    """Keep a server running for as long as this lasts, with libpq's variables set for it.

    The last command that lets go stops the server; one that a killed command left is used again.
    """
    if os.environ.get("PGHOST"):
        _need_client()
        _need_rights()
        yield
        return
    cluster = Cluster(paths.STATE)
    with cluster.in_use():
        os.environ.update(cluster.variables())
        yield


def need():
    """Stop early where there is no server, and none can be installed."""
    if not os.environ.get("PGHOST"):
        programs()


def _need_client():
    """Make sure of createdb and dropdb, with which pytest-odoo copies databases."""
    if not shell.has("createdb") and not (folder := _newest_programs()):
        machine.install(["postgresql-client"], "PostgreSQL's client")
    elif not shell.has("createdb"):
        os.environ["PATH"] = f"{folder}:{os.environ['PATH']}"


def _need_rights():
    """Stop when Odoo could not work with the user's own server."""
    [(version, role, allowed)] = sql.rows(
        "SELECT current_setting('server_version_num')::int, rolname, rolcreatedb OR rolsuper"
        "  FROM pg_roles WHERE rolname = current_user"
    )
    if version // 10000 < OLDEST:
        raise Stop(
            f"The server at PGHOST is PostgreSQL {version // 10000}.",
            f"Odoo 19 needs {OLDEST} or newer; without PGHOST, one is set up here",
        )
    if role == "postgres":
        raise Stop("Odoo refuses to work as the role postgres.", "name another one with PGUSER")
    if not allowed:
        way_out = f'ask its administrator to run: ALTER ROLE "{role}" CREATEDB'
        raise Stop(f"The role {role} may not create databases.", way_out)


def _newest_programs():
    """Return the newest folder that has both a server and its tools, or nothing."""
    folders = Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")
    found = sorted((path.parent for path in folders), key=_major)
    if found:
        return found[-1]
    beside_path = shutil.which("pg_ctl")
    return Path(beside_path).resolve().parent if beside_path else None


def _major(folder):
    name = folder.parent.name
    return float(name) if name.replace(".", "", 1).isdigit() else 0.0


def programs():
    """Return the folder of PostgreSQL's programs, installing them where they are missing."""
    if not (found := _newest_programs()):
        machine.install(["postgresql"], "PostgreSQL")
        found = _newest_programs()
    if not found:
        raise Stop(
            "PostgreSQL's server program pg_ctl was not found.",
            "install PostgreSQL 13 or newer, or name a running server with PGHOST and PGUSER",
        )
    return found


def _system_user():
    """Return whom the server runs as when root calls, since it refuses to run as root."""
    try:
        return pwd.getpwnam(SYSTEM_USER).pw_name
    except KeyError:
        raise Stop(
            f"PostgreSQL refuses to run as root, and there is no system user {SYSTEM_USER}.",
            "call this as an ordinary user, or name a running server with PGHOST and PGUSER",
        ) from None


class Cluster:
    """A PostgreSQL cluster below a folder, owned by whom it must not be run as: not root."""

    def __init__(self, state, name="postgres", settings=None):
        """Describe the cluster; `settings` replace or add to those of postgresql.conf."""
        self.programs = programs()
        self.settings = {**SETTINGS, **(settings or {})}
        self.user = _system_user() if machine.is_root() else None
        self.users_lock = state / f"{name}.users.lock"
        self.home = self._home(state, name)
        self.data = self.home / "data"
        self.log = self.home / "log"
        self.socket = self._socket_folder()

    # -- where it lies

    def _home(self, state, name):
        """Return the cluster's folder: in the checkout, unless its owner cannot get there."""
        home = state / name
        if not (home / "data").exists() and not self._can_use(state):
            checkout = hashlib.sha256(str(home).encode()).hexdigest()[:10]
            home = Path(pwd.getpwnam(self.user).pw_dir) / f"odoo-dev-{checkout}"
        (state / f"{name}.path").write_text(f"{home}\n")  # says where it lies
        return home

    def _can_use(self, state):
        return not self.user or machine.can_reach(self.user, state)

    def _socket_folder(self):
        folder = self.home / "socket"
        if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER:
            return folder
        short = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:10]
        return Path(tempfile.gettempdir()) / f"odoo-dev-{os.geteuid()}-{short}"

    def variables(self):
        """Return libpq's variables for this cluster."""
        return {
            "PGHOST": str(self.socket),
            "PGPORT": "5432",
            "PGUSER": ROLE,
            "PATH": f"{self.programs}:{os.environ['PATH']}",
        }

    # -- its life

    @contextlib.contextmanager
    def in_use(self):
        """Start the server unless it runs, and stop it when nobody uses it any more."""
        start_lock = self.users_lock.with_suffix(".start")
        try:
            with locks.lock(self.users_lock, shared=True):
                with locks.lock(start_lock, waiting_for="the database server"):
                    self._ensure()
                yield self
        finally:
            with locks.lock(self.users_lock, wait=False) as alone:
                if alone:
                    self._stop()

    def _ensure(self):
        if not (self.data / "PG_VERSION").exists():
            self._create()
        if not self._is_running():
            self._start()

    def _create(self):
        say.step("making a PostgreSQL cluster")
        shutil.rmtree(self.home, ignore_errors=True)
        self._make_folder(self.home)
        options = ["--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust", "--no-sync"]
        fresh = self.home / "fresh"
        self._run(["initdb", "-D", fresh, "-U", ROLE, *options], "Making a PostgreSQL cluster")
        with (fresh / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{name} = {value}\n" for name, value in self.settings.items())
        fresh.rename(self.data)

    def _start(self):
        self._make_folder(self.socket)
        (self.data / "postmaster.pid").unlink(missing_ok=True)  # left by a machine that died
        options = f"-c unix_socket_directories='{self.socket}'"
        command = ["pg_ctl", "start", "-w", "-t", "60", "-s", "-D", self.data, "-l", self.log]
        way_out = f"look into {self.log}, or start over: rm -rf {self.home} and the same again"
        self._run([*command, "-o", options], "Starting PostgreSQL", way_out)

    def _stop(self):
        if self._is_running():
            command = ["pg_ctl", "stop", "-w", "-s", "-m", "fast", "-D", self.data]
            self._run(command, "Stopping PostgreSQL")

    def _is_running(self):
        command = [self.programs / "pg_ctl", "status", "-D", self.data]
        done = subprocess.run(command, check=False, capture_output=True, **self._as_user())
        return done.returncode == 0

    # -- as whom

    def _make_folder(self, folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.user:
            shutil.chown(folder, self.user, self.user)
        elif folder.stat().st_uid != os.geteuid():
            raise Stop(f"{folder} belongs to somebody else.", "set TMPDIR to a folder of your own")

    def _as_user(self):
        # Its working folder must be one that it may read.
        who = {"user": self.user, "group": self.user, "extra_groups": []} if self.user else {}
        return {**who, "cwd": "/"}

    def _run(self, command, what, way_out=""):
        program, *rest = command
        # The server inherits what its starter prints to: a pipe would never end.
        with tempfile.TemporaryFile("w+", errors="replace") as said:
            full = [str(part) for part in (self.programs / program, *rest)]
            status = subprocess.run(
                full, check=False, stdout=said, stderr=subprocess.STDOUT, **self._as_user()
            ).returncode
            said.seek(0)
            printed = said.read()
        if status:
            raise Stop(shell.failure(full, what, printed), way_out or shell.guess(printed))
