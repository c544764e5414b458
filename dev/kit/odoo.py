"""Odoo as a program: its configuration, and how it is started."""

import os

from kit import paths, shell
from kit.errors import Stop

CONF = """\
[options]
addons_path = {addons_path}
data_dir = {data_dir}
http_interface = {interface}
server_wide_modules = base,web
max_cron_threads = {crons}
list_db = {list_db}
{more}"""
# In a folder of its own: Python looks for modules beside a script, and our own `odoo` is one.
BINARY = paths.DEV / "kit" / "server" / "odoo-bin"
# A browser keeps connections open for as long as it likes, and to Odoo each of these is a request
# that takes too long: after two minutes it would reload, and again after two more.
NO_LIMITS = {
    "limit_time_real": 0,
    "limit_time_cpu": 0,
    "limit_memory_soft": 0,
    "limit_memory_hard": 0,
}


def write_conf(environment, name, crons=0, interface="127.0.0.1", list_db=False, **more):
    """Write a configuration file and return its path; libpq's variables name the server."""
    path = paths.RUN / f"{name}.conf"
    lines = "".join(f"{option} = {value}\n" for option, value in more.items())
    path.write_text(
        CONF.format(
            addons_path=environment.addons_path,
            data_dir=paths.DATA,
            interface=interface,
            crons=crons,
            list_db=list_db,
            more=lines,
        )
    )
    return path


def command(environment, *arguments):
    """Return the command line that runs Odoo, which can run itself again."""
    return [str(environment.python), str(BINARY), *map(str, arguments)]


def options(environment):
    """Return what a process needs to be started with: its variables and an empty folder."""
    env = {name: value for name, value in environment.variables().items() if name != "ODOO_RC"}
    return {"env": env, "cwd": paths.RUN}


def execute(line, environment):
    """Run a command line in the foreground, with this terminal, and return its exit status."""
    return shell.foreground(line, **options(environment))


def run(environment, *arguments):
    """Run Odoo in the foreground with the given arguments; stop when it fails."""
    if status := execute(command(environment, *arguments), environment):
        raise Stop(f"odoo {arguments[0]} failed ({status}).", "read what it printed above")


def quietly(environment, what, *arguments, log=None, way_out=""):
    """Run Odoo and return what it printed, which is only shown when it fails."""
    line = command(environment, *arguments)
    return shell.run(line, what, way_out, log=log, **options(environment))


def install(environment, database, modules, demo=False, update=False, log=None, languages=()):
    """Install (or update) modules in a database, which is made where it is missing.

    The languages are there before anything but Odoo's base, so that demo data finds them. English
    comes first: Odoo gives the first one to every user.
    """
    conf = write_conf(environment, f"install-{os.getpid()}")
    arguments = ["-c", conf, "-d", database, "--stop-after-init", "--no-http"]
    arguments += ["--with-demo" if demo else "--without-demo", "--max-cron-threads=0"]
    arguments += ["-u" if update else "-i", ",".join(sorted(modules))]
    if languages:
        arguments += ["--load-language", ",".join(("en_US", *languages))]
    log = log or paths.LOGS / f"install-{database}.log"
    try:
        quietly(
            environment,
            f"Installing {', '.join(sorted(modules))}",
            "server",
            *arguments,
            log=log,
            way_out="mend what the log says, then run the same command again",
        )
    finally:
        conf.unlink()
    return log
