"""Hold claimed rows while the work on them lives, and stop in time when they may no longer be ours."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import Connection

from app import log
from app.store.claim import Claimed, renew
from app.store.store_faults import describe
from connectors import deadline
from jobs.context import Context

_log = log.get(__name__)
_SOONER = 0.6  # of a third of a lease: three tries until two thirds of it are over

T = TypeVar("T")


class ClaimLostError(Exception):
    """Somebody else took the rows over, or may do so at any moment; nothing of ours may be written."""


class Lease:
    """Rows of one claim, ours for a while.

    Who cannot reach the store cannot know whether a row is still his, so he stops a third of a lease before
    it ends: Jira may well be within reach, and somebody else about to write there.
    """

    def __init__(
        self, context: Context, works: Sequence[Claimed], *, length: timedelta, since: float
    ) -> None:
        """Args:
        context: with the store that knows whose the rows are.
        works: the rows.
        length: for how long a renewal holds.
        since: when the claim was asked for, by `time.monotonic`, which goes on while a process is frozen (an
            event loop's clock may not).
        """
        self._context = context
        self._works = works
        self._length = length
        self._step = length.total_seconds() / 3
        self._ours_until = since + 2 * self._step
        self.has_written = False
        """Whether a change was sent to Jira, or was about to be."""

    def check(self) -> None:
        """Called right before a change is sent to Jira: a process that was frozen does not send it late.

        Raises:
            ClaimLostError: the time is over, whatever the store would say.
        """
        if time.monotonic() >= self._ours_until:
            raise ClaimLostError
        self.has_written = True

    async def keep(self, when_lost: Callable[[], object]) -> None:
        """Renew until cancelled; call `when_lost`, once, when the rows are lost or may soon be."""
        giving_up = self._give_up_in_time(when_lost)
        try:
            while True:
                await asyncio.sleep(self._step * _SOONER)
                asked = time.monotonic()
                try:
                    ours = await self._context.database.call_write(self._renew)
                except Exception as error:  # noqa: BLE001 - whatever it is, the lease was not renewed
                    _log.warning("work.not_renewed", reason=describe(error), **self._named)
                    continue
                if not ours:
                    when_lost()
                    return
                self._ours_until = asked + 2 * self._step
                giving_up.cancel()
                giving_up = self._give_up_in_time(when_lost)
        finally:
            giving_up.cancel()

    def _give_up_in_time(self, when_lost: Callable[[], object]) -> asyncio.TimerHandle:
        left = max(self._ours_until - time.monotonic(), 0)
        return asyncio.get_running_loop().call_later(left, when_lost)

    @property
    def _named(self) -> dict[str, object]:
        return {"queue": self._works[0].table.name, "ids": [work.id for work in self._works]}

    def _renew(self, connection: Connection) -> bool:
        until = self._context.store_now(connection) + self._length
        return renew(connection, *self._works, until=until)


async def under(lease: Lease, work: Awaitable[T]) -> T:
    """What the work gives, done while the lease is kept.

    Raises:
        ClaimLostError: the rows were lost, and the work was broken off.
        asyncio.CancelledError: we were told to stop.
    """
    doing = asyncio.create_task(_guarded(lease, work))
    keeping = asyncio.create_task(lease.keep(when_lost=doing.cancel))
    try:
        return await doing
    except asyncio.CancelledError:
        if (task := asyncio.current_task()) is not None and task.cancelling():
            raise
        raise ClaimLostError from None
    finally:
        keeping.cancel()
        await asyncio.wait([keeping])


async def _guarded(lease: Lease, work: Awaitable[T]) -> T:
    with deadline.guarded(lease):
        return await work
