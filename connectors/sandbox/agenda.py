"""What the team is going to do and when: played in order, each at its own instant."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count

from .clock import SandboxClock

Action = Callable[[], object]

SPRINT_LENGTH = timedelta(days=14)
STARTS_AT = timedelta(hours=9)
ENDS_AFTER = timedelta(days=11, hours=17)
"""A sprint runs from Monday 09:00 UTC to Friday of the next week, 17:00 UTC."""

_WEDNESDAY, _FRIDAY = 2, 4


class Agenda:
    """Actions by the instant they are due. Playing to an instant in one step or in many is the same."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._heap: list[tuple[datetime, int, Action]] = []
        self._number = count()

    def use(self, clock: SandboxClock) -> None:
        """Go on with the clock that the opened site runs by."""
        self._clock = clock

    def at(self, when: datetime, action: Action) -> None:
        heappush(self._heap, (when, next(self._number), action))

    def play_until(self, until: datetime) -> None:
        while self._heap and self._heap[0][0] <= until:
            when, _, action = heappop(self._heap)
            with self._clock.pinned(when):
                action()


def running_monday(start: datetime) -> datetime:
    """Midnight of the Monday on which the sprint that runs at `start` began.

    The site opens two days before the present. Placed so, the present always falls into the middle of a
    sprint: on Monday to Wednesday into its second week, later in the week into its first.
    """
    present = (start + timedelta(days=2)).astimezone(UTC)
    midnight = present.replace(hour=0, minute=0, second=0, microsecond=0)
    monday = midnight - timedelta(days=present.weekday())
    return monday - timedelta(days=7) if present.weekday() <= _WEDNESDAY else monday


def is_working_day(day: datetime) -> bool:
    return day.weekday() <= _FRIDAY
