import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, update
from sqlalchemy.exc import InternalError

from app.errors import StoreUnavailable
from app.services.runs import SYNC
from app.store import runs, tables
from app.store.claim import Claimed, settle
from app.store.database import Database
from connectors.errors import Refused, Unreachable
from jobs.context import Context
from jobs.worker import Finished, Queue, Worker, worker_name
from tests.jobs.support import Clock, context_of, until
from tests.stores import a_site, read_only, rows

LEASE = timedelta(seconds=30)
Handle = Callable[[Context, Claimed], Awaitable[Finished]]


@pytest.fixture
def a_file(sqlite_template: Path, tmp_path: Path) -> Path:
    """A store in a file that can be moved away."""
    path = tmp_path / "burnish.db"
    path.write_bytes(sqlite_template.read_bytes())
    return path


def move(path: Path, to: Path) -> None:
    path.rename(to)


def ask(database: Database, now: datetime, count: int = 1) -> None:
    """Runs, each of a site of its own, so that none waits for another."""
    with database.write() as tx:
        for number in range(count):
            site = a_site(tx, f"site-{number}")
            runs.request(tx, site.id, SYNC, {}, at=now, now=now, requested_by="test")


def shown(database: Database) -> list[dict[str, Any]]:
    with database.read() as tx:
        return rows(tx, tables.runs)


def is_state(database: Database, state: str) -> Callable[[], bool]:
    return lambda: all(row["state"] == state for row in shown(database))


@asynccontextmanager
async def working(
    database: Database, handle: Handle, *, clock: Clock, lease: timedelta = LEASE, grace: float = 0
) -> AsyncIterator[Worker]:
    queue = Queue(tables.runs, at_once=4, failed_state=runs.FAILED, handle=handle)
    worker = Worker(
        context_of(database, clock=clock),
        [queue],
        lease=lease,
        poll=timedelta(milliseconds=20),
        grace=timedelta(seconds=grace),
    )
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        await task


async def done(_: Context, __: Claimed) -> Finished:
    return Finished(runs.DONE, "all well")


def note(tx: Connection) -> None:
    """Something that a handler writes together with the end of its row."""
    tx.execute(update(tables.sites).values(deployment="noted"))


def noted(database: Database) -> bool:
    with database.read() as tx:
        return "noted" in {row["deployment"] for row in rows(tx, tables.sites)}


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


async def test_slow_work_keeps_its_lease(database: Database) -> None:
    release, clock = asyncio.Event(), Clock(datetime.now(UTC))  # noqa: TID251 - real time passes here
    ask(database, clock.at)

    async def handle(_: Context, __: Claimed) -> Finished:
        await release.wait()
        return Finished(runs.DONE)

    async with working(database, handle, clock=clock, lease=timedelta(milliseconds=90)):
        first = await until(lambda: shown(database)[0]["claimed_until"])
        clock.pass_by(milliseconds=60)
        await until(lambda: shown(database)[0]["claimed_until"] > first)
        release.set()
        await until(is_state(database, runs.DONE))
    assert shown(database)[0]["attempts"] == 1


async def test_slow_work_that_was_taken_over_is_broken_off(database: Database, now: datetime) -> None:
    broken_off = asyncio.Event()

    async def handle(context: Context, _: Claimed) -> Finished:
        taken = update(tables.runs).values(claimed_by="another", attempts=tables.runs.c.attempts + 1)
        await context.database.call_write(lambda tx: tx.execute(taken))
        try:
            await asyncio.sleep(60)
        finally:
            broken_off.set()
        return Finished(runs.DONE, commit=note)

    ask(database, now)
    async with working(database, handle, clock=Clock(now), lease=timedelta(milliseconds=90)):
        await asyncio.wait_for(broken_off.wait(), 5)
    assert not noted(database)


@asynccontextmanager
async def broken(database: Database, error: Exception) -> AsyncIterator[None]:
    """Every transaction that writes meets this error."""

    async def fail(_: object) -> None:
        raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "call_write", fail)
        yield


async def test_work_whose_lease_cannot_be_renewed_is_broken_off_before_the_lease_ends(
    database: Database, now: datetime
) -> None:
    """Whoever takes it over then may write to Jira; two must not."""
    clock, begun, ended = Clock(now), asyncio.Event(), []
    lease = timedelta(milliseconds=300)

    async def handle(_: Context, __: Claimed) -> Finished:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(asyncio.get_running_loop().time())
        return Finished(runs.DONE, commit=note)

    ask(database, now)
    async with working(database, handle, clock=clock, lease=lease):
        began = asyncio.get_running_loop().time()
        await begun.wait()
        async with broken(database, StoreUnavailable("gone")):
            clock.pass_by(milliseconds=150)
            assert not ended
            await until(lambda: ended)
    assert ended[0] - began < lease.total_seconds()
    assert not noted(database)


async def test_work_whose_renewal_hangs_is_broken_off_before_the_lease_ends(
    database: Database, now: datetime
) -> None:
    """A network that swallows everything is no error for minutes."""
    begun, ended, back = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def handle(_: Context, __: Claimed) -> Finished:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()
        return Finished(runs.DONE, commit=note)

    async def hang(_: object) -> bool:
        await back.wait()
        return True

    ask(database, now)
    async with working(database, handle, clock=Clock(now), lease=timedelta(milliseconds=300)):
        await begun.wait()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(database, "call_write", hang)
            await asyncio.wait_for(ended.wait(), 0.3)
            back.set()
    assert not noted(database)


async def test_one_renewal_that_fails_does_not_end_the_work(database: Database, now: datetime) -> None:
    begun, release = asyncio.Event(), asyncio.Event()

    async def handle(_: Context, __: Claimed) -> Finished:
        begun.set()
        await release.wait()
        return Finished(runs.DONE)

    ask(database, now)
    failed = asyncio.Event()

    async def fail(_: object) -> None:
        failed.set()
        message = "for a moment"
        raise StoreUnavailable(message)

    async with working(database, handle, clock=Clock(now), lease=timedelta(milliseconds=300)):
        await begun.wait()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(database, "call_write", fail)
            await failed.wait()
        await asyncio.sleep(0.3)
        release.set()
        await until(is_state(database, runs.DONE))
    assert shown(database)[0]["attempts"] == 1


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


@pytest.mark.parametrize(
    "error",
    [StoreUnavailable("gone"), InternalError("SELECT", {}, Exception("corrupt")), RuntimeError("odd")],
)
async def test_whatever_goes_wrong_with_the_store_the_worker_goes_on_when_it_is_back(
    database: Database, now: datetime, error: Exception
) -> None:
    tries = 0

    async def fail(_: object) -> None:
        nonlocal tries
        tries += 1
        raise error

    async with working(database, done, clock=Clock(now)) as worker:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(database, "call_read", fail)
            await until(lambda: tries > 2)
        ask(database, now)
        worker.wake()
        await until(is_state(database, runs.DONE))


async def test_a_batch_that_fails_in_an_unforeseen_way_does_not_end_the_worker(
    database: Database, now: datetime
) -> None:
    tries = 0

    async def handle(_: Context, claimed: Sequence[Claimed]) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise RuntimeError
        with database.write() as tx:
            for work in claimed:
                settle(tx, work, state=runs.DONE, now=now)

    clock = Clock(now)
    queue = Queue(tables.runs, at_once=4, failed_state=runs.FAILED, handle_batch=handle)
    worker = Worker(context_of(database, clock=clock), [queue], lease=LEASE, poll=timedelta(milliseconds=20))
    ask(database, now)
    task = asyncio.create_task(worker.run())
    await until(lambda: tries == 1)
    clock.pass_by(seconds=31)
    await until(is_state(database, runs.DONE))
    worker.stop()
    await task


async def test_a_store_that_is_read_only_for_a_while_does_not_end_the_worker(
    database: Database, database_url: str, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(database, now)
    said = ""

    def complained() -> bool:
        nonlocal said
        said += capsys.readouterr().out
        return said.count("worker.store_unavailable") >= 2

    async with working(database, done, clock=Clock(now)) as worker:
        await until(is_state(database, runs.DONE))
        with database.write() as tx:  # so that there is work when nothing can be written any more
            tx.execute(update(tables.runs).values(state="waiting", due_at=now + timedelta(days=1)))
        with read_only(database, database_url):
            worker._context = context_of(database, clock=Clock(now + timedelta(days=2)))
            await until(complained)
            assert [row["state"] for row in shown(database)] == ["waiting"]
        await until(is_state(database, runs.DONE))


async def test_a_worker_of_a_lone_writer_takes_up_at_once_what_it_held_when_it_died(
    a_file: Path, now: datetime
) -> None:
    database = Database(f"sqlite:///{a_file}")
    ask(database, now)
    held = update(tables.runs).values(
        state="claimed", claimed_by="dead", claimed_until=now + timedelta(hours=1), attempts=1
    )
    with database.write() as tx:
        tx.execute(held)
    async with working(database, done, clock=Clock(now)):
        await until(is_state(database, runs.DONE))
    assert shown(database)[0]["attempts"] == 2
    database.close()


async def test_a_store_that_goes_away_in_the_middle_of_work_does_not_end_the_worker(
    a_file: Path, now: datetime
) -> None:
    """The row keeps its lease; when the store is back and the lease over, somebody takes it."""
    aside = a_file.with_name("aside.db")
    database = Database(f"sqlite:///{a_file}")
    ask(database, now)
    clock, tries = Clock(now), 0

    async def handle(_: Context, __: Claimed) -> Finished:
        nonlocal tries
        tries += 1
        if tries == 1:
            move(a_file, aside)
        return Finished(runs.DONE)

    async with working(database, handle, clock=clock) as worker:
        await until(lambda: tries == 1)
        await asyncio.sleep(0.05)
        move(aside, a_file)
        clock.pass_by(seconds=31)
        worker.wake()
        await until(is_state(database, runs.DONE))
    assert tries == 2
    database.close()


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
