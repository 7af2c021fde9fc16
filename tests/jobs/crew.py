"""A worker on runs, each of a site of its own: what tests of the worker start, ask for and look at."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, update

from app.services.runs import SYNC
from app.store import runs, tables
from app.store.claim import Claimed
from app.store.database import Database
from app.store.wakeups import listen
from jobs.context import Context
from jobs.handling import Finished, Queue
from jobs.worker import Worker
from tests.jobs.support import Clock, context_of
from tests.stores import a_site, rows

LEASE = timedelta(seconds=30)
Handle = Callable[[Context, Claimed], Awaitable[Finished]]


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


@asynccontextmanager
async def working_with(context: Context, queue: Queue, *, poll: float) -> AsyncIterator[Worker]:
    """A worker on that queue, which also hears what other processes put in."""
    worker = Worker(context, [queue], lease=LEASE, poll=timedelta(seconds=poll))
    url = context.database.engine.url.render_as_string(hide_password=False)
    tasks = [asyncio.create_task(worker.run())]
    if not context.database.is_sqlite:
        tasks.append(asyncio.create_task(listen(url, worker.wake)))
    try:
        yield worker
    finally:
        worker.stop()
        for task in tasks[1:]:
            task.cancel()
        await asyncio.wait(tasks)
