"""What a forecast learns from: sprints as they looked at any instant, measured by the working time left.

Only what was known at an instant is told of it; a moment is the same whether it is taken today or was taken
then. Statistics are made of floats: a forecast is no ledger.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from operator import attrgetter

import msgspec

from app.domain.scrum.board import Board
from app.domain.scrum.calendar import Calendar, WorkingClock
from app.domain.scrum.history import Histories
from app.domain.scrum.issue import Issue
from app.domain.scrum.restricted import RESTRICTED
from app.domain.scrum.scope import Completed, Left, Reopened, Replay, points_of, replays_of
from app.domain.scrum.sprint import Sprint, SprintState

DAY = timedelta(days=1)


class OpenItem(msgspec.Struct, frozen=True, gc=False):
    """An issue in the sprint and not done, at a moment.

    Attributes:
        column: place of its column on the board, from the left; -1 where no column shows its status, and of
            restricted issues, of which nothing may depend on where they stand.
        days_in_column: working days since it came into its column, those before the sprint included; of what
            nobody had begun when the sprint did, since then.
        becomes_done: whether it was done in the sprint's end; False where that is not known yet.
    """

    key: str
    column: int
    points: float
    days_in_column: float
    becomes_done: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """A sprint at an instant.

    Attributes:
        days_left: working days until the planned end, parts of days included.
        done: points completed up to then, what was taken out afterwards included.
    """

    at: datetime
    days_left: float
    done: float
    items: tuple[OpenItem, ...]


class Witness(msgspec.Struct, frozen=True, gc=False):
    """An open issue of an earlier sprint, and what became of it; days as in `OpenItem` and `Moment`."""

    points: float
    days_in_column: float
    days_left: float
    becomes_done: bool


class Phase(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What an issue was from an instant on; see `OpenItem`."""

    days_left: float
    is_open: bool
    column: int
    points: float


@dataclass(frozen=True, slots=True)
class Trace:
    """One issue's way through the sprint: phases by instant.

    Attributes:
        days_before: working days in its first column before the first phase.
    """

    key: str
    instants: tuple[datetime, ...]
    phases: tuple[Phase, ...]
    becomes_done: bool
    days_before: float = 0.0


@dataclass(frozen=True, slots=True)
class SprintRecord:
    """A sprint for a forecast to learn from or to speak about.

    Attributes:
        closed_at: None while it runs.
        planned_days: working days from start to planned end.
        final: points completed in the end; of a running sprint, up to now.
    """

    sprint_id: int
    name: str
    start: datetime
    planned_end: datetime
    closed_at: datetime | None
    planned_days: float
    final: float
    calendar: Calendar
    traces: tuple[Trace, ...]
    burned_at: tuple[datetime, ...]
    burned: tuple[float, ...]
    _moments: dict[float, Moment] = field(default_factory=dict, compare=False, repr=False)
    _witnesses: dict[float, dict[int, list[Witness]]] = field(default_factory=dict, compare=False, repr=False)

    def anew(self) -> "SprintRecord":
        """The same, without what was worked out for one instant."""
        return replace(self, _moments={}, _witnesses={})

    def with_days_left(self, days: float) -> Moment:
        """The sprint when so many working days were left; at its start, where it had fewer."""
        days = min(days, self.planned_days)
        if days not in self._moments:
            whole = days >= self.planned_days
            at = self.start if whole else self.calendar.before(self.planned_end, days * DAY, start=self.start)
            self._moments[days] = self.at(at, days)
        return self._moments[days]

    def witnesses(self, days: float) -> Mapping[int, Sequence[Witness]]:
        """What was open with so many working days left, by column."""
        if days not in self._witnesses:
            moment, by_column = self.with_days_left(days), {}  # type: Moment, dict[int, list[Witness]]
            for one in moment.items:
                witness = Witness(one.points, one.days_in_column, moment.days_left, one.becomes_done)
                by_column.setdefault(one.column, []).append(witness)
            self._witnesses[days] = by_column
        return self._witnesses[days]

    def at(self, instant: datetime, days_left: float | None = None) -> Moment:
        """The sprint at an instant."""
        if days_left is None:
            days_left = self.calendar.working_time(instant, self.planned_end) / DAY
        seen = bisect_right(self.burned_at, instant)
        items = (self._item(trace, instant, days_left) for trace in self.traces)
        done = self.burned[seen - 1] if seen else 0.0
        return Moment(instant, days_left, done, tuple(item for item in items if item is not None))

    def _item(self, trace: Trace, instant: datetime, days_left: float) -> OpenItem | None:
        number = bisect_right(trace.instants, instant)
        if not number or not trace.phases[number - 1].is_open:
            return None
        phase = trace.phases[number - 1]
        since = phase.days_left
        for earlier in reversed(trace.phases[: number - 1]):
            if earlier.column != phase.column:
                break
            since = earlier.days_left
        else:
            since += trace.days_before
        days = max(since - days_left, 0.0)
        return OpenItem(trace.key, phase.column, phase.points, days, trace.becomes_done)


def record(
    sprint: Sprint,
    board: Board,
    issues: Iterable[Issue],
    *,
    sprint_field: str,
    calendar: Calendar,
    now: datetime,
    histories: Histories | None = None,
) -> SprintRecord | None:
    """A sprint up to its close or up to now; None where it has no usable dates or nothing was in it."""
    start, planned = sprint.started_at, sprint.end
    if start is None or planned is None or not calendar.working_time(start, planned):
        return None
    # A sprint that was opened again may keep the date of its close.
    completed = sprint.completed if sprint.state is SprintState.CLOSED else None
    closed = completed if completed and completed <= now else None
    end = closed or now
    if end <= start:
        return None
    replays = replays_of(issues, board, sprint.id, sprint_field, start=start, end=end, histories=histories)
    touched = [each for each in replays if not each.issue.is_subtask]
    if not touched:
        return None
    burned_at, burned = _burned(touched)
    tracer = _Tracer(board, sprint.id, start, end, calendar, WorkingClock(calendar, start, planned))
    return SprintRecord(
        sprint_id=sprint.id,
        name=sprint.name,
        start=start,
        planned_end=planned,
        closed_at=closed,
        planned_days=calendar.working_time(start, planned) / DAY,
        final=burned[-1] if burned else 0.0,
        calendar=calendar,
        traces=tuple(tracer.trace(each) for each in touched),
        burned_at=burned_at,
        burned=burned,
    )


def _burned(replays: Sequence[Replay]) -> tuple[tuple[datetime, ...], tuple[float, ...]]:
    """When points were burned, and how many had been then in all."""
    steps: list[tuple[datetime, float]] = []
    for each in replays:
        for event in each.events:
            match event:
                case Completed(points=points):
                    steps.append((event.at, float(points)))
                case Reopened(credit=credit) if credit is not None:
                    steps.append((event.at, -float(credit)))
                case _:
                    pass
    instants, sums, total = [], [], 0.0
    for at, burned in sorted(steps):
        total += burned
        instants.append(at)
        sums.append(total)
    return tuple(instants), tuple(sums)


@dataclass(frozen=True, slots=True)
class _Tracer:
    board: Board
    sprint_id: int
    start: datetime
    end: datetime
    calendar: Calendar
    clock: WorkingClock
    columns: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        places = {status: n for n, column in enumerate(self.board.columns) for status in column.status_ids}
        object.__setattr__(self, "columns", places)

    def trace(self, each: Replay) -> Trace:
        """An issue's phases; one that was deleted is open no more."""
        board, issue, history = self.board, each.issue, each.history
        begins = max(self.start, issue.created)
        state, steps, _ = history.between(begins, self.end)
        gone = [event.at for event in each.events if isinstance(event, Left) and event.change is None]
        instants = (begins, *[step.at for step in steps], *gone)
        left = [passing / DAY for passing in map(self.clock.left, instants)]
        done, columns, sprint_id = board.done_status_ids, self._columns_of(issue), self.sprint_id
        counted, points = object(), 0.0
        phases: list[Phase] = []
        states = (state, *[step.after for step in steps])
        for days, now in zip(left, states, strict=False):
            if now.estimate is not counted:
                counted, points = now.estimate, float(points_of(issue, now.estimate, board))
            is_open = sprint_id in now.sprint_ids and now.status_id not in done
            phases.append(Phase(days, is_open, columns.get(now.status_id, -1), points))
        phases += [Phase(days, is_open=False, column=-1, points=0.0) for days in left[len(phases) :]]
        becomes_done = each.in_at_end and each.done_at_end
        return Trace(issue.key, instants, tuple(phases), becomes_done, self._days_before(each, begins))

    def _columns_of(self, issue: Issue) -> Mapping[str, int]:
        return self.columns if issue.key != RESTRICTED else {}

    def _days_before(self, each: Replay, begins: datetime) -> float:
        """How long somebody worked on it already; of what nobody had begun, it says nothing."""
        steps = each.history.steps
        seen = bisect_right(steps, begins, key=attrgetter("at"))
        places = self._columns_of(each.issue)
        columns = [places.get(one.after.status_id, -1) for one in steps[:seen]]
        if not columns or columns[-1] < 1:
            return 0.0
        entered = next((n for n in range(seen - 1, 0, -1) if columns[n - 1] != columns[-1]), 0)
        return self.calendar.working_time(steps[entered].at, begins) / DAY
