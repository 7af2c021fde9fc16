"""The site's own time: opened at an instant, running at a speed, and movable forward."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

MILLISECOND = 1000


class SandboxClock:
    """Time on the site. `elapsed` is a monotonic count of real seconds."""

    def __init__(self, opened: datetime, *, speed: float, elapsed: Callable[[], float]) -> None:
        self._at = opened
        self._speed = speed
        self._elapsed = elapsed
        self._mark = elapsed()
        self._pinned: datetime | None = None
        self.skew = timedelta()
        """How far the clock that others are shown is off."""

    def now(self) -> datetime:
        """Now, cut to milliseconds as everything in Jira is."""
        if self._pinned is not None:
            return self._pinned
        at = self._at + timedelta(seconds=(self._elapsed() - self._mark) * self._speed)
        return at.replace(microsecond=at.microsecond // MILLISECOND * MILLISECOND)

    def shown(self) -> datetime:
        """Now, as the site's answers have it."""
        return self.now() + self.skew

    def move_to(self, at: datetime) -> None:
        """Go forward to `at`; time never runs backwards."""
        self._at, self._mark = max(at, self.now()), self._elapsed()

    @contextmanager
    def pinned(self, at: datetime) -> Iterator[None]:
        """While the team plays what happened at `at`, it is `at`."""
        before, self._pinned = self._pinned, at
        try:
            yield
        finally:
            self._pinned = before
