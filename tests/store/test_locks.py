"""Transactions that write the same issues at the same time, which only PostgreSQL has."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import pytest
from sqlalchemy import Connection, text, update

from app.domain.scrum.issue import KEY
from app.errors import StoreUnavailable
from app.store import tables
from app.store.database import Database
from app.store.sites import Site
from jobs.folding import prepare
from jobs.sync.issues import page_of, save_page
from jobs.told import APPLIED
from tests.factories import day
from tests.jobs.telling import applied_together
from tests.jobs.telling import told as as_told
from tests.payloads import issue, item, sprint_object
from tests.services.stored_backlog import save
from tests.store.test_former_keys import EPIC_LINK, center_of, child, epic_moved, parents
from tests.stores import a_site

_PATIENCE = 10
_LOOK = 0.5
Work = Callable[[Connection], None]


@pytest.fixture
def center(postgresql_only: Database) -> Site:
    with postgresql_only.write() as tx:
        site = center_of(tx, a_site(tx))
        save(tx, site, 9)
    return site


def beside(database: Database, first: Work, second: Work) -> None:
    """The second does its work, as far as it can, while the first has done its own and not committed yet."""

    def run() -> None:
        with database.write() as tx:
            second(tx)

    with ThreadPoolExecutor(1) as thread:
        with database.write() as tx:
            first(tx)
            running: Future[None] = thread.submit(run)
            wait([running], timeout=_LOOK)
        running.result(timeout=_PATIENCE)


def listed(site: Site, number: int, *history: dict[str, Any], **values: Any) -> Work:
    """A page of a sync that shows the issue."""
    document = issue(number, updated=day(9)) | {"key": values.pop("key", f"BURN-{number}")}
    document["fields"] |= values
    page = page_of([document], {document["id"]: list(history)}, site)
    return lambda tx: save_page(tx, site, page)


def told(site: Site, *events: dict[str, Any]) -> Work:
    return lambda tx: applied_together(tx, site, events)


def moves_of(site: Site) -> list[Work]:
    """The epic's move to another project, from an event and from a page."""
    entry = {
        "id": "8",
        "created": "2026-03-09T00:00:00.000+0000",
        "items": [item(KEY, "", "BURN-9", "SHOP-4")],
    }
    return [told(site, epic_moved(7, 9, "BURN-9", "SHOP-4")), listed(site, 9, entry, key="SHOP-4")]


def pictures_of_the_child(site: Site) -> list[Work]:
    """Late ones, which name the epic by the key that it had."""
    return [told(site, child(8, "BURN-9", history=101)), listed(site, 1, **{EPIC_LINK: "BURN-9"})]


@pytest.mark.parametrize("move", [0, 1])
@pytest.mark.parametrize("picture", [0, 1])
@pytest.mark.parametrize("moves_first", [True, False])
def test_a_child_follows_its_epic_that_moves_at_the_same_time(
    postgresql_only: Database, center: Site, move: int, picture: int, moves_first: bool
) -> None:
    pair = moves_of(center)[move], pictures_of_the_child(center)[picture]
    beside(postgresql_only, *(pair if moves_first else reversed(pair)))
    with postgresql_only.read() as tx:
        assert parents(tx) == {"SHOP-4": None, "BURN-1": "SHOP-4"}


# --- a ring of waits ------------------------------------------------------------------------------


class Ring:
    """Transactions that each write two issues, in an order of its own; the first time, they meet."""

    def __init__(self, database: Database, site: Site) -> None:
        self.tries = 0
        self._database, self._site = database, site
        self._met = threading.Barrier(2, timeout=_PATIENCE)

    async def writes(self, *issue_ids: str, summary: str) -> None:
        has_met: list[bool] = []

        def work(connection: Connection) -> None:
            self.tries += 1
            for issue_id in issue_ids:
                here = tables.issues.c.site_id == self._site.id, tables.issues.c.id == issue_id
                connection.execute(update(tables.issues).where(*here).values(summary=summary))
                if not has_met:
                    has_met.append(True)
                    self._met.wait()

        await self._database.call_write(work)


async def test_of_two_that_wait_for_each_other_both_are_written(
    postgresql_only: Database, center: Site
) -> None:
    with postgresql_only.write() as tx:
        save(tx, center, 1)
    ring = Ring(postgresql_only, center)
    await asyncio.gather(ring.writes("11", "19", summary="one"), ring.writes("19", "11", summary="other"))
    assert ring.tries == 3
    with postgresql_only.read() as tx:
        written = tx.scalars(text("SELECT summary FROM issues")).all()
    assert written in (["one"] * 2, ["other"] * 2)


@pytest.mark.parametrize(("state", "tries"), [("40001", 4), ("40P01", 4), ("57014", 1), ("55P03", 1)])
async def test_it_is_not_tried_for_ever_and_other_faults_not_again(
    postgresql_only: Database, state: str, tries: int
) -> None:
    tried = []

    def work(connection: Connection) -> None:
        tried.append(state)
        connection.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END $$"))

    with pytest.raises(StoreUnavailable, match="The store does not answer: "):
        await postgresql_only.call_write(work)
    assert len(tried) == tries


def test_events_that_are_written_anew_are_heard_once(postgresql_only: Database, center: Site) -> None:
    body = {"sprint": sprint_object(7)}
    event = {"webhookEvent": "sprint_started", "timestamp": 1000 * day(3).timestamp(), **body}
    with postgresql_only.write() as tx:
        prepared = prepare(tx, [as_told(center, event)])
        with tx.begin_nested() as given_up:
            assert prepared.write(tx) == [APPLIED]
            given_up.rollback()
        assert prepared.write(tx) == [APPLIED]
        assert len([*prepared.heard()]) == 1
