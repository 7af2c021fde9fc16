import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import StatementError

from app.errors import NotPossible, SettingsInvalid, StoreUnavailable
from app.store import schema
from app.store.database import Database
from app.store.tables import sites
from tests.conftest import execute_on, named

ROOT = Path(__file__).parents[2]
SECOND_WRITER = """
import sys
from app.store.database import Database
database = Database(sys.argv[1])
try:
    database.claim_file({})
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.fixture
def file_database(sqlite_template: Path, tmp_path: Path) -> Any:
    path = tmp_path / "burnish.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


def a_site_named(tx: Connection, name: str, **values: Any) -> None:
    tx.execute(insert(sites).values(name=name, base_url="https://a.test", **values))


def test_a_second_process_may_not_write_the_same_file_and_hears_who_has_it(
    file_database: Database, tmp_path: Path
) -> None:
    file_database.claim_file({"address": "http://127.0.0.1:8000"})
    said = subprocess.run(
        [sys.executable, "-c", SECOND_WRITER, f"sqlite:///{tmp_path}/burnish.db"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said.startswith("NotPossible Another process already writes")
    assert "http://127.0.0.1:8000" in said
    assert "use PostgreSQL" in said


def test_the_file_is_free_again_after_its_writer_has_ended(file_database: Database, tmp_path: Path) -> None:
    file_database.claim_file({})
    second = Database(f"sqlite:///{tmp_path}/burnish.db")
    with pytest.raises(NotPossible):
        second.claim_file({})
    file_database.close()
    second.claim_file({"address": "second"})
    assert (second.holder() or {})["address"] == "second"
    second.close()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/nowhere/burnish.db")
    with pytest.raises(StoreUnavailable, match=r"nowhere/burnish\.db\.lock cannot be written"):
        database.claim_file({})
    database.close()


def test_a_deleted_file_takes_no_more_writes(file_database: Database, tmp_path: Path) -> None:
    with file_database.write() as tx:
        a_site_named(tx, "first")
    (tmp_path / "burnish.db").unlink()
    with pytest.raises(StoreUnavailable, match="is gone"), file_database.write() as tx:
        a_site_named(tx, "lost")


def test_a_replaced_file_takes_no_more_writes(file_database: Database, tmp_path: Path) -> None:
    path = tmp_path / "burnish.db"
    with file_database.write() as tx:
        a_site_named(tx, "first")
    other = tmp_path / "restored.db"
    other.write_bytes(path.read_bytes())
    other.rename(path)
    with pytest.raises(StoreUnavailable, match="was replaced"), file_database.write() as tx:
        a_site_named(tx, "lost")


def test_readers_of_a_file_cannot_write(file_database: Database) -> None:
    with pytest.raises(StoreUnavailable, match="readonly"), file_database.read() as tx:
        a_site_named(tx, "sneaked in")


def test_a_written_file_is_durable_at_commit(file_database: Database) -> None:
    """WAL with synchronous=FULL (2): what was acknowledged survives a power cut."""
    with file_database.write() as tx:
        assert tx.scalar(text("PRAGMA journal_mode")) == "wal"
        assert tx.scalar(text("PRAGMA synchronous")) == 2
        assert tx.scalar(text("PRAGMA foreign_keys")) == 1


def test_a_reader_sees_one_state_while_others_write(database: Database) -> None:
    if not database.is_sqlite:  # PostgreSQL shows each statement what is committed by then
        return
    with database.read() as reader:
        before = reader.execute(select(sites)).all()
        with database.write() as writer:
            a_site_named(writer, "new")
        assert reader.execute(select(sites)).all() == before


def test_a_naive_instant_is_refused(database: Database) -> None:
    naive = datetime(2026, 3, 1)  # noqa: DTZ001 - the mistake in question
    with pytest.raises(StatementError, match="has no time zone"), database.write() as tx:
        a_site_named(tx, "demo", synced_at=naive)


@pytest.mark.parametrize("hours", [-11, 0, 1, 14])
def test_an_instant_comes_back_in_utc(tx: Connection, hours: int) -> None:
    told = datetime(2026, 3, 1, 23, 30, 15, 123456, tzinfo=timezone(timedelta(hours=hours)))
    a_site_named(tx, "demo", synced_at=told)
    found = tx.scalar(select(sites.c.synced_at))
    assert found == told
    assert found is not None
    assert found.tzinfo is UTC


def test_instants_compare_by_time_not_by_text(tx: Connection) -> None:
    early = datetime(2026, 3, 1, 23, tzinfo=timezone(timedelta(hours=5)))
    late = datetime(2026, 3, 1, 20, tzinfo=UTC)
    for name, at in (("late", late), ("early", early)):
        a_site_named(tx, name, synced_at=at)
    assert list(tx.scalars(select(sites.c.name).order_by(sites.c.synced_at))) == ["early", "late"]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://user:planted-password@host/db", "'mysql' is not supported"),
        ("postgresql://user:planted-password@host/db", r"use sqlite:///… or postgresql\+psycopg://…"),
        ("sqlite+aiosqlite:///x.db", "is not supported"),
        ("planted-password", "cannot be read"),
        ("sqlite://", "in memory is lost"),
        ("sqlite:///:memory:", "in memory is lost"),
    ],
)
def test_an_address_that_cannot_hold_a_store_is_refused_without_repeating_it(url: str, says: str) -> None:
    with pytest.raises(SettingsInvalid, match=says) as refused:
        Database(url)
    assert "planted-password" not in str(refused.value)


def test_a_server_that_is_not_there_is_named_as_trouble_of_the_store() -> None:
    database = Database("postgresql+psycopg://nobody:planted-password@127.0.0.1:1/none")
    with pytest.raises(StoreUnavailable) as refused, database.read():
        pass
    assert "planted-password" not in str(refused.value)
    database.close()


def test_a_database_that_is_dropped_under_us_is_named_as_trouble_of_the_store(postgresql: str) -> None:
    execute_on(postgresql, "CREATE DATABASE burnish_dropped")
    database = Database(named(postgresql, "burnish_dropped"))
    with database.read() as tx:
        assert tx.scalar(text("SELECT 1")) == 1
    execute_on(postgresql, "DROP DATABASE burnish_dropped WITH (FORCE)")
    with pytest.raises(StoreUnavailable), database.write():
        pass
    database.close()


async def test_async_callers_get_the_same_from_a_thread(database: Database) -> None:
    await database.call_write(lambda tx: a_site_named(tx, "demo"))
    assert await database.call_read(lambda tx: tx.scalar(select(sites.c.name))) == "demo"


def test_the_schema_knows_how_far_it_is(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    assert schema.current(database) is None
    schema.upgrade(database)
    schema.upgrade(database)
    assert schema.current(database) == schema.head()
    database.close()
