"""What checks know of a backlog: plain facts, read once from the store, with the instant of the question."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import cached_property
from itertools import chain
from typing import Any

import msgspec

from app.domain.flow.status_order import BEGUN, TO_DO, StatusOrder
from app.domain.grooming.commands import Said
from app.domain.grooming.definitions import Definitions
from app.domain.grooming.item import STORY, Item
from app.domain.grooming.items import ById, Chosen, Items, Overview
from app.domain.grooming.ordering import merged
from app.domain.grooming.parts import Kept
from app.domain.scrum.board import Board
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.scope import issue_order
from app.domain.scrum.sprint import Sprint, SprintState

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
        done_at: since when it is done; None while it is not.
    """

    key: str
    summary: str
    status: str
    likeness: float
    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    done_at: datetime | None = None


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
        kept: what of them the last run left.
        ordered: places of items in the order of `ranked`, as far as it is known; that is not worked out anew.
        show_restricted: whether issues with a security level are told like others.
        apart: where they are not, those that are open, of which nothing else here knows.
        restricted: how many of them the project of the board has, open or not.
    """

    board: Board
    order: StatusOrder
    calendar: Calendar
    now: datetime
    items: Sequence[Item]
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
    only: Sequence[Item] | None = None
    kept: Kept = field(default_factory=Kept)
    ordered: Sequence[int] = ()
    show_restricted: bool = False
    apart: "Backlog | None" = None
    restricted: int = 0

    @property
    def asked(self) -> Sequence[Item]:
        """The items that are asked about, among all that are known."""
        return self.items if self.only is None else self.only

    def asking(self, items: Sequence[Item]) -> "Backlog":
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
        said: Mapping[str, Said] | None = None,
    ) -> "Backlog":
        """The same issues with more that is known around them; what is None stays. They keep their order."""
        return self._seen(
            alike=self.alike if alike is None else alike,
            suggested=self.suggested if suggested is None else suggested,
            duplicate_link=self.duplicate_link if duplicate_link is None else duplicate_link,
            apart=self.apart and self.apart.knowing(duplicate_link=duplicate_link),
            said=self.said if said is None else said,
        )

    def _seen(self, **values: Any) -> "Backlog":
        """A copy that shares what was worked out, so far as that does not depend on what is different."""
        _ = self.issues, self.by_id, self.hidden, self.ranked, self._blockers
        view = copy(self)
        for name in ("today", "told"):
            view.__dict__.pop(name, None)
        view.__dict__.update(values)
        return view

    @cached_property
    def issues(self) -> Items:
        """The items, with an overview of them."""
        return self.items if isinstance(self.items, Items) else Items.of(self.items)

    @property
    def overview(self) -> Overview:
        """What is asked of all of them at once."""
        return self.issues.overview

    @cached_property
    def by_id(self) -> Mapping[str, Item]:
        """Every issue that is known."""
        return ById(self.issues, self.around)

    def owner_of(self, issue_id: str) -> str | None:
        """Account id of whoever it is assigned to."""
        place, overview = self.overview.places.get(issue_id), self.overview
        return (
            self.around[issue_id].assignee
            if place is None
            else overview.named[overview.names[place]].assignee
        )

    def hides(self, item: Item) -> bool:
        """Whether not everybody may be told of it."""
        return item.restricted and not self.show_restricted

    @cached_property
    def hidden(self) -> frozenset[str]:
        """Ids of the issues of which not everybody may be told."""
        if self.show_restricted:
            return frozenset()
        ids, restricted = self.overview.ids, self.overview.of_kind(lambda kind: kind.restricted)
        around = (one for one, item in self.around.items() if item.restricted)
        return frozenset(chain((ids[place] for place in restricted), around))

    @cached_property
    def told(self) -> "Backlog":
        """As sentences are made from it: nobody can tell which restricted issue one names."""
        if not self.hidden:
            return self
        items = self.issues.seen(self._masked)
        around = {one: self._masked(item) for one, item in self.around.items()}
        return self._seen(
            items=items,
            issues=items,
            by_id=ById(items, around),
            ranked=Chosen(items, self.ranked.places),
            around=around,
        )

    def _masked(self, item: Item) -> Item:
        """Its key goes, which is all that sentences about others tell; its summary is asked for its words."""
        return msgspec.structs.replace(item, key=HIDDEN) if self.hides(item) else item

    def children_of(self, item: Item) -> tuple[Item, ...]:
        """Open children that are judged."""
        return tuple(self.issues[place] for place in self.overview.below.get(item.id, ()))

    def touched_below(self, item: Item) -> Iterator[datetime]:
        """When people last touched each of them."""
        return map(self.overview.touched.__getitem__, self.overview.below.get(item.id, ()))

    def is_whole(self, item: Item) -> bool:
        """Whether all of its history was read, and of theirs."""
        below = self.overview.below.get(item.id, ())
        return item.history_complete and self.overview.incomplete.isdisjoint(below)

    @cached_property
    def ranked(self) -> Chosen:
        """What a product owner orders, highest first: neither sub-tasks nor epics, in no running sprint.

        Without a rank an issue stands at the end, by key.
        """
        stories = self.overview.of_kind(lambda kind: kind.level == STORY)
        running = self.overview.naming(lambda named: not self._running.isdisjoint(named.sprints))
        those = set(stories).difference(running)
        moved = sorted(those.difference(self.ordered), key=self._rank)
        return Chosen(self.issues, merged([*filter(those.__contains__, self.ordered)], moved, key=self._rank))

    def _rank(self, place: int) -> tuple[bool, str, "_ByKey"]:
        rank = self.overview.ranks[place]
        return rank is None, rank or "", _ByKey(self.issues, place)

    def is_ranked(self, item: Item) -> bool:
        """Whether a product owner orders it."""
        return item.level == STORY and not (item.sprints and self.is_running(item))

    def begun(self, item: Item) -> bool:
        """Whether it stands in a column of work in progress."""
        return self.has_begun(item.status_id)

    def has_begun(self, status_id: str) -> bool:
        """Whether issues of that status do."""
        return self.order.category(status_id) == BEGUN

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

    def waits_for(self) -> Mapping[str, list[str]]:
        """By id of what waits for others, as its links say, those of them that are not done."""
        places, kinds, kind = self.overview.places, self.overview.kinds, self.overview.kind

        def is_done(one: str) -> bool:
            return kinds[kind[places[one]]].done if one in places else self.around[one].done

        return {
            blocked: [one for one in blockers if one in self.by_id and not is_done(one)]
            for blocked, blockers in self._blockers.items()
            if blocked in self.by_id
        }

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


@dataclass(frozen=True, slots=True)
class _ByKey:
    """Orders issues by their keys, which are read where their ranks are the same."""

    items: Items
    place: int

    def __lt__(self, other: "_ByKey") -> bool:
        return issue_order(self.items[self.place].key) < issue_order(other.items[other.place].key)


def by_key(items: Iterable[Item]) -> list[Item]:
    """In the order of their keys, numbers as numbers."""
    return sorted(items, key=lambda item: issue_order(item.key))
