"""How often each key may ask.

Counted in this process alone: a limit against scripts that ran wild, no quota.
"""

from datetime import datetime, timedelta
from math import ceil

from app.errors import TooManyRequests
from app.services.access import Caller

_MINUTE = timedelta(minutes=1)


class RateLimits:
    """A minute's requests may come at once; then they come back one by one, evenly.

    Of each key is kept the instant at which all of its requests have come back (the generic cell rate
    algorithm of ITU-T I.371), and nothing else.
    """

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._each = _MINUTE / per_minute
        self._whole_at: dict[int | None, datetime] = {}

    def count(self, caller: Caller, *, now: datetime) -> None:
        """One more request.

        Raises:
            TooManyRequests: it is one too many; it does not count.
        """
        whose = caller.key_id  # by whatever name its owner says to ask
        whole_at = max(self._whole_at.get(whose, now), now) + self._each
        late = whole_at - now - _MINUTE
        if late > timedelta(0):
            raise TooManyRequests(f"{self._per_minute} times a minute", ceil(late.total_seconds()))
        self._whole_at[whose] = whole_at
