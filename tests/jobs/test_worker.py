"""How a worker does what is in the store."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, update

from app import interpreter
from app.store import runs, sites, tables
from app.store.claim import Claimed, claim, settle
from app.store.database import Database
from connectors.errors import RateLimited, Refused, Unreachable
from jobs.context import Context
from jobs.handling import Finished, Queue
from jobs.worker import Worker, worker_name
from tests.jobs.crew import LEASE, ask, done, is_state, note, noted, shown, working
from tests.jobs.support import Clock, context_of, until


async def test_work_is_done_and_what_it_leaves_is_written_with_its_end(
    database: Database, now: datetime
) -> None:
    async def handle(_: Context, __: Claimed) -> Finished:
        return Finished(runs.DONE, "all well", commit=note, values={"progress": {"issues": 1}})

    ask(database, now, 3)
    async with working(database, handle, clock=Clock(now)):
        await until(is_state(database, runs.DONE))
    row = shown(database)[0]
    assert (row["reason"], row["progress"], row["settled_at"]) == ("all well", {"issues": 1}, now)
    assert noted(database)


async def test_trouble_on_the_way_to_jira_postpones_the_work(database: Database, now: datetime) -> None:
    async def handle(_: Context, work: Claimed) -> Finished:
        if work.attempts == 1:
            raise Unreachable("GET /x", "no answer", maybe_executed=False)
        return Finished(runs.DONE)

    clock = Clock(now)
    ask(database, now)
    async with working(database, handle, clock=clock) as worker:
        await until(lambda: shown(database)[0]["reason"])
        (row,) = shown(database)
        assert row["state"] == "waiting"
        assert now < row["due_at"] <= now + timedelta(seconds=3)
        clock.pass_by(seconds=5)
        worker.wake()
        await until(is_state(database, runs.DONE))


@pytest.mark.parametrize(
    "error", [Refused("POST /x", status=400, messages=["No such field."]), KeyError("fields")]
)
async def test_what_cannot_succeed_is_given_up_with_the_reason(
    database: Database, now: datetime, error: Exception
) -> None:
    async def handle(_: Context, __: Claimed) -> Finished:
        raise error

    ask(database, now, 2)
    async with working(database, handle, clock=Clock(now)):
        await until(is_state(database, runs.FAILED))
    assert str(error) in shown(database)[0]["reason"]


async def test_work_that_is_given_up_for_a_used_up_quota_pauses_the_site_all_the_same(
    database: Database, now: datetime
) -> None:
    """A first reading takes hours, and a run is tried again for one."""

    async def handle(_: Context, __: Claimed) -> Finished:
        raise RateLimited("GET /x", retry_after=timedelta(minutes=50), reason="jira-quota-tenant-based")

    ask(database, now - timedelta(minutes=30))
    async with working(database, handle, clock=Clock(now)):
        await until(is_state(database, runs.FAILED))
    with database.read() as tx:
        assert sites.paused(tx, now) == {1: now + timedelta(minutes=50)}


async def test_a_handler_that_lost_its_row_writes_nothing(database: Database, now: datetime) -> None:
    async def handle(context: Context, _: Claimed) -> Finished:
        taken = update(tables.runs).values(claimed_by="another", attempts=tables.runs.c.attempts + 1)
        await context.database.call_write(lambda tx: tx.execute(taken))
        return Finished(runs.DONE, commit=note)

    ask(database, now)
    async with working(database, handle, clock=Clock(now)):
        await until(lambda: shown(database)[0]["attempts"] == 2)
        await asyncio.sleep(0.05)
    (row,) = shown(database)
    assert (row["state"], row["claimed_by"]) == ("claimed", "another")
    assert not noted(database)


async def test_what_cannot_be_committed_is_not_half_done(database: Database, now: datetime) -> None:
    def fail(tx: Connection) -> None:
        note(tx)
        message = "in the middle"
        raise LookupError(message)

    async def handle(_: Context, __: Claimed) -> Finished:
        return Finished(runs.DONE, commit=fail)

    ask(database, now)
    async with working(database, handle, clock=Clock(now)):
        await until(is_state(database, runs.FAILED))
    assert not noted(database)


async def test_a_stop_hands_back_what_is_under_way(database: Database, now: datetime) -> None:
    begun = asyncio.Event()

    async def handle(_: Context, __: Claimed) -> Finished:
        begun.set()
        await asyncio.sleep(60)
        return Finished(runs.DONE)

    ask(database, now)
    async with working(database, handle, clock=Clock(now)):
        await begun.wait()
    (row,) = shown(database)
    assert (row["state"], row["claimed_by"], row["due_at"]) == ("waiting", None, now)
    assert row["reason"] == "handed back at shutdown"


async def test_a_stop_hands_back_what_of_a_batch_did_not_end(database: Database, now: datetime) -> None:
    """Another process may take it at once, all together: nobody died at it."""
    begun = asyncio.Event()

    async def handle(_: Context, claimed: Sequence[Claimed]) -> None:
        with database.write() as tx:
            assert settle(tx, *claimed[:2], state=runs.DONE, now=now)
        begun.set()
        await asyncio.sleep(60)

    ask(database, now, 5)
    queue = Queue(tables.runs, at_once=9, failed_state=runs.FAILED, handle_batch=handle)
    worker = Worker(context_of(database, clock=Clock(now)), [queue], lease=LEASE, grace=timedelta())
    task = asyncio.create_task(worker.run())
    await begun.wait()
    worker.stop()
    await task
    assert [row["state"] for row in shown(database)] == [runs.DONE] * 2 + ["waiting"] * 3
    with database.write() as tx:
        again = claim(tx, tables.runs, worker="w", now=now, lease=LEASE, limit=9, followers=True)
    assert [work.row["deaths"] for work in again] == [0, 0, 0]


async def test_a_stop_lets_short_work_end(database: Database, now: datetime) -> None:
    begun = asyncio.Event()

    async def handle(_: Context, __: Claimed) -> Finished:
        begun.set()
        await asyncio.sleep(0.05)
        return Finished(runs.DONE)

    ask(database, now)
    async with working(database, handle, clock=Clock(now), grace=5):
        await begun.wait()
    assert is_state(database, runs.DONE)()


async def test_a_slow_run_of_one_site_does_not_hold_up_anothers(database: Database, now: datetime) -> None:
    release, handled = asyncio.Event(), []

    async def handle(_: Context, work: Claimed) -> Finished:
        handled.append(work.row["site_id"])
        if work.row["site_id"] == 1:
            await release.wait()
        return Finished(runs.DONE)

    ask(database, now)
    async with working(database, handle, clock=Clock(now), grace=5) as worker:
        await until(lambda: handled == [1])
        ask(database, now, 2)  # one of the same site, which waits for its turn, and one of another
        worker.wake()
        await until(lambda: handled == [1, 2])
        await until(lambda: [row["state"] for row in shown(database)] == ["claimed", "waiting", "done"])
        release.set()
        await until(is_state(database, runs.DONE))


async def test_no_more_rows_are_under_way_than_a_queue_allows(database: Database, now: datetime) -> None:
    release, under_way, most = asyncio.Event(), 0, 0

    async def handle(_: Context, __: Claimed) -> Finished:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await release.wait()
        under_way -= 1
        return Finished(runs.DONE)

    ask(database, now, 9)
    async with working(database, handle, clock=Clock(now), grace=5):
        await until(lambda: under_way == 4)
        await asyncio.sleep(0.1)
        release.set()
        await until(is_state(database, runs.DONE))
    assert most == 4


async def test_work_of_a_kind_that_fails_in_an_unforeseen_way_does_not_stop_the_rest(
    database: Database, now: datetime
) -> None:
    async def handle(_: Context, work: Claimed) -> Finished:
        if work.id == 1:
            raise RuntimeError
        return Finished(runs.DONE)

    ask(database, now, 3)
    async with working(database, handle, clock=Clock(now)):
        await until(lambda: {row["state"] for row in shown(database)} == {runs.DONE, runs.FAILED})
    assert [row["state"] for row in shown(database)] == [runs.FAILED, runs.DONE, runs.DONE]


def test_no_two_workers_have_the_same_name() -> None:
    assert worker_name() != worker_name()
    assert len(worker_name()) <= 64


async def test_what_work_needed_of_memory_is_given_back_soon_after(
    database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once for all that was done meanwhile, and never by a service that has nothing to do."""
    given: list[bool] = []
    monkeypatch.setattr(interpreter, "give_back", lambda: given.append(True))
    lease = timedelta(seconds=0.2)
    async with working(database, done, clock=Clock(now), lease=lease) as worker:
        await asyncio.sleep(0.3)
        assert given == []
        ask(database, now, 3)
        worker.wake()
        await until(lambda: given)
        await asyncio.sleep(0.3)
    assert len(given) == 1
