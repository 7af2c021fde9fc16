"""What SQLite's planner is told of the tables; PostgreSQL sees to that by itself."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, text, update

from app.services.imports import import_export
from app.services.runs import HOUSEKEEPING, SYNC
from app.store import statistics, tables
from app.store.database import Database
from tests.factories import day
from tests.jobs.support import carried_out, sandboxed
from tests.payloads import issue
from tests.stores import a_site, put

MANY = 1500
RESTRICTED = "SELECT id FROM issues WHERE site_id = 1 AND security_id IS NOT NULL"


def fill(database: Database, number: int, *, status: str) -> None:
    """Issues of which none is restricted."""
    with database.write() as tx:
        site = a_site(tx)
        rows: list[dict[str, Any]] = [
            {
                "site_id": site.id,
                "id": f"{status}{one}",
                "key": f"BURN-{status}{one}",
                "project_key": "BURN",
                "summary": "x",
                "type_name": "Story",
                "is_subtask": False,
                "status_id": status,
                "status_name": "x",
                "flagged": False,
                "created": day(1),
                "updated": day(2),
                "fields": {},
                "history_complete": True,
            }
            for one in range(number)
        ]
        tx.execute(insert(tables.issues), rows)


def known(database: Database) -> dict[str, int]:
    """Rows by table, as the planner was told."""
    with database.read() as tx:
        if tx.execute(text("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'")).first() is None:
            return {}
        found = tx.execute(text("SELECT tbl, max(CAST(stat AS INTEGER)) FROM sqlite_stat1 GROUP BY tbl"))
        return {table: int(number) for table, number in found}


def plan(database: Database, query: str) -> str:
    """Of a reader that has read before."""
    with database.read() as tx:
        tx.execute(text(query))
        return str(tx.execute(text(f"EXPLAIN QUERY PLAN {query}")).one()[3])


@pytest.fixture
def sqlite(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    shutil.copy(sqlite_template, tmp_path / "burnish.db")
    database = Database(f"sqlite:///{tmp_path / 'burnish.db'}")
    yield database
    database.close()


async def test_it_is_told_when_a_site_was_read_and_every_night(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statistics, "_WORTH_IT", 10)
    async with sandboxed(sqlite) as jira:
        assert known(sqlite) == {}
        await carried_out(sqlite, jira, kind=SYNC, at=jira.context.now())
        first = known(sqlite)
        assert {"issues", "changes", "comments"} <= first.keys()
        fill(sqlite, MANY, status="9")
        await carried_out(sqlite, jira, kind=SYNC, at=jira.context.now())
        assert known(sqlite) == first, "not after every catch-up"
        await carried_out(sqlite, jira, kind=HOUSEKEEPING, at=jira.context.now(), keep_days=30)
        assert known(sqlite)["issues"] >= MANY


def test_it_is_told_when_an_export_was_read(
    sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statistics, "_WORTH_IT", 10)
    export = tmp_path / "export.jsonl"
    export.write_text("\n".join(json.dumps(issue(number)) for number in range(20)))
    import_export(sqlite, export, site_name="import")
    assert known(sqlite)["issues"] == 20


async def test_the_planner_knows_which_index_is_short(database: Database) -> None:
    fill(database, MANY, status="1")
    if not database.is_sqlite:
        await statistics.take(database)
        with database.read() as tx:
            asked = "SELECT last_analyze FROM pg_stat_user_tables WHERE relname = 'issues'"
            assert tx.execute(text(asked)).scalar_one() is None
        return
    assert "ix_issues_restricted" not in plan(database, RESTRICTED)
    await statistics.take(database)
    assert "ix_issues_restricted" in plan(database, RESTRICTED)
    assert known(database)["issues"] >= MANY


async def test_what_is_small_and_what_comes_and_goes_is_not_looked_at(sqlite: Database) -> None:
    """Else a table that was small at night is read from end to end by the evening."""
    fill(sqlite, statistics._WORTH_IT - 1, status="1")
    with sqlite.write() as tx:
        put(tx, 1, *(f"issue:{number}" for number in range(MANY)), at=day(3))
    await statistics.take(sqlite)
    assert known(sqlite) == {}
    fill(sqlite, 1, status="2")
    await statistics.take(sqlite)
    assert set(known(sqlite)) == {"issues"}


async def test_readers_that_are_open_hear_of_it_each_time(sqlite: Database) -> None:
    fill(sqlite, MANY, status="1")
    asked = f"SELECT id FROM issues WHERE site_id = 1 AND created = '{day(1)}' AND updated = '{day(2)}'"
    each = func.datetime("2026-03-01", func.printf("+%d minutes", func.substr(tables.issues.c.id, 2)))
    for alike, differs in (("created", "updated"), ("updated", "created"), ("created", "updated")):
        with sqlite.write() as tx:
            tx.execute(update(tables.issues).values({alike: day(1), differs: each}))
        await statistics.take(sqlite)
        assert f"ix_issues_site_id_{differs}" in plan(sqlite, asked)
