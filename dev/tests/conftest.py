"""What several test files need: the environment, and a database with queue_job."""

import pytest

from kit import database, environment
from kit.commands import test


@pytest.fixture(scope="session")
def env():
    return environment.ensure()


@pytest.fixture(scope="session")
def with_queue(env):
    """Return a prepared database in which queue_job is installed after the addon."""
    return database.prepare(env, "jobs", ["queue_job"], base=test.prepare(env)[0])
