"""What else a sprint is measured by: who has how much, what kind of work, how punctual, how well estimated.

Pure sums over an assessment, made when somebody asks. Sub-tasks count through their parents.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import sqrt

from app.domain.flow.path import Path
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.scope import NOTHING, Reopened
from app.domain.sprint_health.data_quality import Flaw
from app.domain.sprint_health.health import NO_RESTRICTED, IssueHealth, Restricted, SprintHealth
from app.domain.sprint_health.ledger import Figure, Ledger

DAY = timedelta(days=1)
MOST_ESTIMATES, FEWEST_ESTIMATES = 200, 20
"""Finished issues that are compared with their estimates: the newest, and below which nothing is said."""


@dataclass(frozen=True, slots=True)
class Amount:
    """So many issues, and what they count on the board."""

    points: Decimal = NOTHING
    issues: int = 0

    def plus(self, figure: Figure) -> "Amount":
        """With an issue's own line of the ledger."""
        return Amount(self.points + figure.points, self.issues + figure.issues)


@dataclass(frozen=True, slots=True)
class Load:
    """What somebody who has issues at the instant of the report has of each line of the ledger.

    Attributes:
        person: by name; None for nobody, and for those who have restricted issues.
        restricted: the latter.
        done: burned.
        left: remaining.
    """

    person: str | None
    restricted: bool
    committed: Amount
    added: Amount
    removed: Amount
    done: Amount
    left: Amount


@dataclass(frozen=True, slots=True)
class Share:
    """Issues in the sprint that have something in common, such as their type, and how many are done."""

    name: str
    amount: Amount
    done: int


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Whether issues with a larger estimate took longer.

    Attributes:
        correlation: Spearman's: 1 where the order of estimates, as work began, is that of cycle times; 0
            where they say nothing of each other.
        sample: finished issues.
    """

    correlation: float
    sample: int


@dataclass(frozen=True, slots=True)
class Measures:
    """All of them.

    Attributes:
        people: who has most left comes first, nobody last.
        types, statuses: the largest first.
        priorities: in the site's order; none where that is not known.
        started_late, closed_late: working days after the date that was set, negative where before; None where
            one of the two is not known.
        empty_at_start: nothing was committed.
        reopened: keys of issues that were reopened in it.
        unassigned: keys of those left that nobody has.
        defects_raised: keys of those that were created after the start.
        defects_closed: keys of those that were completed in it.
        estimates: None where too few issues were estimated and finished.
    """

    people: tuple[Load, ...]
    types: tuple[Share, ...]
    priorities: tuple[Share, ...]
    statuses: tuple[Share, ...]
    started_late: float | None
    closed_late: float | None
    empty_at_start: bool
    reopened: tuple[str, ...]
    unassigned: tuple[str, ...]
    defects_raised: tuple[str, ...]
    defects_closed: tuple[str, ...]
    estimates: Accuracy | None


def measures(health: SprintHealth) -> Measures:
    """Of a sprint at the instant of its assessment."""
    counted = [issue for issue in health.issues if not issue.is_subtask]
    inside = [issue for issue in counted if issue.in_sprint]
    defects = [issue for issue in counted if issue.type_name.casefold() in _folded(health.defect_types)]
    timing, calendar = health.timing, health.calendar
    began = None if not _is_observed(health) else timing.started_at
    return Measures(
        people=loads(counted, health.restricted),
        types=_shares(inside, lambda issue: issue.type_name),
        priorities=_priorities(inside, health),
        statuses=_shares(inside, lambda issue: issue.status_name or issue.status_id),
        started_late=late(timing.planned_start, began, calendar),
        closed_late=late(timing.planned_end, timing.closed_at, calendar),
        empty_at_start=not health.ledger.commitment.issues,
        reopened=_keys(one for one in counted if any(isinstance(event, Reopened) for event in one.events)),
        unassigned=_keys(one for one in counted if one.remains and not one.assignee),
        defects_raised=_keys(one for one in defects if one.created > timing.started_at),
        defects_closed=_keys(one for one in defects if one.ledger.burned.issues),
        estimates=None if health.counts_issues else accuracy(_finished(health)),
    )


def _is_observed(health: SprintHealth) -> bool:
    """Whether it is known when the sprint was really started."""
    return all(note.flaw is not Flaw.START_NOT_OBSERVED for note in health.notes)


def _folded(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)


def _keys(issues: Iterable[IssueHealth]) -> tuple[str, ...]:
    return tuple(issue.key for issue in issues)


def loads(issues: Iterable[IssueHealth], restricted: Restricted = NO_RESTRICTED) -> tuple[Load, ...]:
    """By person; restricted issues, of which nobody is told who has them, together."""
    theirs: dict[str, list[Ledger]] = defaultdict(list)
    for issue in issues:
        theirs[issue.assignee or ""].append(issue.ledger)
    found = [_load(name or None, mine) for name, mine in theirs.items()]
    if restricted.issues:
        found.append(_load(None, [restricted.ledger], restricted=True))
    return tuple(sorted(found, key=_most_left))


def _most_left(one: Load) -> tuple[bool, bool, Decimal, int, Decimal, str]:
    return (
        one.person is None,
        one.restricted,
        -one.left.points,
        -one.left.issues,
        -one.done.points,
        one.person or "",
    )


def _load(person: str | None, ledgers: Sequence[Ledger], *, restricted: bool = False) -> Load:
    lines = [Amount()] * 5
    for own in ledgers:
        figures = (own.commitment, own.added, own.removed, own.burned, own.remaining)
        lines = [amount.plus(figure) for amount, figure in zip(lines, figures, strict=True)]
    return Load(person, restricted, *lines)


def _shares(issues: Iterable[IssueHealth], name_of: Callable[[IssueHealth], str]) -> tuple[Share, ...]:
    groups: dict[str, list[IssueHealth]] = defaultdict(list)
    for issue in issues:
        groups[name_of(issue)].append(issue)
    found = [_share(name, mine) for name, mine in groups.items()]
    return tuple(sorted(found, key=lambda one: (-one.amount.issues, -one.amount.points, one.name)))


def _share(name: str, issues: Sequence[IssueHealth]) -> Share:
    points = sum((issue.points for issue in issues), start=NOTHING)
    return Share(name, Amount(points, len(issues)), sum(issue.done for issue in issues))


def _priorities(issues: Sequence[IssueHealth], health: SprintHealth) -> tuple[Share, ...]:
    names = {one.id: one.name for one in health.priorities}
    if not names:
        return ()
    place = {name: number for number, name in enumerate([*names.values(), NO_PRIORITY])}
    found = _shares(issues, lambda issue: names.get(issue.priority or "", NO_PRIORITY))
    return tuple(sorted(found, key=lambda one: place[one.name]))


NO_PRIORITY = "none"
"""Of issues without one, or with one that the site no longer has."""


def late(planned: datetime | None, happened: datetime | None, calendar: Calendar) -> float | None:
    """Working days by which something happened after it was planned, or before."""
    if planned is None or happened is None:
        return None
    if happened >= planned:
        return calendar.working_time(planned, happened) / DAY
    return -(calendar.working_time(happened, planned) / DAY)


def _finished(health: SprintHealth) -> Sequence[Path]:
    return health.outlook.flow.finished if health.outlook else ()


def accuracy(finished: Sequence[Path]) -> Accuracy | None:
    """Of finished issues, oldest first, those that had an estimate as work on them began."""
    known = [(one.estimate, one.cycle_time) for one in reversed(finished) if one.cycle_time is not None]
    pairs = [(estimate, time) for estimate, time in known if estimate is not None][:MOST_ESTIMATES]
    if len(pairs) < FEWEST_ESTIMATES:
        return None
    correlation = _pearson(ranks([one for one, _ in pairs]), ranks([one for _, one in pairs]))
    return None if correlation is None else Accuracy(correlation, len(pairs))


def ranks(values: Sequence[Decimal] | Sequence[timedelta]) -> list[float]:
    """The place of each in their order, from 1; equal ones share the mean of theirs."""
    places: dict[object, list[int]] = defaultdict(list)
    for place, value in enumerate(sorted(values), 1):
        places[value].append(place)
    means = {value: sum(own) / len(own) for value, own in places.items()}
    return [means[value] for value in values]


def _pearson(left: Sequence[float], right: Sequence[float]) -> float | None:
    """None where one of them is the same everywhere."""
    mean_left, mean_right = sum(left) / len(left), sum(right) / len(right)
    both = sum((a - mean_left) * (b - mean_right) for a, b in zip(left, right, strict=True))
    spread = sqrt(sum((a - mean_left) ** 2 for a in left) * sum((b - mean_right) ** 2 for b in right))
    return both / spread if spread else None
