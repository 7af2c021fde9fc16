"""What a worker does when its lease or the store is in doubt."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.exc import InternalError

from app.errors import StoreUnavailable
from app.store import runs, tables
from app.store.claim import Claimed, claim, settle
from app.store.database import Database
from jobs.context import Context
from jobs.handling import Finished, Queue
from jobs.lease import ClaimLostError
from jobs.sync.reading import note_progress
from jobs.worker import Worker
from tests.jobs.crew import LEASE, ask, done, is_state, note, noted, shown, working
from tests.jobs.support import Clock, context_of, until
from tests.stores import read_only


@pytest.fixture
def a_file(sqlite_template: Path, tmp_path: Path) -> Path:
    """A store in a file that can be moved away."""
    path = tmp_path / "burnish.db"
    path.write_bytes(sqlite_template.read_bytes())
    return path


def move(path: Path, to: Path) -> None:
    path.rename(to)


async def test_slow_work_keeps_its_lease(database: Database) -> None:
    release, clock = asyncio.Event(), Clock(datetime.now(UTC))  # noqa: TID251 - real time passes here
    ask(database, clock.at)

    async def handle(_: Context, __: Claimed) -> Finished:
        await release.wait()
        return Finished(runs.DONE)

    async with working(database, handle, clock=clock, lease=timedelta(milliseconds=600)):
        first = await until(lambda: shown(database)[0]["claimed_until"])
        clock.pass_by(milliseconds=400)
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
    async with working(database, handle, clock=Clock(now), lease=timedelta(milliseconds=600)):
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
    lease = timedelta(milliseconds=900)

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
            clock.pass_by(milliseconds=450)
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
    async with working(database, handle, clock=Clock(now), lease=timedelta(milliseconds=900)):
        await begun.wait()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(database, "call_write", hang)
            await asyncio.wait_for(ended.wait(), 0.9)
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

    async with working(database, handle, clock=Clock(now), lease=timedelta(milliseconds=900)):
        await begun.wait()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(database, "call_write", fail)
            await failed.wait()
        await asyncio.sleep(0.9)
        release.set()
        await until(is_state(database, runs.DONE))
    assert shown(database)[0]["attempts"] == 1


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


async def test_who_was_frozen_while_another_took_the_run_over_says_nothing_of_its_progress(
    database: Database, now: datetime
) -> None:
    context = context_of(database, clock=Clock(now))
    ask(database, now)
    with database.write() as tx:
        (frozen,) = claim(tx, tables.runs, worker="a", now=now, lease=LEASE, limit=1)
        (other,) = claim(tx, tables.runs, worker="b", now=now + LEASE, lease=LEASE, limit=1)
    await note_progress(context, other, {"issues": 200})
    with pytest.raises(ClaimLostError):
        await note_progress(context, frozen, {"issues": 100})
    assert shown(database)[0]["progress"] == {"issues": 200}
