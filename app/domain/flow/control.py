"""Cycle times one after the other, as issues were finished: how long the last took beside all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from app.domain.flow.flow import FEWEST, OUTLIER_PERCENT, Flow
from app.domain.flow.weeks import RUN

DAY = timedelta(days=1)
ROLLING = 15
"""Issues, the newest among them, whose median is told with each."""
FAR_PERCENT = 95


@dataclass(frozen=True, slots=True)
class Measured:
    """A finished issue.

    Attributes:
        days: working days from the start of work to its end.
        median: of the last ROLLING finished ones, this one included; None where there were fewer.
    """

    key: str
    done_at: datetime
    days: float
    median: float | None


@dataclass(frozen=True, slots=True)
class Control:
    """The cycle times of a flow.

    Attributes:
        issues: by the instant at which they were done.
        lines: days by percent of the issues that took no longer.
        outliers: those that took longer than 95 % did, the longest first; none where fewer than FEWEST are
            known.
        run: how many of the last ones took all longer than the median of all (positive), or shorter
            (negative). Whatever the distribution of cycle times, one in two does.
    """

    issues: tuple[Measured, ...]
    lines: Mapping[int, float]
    outliers: tuple[Measured, ...]
    run: int

    @property
    def is_signal(self) -> bool:
        """So many on one side that chance alone hardly makes it."""
        return abs(self.run) >= RUN


def control(flow: Flow) -> Control | None:
    """None where nothing was begun and finished."""
    if flow.cycle_times is None:
        return None
    taken = [
        (path.issue.key, path.done_at, path.cycle_time / DAY)
        for path in flow.finished
        if path.done_at is not None and path.cycle_time is not None
    ]
    days = [each for *_, each in taken]
    issues = tuple(
        Measured(key, at, took, _rolling(days, number)) for number, (key, at, took) in enumerate(taken)
    )
    lines = {percent: flow.cycle_times.days[percent] for percent in (50, OUTLIER_PERCENT, FAR_PERCENT)}
    far = [one for one in issues if one.days > lines[FAR_PERCENT]] if len(issues) >= FEWEST else []
    longest = sorted(far, key=lambda one: (-one.days, one.done_at, one.key))
    return Control(issues, lines, tuple(longest), _run(days))


def _rolling(days: Sequence[float], number: int) -> float | None:
    first = number + 1 - ROLLING
    return None if first < 0 else median(days[first : number + 1])


def _run(days: Sequence[float]) -> int:
    """What is exactly at the median is on neither side, and ends it."""
    middle, length = median(days), 0
    side = 1 if days[-1] > middle else -1
    for each in reversed(days):
        if (each - middle) * side <= 0:
            break
        length += 1
    return side * length
