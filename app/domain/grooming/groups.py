"""The open issues of a backlog by epic and by owner, with what was found on them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from struct import unpack

from app.domain.grooming.item import EPIC, Item
from app.domain.grooming.review import Review


@dataclass(frozen=True, slots=True)
class Group:
    """Issues of one epic or one owner, with what was found on them."""

    name: str
    key: str | None
    issues: int
    found: int
    weight: int
    most: tuple[tuple[str, int], ...]


def by_epic(review: Review) -> tuple[Group, ...]:
    """Open issues below each epic, the worst first; those without one together."""
    by_id = review.backlog.by_id

    @cache
    def above(parent: str | None, levels: int) -> _Name:
        found = by_id.get(parent or "")
        if found is None or not levels:
            return "No epic", None
        return (found.summary, found.key) if found.level >= EPIC else above(found.parent, levels - 1)

    def below(item: Item) -> str | None:
        return item.id if item.level >= EPIC else item.parent

    overview = review.backlog.overview
    parents = [*overview.parents]
    for place in overview.of_kind(lambda kind: kind.level >= EPIC):
        parents[place] = overview.ids[place]
    return _grouped(review, parents, below, lambda parent: above(parent, _MOST_LEVELS))


_Name = tuple[str, str | None]
_MOST_LEVELS = 4
"""Sub-task, story, epic, and what a site puts between; a circle of parents ends there."""


def by_owner(review: Review) -> tuple[Group, ...]:
    """Open issues of each assignee, the worst first; those without one together."""

    def name(assignee: str | None) -> _Name:
        return ("Nobody" if assignee is None else review.backlog.name_of(assignee)), None

    overview = review.backlog.overview
    owners = [named.assignee for named in overview.named]
    return _grouped(review, map(owners.__getitem__, overview.names), lambda item: item.assignee, name)


_BITS = 32


def _grouped(
    review: Review,
    names: Iterable[str | None],
    below: Callable[[Item], str | None],
    name_of: Callable[[str | None], _Name],
) -> tuple[Group, ...]:
    """By the name of what issues are below: the items by their `names`, those around them as `below` tells.

    Counts of a group stand in one number, 32 bits for each. So an issue is counted by one addition, however
    much was found on it.
    """
    marks, backlog, packed, counts = review.marks, review.backlog, _packed(review), dict[str | None, int]()
    for name, mark in zip(names, review.found, strict=True):
        counts[name] = counts.get(name, 0) + packed[mark]
    for item in backlog.around.values():
        if item.id in marks:
            name = below(item)
            counts[name] = counts.get(name, 0) + packed[marks[item.id]] - packed[0]
    sums: dict[_Name, int] = {}
    for name, count in counts.items():
        sums[name_of(name)] = sums.get(name_of(name), 0) + count
    groups = [_group(review, name, count) for name, count in sums.items()]
    return tuple(
        sorted(groups, key=lambda group: (-group.weight, -group.issues, group.name, group.key or ""))
    )


def _packed(review: Review) -> dict[int, int]:
    """By mark what an issue adds to its group: to issues, those with findings, weight, and each check."""
    found = {
        mark: 1
        + (1 << _BITS)
        + (weight << 2 * _BITS)
        + sum(1 << (3 + place) * _BITS for place in range(len(review.wanted)) if mark >> place & 1)
        for mark, weight in review.weight_of.items()
    }
    return {0: 1, **found}


def _group(review: Review, name: _Name, packed: int) -> Group:
    number = 3 + len(review.wanted)
    issues, found, weight, *counts = unpack(f"<{number}I", packed.to_bytes(number * _BITS // 8, "little"))
    titles = {each.check.title: count for each, count in zip(review.wanted, counts, strict=True) if count}
    return Group(name[0], name[1], issues, found, weight, _most(titles))


def _most(titles: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(titles.items(), key=lambda one: (-one[1], one[0]))[:3])
