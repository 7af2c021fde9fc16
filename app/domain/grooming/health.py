"""How a backlog stands: its size and age, how far what is ready lasts, and what changed since last time."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from statistics import median

from app.domain.grooming.facts import EPIC, SUBTASK, Backlog, Item
from app.domain.grooming.finding import Weight
from app.domain.grooming.ladder import Planned
from app.domain.grooming.readiness import Readiness
from app.domain.grooming.review import Judged, Review

LONG_UNTOUCHED = 90
OLD = 365
"""Days."""
ENOUGH, TOO_LITTLE = Decimal(2), Decimal(1)
"""Sprints for which what is ready should last, and below which the next one cannot be planned."""


class Condition(StrEnum):
    """How a backlog is, in a word."""

    IN_SHAPE = "in shape"
    NEEDS_CARE = "needs care"
    NOT_READY = "too little is ready"


@dataclass(frozen=True, slots=True)
class Figures:
    """What is counted of a backlog, so that one week can be held against another.

    Sub-tasks and epics count in `findings` only.

    Attributes:
        open_issues: that wait or are worked on, in a sprint or not.
        waiting: in no running sprint.
        points: of those that wait, in the board's unit.
        unestimated: of those that wait; 0 where the board counts issues.
        median_age: days since they were made; None where there are none. Likewise `oldest_age`.
        old: older than a year; `untouched`: by no person for 90 days.
        ready: of those that wait, how many are.
        ready_points: what these are estimated at, or how many they are where the board counts issues.
        ready_sprints: for how many sprints that lasts; None without a velocity.
        score: mean readiness of the first twenty, in per cent.
        issues_found: with anything to mend.
        findings: all of them; `weight`: added up.
    """

    open_issues: int
    waiting: int
    points: Decimal
    unestimated: int
    median_age: int | None
    oldest_age: int | None
    old: int
    untouched: int
    ready: int
    ready_points: Decimal
    ready_sprints: Decimal | None
    score: int | None
    issues_found: int
    findings: int
    weight: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A finding of an earlier run that nothing has ended yet, as the store remembers it."""

    check: str
    issue_id: str
    key: str
    found_at: datetime


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the last run said.

    Attributes:
        counts: findings by the name of their check.
        standing: all of its findings.
        closed: keys of its issues that are done or gone by now.
    """

    at: datetime
    figures: Figures
    counts: Mapping[str, int]
    standing: tuple[Standing, ...]
    closed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Changes:
    """What is new and what is gone since then."""

    since: datetime
    new: tuple[Judged, ...]
    mended: tuple[Standing, ...]
    closed: tuple[Standing, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Issues of one epic or one owner, with what was found on them."""

    name: str
    key: str | None
    issues: int
    found: int
    weight: int
    most: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class BacklogHealth:
    """All that a report says.

    Attributes:
        velocity: what the team's median sprint completes; None without a closed sprint.
        scope: which issues it is about, in words.
        policies: what each did with this run, or in shadow would have done.
        trend: figures of earlier runs by their instants, oldest first.
        incomplete: issues whose whole history was not read.
        missing: what else could not be read, in sentences without their end.
    """

    review: Review
    figures: Figures
    scope: str
    velocity: Decimal | None = None
    earlier: Earlier | None = None
    changes: Changes | None = None
    trend: tuple[tuple[datetime, Figures], ...] = ()
    incomplete: int = 0
    missing: tuple[str, ...] = ()
    policies: tuple[Planned, ...] = ()

    @property
    def backlog(self) -> Backlog:
        """What it is about."""
        return self.review.backlog

    @property
    def condition(self) -> Condition:
        """By what is ready; where that is enough, by whether anything grave was found."""
        left = self.figures.ready_sprints
        if left is not None and left < TOO_LITTLE:
            return Condition.NOT_READY
        grave = any(one.weight >= Weight.HIGH for one in self.review.judged)
        return Condition.NEEDS_CARE if grave or (left is not None and left < ENOUGH) else Condition.IN_SHAPE

    @property
    def unit(self) -> str:
        """What the board counts."""
        return "issues" if self.backlog.board.estimation_field is None else "points"


def assess(
    review: Review,
    *,
    scope: str,
    velocity: Decimal | None,
    earlier: Earlier | None = None,
    trend: tuple[tuple[datetime, Figures], ...] = (),
) -> BacklogHealth:
    """What the review of a backlog comes to."""
    return BacklogHealth(
        review=review,
        figures=figures(review, velocity),
        scope=scope,
        velocity=velocity,
        earlier=earlier,
        changes=None if earlier is None else changes(review, earlier),
        trend=trend,
        incomplete=sum(not item.history_complete for item in review.backlog.items),
    )


def figures(review: Review, velocity: Decimal | None) -> Figures:
    """What is counted."""
    backlog = review.backlog
    waiting = backlog.ranked
    ages = sorted(backlog.days_since(item.created) for item in waiting)
    counts = backlog.board.estimation_field is None
    ready = [one.item for one in review.readiness if one.ready]
    stock = Decimal(len(ready)) if counts else _points(ready)
    first = review.readiness[:20]
    return Figures(
        open_issues=sum(SUBTASK < item.level < EPIC for item in backlog.items),
        waiting=len(waiting),
        points=Decimal(len(waiting)) if counts else _points(waiting),
        unestimated=0 if counts else sum(item.estimate is None for item in waiting),
        median_age=int(median(ages)) if ages else None,
        oldest_age=ages[-1] if ages else None,
        old=sum(age > OLD for age in ages),
        untouched=sum(backlog.days_since(item.touched_at) >= LONG_UNTOUCHED for item in waiting),
        ready=len(ready),
        ready_points=stock,
        ready_sprints=round(stock / velocity, 1) if velocity else None,
        score=round(sum(one.score for one in first) / len(first)) if first else None,
        issues_found=len(review.troubled),
        findings=len(review.judged),
        weight=sum(one.weight for one in review.judged),
    )


def _points(items: Iterable[Item]) -> Decimal:
    return sum((item.estimate for item in items if item.estimate is not None), start=Decimal(0))


def changes(review: Review, earlier: Earlier) -> Changes:
    """What is new and what is gone; and of that, what was mended and what was closed."""
    before = {(one.check, one.issue_id) for one in earlier.standing}
    present = {one.identity for one in review.judged}
    asked = {wanted.check.name for wanted in review.wanted}
    gone = [
        one for one in earlier.standing if (one.check, one.issue_id) not in present and one.check in asked
    ]
    return Changes(
        since=earlier.at,
        new=tuple(one for one in review.judged if one.identity not in before),
        mended=tuple(one for one in gone if one.key not in earlier.closed),
        closed=tuple(one for one in gone if one.key in earlier.closed),
    )


def by_epic(review: Review) -> tuple[Group, ...]:
    """Open issues below each epic, the worst first; those without one together."""

    def epic_of(item: Item) -> Item | None:
        seen = 0
        above: Item | None = item
        while above is not None and above.level < EPIC and seen < _MOST_LEVELS:
            above = review.backlog.by_id.get(above.parent or "")
            seen += 1
        return above

    return _grouped(review, lambda item: _epic_name(epic_of(item)))


_MOST_LEVELS = 4
"""Sub-task, story, epic, and what a site puts between; a circle of parents ends there."""


def _epic_name(epic: Item | None) -> tuple[str, str | None]:
    return ("No epic", None) if epic is None else (epic.summary, epic.key)


def by_owner(review: Review) -> tuple[Group, ...]:
    """Open issues of each assignee, the worst first; those without one together."""

    def owner_of(item: Item) -> tuple[str, str | None]:
        return ("Nobody" if item.assignee is None else review.backlog.name_of(item.assignee)), None

    return _grouped(review, owner_of)


def _grouped(review: Review, name_of: Callable[[Item], tuple[str, str | None]]) -> tuple[Group, ...]:
    issues: Counter[tuple[str, str | None]] = Counter()
    for item in review.backlog.items:
        issues[name_of(item)] += 1
    found: Counter[tuple[str, str | None]] = Counter()
    weights: Counter[tuple[str, str | None]] = Counter()
    titles: defaultdict[tuple[str, str | None], Counter[str]] = defaultdict(Counter)
    for troubled in review.troubled:
        name = name_of(troubled.item)
        found[name] += 1
        weights[name] += troubled.weight
        titles[name].update(one.check.title for one in troubled.judged)
    groups = (
        Group(name[0], name[1], issues[name], found[name], weights[name], tuple(titles[name].most_common(3)))
        for name in {**issues, **found}
    )
    return tuple(sorted(groups, key=lambda group: (-group.weight, -group.issues, group.name)))


def next_up(review: Review, most: int) -> tuple[Readiness, ...]:
    """What stands at the top of the backlog, ready or not."""
    return review.readiness[:most]
