"""Run the addon's tests under pytest, in a checkout whose folder may have any name.

Loaded with `-p kit.pytest_plugin`. A conftest.py at the root could not do this: pytest would import
the addon under the folder's name before reading it.
"""

import contextlib
import json
import logging
import os
import shutil
from pathlib import Path

import _pytest.pathlib
import pytest_odoo

import odoo

from kit import log_check, paths

OWN = (paths.ROOT / "dev").resolve()
LOG_FOLDER = "WSOH_TEST_LOGS"


def _addon_module_names(resolve):
    """Wrap pytest's naming: files below the root are modules of odoo.addons.<addon>."""

    def resolve_pkg_root_and_module_name(path, *, consider_namespace_packages=False):
        path = Path(path).absolute()
        if path.is_relative_to(paths.ROOT) and not path.is_relative_to(OWN):
            parts = path.relative_to(paths.ROOT).with_suffix("").parts
            if parts[-1:] == ("__init__",):
                parts = parts[:-1]
            return paths.DEV, ".".join(("odoo", "addons", paths.ADDON, *parts))
        return resolve(path, consider_namespace_packages=consider_namespace_packages)

    return resolve_pkg_root_and_module_name


@contextlib.contextmanager
def _own_filestore(original, name):
    """Give a worker's database files of its own.

    pytest-odoo lets all workers share one folder. What one of them rolls back and cleans up is then
    missing for another: a bundle that the browser has just been told to load.
    """
    with shared_filestore(original, name):
        source, own = paths.DATA / "filestore" / original, paths.DATA / "filestore" / name
        if name != original and source.exists():
            shutil.rmtree(own, ignore_errors=True)
            shutil.copytree(source, own, copy_function=os.link)
            odoo.tools.config.filestore.return_value = str(own)
        try:
            yield
        finally:
            if name != original:
                shutil.rmtree(own, ignore_errors=True)


shared_filestore = pytest_odoo._shared_filestore
pytest_odoo._shared_filestore = _own_filestore


def pytest_addoption(parser):
    """Add the flag for what takes long."""
    parser.addoption("--slow", action="store_true", help="also run the tests marked as slow")


def pytest_sessionstart(session):
    """Take over after pytest-odoo, which names modules in a way of its own."""
    del session
    paths.prepare_state()
    _pytest.pathlib.resolve_pkg_root_and_module_name = _addon_module_names(
        _pytest.pathlib.resolve_pkg_root_and_module_name
    )
    if folder := os.environ.get(LOG_FOLDER):
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        logging.getLogger().addHandler(Recorder(Path(folder) / f"{worker}.jsonl"))


def _is_slow(item):
    tags = getattr(getattr(item, "cls", None), "test_tags", ())
    return "slow" in tags or item.get_closest_marker("slow") is not None


def pytest_collection_modifyitems(config, items):
    """Leave out what takes long, unless asked for."""
    if config.getoption("--slow"):
        return
    slow = [item for item in items if _is_slow(item)]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not _is_slow(item)]


class Recorder(logging.FileHandler):
    """Keep every record at WARNING or above, with the test that it came from."""

    def __init__(self, path):
        """Write one JSON object a line."""
        super().__init__(path, delay=True)
        self.setLevel(logging.WARNING)
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))

    def format(self, record):
        """Return the record as a line of JSON."""
        test = os.environ.get("PYTEST_CURRENT_TEST", "outside any test")
        return json.dumps({"test": test, "text": super().format(record)})


def _unexpected_records():
    """Return "test: record" for everything that the log should not have said."""
    found = {}
    for path in sorted(Path(os.environ[LOG_FOLDER]).glob("*.jsonl")):
        for line in path.read_text().splitlines():
            with contextlib.suppress(ValueError):  # a line cut short by a killed worker
                record = json.loads(line)
                found.setdefault(record["text"], record["test"])
    return [f"{found[text]}\n{text}" for text in log_check.unexpected(found)]


def _is_controller(config):
    return LOG_FOLDER in os.environ and not hasattr(config, "workerinput")


def pytest_sessionfinish(session):
    """Fail the run when the log has something unexpected."""
    if _is_controller(session.config):
        session.config.unexpected_records = _unexpected_records()
        if session.config.unexpected_records and not session.exitstatus:
            session.exitstatus = 1


def pytest_terminal_summary(terminalreporter, config):
    """Show what the log should not have said."""
    records = getattr(config, "unexpected_records", [])
    if records:
        terminalreporter.section(f"unexpected in the log: {len(records)}", red=True)
        for record in records:
            terminalreporter.line(f"{record}\n")
        terminalreporter.line(
            "A test that provokes a warning says so (mute_logger, assertLogs); Odoo's own noise "
            "belongs, with its reason, in dev/log-ignore.txt."
        )
