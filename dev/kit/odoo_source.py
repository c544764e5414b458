"""Odoo 19 itself: the user's own source tree, or Debian's package in the cache."""

import os
import re
import shutil
from pathlib import Path

from kit import locks, machine, node_env, paths, python_env, shell
from kit.errors import Stop

# Debian's package lies in its unstable suite only; it is unpacked, not installed.
SUITE = "sid"
PACKAGE = "odoo-19"
# Files that the package links to, from other packages. They come from the machine's own suite where
# it has them: unstable's Font Awesome is a newer one, with other names.
HELPERS = (
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-font-awesome",
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-inconsolata",
    "fonts-ocr-b",
)
# Missing for good from the package, and every back-office page asks for it.
SEGMENTATION = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# A new recipe makes a new folder in the cache.
RECIPE = 1
WAY_OUT = "set ODOO_PATH to an Odoo 19 source tree that you have"


def ensure():
    """Return the folder that holds the `odoo` package, ready to be put on PYTHONPATH."""
    if given := os.environ.get("ODOO_PATH"):
        return given_path(Path(given).expanduser())
    home = paths.cache() / f"odoo19-{python_env.key(RECIPE, SUITE, PACKAGE, *HELPERS)}"
    if not (home / locks.MARK).exists():
        _check_machine()
    return locks.build_once(home, _build, "Odoo 19") / "usr/lib/python3/dist-packages"


def given_path(path):
    """Return the user's own Odoo after a look at whether it is one."""
    release = path / "odoo" / "release.py"
    if not release.exists():
        raise Stop(
            f"ODOO_PATH is {path}, and no odoo/release.py is in there.",
            "name the folder that holds odoo-bin, or the dist-packages folder that holds odoo/",
        )
    if (version := series(release.read_text())) != "19.0":
        raise Stop(f"ODOO_PATH is Odoo {version}, and this addon is for 19.0.", WAY_OUT)
    return path.resolve()


def series(release):
    """Return the series, such as "19.0", that the text of a release.py declares."""
    found = re.search(r"^version_info = \(\s*(\d+)\s*,\s*(\d+)", release, re.MULTILINE)
    return f"{found[1]}.{found[2]}" if found else "of an unknown version"


def version(odoo):
    """Return a text that changes when the Odoo in use does."""
    stamp = (odoo / "odoo" / "release.py").stat()
    return f"{odoo}:{stamp.st_mtime_ns}:{stamp.st_size}"


def addons_path(odoo):
    """Return where Odoo finds addons besides its own: ours first."""
    beside = odoo / "addons"  # only a source tree keeps most of its addons there
    folders = [paths.ADDONS, *([beside] if (beside / "web").exists() else [])]
    return ",".join(str(folder) for folder in folders)


def _check_machine():
    if not (shell.has("apt-get") and shell.has("dpkg-deb")):
        raise Stop("This machine has no apt-get to fetch Debian's Odoo 19 with.", WAY_OUT)
    machine.check_disk(paths.cache(), python_env.NEEDED_GIGABYTES)


def _build(home):
    apt = Apt(home / "apt")
    apt.update()
    mirror = apt.mirror()
    unstable = Apt(home / "apt-unstable", source=_source_line(mirror))
    unstable.update()
    debs = home / "debs"
    debs.mkdir()
    unstable.download([PACKAGE], debs)
    for helper in HELPERS:
        (apt if apt.knows(helper) else unstable).download([helper], debs)
    for deb in sorted(debs.glob("*.deb")):
        shell.run(["dpkg-deb", "-x", deb, home], f"Unpacking {deb.name}")
    _add_segmentation(home)
    for folder in ("apt", "apt-unstable", "debs"):
        shutil.rmtree(home / folder)


def _source_line(mirror):
    signed = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
    return f"deb {signed}{mirror} {SUITE} main\n"


def _add_segmentation(home):
    target = home / "usr/lib/python3/dist-packages/odoo/addons" / SEGMENTATION
    if target.exists():
        return
    source = node_env.modules() / "@mediapipe/selfie_segmentation/selfie_segmentation.js"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)  # a dangling link
    shutil.copyfile(source, target)


class Apt:
    """apt-get with lists and downloads of its own: nothing of the machine's is changed."""

    def __init__(self, home, source=None):
        """Use the machine's own sources, or the one line given."""
        for folder in ("lists/partial", "cache/archives/partial"):
            (home / folder).mkdir(parents=True)
        settings = {
            "Dir::State::lists": home / "lists",
            "Dir::Cache": home / "cache",
            # The unprivileged user that apt downloads with cannot enter every home folder.
            "APT::Sandbox::User": "",
            "APT::Get::List-Cleanup": "false",
            # A mirror that is refreshed once a month is signed just as well.
            "Acquire::Check-Valid-Until": "false",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
            "DPkg::Post-Invoke": "",
        }
        if source:
            (home / "sources.list").write_text(source)
            settings["Dir::Etc::sourcelist"] = home / "sources.list"
            settings["Dir::Etc::sourceparts"] = "/dev/null"
        self.options = [f"-o{name}={value}" for name, value in settings.items()]

    def command(self, program, *arguments):
        """Return a command line of apt's that stays within its own folders."""
        return [program, *self.options, *arguments]

    def update(self):
        """Fetch the lists of packages."""
        shell.run(self.command("apt-get", "-q", "update"), "Fetching the list of packages", WAY_OUT)

    def knows(self, package):
        """Return whether the package can be downloaded."""
        policy = shell.output(self.command("apt-cache", "policy", package))
        return "Candidate:" in policy and "Candidate: (none)" not in policy

    def mirror(self):
        """Return the address of this machine's mirror of Debian."""
        form = "$(REPO_URI)|$(ORIGIN)|$(SUITE)|$(COMPONENT)"
        listed = shell.output(
            self.command("apt-get", "indextargets", "--format", form, "Created-By: Packages")
        )
        if mirror := choose_mirror(listed):
            return mirror
        raise Stop("This machine's apt has no Debian mirror to fetch Odoo 19 from.", WAY_OUT)

    def download(self, packages, folder):
        """Download packages, checked by apt, into the folder."""
        for package in packages:
            if not self.knows(package):
                raise Stop(f"The package {package} is gone from this machine's mirror.", WAY_OUT)
        command = self.command("apt-get", "-q", "download", *packages)
        shell.run(command, f"Downloading {' '.join(packages)}", WAY_OUT, cwd=folder)


def choose_mirror(listed):
    """Return the mirror's address out of apt's lines "address|origin|suite|component".

    The archive of security updates is also Debian's, and has no unstable suite.
    """
    for line in listed.splitlines():
        address, origin, suite, component = [*line.split("|"), "", "", ""][:4]
        if origin == "Debian" and component == "main" and not suite.endswith("-security"):
            return address
    return ""
