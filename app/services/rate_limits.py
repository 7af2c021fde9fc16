"""How often each key may ask: a limit against scripts that ran wild, no quota.

Each process counts for itself. Where several share a PostgreSQL, a minute's requests are one stock for all of
them: a process takes a tenth of it at a time, and counts that down without asking anybody. So all together
never let more through than was said, the store is written ten times a minute and key at the most, and what
one process holds and does not use (less than a tenth) others miss.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import Connection

from app import log
from app.errors import StoreUnavailable, TooManyRequests
from app.services.access import Caller
from app.store import rate_shares
from app.store.database import Database

_MINUTE = timedelta(minutes=1)
_SHARES = 10
_log = log.get(__name__)


@dataclass(slots=True)
class _Share:
    """What is left of what was taken of a minute.

    Attributes:
        until: the end of the minute, by this process's clock.
        is_last: nothing more of that minute is to be had.
    """

    left: int
    until: datetime
    is_last: bool

    def tells(self, now: datetime) -> bool:
        """Whether it says if one more request may come."""
        return self.until > now and (self.left > 0 or self.is_last)


class RateLimits:
    """A minute's requests may come at once; then they come back one by one, evenly.

    Of each key is kept the instant at which all of its requests have come back (the generic cell rate
    algorithm of ITU-T I.371), and its share where there is one.

    Args:
        per_minute: requests of a key.
        shared: where other processes count, too.
        store_now: the clock of that store, inside a transaction.
    """

    def __init__(
        self,
        per_minute: int,
        *,
        shared: Database | None = None,
        store_now: Callable[[Connection], datetime] | None = None,
    ) -> None:
        self._per_minute = per_minute
        self._each = _MINUTE / per_minute
        self._whole_at: dict[str, datetime] = {}
        self._shared = shared
        self._store_now = store_now
        self._shares: dict[str, _Share] = {}
        self._taking = asyncio.Lock()

    async def count(self, caller: Caller, *, now: datetime) -> None:
        """One more request.

        Raises:
            TooManyRequests: it is one too many; it does not count.
        """
        # By whatever name its owner says to ask; whoever has no key is known by what he calls.
        whose = caller.name if caller.key_id is None else f"key {caller.key_id}"
        whole_at = max(self._whole_at.get(whose, now), now) + self._each
        self._refuse(whole_at - now - _MINUTE)
        self._whole_at[whose] = whole_at
        if self._shared is None:
            return
        try:
            await self._spend(self._shared, whose, now)
        except TooManyRequests:
            self._whole_at[whose] -= self._each
            raise

    def _refuse(self, late: timedelta) -> None:
        if late > timedelta(0):
            raise TooManyRequests(f"{self._per_minute} times a minute", ceil(late.total_seconds()))

    async def _spend(self, store: Database, whose: str, now: datetime) -> None:
        share = self._shares.get(whose)
        if share is None or not share.tells(now):
            async with self._taking:  # of many that wait, the first takes a share for all
                share = self._shares.get(whose)
                if share is None or not share.tells(now):
                    share = self._shares[whose] = await self._taken(store, whose, now)
        if share.left == 0:
            self._refuse(share.until - now)
        share.left -= 1

    async def _taken(self, store: Database, whose: str, now: datetime) -> _Share:
        wanted = max(self._per_minute // _SHARES, 1)

        def take(connection: Connection) -> tuple[int, timedelta]:
            at = now if self._store_now is None else self._store_now(connection)
            granted = rate_shares.take(connection, whose, wanted=wanted, most=self._per_minute, now=at)
            return granted, rate_shares.left_of(at)

        try:
            granted, rest = await store.call_write(take)
        except StoreUnavailable as error:
            _log.warning("rate_limits.alone", reason=str(error))  # our own count still holds
            return _Share(wanted, now + _MINUTE / _SHARES, is_last=False)
        return _Share(granted, now + rest, is_last=granted < wanted)
