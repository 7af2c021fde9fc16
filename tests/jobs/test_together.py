"""Pages of several segments are saved in one transaction where they wait for the one that writes."""

import asyncio
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from app.domain.scrum.issue import Change
from app.store import issues, jira_tables, tables
from app.store.database import Database
from app.store.sites import Site
from jobs.sync.issues import Page, in_one, page_of, save_page
from jobs.sync.together import Together
from tests.factories import day
from tests.jobs.support import context_of
from tests.payloads import issue
from tests.stores import a_site, rows

pytestmark = pytest.mark.anyio
_DOCUMENT = {"comment": {"comments": [], "total": 0}, "worklog": {"worklogs": [], "total": 0}}


def a_page(site: Site, number: int, *, days: int = 1, name: str = "Ann") -> Page:
    document: Any = issue(
        number, updated=day(days), assignee={"accountId": "ann", "displayName": name}, **_DOCUMENT
    )
    return page_of([document], {document["id"]: []}, site)


@pytest.fixture
def one_writer(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    shutil.copy(sqlite_template, tmp_path / "burnish.db")
    database = Database(f"sqlite:///{tmp_path}/burnish.db")
    yield database
    database.close()


class Held:
    """The store's writer, kept busy until it is let go."""

    def __init__(self, database: Database) -> None:
        self._go, self._is_busy = threading.Event(), threading.Event()
        self._ended = asyncio.ensure_future(database.call_write(self._wait))

    def _wait(self, _: Connection) -> None:
        self._is_busy.set()
        self._go.wait(30)

    async def begun(self) -> None:
        await asyncio.to_thread(self._is_busy.wait, 30)

    async def let_go(self) -> None:
        self._go.set()
        await self._ended


async def saved_while_busy(
    database: Database, together: Together, pages: list[Page], also: Any
) -> tuple[list[Any], int]:
    """What came of pages that were ready while another was written, and how many transactions they took."""
    held = Held(database)
    await held.begun()
    begun: list[object] = []
    note = begun.append
    saves = [asyncio.ensure_future(together.save(page, also)) for page in pages]
    await asyncio.sleep(0.05)
    event.listen(database.engine, "commit", note)
    await held.let_go()
    ended = await asyncio.gather(*saves, return_exceptions=True)
    event.remove(database.engine, "commit", note)
    return ended, len(begun)


async def test_pages_that_wait_are_saved_in_one_transaction_with_what_goes_with_each(
    one_writer: Database,
) -> None:
    database = one_writer
    site = await database.call_write(a_site)
    together, noted = Together(context_of(database), site), []
    pages = [a_page(site, number) for number in range(1, 5)]

    def also(_: Connection, page: Page) -> None:
        noted.append(page.whole[0].key)

    ended, transactions = await saved_while_busy(database, together, pages, also)
    assert ended == [None] * 4
    assert noted == ["BURN-1", "BURN-2", "BURN-3", "BURN-4"]
    # The one that held the writer, the first page, which was on its way alone, and the three behind it.
    assert transactions == 3
    with database.read() as tx:
        assert issues.count(tx, site) == 4


@pytest.mark.parametrize("bad", ["BURN-2", "BURN-3", "BURN-4"])
async def test_a_page_that_cannot_be_saved_takes_no_other_with_it(one_writer: Database, bad: str) -> None:
    database = one_writer
    site = await database.call_write(a_site)
    together = Together(context_of(database), site)
    pages = [a_page(site, number) for number in range(1, 5)]

    def also(_: Connection, page: Page) -> None:
        if page.whole[0].key == bad:
            message = "something of it cannot be kept"
            raise ValueError(message)

    ended, _ = await saved_while_busy(database, together, pages, also)
    keys = [page.whole[0].key for page in pages]
    assert [key for key, one in zip(keys, ended, strict=True) if isinstance(one, ValueError)] == [bad]
    assert sum(one is None for one in ended) == 3
    with database.read() as tx:
        assert issues.count(tx, site) == 3


async def test_of_two_pictures_of_a_person_the_newer_one_is_kept_whichever_page_comes_first(
    database: Database,
) -> None:
    site = await database.call_write(a_site)
    together = Together(context_of(database), site)
    for number, days, name, kept in (
        (1, 2, "Ann", "Ann"),
        (2, 1, "Ann, once", "Ann"),
        (3, 3, "Ann Later", "Ann Later"),
        (4, 3, "Ann Later Still", "Ann Later Still"),
    ):
        await together.save(a_page(site, number, days=days, name=name), lambda _, __: None)
        with database.read() as tx:
            (person,) = rows(tx, jira_tables.users)
        assert person["name"] == kept, number


@pytest.mark.parametrize("newest_first", [True, False])
def test_an_issue_that_stands_on_two_pages_keeps_all_of_its_history(
    tx: Connection, *, newest_first: bool
) -> None:
    """It was moved to another project while both were read."""
    site = a_site(tx)
    older, newer = a_page(site, 1, days=1), a_page(site, 1, days=2)
    first, second = (
        Change(number, 0, day(number), "status", "1", "To Do", "3", "Done", "ann") for number in (1, 2)
    )
    (issue_id,) = older.changes
    older.changes[issue_id], newer.changes[issue_id] = [first], [first, second]
    save_page(tx, site, in_one([newer, older] if newest_first else [older, newer]))
    assert [row["history_id"] for row in rows(tx, tables.changes)] == [1, 2]
