"""What a look at a backlog leaves for the next one: the facts, and what was found on each issue.

A week changes a few of many issues. The next look reads those again, and asks about them and about what
stands beside them; what the clock alone changes was worked out in advance, and what looks at the whole
backlog is asked about all. It finds what a look at everything would find.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TypeVar

import msgspec

from app.domain.grooming.commands import Said
from app.domain.grooming.facts import Alike, Backlog, Children, Item, Person, Suggested, Version
from app.domain.grooming.review import Known, Review, Verdict
from app.domain.scrum.sprint import Sprint

K = TypeVar("K")
V = TypeVar("V")


class Kept(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An issue with what was found on it; bits as in the memory's `checks`."""

    item: Item
    stamp: str
    mark: int
    proposed: int
    soon: int
    ready: bool
    said: Said | None


class Memory(msgspec.Struct, frozen=True, array_like=True):
    """What a look leaves.

    Attributes:
        facts: tells what the facts mean from what they mean with other settings, as in `Backlog`.
        asked: likewise, what was asked; other questions are asked about all.
        checks: names of the checks, in the order of their bits.
        left_alone: ids of issues with a finding that an exemption left out.
        soon_until: until then `soon` says what time alone will make checks find.
        others: by id what was found on issues around the backlog.
    """

    facts: str
    asked: str
    at: datetime
    checks: tuple[str, ...]
    items: tuple[Kept, ...]
    around: dict[str, Item]
    gone: frozenset[str]
    blocks: tuple[tuple[str, str], ...]
    children: dict[str, Children]
    sprints: dict[int, Sprint]
    versions: dict[str, Version]
    people: dict[str, Person]
    left_alone: frozenset[str]
    soon_until: datetime
    others: dict[str, int]
    alike: dict[str, tuple[Alike, ...]]
    suggested: dict[str, Suggested]
    duplicate_link: str | None

    @property
    def marks(self) -> dict[str, int]:
        """What was found, by id."""
        found = {one.item.id: one.mark for one in self.items if one.mark}
        found.update(self.others)
        return found

    def keys_without(self, there: Collection[str]) -> dict[str, str]:
        """Of issues that are not among those, by id."""
        every = (*(one.item for one in self.items), *self.around.values())
        return {item.id: item.key for item in every if item.id not in there}


def remember(review: Review, asked: str) -> Memory:
    """What this look leaves."""
    backlog, marks, proposed = review.backlog, review.marks, review.proposed
    said, stamps, ready, soon = backlog.said, backlog.stamps, review.ready, review.soon
    return Memory(
        facts=backlog.facts,
        asked=asked,
        at=backlog.now,
        checks=tuple(each.check.name for each in review.wanted),
        items=tuple(
            Kept(
                item,
                stamps.get(item.id, ""),
                marks.get(item.id, 0),
                proposed.get(item.id, 0),
                soon.get(item.id, 0),
                item.id in ready,
                said.get(item.id),
            )
            for item in backlog.items
        ),
        around=dict(backlog.around),
        gone=backlog.gone,
        blocks=backlog.blocks,
        children=dict(backlog.all_children),
        sprints=dict(backlog.sprints),
        versions=dict(backlog.versions),
        people=dict(backlog.people),
        left_alone=review.left_alone,
        soon_until=review.soon_until or backlog.now,
        alike=dict(backlog.alike),
        suggested=dict(backlog.suggested),
        duplicate_link=backlog.duplicate_link,
        others={one: mark for one, mark in marks.items() if one in backlog.around},
    )


def known(memory: Memory, backlog: Backlog) -> Known:
    """What need not be asked again about a backlog that was read with the help of this memory."""
    again = frozenset(_again(memory, backlog))
    there = backlog.by_id
    verdicts = (
        Verdict(one.item.id, one.mark, one.proposed, one.soon, one.ready)
        for one in memory.items
        if one.item.id not in again and one.item.id in there
    )
    return Known(verdicts, again, memory.at, memory.soon_until)


def _again(memory: Memory, backlog: Backlog) -> Iterator[str]:
    """Ids of issues of which a finding may be different."""
    before = {one.item.id: one.item for one in memory.items}
    changed = [item for item in backlog.items if before.get(item.id) is not item]
    gone = [item for one, item in before.items() if one not in backlog.by_id]
    moved = [*changed, *(before[item.id] for item in changed if item.id in before), *gone]
    moved += _differing(memory.around, backlog.around)
    yield from (item.id for item in moved)
    yield from (item.parent for item in moved if item.parent is not None)
    yield from memory.left_alone
    yield from backlog.said
    waits_for: dict[str, list[str]] = {}
    for blocker, blocked in {*memory.blocks, *backlog.blocks}:
        waits_for.setdefault(blocker, []).append(blocked)
    for item in moved:
        yield from waits_for.get(item.id, ())
    yield from (blocked for _, blocked in set(memory.blocks) ^ set(backlog.blocks))
    yield from _keys_that_differ(memory.children, backlog.all_children)
    yield from _keys_that_differ(memory.suggested, backlog.suggested)
    if memory.duplicate_link == backlog.duplicate_link:
        yield from _keys_that_differ(memory.alike, backlog.alike)
    else:
        yield from {**memory.alike, **backlog.alike}
    yield from _of_what_is_named(memory, backlog)


def _of_what_is_named(memory: Memory, backlog: Backlog) -> Iterator[str]:
    """Issues that name a sprint, a version, a person or a parent that is not what it was."""
    sprints = frozenset(_keys_that_differ(memory.sprints, backlog.sprints))
    versions = frozenset(_keys_that_differ(memory.versions, backlog.versions))
    people = frozenset(_keys_that_differ(memory.people, backlog.people))
    parents = memory.gone ^ backlog.gone
    if not (sprints or versions or people or parents):
        return
    for item in backlog.items:
        if (
            (item.sprints and not sprints.isdisjoint(item.sprints))
            or item.assignee in people
            or item.reporter in people
            or item.parent in parents
            or not versions.isdisjoint(item.fix_versions)
            or not versions.isdisjoint(item.affects)
        ):
            yield item.id


def _differing(before: Mapping[str, Item], now: Mapping[str, Item]) -> Iterator[Item]:
    for one in _keys_that_differ(before, now):
        yield from (items[one] for items in (before, now) if one in items)


def _keys_that_differ(before: Mapping[K, V], now: Mapping[K, V]) -> Iterator[K]:
    for key in before.keys() | now.keys():
        if before.get(key) != now.get(key):
            yield key


def translated(marks: Mapping[str, int], before: Iterable[str], now: Collection[str]) -> dict[str, int]:
    """Marks whose bits stand for other checks, in the order of those of now; others are left out."""
    names, places = tuple(before), {name: place for place, name in enumerate(now)}
    if names == tuple(now):
        return dict(marks)
    bits = [(1 << place, 1 << places[name]) for place, name in enumerate(names) if name in places]
    by_mark = {mark: sum(new for old, new in bits if mark & old) for mark in set(marks.values())}
    return {one: by_mark[mark] for one, mark in marks.items()}
