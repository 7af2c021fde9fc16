"""What a look at a backlog leaves for the next one: the facts, and what was found on each issue.

A week changes a few of many issues. The next look reads those again, and asks about them and about what
stands beside them; what the clock alone changes was worked out in advance, and what looks at the whole
backlog is asked about all. It finds what a look at everything would find.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import count, repeat
from typing import TypeVar

import msgspec

from app.domain.grooming.commands import Said
from app.domain.grooming.facts import Alike, Backlog, Children, Item, Person, Suggested, Version
from app.domain.grooming.review import Known, Review
from app.domain.scrum.sprint import Sprint

K = TypeVar("K")
V = TypeVar("V")


class Memory(msgspec.Struct, frozen=True, array_like=True, dict=True):
    """What a look leaves.

    Attributes:
        facts: tells what the facts mean from what they mean with other settings, as in `Backlog`.
        asked: likewise, what was asked; other questions are asked about all.
        checks: names of the checks, in the order of their bits.
        items: the issues. What else is known of each stands at the same place of a list of its own: a list is
            read back and compared at once, an object for each issue is not.
        ready: whether it waits and is ready; `found`, `proposed` and `soon` are marks.
        ranked: places of the issues that a product owner orders, the highest first.
        said: by issue id.
        left_alone: ids of issues with a finding that an exemption left out.
        soon_until: until then `soon` says what time alone will make checks find.
        others: by id what was found on issues around the backlog.
    """

    facts: str
    asked: str
    at: datetime
    checks: tuple[str, ...]
    items: tuple[Item, ...]
    stamps: tuple[str, ...]
    found: tuple[int, ...]
    proposed: tuple[int, ...]
    soon: tuple[int, ...]
    ready: tuple[bool, ...]
    ranked: tuple[int, ...]
    said: dict[str, Said]
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

    @cached_property
    def ids(self) -> list[str]:
        """Of the issues, in their order."""
        return [item.id for item in self.items]

    @property
    def marks(self) -> dict[str, int]:
        """What was found, by id."""
        found = {one: mark for one, mark in zip(self.ids, self.found, strict=True) if mark}
        found.update(self.others)
        return found

    def keys_without(self, there: Collection[str]) -> dict[str, str]:
        """Of issues that are not among those, by id."""
        found = {one: item.key for one, item in zip(self.ids, self.items, strict=True) if one not in there}
        return found | {one: item.key for one, item in self.around.items() if one not in there}


def remember(review: Review, asked: str) -> Memory:
    """What this look leaves."""
    backlog, marks = review.backlog, review.marks
    ids = [item.id for item in backlog.items]
    places = dict(zip(ids, count(), strict=False))
    return Memory(
        facts=backlog.facts,
        asked=asked,
        at=backlog.now,
        checks=tuple(each.check.name for each in review.wanted),
        items=backlog.items,
        stamps=_of_each(ids, backlog.stamps, ""),
        found=_of_each(ids, marks, 0),
        proposed=_of_each(ids, review.proposed, 0),
        soon=_of_each(ids, review.soon, 0),
        ready=tuple(map(review.ready.__contains__, ids)),
        ranked=tuple([places[item.id] for item in backlog.ranked]),
        said={one: said for one, said in backlog.said.items() if one in backlog.by_id},
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
        others={one: marks[one] for one in backlog.around if one in marks},
    )


def _of_each(ids: Sequence[str], values: Mapping[str, V], without: V) -> tuple[V, ...]:
    return tuple(map(values.get, ids, repeat(without)))


def known(memory: Memory, backlog: Backlog) -> Known:
    """What need not be asked again about a backlog that was read with the help of this memory."""
    ids = memory.ids
    before = dict(zip(ids, memory.items, strict=True))
    gone = before.keys() - backlog.by_id.keys()
    again = frozenset(_again(memory, before, gone, backlog))
    return Known(
        ids=ids,
        found=memory.found,
        proposed=memory.proposed,
        soon=memory.soon,
        ready=memory.ready,
        again=again,
        gone=gone,
        at=memory.at,
        soon_until=memory.soon_until,
    )


def _again(
    memory: Memory, before: Mapping[str, Item], gone: Iterable[str], backlog: Backlog
) -> Iterator[str]:
    """Ids of issues of which a finding may be different."""
    around = backlog.around
    changed = [
        item for one, item in backlog.by_id.items() if before.get(one) is not item and one not in around
    ]
    moved = [*changed, *(before[item.id] for item in changed if item.id in before)]
    moved += [before[one] for one in gone]
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
