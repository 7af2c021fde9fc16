"""A test that hangs here has somebody wait who need not."""

from pathlib import Path
from threading import Thread

import pytest

from app.store import writer_first
from app.store.database import Database
from app.store.writer_first import while_database_works

_A_SIGH = 0.05


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setattr(writer_first, "_MOMENT", 60)
    return Database(f"sqlite:///{tmp_path / 'burnish.db'}")


def test_who_prepares_waits_for_the_end_of_a_transaction(database: Database) -> None:
    preparing = Thread(target=database.writer_first.give_way)
    with database.write():
        preparing.start()
        preparing.join(_A_SIGH)
        assert preparing.is_alive()
    preparing.join()
    database.writer_first.give_way()


def test_nobody_waits_while_the_database_works(database: Database) -> None:
    with database.write() as tx, while_database_works(tx):
        database.writer_first.give_way()


def test_nobody_waits_for_a_transaction_that_was_undone(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as tx, while_database_works(tx):
        1 / 0  # noqa: B018
    database.writer_first.give_way()


def test_nobody_waits_for_a_reader(database: Database) -> None:
    with database.write():
        pass  # makes the file
    with database.read() as tx, while_database_works(tx):
        database.writer_first.give_way()
    database.writer_first.give_way()


def test_nobody_waits_for_long(tmp_path: Path) -> None:
    """Whoever writes may wait for something else."""
    database = Database(f"sqlite:///{tmp_path / 'burnish.db'}")
    with database.write():
        database.writer_first.give_way()


def test_on_postgresql_nobody_waits(postgresql_only: Database) -> None:
    with postgresql_only.write() as tx, while_database_works(tx):
        postgresql_only.writer_first.give_way()
