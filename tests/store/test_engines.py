from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError, InternalError

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
