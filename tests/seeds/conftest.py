"""Servers that tests of seeding connect to."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.seeds.clusters import NOBODY, OWNER, Cluster, Servers


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    with ExitStack() as running:
        folder = Path(
            running.enter_context(tempfile.TemporaryDirectory(prefix="seeds-", ignore_cleanup_errors=True))
        )
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        folder.chmod(0o755)
        yield Servers(folder, running)


@pytest.fixture(scope="session")
def cluster(servers: Servers) -> Cluster:
    """A development server, whose database `app` belongs to somebody who is no superuser."""
    started = servers.start("development", "wal_level=logical")
    started.run(f"CREATE ROLE {OWNER} LOGIN", database="postgres")
    return started


@pytest.fixture
def database(cluster: Cluster) -> Cluster:
    """The same server with an empty database `app`; what a test gives to the whole server it takes back itself."""
    cluster.run(
        "DROP DATABASE IF EXISTS app WITH (FORCE)", f"CREATE DATABASE app OWNER {OWNER}", database="postgres"
    )
    return cluster
