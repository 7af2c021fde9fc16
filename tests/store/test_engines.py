from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DataError, InternalError, OperationalError

from app.store import queues, rule_decisions, tables
from app.store.database import Database

_ON_DISK, _IN_MEMORY = 1, 2


def test_only_a_change_of_tables_sorts_on_the_disk(tmp_path: Path) -> None:
    """Rows that a statement would take back stay in memory; an index of a million rows must not."""
    opened = Database(f"sqlite:///{tmp_path / 'burnish.db'}")
    asked = text("PRAGMA temp_store")
    with opened.write_schema() as connection:
        assert connection.scalar(asked) == _ON_DISK
    with opened.write() as connection:
        assert connection.scalar(asked) == _IN_MEMORY
    opened.close()


def test_what_follows_a_refused_statement_is_no_trouble_of_the_store(postgresql_only: Database) -> None:
    """Whoever tries again when the store is in trouble would try for ever."""

    def go_on() -> None:
        with postgresql_only.write() as tx:
            with suppress(DataError):
                tx.execute(text("SELECT 1 / 0"))
            tx.execute(text("SELECT 1"))

    with pytest.raises(InternalError):
        go_on()


def test_a_value_that_is_too_large_for_an_index_is_no_trouble_of_the_store(
    postgresql_only: Database,
) -> None:
    def write() -> None:
        with postgresql_only.write() as tx:
            tx.execute(text("CREATE TEMPORARY TABLE long (word text PRIMARY KEY)"))
            # Of random signs: what repeats is packed, and fits.
            tx.execute(
                text("INSERT INTO long SELECT string_agg(md5(n::text), '') FROM generate_series(1, 400) n")
            )

    with pytest.raises(OperationalError, match="index row"):
        write()


def test_old_rows_are_found_in_the_order_of_their_ids_without_sorting_those_of_a_site(
    database: Database, now: datetime
) -> None:
    """Each thousand of a million would sort the million. SQLAlchemy itself tells SQLite nothing of hints."""
    asked: list[tuple[str, Any]] = []
    old = {"site_id": 1, "before": now, "after": 0, "limit": 1000}
    with database.read() as tx:
        event.listen(tx, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
        for table in (tables.deliveries, tables.effects, tables.runs):
            queues.ended_before(tx, table=table, states=("done",), **old)
        rule_decisions.taken_before(tx, **old)
        looks = [one for one in asked if "LIMIT" in one[0]]
        assert len(looks) == 4
        if database.is_sqlite:
            plans = [tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given).all() for sql, given in looks]
            assert {
                row.detail.partition(" (")[0].partition(" USING ")[2] for plan in plans for row in plan
            } == {"INTEGER PRIMARY KEY"}
