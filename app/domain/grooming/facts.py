"""What checks know of a backlog: plain facts, read once from the store, with the instant of the question."""

from collections.abc import Collection, Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cached_property
from typing import Any

import msgspec

from app.domain.flow.status_order import BEGUN, TO_DO, StatusOrder
from app.domain.grooming.commands import Said
from app.domain.grooming.definitions import Definitions
from app.domain.grooming.ordering import merged
from app.domain.grooming.texts import NO_TEXT, Description
from app.domain.scrum.board import Board
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.scope import issue_order
from app.domain.scrum.sprint import Sprint, SprintState

EPIC, STORY, SUBTASK = 1, 0, -1
"""Levels of Jira's hierarchy: epics, what stands beside stories, and sub-tasks."""
HIDDEN = "a restricted issue"
"""Stands for the key of an issue with a security level, where not everybody may see it."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a project; `released_on` is the day of its release, planned or real."""

    id: str
    name: str
    released: bool = False
    archived: bool = False
    released_on: date | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account."""

    name: str
    active: bool = True


class Item(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An issue as grooming sees it.

    A struct, as there are hundreds of thousands: it is made and read back many times faster, and costs less.

    Attributes:
        level: `EPIC`, `STORY` or `SUBTASK`, and above epics what a site puts there.
        done: whether its status is one that the board calls done; of a status that no column shows, whether
            Jira does.
        priority_place: from 0, the most urgent first.
        assignee: account id.
        affects: ids of the versions that it was seen in.
        fix_versions: ids of the versions that it is planned for.
        parent: id of its parent, whether that is here or not.
        sprints: every sprint in its Sprint field; closed ones are those that it was carried over from.
        rank: text by which Jira orders the backlog; the smaller, the higher.
        way: ids of its statuses, oldest first, the present one last.
        status_since: when it came into its present status.
        assigned_since: when it came to its present assignee; likewise `labelled_since`.
        touched_at: when a person last did something to it; made it, changed it or wrote a comment.
        reporter_spoke_at: when its reporter last wrote a comment.
        fields: values of fields that a formula or a definition of ready asks for, by field id.
        history_complete: False where part of its changelog was not read; its instants may be too early.
        restricted: it has a security level: not everybody may see it.
    """

    id: str
    key: str
    project_key: str
    summary: str
    type_name: str
    level: int
    status_id: str
    status_name: str
    created: datetime
    status_since: datetime
    touched_at: datetime
    done: bool = False
    way: tuple[str, ...] = ()
    priority: str | None = None
    priority_place: int | None = None
    assignee: str | None = None
    reporter: str | None = None
    labels: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    fix_versions: tuple[str, ...] = ()
    affects: tuple[str, ...] = ()
    due: date | None = None
    estimate: Decimal | None = None
    parent: str | None = None
    sprints: frozenset[int] = frozenset()
    rank: str | None = None
    flagged: bool = False
    description: Description = NO_TEXT
    assigned_since: datetime | None = None
    labelled_since: datetime | None = None
    resolved_at: datetime | None = None
    reporter_spoke_at: datetime | None = None
    fields: Mapping[str, Any] = msgspec.field(default_factory=dict)
    history_complete: bool = True
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class Children:
    """How many children an issue has, whoever they belong to; `last_at` is when the last one was done."""

    done: int = 0
    open: int = 0
    last_at: datetime | None = None


CHILDLESS = Children()


class Alike(msgspec.Struct, frozen=True, array_like=True):
    """An older issue that says much of the same.

    Attributes:
        likeness: from 0 to 1.
        words, phrases: that both say, the heaviest first.
    """

    key: str
    summary: str
    status: str
    likeness: float
    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()


class Suggested(msgspec.Struct, frozen=True, array_like=True):
    """What the team would probably estimate.

    Attributes:
        low, high: four estimates in five lie between them.
        neighbours: done issues that say much of the same, with their estimates.
        error, median_error: by how much suggestions were off on the team's own past, and the median was.
    """

    estimate: float
    low: float
    high: float
    neighbours: tuple[tuple[str, float], ...] = ()
    error: float = 0
    median_error: float = 0


@dataclass(frozen=True)
class Backlog:
    """The open issues of a board's backlog with all that stands around them.

    Attributes:
        now: the instant of the question.
        items: the open ones that are judged, whatever sprint they are in.
        around: by id what they name and what is not judged: parents and blockers that are done or belong to
            another team.
        gone: ids of parents that were deleted.
        blocks: blocker and blocked, by id; the blocked one is always judged.
        all_children: by the id of an open parent.
        called_done: ids of statuses that Jira itself calls done, in whatever column, also before Released.
        done_in: by id of an issue that was reopened, closed sprints at whose end it was done.
        definitions: what the team calls ready.
        said: by issue id what people told Burnish in comments.
        stamps: by issue id what changes with every change of the issue that is not told by others.
        alike: by issue id the older issues that it may be a duplicate of, the likeliest first.
        suggested: by issue id an estimate, where the team's past tells.
        duplicate_link: name of the site's kind of links between duplicates.
        facts: tells what these mean from what they meant with other settings.
        only: those of the items that are asked about; None for all of them.
        ordered: ids of items in the order of `ranked`, as far as it is known; that is not worked out anew.
        show_restricted: whether issues with a security level are told like others.
        restricted_keys: which of those that only `said`, `alike` and `suggested` name have one.
    """

    board: Board
    order: StatusOrder
    calendar: Calendar
    now: datetime
    items: tuple[Item, ...]
    around: Mapping[str, Item] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    blocks: tuple[tuple[str, str], ...] = ()
    all_children: Mapping[str, Children] = field(default_factory=dict)
    sprints: Mapping[int, Sprint] = field(default_factory=dict)
    versions: Mapping[str, Version] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    definitions: Definitions = field(default_factory=Definitions)
    said: Mapping[str, Said] = field(default_factory=dict)
    called_done: frozenset[str] = frozenset()
    done_in: Mapping[str, frozenset[int]] = field(default_factory=dict)
    sprint_field: str | None = None
    stamps: Mapping[str, str] = field(default_factory=dict)
    alike: Mapping[str, tuple[Alike, ...]] = field(default_factory=dict)
    suggested: Mapping[str, Suggested] = field(default_factory=dict)
    duplicate_link: str | None = None
    facts: str = ""
    only: tuple[Item, ...] | None = None
    ordered: tuple[str, ...] = ()
    show_restricted: bool = False
    restricted_keys: frozenset[str] = frozenset()

    @property
    def asked(self) -> tuple[Item, ...]:
        """The items that are asked about, among all that are known."""
        return self.items if self.only is None else self.only

    def asking(self, items: tuple[Item, ...]) -> "Backlog":
        """The same backlog, of which only those are asked about."""
        return self._seen(only=items)

    def at(self, instant: datetime) -> "Backlog":
        """The same backlog by another clock."""
        return self._seen(now=instant)

    def knowing(
        self,
        *,
        alike: Mapping[str, tuple[Alike, ...]] | None = None,
        suggested: Mapping[str, Suggested] | None = None,
        duplicate_link: str | None = None,
        restricted_keys: frozenset[str] | None = None,
        said: Mapping[str, Said] | None = None,
    ) -> "Backlog":
        """The same issues with more that is known around them; what is None stays. They keep their order."""
        return self._seen(
            alike=self.alike if alike is None else alike,
            suggested=self.suggested if suggested is None else suggested,
            duplicate_link=self.duplicate_link if duplicate_link is None else duplicate_link,
            restricted_keys=self.restricted_keys if restricted_keys is None else restricted_keys,
            said=self.said if said is None else said,
        )

    def _seen(self, **values: Any) -> "Backlog":
        """A copy that shares what was worked out, so far as that does not depend on what is different."""
        _ = self.by_id, self.hidden, self.children, self.ranked, self._blockers
        view = copy(self)
        for name in ("today", "told"):
            view.__dict__.pop(name, None)
        view.__dict__.update(values)
        return view

    @cached_property
    def by_id(self) -> Mapping[str, Item]:
        """Every issue that is known."""
        return {**self.around, **{item.id: item for item in self.items}}

    def hides(self, item: Item) -> bool:
        """Whether it counts, but is not told."""
        return item.restricted and not self.show_restricted

    @cached_property
    def hidden(self) -> frozenset[str]:
        """Ids of the issues that count, but are not told."""
        return frozenset(one for one, item in self.by_id.items() if item.restricted and self.hides(item))

    @cached_property
    def told(self) -> "Backlog":
        """As sentences for everybody are made from it: nobody can tell which restricted issue one names."""
        if not self.hidden and (self.show_restricted or not self.restricted_keys):
            return self
        keys = self.restricted_keys | {self.by_id[one].key for one in self.hidden}
        return replace(
            self,
            ordered=tuple(item.id for item in self.ranked),
            items=tuple(self._masked(item) for item in self.items),
            around={one: self._masked(item) for one, item in self.around.items()},
            said={one: said.hiding(keys, HIDDEN) for one, said in self.said.items()},
            alike={one: tuple(_alike(each, keys) for each in every) for one, every in self.alike.items()},
            suggested={one: _suggested(each, keys) for one, each in self.suggested.items()},
        )

    def _masked(self, item: Item) -> Item:
        """Its key goes, which is all that sentences about others tell; its summary is asked for its words."""
        return msgspec.structs.replace(item, key=HIDDEN) if self.hides(item) else item

    @cached_property
    def children(self) -> Mapping[str, tuple[Item, ...]]:
        """Open children that are judged, by their parent's id."""
        found: dict[str, list[Item]] = {}
        for item in self.items:
            if item.parent is not None:
                found.setdefault(item.parent, []).append(item)
        return {parent: tuple(items) for parent, items in found.items()}

    @cached_property
    def ranked(self) -> tuple[Item, ...]:
        """What a product owner orders, highest first: neither sub-tasks nor epics, in no running sprint.

        Without a rank an issue stands at the end, by key.
        """
        by_id, known, running = self.by_id, set(self.ordered), self._running
        others = (by_id[one] for one in by_id.keys() - known if one not in self.around)
        ordered, moved = (
            [item for item in items if item.level == STORY and running.isdisjoint(item.sprints)]
            for items in ((by_id[one] for one in self.ordered), others)
        )
        return tuple(merged(ordered, sorted(moved, key=_rank), key=_rank))

    def is_ranked(self, item: Item) -> bool:
        """Whether a product owner orders it."""
        return item.level == STORY and not (item.sprints and self.is_running(item))

    def begun(self, item: Item) -> bool:
        """Whether it stands in a column of work in progress."""
        return self.order.category(item.status_id) == BEGUN

    def waits(self, item: Item) -> bool:
        """Whether work on it is still to begin."""
        return self.order.category(item.status_id) == TO_DO

    def is_running(self, item: Item) -> bool:
        """Whether it is in a sprint that runs."""
        return not self._running.isdisjoint(item.sprints)

    @cached_property
    def _running(self) -> frozenset[int]:
        return frozenset(one for one, sprint in self.sprints.items() if sprint.state is SprintState.ACTIVE)

    def running_since(self, item: Item) -> datetime | None:
        """When the running sprint that it is in began, as far as that is known; of several the first one."""
        running = (one for one in self.open_sprints(item) if one.state is SprintState.ACTIVE)
        return min((one.started_at for one in running if one.started_at is not None), default=None)

    def is_planned(self, item: Item) -> bool:
        """Whether it is in a sprint that runs or will run."""
        return any(self._state(number) in {SprintState.ACTIVE, SprintState.FUTURE} for number in item.sprints)

    def closed_sprints(self, item: Item) -> tuple[Sprint, ...]:
        """Sprints that closed without it being done, oldest first."""
        without = item.sprints - self.done_in.get(item.id, frozenset())
        closed = (self.sprints[number] for number in without if self._state(number) is SprintState.CLOSED)
        return tuple(sorted(closed, key=lambda sprint: (sprint.completed or self.now, sprint.id)))

    def open_sprints(self, item: Item) -> tuple[Sprint, ...]:
        """Sprints that it is in and that are not closed, by id."""
        found = sorted(number for number in item.sprints if number in self.sprints)
        return tuple(
            self.sprints[number] for number in found if self._state(number) is not SprintState.CLOSED
        )

    def blockers(self, item: Item) -> tuple[Item, ...]:
        """What it waits for, as its links say, done or not."""
        return tuple(self.by_id[one] for one in self._blockers.get(item.id, ()) if one in self.by_id)

    @cached_property
    def _blockers(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for blocker, blocked in self.blocks:
            found.setdefault(blocked, []).append(blocker)
        return {blocked: tuple(blockers) for blocked, blockers in found.items()}

    def name_of(self, account: str | None) -> str:
        """A person's name as people know it."""
        if account is None:
            return "nobody"
        person = self.people.get(account)
        return account if person is None else person.name

    @cached_property
    def today(self) -> date:
        """The day of the question, where the team is."""
        return self.calendar.day_of(self.now)

    def start_of(self, day: date) -> datetime:
        """When a day began where the team is."""
        return datetime.combine(day, time(), tzinfo=self.calendar.zone).astimezone(UTC)

    def days_since(self, at: datetime) -> int:
        """Whole days that have passed."""
        return (self.now - at).days

    def _state(self, number: int) -> SprintState | None:
        sprint = self.sprints.get(number)
        return None if sprint is None else sprint.state


def _alike(one: Alike, hidden: Collection[str]) -> Alike:
    return Alike(HIDDEN, "", "", one.likeness) if one.key in hidden else one


def _suggested(one: Suggested, hidden: Collection[str]) -> Suggested:
    near = tuple((HIDDEN if key in hidden else key, estimate) for key, estimate in one.neighbours)
    return msgspec.structs.replace(one, neighbours=near)


def _rank(item: Item) -> tuple[bool, str, tuple[str, int, str, str]]:
    return item.rank is None, item.rank or "", issue_order(item.key)


def by_key(items: Iterable[Item]) -> list[Item]:
    """In the order of their keys, numbers as numbers."""
    return sorted(items, key=lambda item: issue_order(item.key))
