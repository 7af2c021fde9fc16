from pathlib import Path

from sqlalchemy import text

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
