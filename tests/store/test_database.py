import asyncio
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, Connection, Text, insert, select, text
from sqlalchemy.exc import (
    StatementError,
)

from app.errors import NotPossible, SettingsInvalid, StoreUnavailable
from app.store import boards, runs, schema, tables
from app.store import sites as sites_store
from app.store.afterwards import after_commit
from app.store.database import Database, check_sqlite
from app.store.tables import sites
from tests.conftest import execute_on, named
from tests.factories import a_sprint
from tests.stores import a_site, rows

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


async def test_a_transaction_ends_before_whoever_asked_for_it_is_gone(database: Database) -> None:
    """Else the store is closed under it, or the row settled by somebody who was stopped."""
    begun, release = threading.Event(), threading.Event()

    def slow(tx: Connection) -> None:
        a_site_named(tx, "demo")
        begun.set()
        release.wait(5)

    asking = asyncio.create_task(database.call_write(slow))
    await asyncio.to_thread(begun.wait, 5)
    asking.cancel()
    await asyncio.sleep(0.02)
    assert not asking.done()
    release.set()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await database.call_read(lambda tx: tx.scalar(select(sites.c.name))) == "demo"


def test_reading_a_file_that_does_not_exist_says_so_and_makes_none(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/burnish.db")
    with pytest.raises(StoreUnavailable, match=r"no store at .*burnish\.db.*burnish sync"), database.read():
        pass
    database.close()
    assert list(tmp_path.iterdir()) == []


def test_a_schema_of_another_version_is_refused_in_a_sentence(database: Database) -> None:
    with database.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = 'from_the_future'"))
    with pytest.raises(NotPossible, match=r"from_the_future.*newer Burnish"):
        schema.upgrade(database)


STRANGE, STORED = "a\0b\ud83dc", "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"


def test_signs_that_no_database_takes_are_stored_as_a_question_in_words_and_documents(
    tx: Connection, now: datetime
) -> None:
    site = a_site(tx)
    document = {STRANGE: [STRANGE, {"x": STRANGE}, 1, None, True]}
    runs.request(tx, site.id, "sync", document, at=now, now=now, requested_by=STRANGE[:4])
    sites_store.save_project(tx, site.id, {"id": 1, "key": "BURN", "name": STRANGE})
    boards.save_sprint(tx, site.id, a_sprint(goal=STRANGE), heard_at=now)
    (run,) = rows(tx, tables.runs)
    assert run["parameters"] == {STORED: [STORED, {"x": STORED}, 1, None, True]}
    assert sites_store.projects_of(tx, site.id)[0].name == STORED
    assert boards.get_sprint(tx, site, 7).goal == STORED


def test_every_text_of_unbounded_length_goes_through_the_same_filter() -> None:
    plain = [
        f"{table.name}.{column.name}"
        for table in tables.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Text | JSON)
    ]
    assert plain == []


def test_the_schema_knows_how_far_it_is_and_then_reads_no_migration(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A probe asks every few seconds, and a command that starts waits for nothing else."""
    database = Database(empty_database_url)
    with database.write():
        pass  # SQLite's file is made by its first writer
    assert schema.current(database) is None
    schema.upgrade(database)
    assert schema.head() is not None
    monkeypatch.delattr(ScriptDirectory, "from_config")
    schema.upgrade(database)
    assert schema.current(database) == schema.head()
    database.close()


@pytest.mark.parametrize(
    ("version", "has_fts5", "said"),
    [
        ((3, 34, 1), True, r"SQLite 3\.34\.1; Burnish needs 3\.35\.0 or newer"),
        ((3, 45, 0), False, r"SQLite 3\.45\.0 was built without FTS5"),
    ],
)
def test_a_sqlite_that_lacks_something_is_refused_with_the_way_out(
    version: tuple[int, ...], has_fts5: bool, said: str
) -> None:
    check_sqlite((3, 35, 0), has_fts5=True)
    with pytest.raises(NotPossible, match=said) as refused:
        check_sqlite(version, has_fts5=has_fts5)
    assert "PostgreSQL" in str(refused.value)


def test_leases_go_by_the_clock_of_whoever_keeps_the_store(database: Database, now: datetime) -> None:
    """SQLite has one process, whose clock counts; on PostgreSQL no replica's does."""
    with database.read() as tx:
        said = database.server_time(tx, now)
        if database.is_sqlite:
            assert said == now
        else:
            assert said.tzinfo is UTC
            assert said > now
            assert database.server_time(tx, now) > said, "it goes on inside a transaction"


def test_a_statement_that_hangs_on_postgresql_becomes_an_error_that_can_be_tried_again(
    postgresql_only: Database,
) -> None:
    with postgresql_only.read() as tx:
        assert tx.execute(text("SHOW statement_timeout")).scalar_one() == "1min"
        assert tx.execute(text("SHOW lock_timeout")).scalar_one() == "20s"

    def hang() -> None:
        with postgresql_only.write() as tx:
            tx.execute(text("SET LOCAL statement_timeout = 50"))
            tx.execute(text("SELECT pg_sleep(5)"))

    with pytest.raises(StoreUnavailable, match="timeout"):
        hang()


def test_limits_in_the_address_stand_above_ours(postgresql_only: Database) -> None:
    url = postgresql_only.engine.url.update_query_dict({"options": "-c statement_timeout=7s"})
    database = Database(url.render_as_string(hide_password=False))
    with database.read() as tx:
        assert tx.execute(text("SHOW statement_timeout")).scalar_one() == "7s"
    database.close()


def test_what_fails_after_the_commit_is_logged_and_takes_nothing_back(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    done: list[str] = []
    with database.write() as tx:
        a_site_named(tx, "acme")
        after_commit(tx, lambda: done.append(str(1 // 0)))
        after_commit(tx, lambda: done.append("the next one"))
    assert done == ["the next one"]
    with database.read() as tx:
        assert [row["name"] for row in rows(tx, sites)] == ["acme"]
    said = capsys.readouterr().out
    assert "store.after_commit_failed" in said
    assert "ZeroDivisionError" in said
