"""Cumulative flow: how many issues stood in each column of a board as each day ended.

Days are those of the calendar, from midnight to midnight where the team is, and columns are the board's as
they are now. What an issue does within a day and takes back is not told. What counts is what a flow counts:
issues that are deleted or off the board now count on no day, those that were finished count on.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import fmean

from app.domain.flow.path import Path, Policy
from app.domain.scrum.board import Board, Column
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.scope import issue_order

WEEK = 7
FEWEST_DAYS = 2 * WEEK
"""With less, first and last week would be the same days."""
NOTICED, FEWEST_ISSUES = 0.25, 3
"""Share and number by which a column has to be fuller or emptier than at first to be called so."""


@dataclass(frozen=True, slots=True)
class Move:
    """An issue that ended a day in another column than the day before.

    Attributes:
        before, after: numbers of the columns, from the left; None: in no column, or not there yet.
    """

    key: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class ColumnsDay:
    """How full the columns were at the end of a day, or at the instant of the report, and what led there."""

    day: date
    counts: tuple[int, ...]
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """Issues in a column on average in the first week and in the last one."""

    column: int
    then: float
    now: float


@dataclass(frozen=True, slots=True)
class CumulativeFlow:
    """The columns of a board day by day.

    Attributes:
        columns: names of those that have statuses, from the left; what is in the last one is done.
        begun: numbers of those in which work has begun and not ended.
        before: issues in each as the first day began.
        days: one after the other, without a gap; the last is not over.
    """

    columns: tuple[str, ...]
    begun: frozenset[int]
    before: tuple[int, ...]
    days: tuple[ColumnsDay, ...]

    @property
    def done(self) -> int:
        """The number of the last column."""
        return len(self.columns) - 1

    @property
    def now(self) -> tuple[int, ...]:
        """Issues in each column at the end."""
        return self.days[-1].counts if self.days else self.before

    @property
    def is_empty(self) -> bool:
        """No issue ever stood in any column."""
        return not any(self.before) and not any(day.moves for day in self.days)

    @property
    def moves(self) -> Iterator[Move]:
        """Of all days."""
        return (move for day in self.days for move in day.moves)

    @property
    def came(self) -> int:
        """So many times an issue came into the columns, from nowhere or from a status that none shows."""
        return sum(move.before is None for move in self.moves)

    @property
    def went(self) -> int:
        """So many times one left them, undone, for a status that none shows."""
        return sum(move.after is None for move in self.moves)

    @property
    def finished(self) -> int:
        """Issues that came into the last column, less those that were reopened."""
        return self.now[self.done] - self.before[self.done]

    @property
    def weeks(self) -> float:
        """How long all days are."""
        return len(self.days) / WEEK


def cumulative_flow(
    paths: Iterable[Path],
    board: Board,
    policy: Policy,
    *,
    since: datetime,
    at: datetime,
    calendar: Calendar,
    closed: frozenset[str] = frozenset(),
) -> CumulativeFlow:
    """Count them.

    Args:
        paths: of the issues, walked to `at`.
        board: with at least one column that has statuses.
        policy: what the team calls work in progress.
        since: when the first day begins.
        at: the instant.
        calendar: says when days begin.
        closed: ids of statuses that no column shows and that are called done: what went there from the last
            column stays in it.
    """
    columns = [column for column in board.columns if column.status_ids]
    places = {
        status: number
        for number, column in reversed(list(enumerate(columns)))
        for status in column.status_ids
    }
    before: list[int] = [0] * len(columns)
    moves: defaultdict[date, list[Move]] = defaultdict(list)
    for path in paths:
        place: int | None = None
        first, then = _ends(path, places, len(columns) - 1, closed, since=since, calendar=calendar)
        if first is not None:
            before[first] += 1
        place = first
        for day, after in then.items():
            if after != place:
                moves[day].append(Move(path.issue.key, place, after))
                place = after
    begun = policy.started_statuses(board)
    return CumulativeFlow(
        columns=tuple(column.name for column in columns),
        begun=_begun(columns, begun),
        before=tuple(before),
        days=tuple(_days(before, moves, calendar.day_of(since), calendar.day_of(at))),
    )


def _begun(columns: Sequence[Column], begun: frozenset[str]) -> frozenset[int]:
    return frozenset(
        number for number, column in enumerate(columns[:-1]) if not begun.isdisjoint(column.status_ids)
    )


def _ends(
    path: Path,
    places: Mapping[str, int],
    done: int,
    closed: frozenset[str],
    *,
    since: datetime,
    calendar: Calendar,
) -> tuple[int | None, dict[date, int | None]]:
    """Where an issue stood as the first day began, and at the end of each day on which its status changed."""
    first: int | None = None
    place: int | None = None
    then: dict[date, int | None] = {}
    for stay in path.stays:
        was_done = place == done and stay.status_id in closed
        place = done if was_done else places.get(stay.status_id)
        if stay.since < since:
            first = place
        else:
            then[calendar.day_of(stay.since)] = place
    return first, then


def _days(
    before: Sequence[int], moves: Mapping[date, list[Move]], first: date, last: date
) -> Iterator[ColumnsDay]:
    counts = list(before)
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        of_day = sorted(moves.get(day, ()), key=lambda move: issue_order(move.key))
        for move in of_day:
            if move.before is not None:
                counts[move.before] -= 1
            if move.after is not None:
                counts[move.after] += 1
        yield ColumnsDay(day, tuple(counts), tuple(of_day))


def changes(told: CumulativeFlow) -> tuple[Change, ...]:
    """Each column before the last one, from the left; nothing of less than two weeks."""
    if len(told.days) < FEWEST_DAYS:
        return ()
    first, last = told.days[:WEEK], told.days[-WEEK:]
    return tuple(
        Change(
            number,
            fmean(day.counts[number] for day in first),
            fmean(day.counts[number] for day in last),
        )
        for number in range(told.done)
    )


def grown_most(told: CumulativeFlow) -> Change | None:
    """The column that grew by the most issues, or, where none did, shrank by the most; None: none by much."""
    noticed = [
        one
        for one in changes(told)
        if abs(one.now - one.then) >= max(FEWEST_ISSUES, NOTICED * max(one.now, one.then))
    ]
    grew = [one for one in noticed if one.now > one.then]
    return max(grew or noticed, key=lambda one: abs(one.now - one.then), default=None)
