"""How a backlog stands: its size and age, how far what is ready lasts, and what changed since last time."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum, StrEnum
from functools import cached_property
from itertools import compress, islice, repeat
from statistics import median

from app.domain.grooming.commands import Command, Unread
from app.domain.grooming.facts import Backlog
from app.domain.grooming.finding import Weight
from app.domain.grooming.groups import Group, by_epic, by_owner
from app.domain.grooming.heeding import refused, unread
from app.domain.grooming.item import EPIC, SUBTASK, Item
from app.domain.grooming.items import Kind
from app.domain.grooming.ladder import Planned
from app.domain.grooming.memory import translated
from app.domain.grooming.readiness import Readiness, readiness
from app.domain.grooming.review import Review
from app.domain.grooming.wanted import Wanted
from app.domain.scrum.units import unit_of

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

    Sub-tasks and epics count where it says so, and in `issues_found` and `findings`.

    Attributes:
        open_issues: that wait or are worked on, in a sprint or not; neither epics nor sub-tasks.
        waiting: in no running sprint.
        points: of those that wait, in the board's unit.
        unestimated: of those that wait; 0 where the board counts issues.
        median_age: days since they were made; None where there are none. Likewise `oldest_age`.
        old: older than a year; `untouched`: by no person for 90 days.
        ready: of those that wait, how many are.
        ready_points: what these are estimated at, or how many they are where the board counts issues.
        ready_sprints: for how many sprints that lasts; None without a velocity.
        score: mean readiness of the first twenty, in per cent.
        issues_found: with anything to mend: the sum of `issues_to_mend`, `epics_to_mend`, `subtasks_to_mend`
            and `others_to_mend` (parents and blockers that are done or another team's).
        findings: all of them; `weight`: added up.
        epics: that are open, with what stands above epics; likewise `subtasks`. These, and what is to be
            mended of each, are None in what was told before they were counted.
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
    epics: int | None = None
    subtasks: int | None = None
    issues_to_mend: int | None = None
    epics_to_mend: int | None = None
    subtasks_to_mend: int | None = None
    others_to_mend: int | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """That a check found something on an issue, without what it said."""

    check: str
    issue_id: str
    key: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the last run said; `counts` are findings by the name of their check."""

    at: datetime
    figures: Figures
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Stood:
    """What stands since the last run.

    Attributes:
        checks: names, in the order of the bits of `marks`.
        marks: what was found, by issue id.
        keys: of these issues, by id.
    """

    checks: tuple[str, ...] = ()
    marks: Mapping[str, int] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)


class Fate(Enum):
    """What became of a finding since the last run."""

    NEW = "new"
    MENDED = "mended"
    CLOSED = "gone with its issue"


@dataclass(frozen=True, slots=True)
class Changes:
    """What is new and what is gone since then; `closed` went with issues that are open here no more."""

    since: datetime
    new: tuple[Noted, ...]
    mended: tuple[Noted, ...]
    closed: tuple[Noted, ...]


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
        stood: what stands since the last run, whether that is told or not.
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
    stood: Stood = field(default_factory=Stood)

    @cached_property
    def by_epic(self) -> tuple[Group, ...]:
        """Open issues below each epic, the worst first."""
        return by_epic(self.review)

    @cached_property
    def by_owner(self) -> tuple[Group, ...]:
        """Open issues of each assignee, the worst first."""
        return by_owner(self.review)

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
        counts = self.review.counts
        grave = any(each.weight >= Weight.HIGH and counts[each.check.name] for each in self.review.wanted)
        return Condition.NEEDS_CARE if grave or (left is not None and left < ENOUGH) else Condition.IN_SHAPE

    @cached_property
    def refused(self) -> tuple[tuple[Item, Command], ...]:
        """Commands of late of people who may not give them."""
        return refused(self.backlog)

    @cached_property
    def unread(self) -> tuple[tuple[Item, Unread], ...]:
        """Lines of late that were meant for commands and could not be understood."""
        return unread(self.backlog)

    @property
    def unit(self) -> str:
        """What the board counts."""
        return unit_of(self.backlog.board.estimation_field)


def assess(
    review: Review,
    *,
    scope: str,
    velocity: Decimal | None,
    earlier: Earlier | None = None,
    stood: Stood | None = None,
    trend: tuple[tuple[datetime, Figures], ...] = (),
) -> BacklogHealth:
    """What the review of a backlog comes to, beside what the last one said and what stands since."""
    stands = stood or Stood()
    return BacklogHealth(
        review=review,
        figures=figures(review, velocity),
        scope=scope,
        velocity=velocity,
        earlier=earlier,
        changes=None if earlier is None else changes(review, stands, earlier.at),
        trend=trend,
        stood=stands,
        incomplete=len(review.backlog.overview.incomplete),
    )


def figures(review: Review, velocity: Decimal | None) -> Figures:
    """What is counted."""
    backlog, overview, places = review.backlog, review.backlog.overview, review.backlog.ranked.places
    now, counts = backlog.now, backlog.board.estimation_field is None
    ages = sorted([(now - overview.created[place]).days for place in places])
    untouched_since = now - timedelta(days=LONG_UNTOUCHED)
    waiting = overview.counted(overview.kind[place] for place in places)
    ready = overview.counted(overview.kind[overview.places[one]] for one in review.ready)
    stock = Decimal(len(review.ready)) if counts else _points(ready)
    first = [readiness(backlog, item) for item in islice(review.waiting, 20)]
    (epics, issues, subtasks), to_mend = (
        _levels(overview.counts),
        _levels(overview.counted(compress(overview.kind, review.found))),
    )
    return Figures(
        open_issues=issues,
        waiting=len(places),
        points=Decimal(len(places)) if counts else _points(waiting),
        unestimated=0 if counts else sum(count for kind, count in waiting.items() if kind.estimate is None),
        median_age=int(median(ages)) if ages else None,
        oldest_age=ages[-1] if ages else None,
        old=len(ages) - bisect_right(ages, OLD),
        untouched=sum(overview.touched[place] <= untouched_since for place in places),
        ready=len(review.ready),
        ready_points=stock,
        ready_sprints=round(stock / velocity, 1) if velocity else None,
        score=round(sum(one.score for one in first) / len(first)) if first else None,
        issues_found=len(review.marks),
        findings=sum(review.counts.values()),
        weight=sum(each.weight * review.counts[each.check.name] for each in review.wanted),
        epics=epics,
        subtasks=subtasks,
        epics_to_mend=to_mend[0],
        issues_to_mend=to_mend[1],
        subtasks_to_mend=to_mend[2],
        others_to_mend=len(review.marks) - sum(to_mend),
    )


def _levels(kinds: Mapping[Kind, int]) -> tuple[int, int, int]:
    """How many epics and above, issues beside stories, and sub-tasks."""
    found = [0, 0, 0]
    for kind, count in kinds.items():
        found[0 if kind.level >= EPIC else 2 if kind.level <= SUBTASK else 1] += count
    return found[0], found[1], found[2]


def _points(kinds: Mapping[Kind, int]) -> Decimal:
    estimates = (count * kind.estimate for kind, count in kinds.items() if kind.estimate is not None)
    return sum(estimates, start=Decimal(0))


def differences(review: Review, stood: Stood) -> Iterator[tuple[Fate, Wanted, Noted]]:
    """What is new and what is gone, by issue.

    Checks that are not asked now are not held against what they found then.
    """
    names = tuple(each.check.name for each in review.wanted)
    before, now = translated(stood.marks, stood.checks, names), review.marks
    by_id, around = review.backlog.by_id, review.backlog.around
    thens = map(before.get, now, repeat(0))
    differ = [one for one, mark, then in zip(now, now.values(), thens, strict=True) if then != mark]
    differ += [one for one in before.keys() - now.keys() if before[one]]
    for one in differ:
        then, present = before.get(one, 0), now.get(one, 0)
        item = by_id.get(one)
        key = item.key if item is not None else stood.keys.get(one, one)
        gone = Fate.CLOSED if item is None or one in around else Fate.MENDED
        for fate, bits in ((Fate.NEW, present & ~then), (gone, then & ~present)):
            for each in review.checks_of(bits):
                yield fate, each, Noted(each.check.name, one, key)


def changes(review: Review, stood: Stood, since: datetime) -> Changes:
    """The differences, what weighs most first."""
    every = sorted(differences(review, stood), key=lambda one: (-one[1].weight, one[1].check.name))
    new, mended, closed = (tuple(noted for each, _, noted in every if each is fate) for fate in Fate)
    return Changes(since, new, mended, closed)


def next_up(review: Review, most: int) -> tuple[Readiness, ...]:
    """What stands at the top of the backlog, ready or not."""
    return tuple(readiness(review.backlog, item) for item in islice(review.waiting, most))
