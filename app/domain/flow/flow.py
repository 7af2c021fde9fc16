"""How work flows over a board: what is in progress, how old it is by the team's own measure, what is stuck.

Every figure has its receipts: paths of issues with their stays, blocks and instants.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from types import MappingProxyType

from app.domain.flow.path import Block, Path, Policy, path_of
from app.domain.scrum.board import Board
from app.domain.scrum.calendar import Calendar, WorkingClock
from app.domain.scrum.history import Fields, Histories
from app.domain.scrum.issue import Issue
from app.domain.scrum.scope import issue_order

DAY = timedelta(days=1)
PERCENTS = (50, 70, 85, 95)
OUTLIER_PERCENT = 85
FEWEST = 10
"""Finished issues below which the team has no measure of its own."""
NOWHERE: Mapping[str, datetime] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Days by percent of the finished issues that took no longer, and how many these were."""

    days: Mapping[int, float]
    sample: int


@dataclass(frozen=True, slots=True)
class Aging:
    """An issue in progress.

    Attributes:
        age: working days since work on it began.
        days_in_column: working days since it last changed its status.
        usual: the age at which 85 % of the team's finished issues had left this column; None where fewer
            than FEWEST are known.
        outlier: it is older than that.
    """

    key: str
    column: str
    assignee: str | None
    age: float
    days_in_column: float
    usual: float | None
    outlier: bool
    since: datetime


@dataclass(frozen=True, slots=True)
class Stopped:
    """An issue that something stops.

    Attributes:
        days: working days since then.
        in_progress: work on it had begun.
    """

    key: str
    block: Block
    days: float
    in_progress: bool


@dataclass(frozen=True, slots=True)
class Day:
    """What was finished on a working day or free days after it, and how many issues were in progress then."""

    day: date
    finished: tuple[str, ...]
    in_progress: int


@dataclass(frozen=True, slots=True)
class Flow:
    """How work flows up to an instant.

    Attributes:
        finished: paths of the issues that were finished, oldest first: the receipts of all percentiles.
        cycle_times, lead_times: None where nothing was finished.
        pace: by column, ages at which finished issues left it.
        aging: issues in progress, the oldest first.
        stalled: started, and in the same status for the policy's working days or longer; blocked ones are
            not repeated here.
        blocked: what is stopped now and not done, the longest first.
        per_person: issues in progress by assignee, those above the policy's limit only; the empty name
            stands for nobody.
        flow_efficiency: of all finished issues together: time neither blocked nor waiting / cycle time.
    """

    at: datetime
    finished: tuple[Path, ...]
    cycle_times: Percentiles | None
    lead_times: Percentiles | None
    pace: Mapping[str, Percentiles]
    aging: tuple[Aging, ...]
    stalled: tuple[Aging, ...]
    blocked: tuple[Stopped, ...]
    per_person: Mapping[str, tuple[str, ...]]
    days: tuple[Day, ...]
    flow_efficiency: float | None

    @property
    def outliers(self) -> tuple[Aging, ...]:
        """Issues in progress that are older than the team is used to."""
        return tuple(each for each in self.aging if each.outlier)

    @property
    def wip(self) -> int:
        """Issues in progress."""
        return len(self.aging)

    @property
    def throughput(self) -> float | None:
        """Issues finished on a working day, on average; None without a working day."""
        return sum(len(day.finished) for day in self.days) / len(self.days) if self.days else None


def flow(
    issues: Iterable[Issue],
    board: Board,
    *,
    at: datetime,
    calendar: Calendar,
    policy: Policy | None = None,
    since: datetime | None = None,
    only: frozenset[str] | None = None,
    histories: Histories | None = None,
    paths: dict[str, Path] | None = None,
    finished_since: datetime | None = None,
    done_elsewhere: Mapping[str, datetime] = NOWHERE,
    closed: frozenset[str] = frozenset(),
) -> Flow:
    """Compute how work flows.

    Args:
        issues: of the board, any order; sub-tasks are left out.
        board: whose columns say what is in progress and what is done.
        at: the instant; later changes do not count.
        calendar: the team's working days.
        policy: what the team calls work in progress.
        since: throughput is told from here on; 20 calendar days before `at` unless given.
        only: ids of the issues whose present state is told, such as those in the running sprint; None all.
        histories: where they were read before.
        paths: by issue, made with this board, calendar and policy; taken where they still hold, and added to.
        finished_since: issues that were finished before count in nothing; None: all count.
        done_elsewhere: by key when other issues than these were done: they block nobody any more.
        closed: ids of statuses that no column shows and that are called done; see `path_of`.
    """
    policy = policy or Policy()
    chosen = [issue for issue in issues if not issue.is_subtask]
    first = min((issue.created for issue in chosen), default=at)
    clock = WorkingClock(calendar, first, at)
    histories = histories or Histories(Fields(sprint="", estimate=None))
    begun = policy.started_statuses(board)
    walk = partial(path_of, board=board, policy=policy, at=at, clock=clock, begun=begun, closed=closed)
    known = {} if paths is None else paths
    walked = _walked(chosen, walk, at, histories, known, only, done_elsewhere)
    if finished_since is not None:
        walked = [path for path in walked if path.done_at is None or path.done_at >= finished_since]
    finished = sorted(
        (path for path in walked if path.done_at), key=lambda each: (each.done_at or at, each.issue.id)
    )
    pace = _pace(finished, board, clock)
    shown = [path for path in walked if only is None or path.issue.id in only]
    aging = _aging([path for path in shown if path.in_progress], board, pace, at, clock)
    blocked = _blocked(shown, at, clock)
    stopped = {each.key for each in blocked}
    return Flow(
        at=at,
        finished=tuple(finished),
        cycle_times=_percentiles([path.cycle_time for path in finished if path.cycle_time is not None]),
        lead_times=_percentiles([path.lead_time for path in finished if path.lead_time is not None]),
        pace=pace,
        aging=aging,
        stalled=tuple(
            each for each in aging if each.days_in_column >= policy.stalled_after and each.key not in stopped
        ),
        blocked=blocked,
        per_person=_per_person(aging, policy.most_per_person),
        days=_days(walked, since or at - 20 * DAY, at, calendar),
        flow_efficiency=_efficiency(finished),
    )


def _walked(
    issues: Iterable[Issue],
    walk: Callable[..., Path | None],
    at: datetime,
    histories: Histories,
    known: dict[str, Path],
    only: frozenset[str] | None,
    elsewhere: Mapping[str, datetime],
) -> list[Path]:
    """Paths by key; what was done blocks nobody any more."""
    walked: list[Path] = []
    for issue in issues:
        path = known.get(issue.id)
        if path is None or not path.holds_for(issue, at, ages=only is None or issue.id in only):
            path = walk(issue, history=histories.of(issue))
        if path is not None:
            known[issue.id] = path
            walked.append(path)
    done = {**elsewhere, **{path.issue.key: path.done_at for path in walked if path.done_at is not None}}
    walked = [
        walk(path.issue, history=histories.of(path.issue), done=done) or path
        if any(block.what in done for block in path.blocks)
        else path
        for path in walked
    ]
    return sorted(walked, key=lambda each: issue_order(each.issue.key))


def _percentiles(durations: Sequence[timedelta]) -> Percentiles | None:
    """The smallest duration that so many percent do not exceed."""
    if not durations:
        return None
    ordered = sorted(durations)
    rank = {percent: max(-(-percent * len(ordered) // 100), 1) for percent in PERCENTS}
    return Percentiles({percent: ordered[rank[percent] - 1] / DAY for percent in PERCENTS}, len(ordered))


def _column_of(board: Board, status_id: str) -> str:
    return next((column.name for column in board.columns if status_id in column.status_ids), "")


def _pace(finished: Sequence[Path], board: Board, clock: WorkingClock) -> dict[str, Percentiles]:
    """By column, ages at which finished issues left it for the last time."""
    names = {status: column.name for column in board.columns for status in column.status_ids}
    ages: dict[str, list[timedelta]] = defaultdict(list)
    for path in finished:
        if path.started_at is None:
            continue
        left = {names.get(stay.status_id, ""): stay.until for stay in path.stays if stay.until}
        for column, until in left.items():
            if until > path.started_at:
                ages[column].append(clock.between(path.started_at, until))
    found = {column: _percentiles(each) for column, each in ages.items()}
    return {column: one for column, one in found.items() if one is not None}


def _aging(
    paths: Iterable[Path], board: Board, pace: Mapping[str, Percentiles], at: datetime, clock: WorkingClock
) -> tuple[Aging, ...]:
    aging = []
    for path in paths:
        column = _column_of(board, path.now.status_id)
        age = clock.between(path.started_at or at, at) / DAY
        known = pace.get(column)
        usual = known.days[OUTLIER_PERCENT] if known and known.sample >= FEWEST else None
        aging.append(
            Aging(
                key=path.issue.key,
                column=column,
                assignee=path.assignee,
                age=age,
                days_in_column=clock.between(path.now.since, at) / DAY,
                usual=usual,
                outlier=usual is not None and age > usual,
                since=path.started_at or at,
            )
        )
    return tuple(sorted(aging, key=lambda each: -each.age))


def _blocked(paths: Iterable[Path], at: datetime, clock: WorkingClock) -> tuple[Stopped, ...]:
    stopped = [
        Stopped(path.issue.key, path.blocked, clock.between(path.blocked.since, at) / DAY, path.in_progress)
        for path in paths
        if path.blocked is not None and path.done_at is None
    ]
    return tuple(sorted(stopped, key=lambda each: -each.days))


def _per_person(aging: Iterable[Aging], most: int) -> dict[str, tuple[str, ...]]:
    mine: dict[str, list[str]] = defaultdict(list)
    for each in aging:
        mine[each.assignee or ""].append(each.key)
    over = {person: tuple(keys) for person, keys in mine.items() if len(keys) > most}
    return dict(sorted(over.items(), key=lambda each: (-len(each[1]), each[0])))


def _days(paths: Sequence[Path], since: datetime, at: datetime, calendar: Calendar) -> tuple[Day, ...]:
    """Each working day; what was finished on a free day counts for the one before, or for the first."""
    parts = calendar.parts(since, at)
    begins = [begin for _, begin, _ in parts]
    keys: dict[int, list[str]] = defaultdict(list)
    for path in paths:
        if path.done_at and since < path.done_at:
            keys[max(bisect_right(begins, path.done_at) - 1, 0)].append(path.issue.key)
    begun = [
        (path.started_at, path.done_at)
        for path in paths
        if path.started_at and (path.done_at is None or path.done_at > since)
    ]
    return tuple(
        Day(
            day=day,
            finished=tuple(keys.get(number, ())),
            in_progress=sum(start <= until and (end is None or end > until) for start, end in begun),
        )
        for number, (day, _, until) in enumerate(parts)
    )


def _efficiency(finished: Iterable[Path]) -> float | None:
    measured = [
        (path.cycle_time, path.flow_efficiency)
        for path in finished
        if path.cycle_time and path.flow_efficiency is not None
    ]
    whole = sum((time for time, _ in measured), start=timedelta())
    return sum(time / whole * share for time, share in measured) if whole else None
