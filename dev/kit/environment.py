"""Everything at once: what a command needs before it can start Odoo."""

import dataclasses
import os
from pathlib import Path

from kit import odoo_source, paths, python_env


@dataclasses.dataclass(frozen=True)
class Environment:
    """A Python with all that Odoo needs, and the Odoo that it runs."""

    python: Path
    odoo: Path

    @property
    def bin(self):
        """The folder of the environment's programs."""
        return self.python.parent

    @property
    def version(self):
        """A text that changes when Odoo or a library does."""
        lock = python_env.key(python_env.PYTHON_LOCK.read_bytes())
        return f"{odoo_source.version(self.odoo)}:{lock}"

    @property
    def addons_path(self):
        """Where Odoo finds addons besides its own."""
        return odoo_source.addons_path(self.odoo)

    def variables(self):
        """Return the environment variables for a process that imports odoo."""
        return {
            **os.environ,
            "PYTHONPATH": f"{self.odoo}:{paths.DEV}",
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "PYTHONUNBUFFERED": "1",
        }


def ensure():
    """Make what is missing: the Python environment and Odoo."""
    paths.prepare_state()
    return Environment(python=python_env.ensure(), odoo=odoo_source.ensure())
