"""Do claimed work, from the claim to the end of its row.

A handler does what has to be done outside and returns what has to be written. That is committed together
with the end of the row, and only while the row is still ours: all of it, or nothing. The store is never
held open while somebody waits for Jira.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any, Protocol, Self

from sqlalchemy import Connection, Table

from app import log
from app.errors import StoreUnavailable
from app.store import outbox, queues, sites
from app.store import runs as run_store
from app.store.claim import Claimed, failing, hand_back, settle
from app.store.store_faults import describe
from app.store.tables import effects, runs
from jobs.context import Context
from jobs.lease import ClaimLostError, Lease, under
from jobs.settle import MOST_DEATHS, SETTLING, GiveUp, PauseUntil, RetryAt, pause_of, settle_failure

_log = log.get(__name__)
_JITTER = (0.7, 1.3)
# What may become of an attempt besides the end of its row.
DONE, POSTPONED, LOST, HANDED_BACK = "done", "postponed", "lost", "handed back"


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


class TakeIn(Protocol):
    """Brings rows into a queue that arrived elsewhere, and claims what it can of them."""

    def __call__(
        self, context: Context, *, worker: str, lease: timedelta, limit: int
    ) -> Awaitable[list[Claimed]]:
        """About `limit` rows at the most."""
        ...


@dataclass(frozen=True, slots=True)
class Queue:
    """A table of work.

    Attributes:
        handle: for one row at a time; rows of a claim run side by side.
        handle_batch: instead, for all rows of a claim at once, settling included.
        take_in: asked when nothing in the table can be claimed.
        failed_state: how a row ends when it is given up.
        at_once: most rows of one claim.
        abreast: how many claims are worked off side by side, where a claim is handled as a batch: while one
            waits for the store, the next is read.
        by_one_writer: `at_once` and `abreast` where one transaction is written after the other: fewer and
            larger ones write each page less often, and as many rows stand before whoever else writes.
        asks_jira: whether it rests while the quota of its site is used up.
        in_turn: whether sites and their projects take turns; a site then gets at most half of `at_once`
            while others have work, and all but one while they have none.
    """

    table: Table
    at_once: int
    failed_state: str
    abreast: int = 1
    handle: Handler | None = None
    handle_batch: BatchHandler | None = None
    take_in: TakeIn | None = None
    asks_jira: bool = True
    in_turn: bool = False
    by_one_writer: tuple[int, int] | None = None

    def paced(self, *, one_writer: bool) -> Self:
        """As it is worked off on a store that has one writer, or several."""
        if not one_writer or self.by_one_writer is None:
            return self
        at_once, abreast = self.by_one_writer
        return replace(self, at_once=at_once, abreast=abreast)


class Handling:
    """What a worker does with the rows that it claimed.

    Args:
        context: handed to every handler.
        lease: how long a claim is ours without a renewal.
    """

    def __init__(self, context: Context, lease: timedelta) -> None:
        self._context = context
        self._lease = lease

    async def batch(self, queue: Queue, claimed: Sequence[Claimed], since: float) -> None:
        """All rows of a claim, settled by their handler; whatever goes wrong ends here."""
        assert queue.handle_batch is not None
        first = claimed[0]
        if first.row["deaths"] >= MOST_DEATHS:  # such a row is claimed alone
            await self._told(first, self._give_up_deadly(queue, first))
            return
        name, began, outcome = queue.table.name, time.monotonic(), DONE
        lease = Lease(self._context, claimed, length=self._lease, since=since)
        with self._context.traces.span(f"burnish.{name}", rows=len(claimed)):
            try:
                await under(lease, queue.handle_batch(self._context, claimed))
            except asyncio.CancelledError:
                await asyncio.shield(self._told(first, self._hand_back(claimed, lease)))
                raise
            except ClaimLostError:
                outcome = LOST
                _log.warning("work.lost", queue=name, rows=len(claimed))
            except StoreUnavailable as error:
                outcome = POSTPONED
                _log.error("worker.store_unavailable", queue=name, reason=str(error))
            except Exception as error:  # noqa: BLE001 - one fault must not end all work
                outcome = POSTPONED
                _log.exception("worker.failed", queue=name, reason=describe(error))
        self._context.metrics.work_done(name, "batch", outcome, time.monotonic() - began)

    async def one(self, queue: Queue, work: Claimed, since: float) -> None:
        """One row from claim to end; a failure of any kind ends in the store, never here."""
        name = queue.table.name
        kind: str = work.row["kind"]
        ids = {
            "queue": name,
            "id": work.id,
            "attempt": work.attempts,
            "correlation": work.row.get("correlation") or f"{name.removesuffix('s')}:{work.id}",
        }
        with log.bound(**ids), self._context.traces.span(f"burnish.{name}", kind=kind, **ids):
            outcome = await self._outcome(queue, work, since)
        self._context.metrics.work_done(name, kind, outcome, time.monotonic() - since)
        if queue.table is effects:
            self._context.metrics.effect_done(kind, outcome)

    async def _outcome(self, queue: Queue, work: Claimed, since: float) -> str:
        """The state that the row ended in, or why it did not end."""
        assert queue.handle is not None
        if work.row["deaths"] >= MOST_DEATHS:
            return await self._told(work, self._give_up_deadly(queue, work))
        lease = Lease(self._context, [work], length=self._lease, since=since)
        try:
            return await self._finish(work, await under(lease, queue.handle(self._context, work)))
        except asyncio.CancelledError:
            await asyncio.shield(self._told(work, self._hand_back([work], lease)))
            raise
        except ClaimLostError:
            _log.warning("work.lost")
            return LOST
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is settled, not propagated
            failure = write_failure(self._context, work, error, failed_state=queue.failed_state)
            return await self._told(work, failure)

    async def _told(self, work: Claimed, writing: Awaitable[str]) -> str:
        """Write what became of the row; a store that is gone cannot be told, and the lease will end."""
        try:
            return await writing
        except Exception as error:  # noqa: BLE001 - the last resort: the row is taken over when its lease ends
            _log.error("work.not_settled", queue=work.table.name, id=work.id, reason=describe(error))
            return LOST

    async def _hand_back(self, works: Sequence[Claimed], lease: Lease) -> str:
        """Those that did not end; nobody died at them.

        What was sent may still be under way in Jira: then nobody looks for it at once.
        """
        reason, settling = "handed back at shutdown", SETTLING if lease.has_written else timedelta()
        await self._context.database.call_write(
            lambda tx: hand_back(tx, *works, due_at=self._context.store_now(tx) + settling, reason=reason)
        )
        return HANDED_BACK

    async def _give_up_deadly(self, queue: Queue, work: Claimed) -> str:
        reason = f"{work.row['deaths']} workers died or froze while they were at it."
        _log.error("work.given_up", queue=queue.table.name, id=work.id, reason=reason)
        end = partial(settle, state=queue.failed_state, now=self._context.now(), reason=reason)
        await self._context.database.call_write(lambda tx: end(tx, work))
        return queue.failed_state

    async def _finish(self, work: Claimed, finished: Finished) -> str:
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
        _log.info("work.done", state=finished.state)
        return finished.state


def _pause(connection: Connection, site_id: int, pause: PauseUntil) -> None:
    sites.pause(connection, site_id, until=pause.at, reason=pause.reason)
    if pause.mending:
        for table, patience in ((effects, outbox.PATIENCE), (runs, run_store.PATIENCE)):
            queues.be_patient(connection, table, site_id, until=pause.at + patience)


async def write_failure(context: Context, work: Claimed, error: Exception, *, failed_state: str) -> str:
    """End or postpone a row whose handling failed, with the reason; returns which."""
    now = context.now()
    failures, give_up_at = await context.database.call_read(partial(failing, work=work))
    decision = settle_failure(
        error,
        failures=failures + 1,
        now=now,
        give_up_at=give_up_at,
        jitter=random.uniform(*_JITTER),  # noqa: S311 - spreads retries; nothing secret
    )

    pause = pause_of(error, now)

    def write(connection: Connection) -> None:
        if pause is not None:  # also where the work is given up: whoever comes next need not find out again
            _pause(connection, work.row["site_id"], pause)
        match decision:
            case RetryAt(at=at, reason=reason):
                hand_back(connection, work, due_at=at, reason=reason, failed=True)
            case PauseUntil(
                reason=reason
            ):  # the site rests, the work does not: whoever ends the pause ends all
                hand_back(connection, work, due_at=now, reason=reason)
            case GiveUp(reason=reason):
                settle(connection, work, state=failed_state, now=now, reason=reason)

    await context.database.call_write(write)
    match decision:
        case RetryAt(at=at, reason=reason):
            _log.warning("work.postponed", until=str(at), reason=reason)
        case PauseUntil(at=at, reason=reason):
            _log.warning("site.paused", site=work.row["site_id"], until=str(at), reason=reason)
        case GiveUp(reason=reason):
            _log.error("work.given_up", reason=reason, exc_info=error)
            return failed_state
    return POSTPONED
