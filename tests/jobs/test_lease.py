"""While work lives its rows stay ours; when that is in doubt, nothing more is sent or written."""

import asyncio
import time
from datetime import datetime, timedelta

import httpx
import pytest

from app.store import runs
from app.store.claim import Claimed
from app.store.database import Database
from app.store.tables import runs as table
from connectors import deadline
from connectors.jira.client import JiraClient
from jobs.lease import ClaimLostError, Lease, under
from tests.jobs.support import Clock, context_of, scripted
from tests.stores import a_site, claimed_one


@pytest.fixture
def work(database: Database, now: datetime) -> Claimed:
    with database.write() as tx:
        runs.request(tx, a_site(tx).id, "sync", {}, at=now, now=now, requested_by="test")
        return claimed_one(tx, table, now)


def lease_on(database: Database, work: Claimed, *, length: float, age: float = 0) -> Lease:
    context = context_of(database, clock=Clock(work.row["claimed_until"]))
    return Lease(context, [work], length=timedelta(seconds=length), since=time.monotonic() - age)


async def write(jira: JiraClient) -> None:
    await jira.add_comment("BURN-1", {"type": "doc", "version": 1, "content": []}, properties={})


async def test_nothing_is_sent_once_two_thirds_of_an_unrenewed_lease_are_over(
    database: Database, work: Claimed
) -> None:
    """A process that was frozen goes on where it stood; by then another may have done the work."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        return httpx.Response(201, json={"id": "1"})

    async with scripted(answer) as jira:
        with deadline.guarded(lease_on(database, work, length=30, age=19)):
            await write(jira)
        assert asked == ["POST"]
        with deadline.guarded(lease_on(database, work, length=30, age=20)), pytest.raises(ClaimLostError):
            await write(jira)
    assert asked == ["POST"], "the second was not even sent"


async def test_a_process_that_wakes_up_late_sends_nothing(database: Database, work: Claimed) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        return httpx.Response(201, json={"id": "1"})

    async def frozen(jira: JiraClient) -> None:
        time.sleep(0.3)  # noqa: ASYNC251 - the whole process stands still, timers and all
        await write(jira)

    async with scripted(answer) as jira:
        with pytest.raises(ClaimLostError):
            await under(lease_on(database, work, length=0.3), frozen(jira))
    assert asked == []


async def test_what_the_work_gives_and_what_it_raises_come_through(database: Database, work: Claimed) -> None:
    async def give() -> int:
        return 7

    async def fail() -> int:
        raise LookupError

    assert await under(lease_on(database, work, length=30), give()) == 7
    with pytest.raises(LookupError):
        await under(lease_on(database, work, length=30), fail())


async def test_work_that_is_stopped_from_outside_is_not_taken_for_lost(
    database: Database, work: Claimed
) -> None:
    working = asyncio.create_task(under(lease_on(database, work, length=30), asyncio.sleep(60)))
    await asyncio.sleep(0.05)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
