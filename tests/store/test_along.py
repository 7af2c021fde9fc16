"""Who goes along with a transaction is served as if he had one of his own."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, insert, text

from app.errors import StoreUnavailable
from app.store.afterwards import after_commit
from app.store.database import Database
from app.store.tables import sites, sprint_issues
from tests.stores import rows


def adds(name: str) -> Callable[[Connection], str]:
    def work(tx: Connection) -> str:
        tx.execute(insert(sites).values(name=name, base_url="https://a.test"))
        return name

    return work


def names(database: Database) -> set[str]:
    with database.read() as tx:
        return {row["name"] for row in rows(tx, sites)}


class UnderWay:
    """A transaction that goes on until it is told to end."""

    def __init__(self, database: Database, work: Callable[[Connection], object]) -> None:
        self._may_end, self._end = threading.Event(), work
        self.running = asyncio.create_task(database.call_write(self._work))

    def _work(self, tx: Connection) -> object:
        self._may_end.wait()
        return self._end(tx)

    async def end(self) -> object:
        await asyncio.sleep(0.01)  # whoever was asked for just now has made his wish
        self._may_end.set()
        return await self.running


def commits(database: Database) -> list[object]:
    """Grows with each of them."""
    seen: list[object] = []
    event.listen(database.engine, "commit", seen.append)
    return seen


async def test_one_commit_is_for_all_who_wait(file_database: Database) -> None:
    seen = commits(file_database)
    first = UnderWay(file_database, adds("first"))
    others = [asyncio.create_task(file_database.call_along(adds(name))) for name in ("second", "third")]
    await first.end()
    assert await asyncio.gather(*others) == ["second", "third"]
    assert names(file_database) == {"first", "second", "third"}
    assert len(seen) == 1


async def test_where_nothing_is_under_way_it_has_a_transaction_of_its_own(database: Database) -> None:
    assert await database.call_along(adds("alone")) == "alone"
    assert names(database) == {"alone"}


async def test_who_fails_hears_it_and_takes_nothing_else_with_him(database: Database) -> None:
    counted: list[str] = []

    def fails(tx: Connection) -> None:
        adds("lost")(tx)
        after_commit(tx, lambda: counted.append("lost"))
        raise LookupError("not today")

    first = UnderWay(database, adds("first"))
    failing = asyncio.create_task(database.call_along(fails))
    going = asyncio.create_task(database.call_along(adds("second")))
    await first.end()
    with pytest.raises(LookupError, match="not today"):
        await failing
    assert await going == "second"
    assert names(database) == {"first", "second"}
    assert counted == []


async def test_whoever_went_along_with_what_was_undone_is_served_once_by_the_next(
    database: Database,
) -> None:
    def undoes(_: Connection) -> None:
        raise LookupError("not today")

    first = UnderWay(database, undoes)
    going = asyncio.create_task(database.call_along(adds("second")))
    with pytest.raises(LookupError):
        await first.end()
    assert await going == "second"
    assert names(database) == {"second"}


async def test_a_commit_that_fails_is_durable_for_nobody(file_database: Database) -> None:
    """The one that is under way cannot commit; whoever went along is served by the next, which can."""

    def breaks_its_commit(tx: Connection) -> None:
        adds("first")(tx)
        tx.execute(text("PRAGMA defer_foreign_keys = ON"))
        tx.execute(insert(sprint_issues).values(site_id=99, sprint_id=1, issue_id="1"))

    first = UnderWay(file_database, breaks_its_commit)
    going = asyncio.create_task(file_database.call_along(adds("second")))
    with pytest.raises(Exception, match="FOREIGN KEY"):
        await first.end()
    assert await going == "second"
    assert names(file_database) == {"second"}


async def test_a_disk_that_is_full_for_one_of_them_undoes_all(file_database: Database) -> None:
    """SQLite then takes back the whole transaction by itself, and nobody must be told that it is durable."""
    with file_database.write() as tx:
        pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")

    def fills(tx: Connection) -> None:
        tx.execute(insert(sites).values(name="x" * 1_000_000, base_url="https://a.test"))

    first = UnderWay(file_database, adds("first"))
    going = asyncio.create_task(file_database.call_along(fills))
    with pytest.raises(StoreUnavailable, match="full"):
        await first.end()
    with pytest.raises(StoreUnavailable, match="full"):
        await going
    assert names(file_database) == set()


async def test_where_no_transaction_is_to_be_had_all_hear_why(
    file_database: Database, tmp_path: Path
) -> None:
    await file_database.call_along(adds("first"))
    (tmp_path / "burnish.db").rename(tmp_path / "away.db")
    with pytest.raises(StoreUnavailable, match="is gone"):
        await file_database.call_along(adds("second"))


async def test_who_is_called_off_still_waits_for_the_end(database: Database) -> None:
    first = UnderWay(database, adds("first"))
    going = asyncio.create_task(database.call_along(adds("second")))
    await asyncio.sleep(0.01)
    going.cancel()
    await first.end()
    with pytest.raises(asyncio.CancelledError):
        await going
    assert names(database) == {"first", "second"}
