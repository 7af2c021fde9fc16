"""Claim, handle, settle: how work in the store gets done, whatever the work is.

A handler does what has to be done outside and returns what has to be written. That is committed together
with the end of the row, and only while the row is still ours: all of it, or nothing. The store is never
held open while somebody waits for Jira.
"""

import asyncio
import random
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Table

from app import log
from app.errors import StoreUnavailable
from app.store.claim import Claimed, claim, hand_back, next_due, release_all, renew, settle
from app.store.database import describe
from jobs.context import Context
from jobs.settle import GiveUp, RetryAt, settle_failure

_log = log.get(__name__)
_JITTER = (0.7, 1.3)
_SOONER = 0.6  # of a third of a lease: three tries until two thirds of it are over


@dataclass(frozen=True, slots=True)
class Finished:
    """Work that is done.

    Attributes:
        state: how the row ends.
        reason: why it ended so, for people.
        commit: what else is written in the same transaction.
        values: further columns of the row.
    """

    state: str
    reason: str | None = None
    commit: Callable[[Connection], object] | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


Handler = Callable[[Context, Claimed], Awaitable[Finished]]
BatchHandler = Callable[[Context, Sequence[Claimed]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Queue:
    """A table of work.

    Attributes:
        handle: for one row at a time; rows of a claim run side by side.
        handle_batch: instead, for all rows of a claim at once, settling included.
        failed_state: how a row ends when it is given up.
        at_once: most rows of one claim.
    """

    table: Table
    at_once: int
    failed_state: str
    handle: Handler | None = None
    handle_batch: BatchHandler | None = None


class ClaimLostError(Exception):
    """Somebody else took the row over; nothing of ours may be written."""


def worker_name() -> str:
    """Who claims: unlike any other worker, and telling for an admin."""
    return f"{socket.gethostname()[:40]}:{uuid4().hex[:8]}"


class Worker:
    """Works off queues until told to stop."""

    def __init__(
        self,
        context: Context,
        queues: Sequence[Queue],
        *,
        lease: timedelta,
        poll: timedelta = timedelta(seconds=1),
        grace: timedelta = timedelta(seconds=4),
    ) -> None:
        self._context = context
        self._queues = queues
        self._lease = lease
        self._poll = poll
        self._grace = grace
        self._name = worker_name()
        self._woken = {queue.table.name: asyncio.Event() for queue in queues}
        self._stopped = asyncio.Event()

    @property
    def stopped(self) -> bool:
        """Whether it was told to stop."""
        return self._stopped.is_set()

    def wake(self) -> None:
        """There may be work; look now rather than at the next poll. Call from the event loop."""
        for event in self._woken.values():
            event.set()

    def stop(self) -> None:
        """Claim nothing more. What is under way may finish within the grace time, then it is handed back."""
        self._stopped.set()
        self.wake()

    async def run(self) -> None:
        """Work until `stop()`."""
        if self._context.database.has_one_writer:
            await self._context.database.call_write(self._release)
        loops = [asyncio.create_task(self._work_off(queue)) for queue in self._queues]
        stopped = asyncio.create_task(self._stopped.wait())
        try:
            await asyncio.wait([*loops, stopped], return_when=asyncio.FIRST_COMPLETED)
            for event in self._woken.values():
                event.set()
            await asyncio.wait(loops, timeout=self._grace.total_seconds())
        finally:
            for task in (*loops, stopped):
                task.cancel()
            results = await asyncio.gather(*loops, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    def _release(self, connection: Connection) -> None:
        freed = sum(release_all(connection, queue.table) for queue in self._queues)
        if freed:
            _log.info("worker.resumed", rows=freed)

    async def _work_off(self, queue: Queue) -> None:
        """Keep up to `at_once` rows under way; a slow one holds up nobody but its own subject."""
        under_way: set[asyncio.Task[None]] = set()
        try:
            while not self._stopped.is_set():
                claimed = await self._claimed(queue, queue.at_once - len(under_way))
                for work in claimed:
                    task = asyncio.create_task(self._one(queue, work))
                    under_way.add(task)
                    task.add_done_callback(under_way.discard)
                    task.add_done_callback(lambda _: self.wake())
                if not claimed:
                    await self._rest(queue)
            if under_way:
                await asyncio.wait(under_way)
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _claimed(self, queue: Queue, free: int) -> list[Claimed]:
        """Rows to start now. A batch is handled here and then; whatever goes wrong, the loop goes on."""
        if free <= 0:
            return []
        try:
            claimed = await self._claim(queue, free)
            if queue.handle_batch is None or not claimed:
                return claimed
            await queue.handle_batch(self._context, claimed)
            self.wake()
        except StoreUnavailable as error:
            _log.error("worker.store_unavailable", queue=queue.table.name, reason=str(error))
        except Exception as error:  # noqa: BLE001 - one fault must not end all work
            _log.exception("worker.failed", queue=queue.table.name, reason=describe(error))
        return []

    async def _claim(self, queue: Queue, free: int) -> list[Claimed]:
        """Look first: looking takes no lock, claiming does."""
        now = self._context.now()
        due = await self._context.database.call_read(lambda tx: next_due(tx, queue.table))
        if due is None or due > now:
            return []
        return await self._context.database.call_write(
            lambda tx: claim(tx, queue.table, worker=self._name, now=now, lease=self._lease, limit=free)
        )

    async def _rest(self, queue: Queue) -> None:
        woken = self._woken[queue.table.name]
        with suppress(TimeoutError):
            await asyncio.wait_for(woken.wait(), self._poll.total_seconds())
        woken.clear()

    async def _one(self, queue: Queue, work: Claimed) -> None:
        """One row from claim to end; a failure of any kind ends in the store, never here."""
        assert queue.handle is not None
        doing = asyncio.create_task(_awaited(queue.handle(self._context, work)))
        renewing = asyncio.create_task(self._renew(work, when_lost=doing.cancel))
        try:
            await self._finish(work, await doing)
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                await asyncio.shield(self._tell(work, self._hand_back(work)))
                raise
            _log.warning("work.lost", queue=queue.table.name, id=work.id)
        except ClaimLostError:
            _log.warning("work.lost", queue=queue.table.name, id=work.id)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is settled, not propagated
            failure = write_failure(self._context, work, error, failed_state=queue.failed_state)
            await self._tell(work, failure)
        finally:
            renewing.cancel()
            await asyncio.wait([renewing])

    async def _tell(self, work: Claimed, writing: Awaitable[None]) -> None:
        """Write what became of the row; a store that is gone cannot be told, and the lease will end."""
        try:
            await writing
        except Exception as error:  # noqa: BLE001 - the last resort: the row is taken over when its lease ends
            _log.error("work.not_settled", queue=work.table.name, id=work.id, reason=describe(error))

    async def _renew(self, work: Claimed, *, when_lost: Callable[[], object]) -> None:
        """Renew the lease while the work lives; stop the work when it is lost, or may soon be.

        Who cannot reach the store cannot know whether the row is still his, so he stops a third of a lease
        before it ends: Jira may well be within reach, and somebody else about to write there.
        """
        step = self._lease.total_seconds() / 3
        loop = asyncio.get_running_loop()
        giving_up = loop.call_later(2 * step, when_lost)
        try:
            while True:
                await asyncio.sleep(step * _SOONER)
                asked, until = loop.time(), self._context.now() + self._lease
                try:
                    ours = await self._context.database.call_write(partial(renew, work=work, until=until))
                except Exception as error:  # noqa: BLE001 - whatever it is, the lease was not renewed
                    reason = describe(error)
                    _log.warning("work.not_renewed", queue=work.table.name, id=work.id, reason=reason)
                    continue
                if not ours:
                    when_lost()
                    return
                giving_up.cancel()
                giving_up = loop.call_at(asked + 2 * step, when_lost)
        finally:
            giving_up.cancel()

    async def _hand_back(self, work: Claimed) -> None:
        now = self._context.now()
        await self._context.database.call_write(
            lambda tx: hand_back(tx, work, due_at=now, reason="handed back at shutdown")
        )

    async def _finish(self, work: Claimed, finished: Finished) -> None:
        now = self._context.now()

        def commit(connection: Connection) -> None:
            ended = settle(
                connection, work, state=finished.state, now=now, reason=finished.reason, **finished.values
            )
            if not ended:
                raise ClaimLostError
            if finished.commit is not None:
                finished.commit(connection)

        await self._context.database.call_write(commit)
        _log.info("work.done", queue=work.table.name, id=work.id, state=finished.state)


async def write_failure(context: Context, work: Claimed, error: Exception, *, failed_state: str) -> None:
    """End or postpone a row whose handling failed, with the reason."""
    now = context.now()
    decision = settle_failure(
        error,
        attempts=work.attempts,
        now=now,
        jitter=random.uniform(*_JITTER),  # noqa: S311 - spreads retries; nothing secret
    )
    match decision:
        case RetryAt(at=at, reason=reason):
            _log.warning("work.postponed", queue=work.table.name, id=work.id, until=str(at), reason=reason)
            await context.database.call_write(lambda tx: hand_back(tx, work, due_at=at, reason=reason))
        case GiveUp(reason=reason):
            _log.error("work.given_up", queue=work.table.name, id=work.id, reason=reason, exc_info=error)
            await context.database.call_write(
                lambda tx: settle(tx, work, state=failed_state, now=now, reason=reason)
            )


async def _awaited(work: Awaitable[Finished]) -> Finished:
    return await work
