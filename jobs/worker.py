"""Look for work, claim it, have it done: how work in the store gets done, whatever the work is."""

import asyncio
import socket
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection

from app import interpreter, log
from app.errors import StoreUnavailable
from app.store import sites, workers
from app.store.claim import Claimed, claim, claim_in_turn, next_due, release_all
from app.store.store_faults import describe
from jobs.context import Context
from jobs.handling import Handling, Queue

_log = log.get(__name__)


@dataclass(frozen=True, slots=True)
class _Look:
    """What a look into a queue found.

    Attributes:
        claimed: rows that are now ours.
        since: when they were asked for (`time.monotonic`).
        rest: how long nothing else can be expected, unless somebody wakes us.
    """

    claimed: list[Claimed]
    since: float
    rest: timedelta


def worker_name() -> str:
    """Who claims: unlike any other worker, and telling for an admin."""
    return f"{socket.gethostname()[:40]}:{uuid4().hex[:8]}"


class Worker:
    """Works off queues until told to stop.

    Args:
        context: handed to every handler.
        queues: what to work off.
        lease: after this long without a sign of life somebody else takes the work over.
        poll: the slow look, should a wake-up have been lost.
        grace: how long work under way may go on after `stop()`.
    """

    def __init__(
        self,
        context: Context,
        queues: Sequence[Queue],
        *,
        lease: timedelta,
        poll: timedelta = timedelta(seconds=5),
        grace: timedelta = timedelta(seconds=4),
    ) -> None:
        self._context = context
        one_writer = context.database.has_one_writer
        self._queues = [queue.paced(one_writer=one_writer) for queue in queues]
        self._lease = lease
        self._handling = Handling(context, lease)
        self._poll = poll
        self._grace = grace
        self.name = worker_name()
        # At most one call a queue, for whoever of its loops rests or rests next.
        self._calls = {queue.table.name: asyncio.Queue[None](maxsize=1) for queue in queues}
        self._turn: dict[str, tuple[int, str]] = {}
        self._paused: Mapping[int, datetime] = {}
        self._has_worked = False
        self._stopped = asyncio.Event()
        self._taking_in = asyncio.Lock()  # what arrived is read and filed by one hand at a time

    @property
    def stopped(self) -> bool:
        """Whether it was told to stop."""
        return self._stopped.is_set()

    def wake(self, queue: str | None = None) -> None:
        """There may be work (in that queue); look now, not at the next poll. Call from the event loop."""
        for name, calls in self._calls.items():
            if queue in {None, name} and not calls.full():
                calls.put_nowait(None)

    def stop(self) -> None:
        """Claim nothing more. What is under way may finish within the grace time, then it is handed back."""
        self._stopped.set()
        self.wake()

    async def run(self) -> None:
        """Work until `stop()`."""
        if self._context.database.has_one_writer:
            await self._resume()
        loops = [
            asyncio.create_task(self._work_off(queue, looks_unasked=place == 0))
            for queue in self._queues
            for place in range(queue.abreast)
        ]
        living = asyncio.create_task(self._show_life())
        stopped = asyncio.create_task(self._stopped.wait())
        try:
            await asyncio.wait([*loops, stopped], return_when=asyncio.FIRST_COMPLETED)
            self.wake()
            await asyncio.wait(loops, timeout=self._grace.total_seconds())
        finally:
            for task in (*loops, living, stopped):
                task.cancel()
            results = await asyncio.gather(*loops, return_exceptions=True)
            await asyncio.wait([living])  # it may be writing, and the store is closed after us
            with suppress(StoreUnavailable):
                await self._context.database.call_write(lambda tx: workers.gone(tx, self.name))
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _resume(self) -> None:
        """Nobody else can hold a row, so all that are held were ours before we died."""
        while not self._stopped.is_set():
            try:
                freed = await self._context.database.call_write(self._free_all)
            except StoreUnavailable as error:
                _log.error("worker.store_unavailable", reason=str(error))
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._poll.total_seconds()):
                        await self._stopped.wait()
            else:
                if freed:
                    _log.info("worker.resumed", rows=freed)
                return

    def _free_all(self, tx: Connection) -> int:
        now = self._context.store_now(tx)
        return sum(release_all(tx, queue.table, now=now) for queue in self._queues)

    async def _show_life(self) -> None:
        """Let whoever asks any replica know that somebody works."""
        while True:
            try:
                await self._context.database.call_write(
                    lambda tx: workers.seen(tx, self.name, self._context.store_now(tx))
                )
            except Exception as error:  # noqa: BLE001 - a sign of life that fails is one that is missing
                _log.warning("worker.not_seen", reason=describe(error))
            if self._has_worked:
                self._has_worked = False
                await asyncio.to_thread(interpreter.give_back)
            await asyncio.sleep(self._lease.total_seconds())

    # --- looking for work ---------------------------------------------------------------------

    async def _work_off(self, queue: Queue, *, looks_unasked: bool) -> None:
        """Keep up to `at_once` rows under way; a slow one holds up nobody but its own subject.

        Of several loops of a queue one looks by itself now and then. A call wakes one, and one that finds
        work wakes the next: a single event does not set all of them reading.
        """
        under_way: dict[asyncio.Task[None], int] = {}
        try:
            while not self._stopped.is_set():
                look = await self._look(queue, Counter(under_way.values()))
                self._has_worked |= bool(look.claimed)
                if not look.claimed:
                    await self._rest(queue, look.rest if looks_unasked else None)
                elif queue.handle_batch is not None:
                    self.wake(queue.table.name)
                    await self._handling.batch(queue, look.claimed, look.since)
                    self.wake()
                else:
                    for work in look.claimed:
                        task = asyncio.create_task(self._handling.one(queue, work, look.since))
                        under_way[task] = work.row["site_id"]
                        task.add_done_callback(under_way.pop)
                        task.add_done_callback(lambda _: self.wake())
            if under_way:
                await asyncio.wait(under_way)
        finally:
            self.wake(queue.table.name)
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _look(self, queue: Queue, under_way: Counter[int]) -> _Look:
        """Rows to start now; whatever goes wrong, the loop goes on."""
        free, since = queue.at_once - under_way.total(), time.monotonic()
        if free > 0:
            try:
                return await self._claim(queue, free, under_way)
            except StoreUnavailable as error:
                _log.error("worker.store_unavailable", queue=queue.table.name, reason=str(error))
            except Exception as error:  # noqa: BLE001 - one fault must not end all work
                _log.exception("worker.failed", queue=queue.table.name, reason=describe(error))
        return _Look([], since, self._poll)

    async def _claim(self, queue: Queue, free: int, under_way: Counter[int]) -> _Look:
        resting: set[int] = set()
        paused: dict[int, datetime] = {}

        def look(connection: Connection) -> tuple[datetime, datetime | None]:
            now = self._context.store_now(connection)
            if queue.asks_jira:
                paused.update(sites.paused(connection, now))
                resting.update(paused)
            everything = next_due(connection, queue.table, now=now, without_sites=resting)
            busy = self._busy(queue, under_way) - resting
            if not busy:
                return now, everything
            others = next_due(connection, queue.table, now=now, without_sites=resting | busy)
            if free <= 1 or (others is not None and others <= now):
                resting.update(busy)
                return now, others
            return now, everything  # nobody else has work, and a hand is left for who comes next

        now, due = await self._context.database.call_read(look)
        if queue.asks_jira:
            self._let_ask(paused, now)
        since = time.monotonic()
        if due is not None and due <= now:
            claimed = await self._context.database.call_write(
                lambda tx: self._take(tx, queue, free=free, resting=resting)
            )
            if claimed or queue.take_in is None:
                return _Look(claimed, since, self._poll)
            due = None
        if queue.take_in is not None:
            async with self._taking_in:
                since = time.monotonic()
                claimed = await queue.take_in(self._context, worker=self.name, lease=self._lease, limit=free)
            if claimed:
                return _Look(claimed, since, self._poll)
        return _Look([], since, self._poll if due is None else min(self._poll, due - now))

    def _let_ask(self, paused: Mapping[int, datetime], now: datetime) -> None:
        """A pause that an admin ended early is over for the site's client, too, which remembers its own."""
        for site_id, until in self._paused.items():
            if site_id not in paused and until > now and site_id in self._context.sites:
                self._context.sites[site_id].jira.resume()
        self._paused = paused

    def _busy(self, queue: Queue, under_way: Counter[int]) -> set[int]:
        """Sites that have half of the hands, while there are others that may want some."""
        if not queue.in_turn or len(self._context.sites) < 2:  # noqa: PLR2004 - others
            return set()
        return {site for site, number in under_way.items() if number >= (queue.at_once + 1) // 2}

    def _take(self, connection: Connection, queue: Queue, *, free: int, resting: set[int]) -> list[Claimed]:
        options: dict[str, Any] = {
            "worker": self.name,
            "now": self._context.store_now(connection),
            "lease": self._lease,
            "without_sites": resting,
        }
        if not queue.in_turn:
            followers = queue.handle_batch is not None
            return claim(connection, queue.table, limit=free, followers=followers, **options)
        after = self._turn.get(queue.table.name, (0, ""))
        claimed = claim_in_turn(connection, queue.table, after=after, **options)
        for work in claimed:
            self._turn[queue.table.name] = (work.row["site_id"], work.row["project_key"])
        return claimed

    async def _rest(self, queue: Queue, longest: timedelta | None) -> None:
        if self._stopped.is_set():
            return
        # Not `wait_for`: before Python 3.12 it swallows a cancellation that comes together with the wake-up.
        with suppress(TimeoutError):
            async with asyncio.timeout(None if longest is None else longest.total_seconds()):
                await self._calls[queue.table.name].get()
