"""What a look at a backlog leaves for the next one: the facts, and what was found on each issue.

A week changes a few of many issues. The next look reads those again, and asks about them and about what
stands beside them; what the clock alone changes was worked out in advance, and what looks at the whole
backlog is asked about all. It finds what a look at everything would find.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import accumulate, compress, repeat
from typing import Any, TypeVar

import msgspec

from app.domain.grooming.commands import Said
from app.domain.grooming.facts import Alike, Backlog, Children, Person, Suggested, Version
from app.domain.grooming.item import SHAPE, Item
from app.domain.grooming.items import Items, Named, Overview
from app.domain.grooming.known import Known
from app.domain.grooming.parts import Kept, Part, without
from app.domain.grooming.review import Review
from app.domain.scrum.sprint import Sprint

K = TypeVar("K")
V = TypeVar("V")


class Memory(msgspec.Struct, frozen=True, array_like=True, dict=True):
    """What a look leaves.

    Attributes:
        shape: of an issue, as it is kept.
        facts: tells what the facts mean from what they mean with other settings, as in `Backlog`.
        asked: likewise, what was asked; other questions are asked about all.
        checks: names of the checks, in the order of their bits.
        overview: of the issues. What else is known of each stands at the same place of a list of its own: a
            list is read back and compared at once, an object for each issue is not.
        bodies: all that is known of each, read where somebody asks for it; kept in `parts`.
        before: the instant of the run that these go on from.
        ready: whether it waits and is ready; `found`, `proposed` and `soon` are marks.
        ranked: places of the issues that a product owner orders, the highest first.
        said: by issue id.
        left_alone: ids of issues with a finding that an exemption left out.
        soon_until: until then `soon` says what time alone will make checks find.
        common: as in `Review`.
        others: by id what was found on issues around the backlog.
    """

    shape: str
    facts: str
    asked: str
    at: datetime
    checks: tuple[str, ...]
    overview: Overview
    bodies: list[msgspec.Raw]
    parts: list[Part]
    before: datetime | None
    stamps: list[str]
    found: list[int]
    proposed: list[int]
    soon: list[int]
    ready: list[bool]
    ranked: list[int]
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
    common: dict[str, frozenset[str]]
    others: dict[str, int]
    alike: dict[str, tuple[Alike, ...]]
    suggested: dict[str, Suggested]
    duplicate_link: str | None

    @cached_property
    def items(self) -> Items:
        """The issues."""
        return Items([*self.bodies], self.overview)

    @property
    def marks(self) -> dict[str, int]:
        """What was found, by id."""
        found = {one: mark for one, mark in zip(self.overview.ids, self.found, strict=True) if mark}
        found.update(self.others)
        return found

    def keys_without(self, backlog: Backlog) -> dict[str, str]:
        """Of issues that are not known there, by id."""
        places = self.overview.places
        gone = places.keys() - backlog.overview.places.keys() - backlog.around.keys()
        around = {one: item.key for one, item in self.around.items() if one not in backlog.by_id}
        return {one: self.items[places[one]].key for one in gone} | around

    def left(self, same: Sequence[bool]) -> Kept:
        """What it still knows, where of all issues only those are the same."""
        return Kept(list(compress(range(len(same)), same)), without(self.parts, same), self.at)

    def ranked_left(self, same: Sequence[bool], now: Items) -> list[int]:
        """Places that issues whose rank is the same have now, in the order in which they were ranked."""
        at = [
            place if is_same else None
            for place, is_same in zip(accumulate(same, initial=0), same, strict=False)
        ]
        for place in (place for place, is_same in enumerate(same) if not is_same):
            one = now.overview.places.get(self.overview.ids[place])
            if one is not None and _ranking(self.items, place) == _ranking(now, one):
                at[place] = one
        return [one for place in self.ranked if (one := at[place]) is not None]


def _ranking(items: Items, place: int) -> tuple[str | None, str]:
    return items.overview.ranks[place], items[place].key


def remember(review: Review, asked: str) -> Memory:
    """What this look leaves."""
    backlog, marks, ids = review.backlog, review.marks, review.backlog.overview.ids
    bodies: Any = backlog.issues.bodies  # encoded they are alike, whether they were read or not
    return Memory(
        shape=SHAPE,
        facts=backlog.facts,
        asked=asked,
        at=backlog.now,
        checks=tuple(each.check.name for each in review.wanted),
        overview=backlog.overview,
        bodies=bodies,
        parts=[*backlog.kept.parts],
        before=backlog.kept.at,
        stamps=_of_each(ids, backlog.stamps, ""),
        found=list(review.found),
        proposed=_of_each(ids, review.proposed, 0),
        soon=_of_each(ids, review.soon, 0),
        ready=list(map(review.ready.__contains__, ids)),
        ranked=list(backlog.ranked.places),
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
        common=dict(review.common),
        alike=dict(backlog.alike),
        suggested=dict(backlog.suggested),
        duplicate_link=backlog.duplicate_link,
        others={one: marks[one] for one in backlog.around if one in marks},
    )


def _of_each(ids: Sequence[str], values: Mapping[str, V], without: V) -> list[V]:
    return list(map(values.get, ids, repeat(without)))


def known(memory: Memory, backlog: Backlog) -> Known:
    """What need not be asked again about a backlog that was read with the help of this memory."""
    kept = backlog.kept.places

    def of_kept(values: Sequence[V]) -> list[V]:
        return list(map(values.__getitem__, kept))

    return Known(
        ids=backlog.overview.ids[: len(kept)],
        found=of_kept(memory.found),
        proposed=of_kept(memory.proposed),
        soon=of_kept(memory.soon),
        ready=of_kept(memory.ready),
        again=frozenset(_again(memory, backlog)),
        at=memory.at,
        soon_until=memory.soon_until,
        common=memory.common,
    )


def _again(memory: Memory, backlog: Backlog) -> Iterator[str]:
    """Ids of issues of which a finding may be different."""
    before, now, kept = memory.items, backlog.issues, backlog.kept.places
    moved = [now[place] for place in range(len(kept), len(now))]
    moved += [before[place] for place in sorted(set(range(len(before))).difference(kept))]
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
    overview = backlog.overview

    def names_one(named: Named) -> bool:
        return (
            named.assignee in people
            or named.reporter in people
            or not sprints.isdisjoint(named.sprints)
            or not versions.isdisjoint(named.versions)
        )

    yield from (overview.ids[place] for place in overview.naming(names_one))
    for parent in memory.gone ^ backlog.gone:
        yield from (overview.ids[place] for place in overview.below.get(parent, ()))


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
