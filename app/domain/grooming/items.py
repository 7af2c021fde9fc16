"""The issues of a backlog: each with its facts, and beside them in lists what is asked of all at once.

A look asks a hundred thousand issues a handful of things, and few of them everything. So the handful stands
in an `Overview`, and what the last look left of an issue is read where somebody asks for it.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from itertools import chain, compress
from typing import Any, NamedTuple, TypeVar, overload

import msgspec

from app.domain.grooming.item import Item

T = TypeVar("T")
V = TypeVar("V", bound=Hashable)


class Kind(NamedTuple):
    """What few values say of an issue; many issues are of one kind. Names as in `Item`."""

    project_key: str
    type_name: str
    level: int
    status_id: str
    priority_place: int | None
    estimate: Decimal | None
    has_parent: bool
    has_component: bool
    done: bool
    history_complete: bool
    restricted: bool


class Named(NamedTuple):
    """What an issue names: people by account id, sprints and versions by id."""

    assignee: str | None
    reporter: str | None
    sprints: frozenset[int]
    versions: tuple[str, ...]


class Overview(msgspec.Struct, array_like=True, dict=True, eq=False):
    """What is asked of all issues at once: of each, at the same place of every list.

    Attributes:
        parents: their ids; `ranks`: texts by which Jira orders the backlog.
        digests, characters: of descriptions.
        kind: its place among the `kinds`; `names`: likewise among what is `named`.
    """

    ids: list[str]
    parents: list[str | None]
    ranks: list[str | None]
    created: list[datetime]
    touched: list[datetime]
    digests: list[int]
    characters: list[int]
    kind: list[int]
    kinds: list[Kind]
    names: list[int]
    named: list[Named]

    @classmethod
    def of(cls, items: Iterable[Item]) -> "Overview":
        """Of those issues, in their order."""
        return cls([], [], [], [], [], [], [], [], [], [], []).going_on((), items)

    def going_on(self, same: Sequence[bool], anew: Iterable[Item]) -> "Overview":
        """Of those that are the same, and behind them of those that were read anew."""
        new = list(anew)
        kind, kinds = _numbered(compress(self.kind, same), self.kinds, map(_kind, new))
        names, named = _numbered(compress(self.names, same), self.named, map(_named, new))
        return Overview(
            [*compress(self.ids, same), *(item.id for item in new)],
            [*compress(self.parents, same), *(item.parent for item in new)],
            [*compress(self.ranks, same), *(item.rank for item in new)],
            [*compress(self.created, same), *(item.created for item in new)],
            [*compress(self.touched, same), *(item.touched_at for item in new)],
            [*compress(self.digests, same), *(item.description.digest for item in new)],
            [*compress(self.characters, same), *(item.description.characters for item in new)],
            kind,
            list(map(Kind._make, kinds)),
            names,
            list(map(Named._make, named)),
        )

    @cached_property
    def places(self) -> Mapping[str, int]:
        """By id."""
        return dict(zip(self.ids, range(len(self.ids)), strict=True))

    @cached_property
    def below(self) -> Mapping[str, list[int]]:
        """Places of children, by the id of their parent."""
        found: dict[str, list[int]] = {}
        for place, parent in enumerate(self.parents):
            if parent is not None:
                found.setdefault(parent, []).append(place)
        return found

    @cached_property
    def counts(self) -> Mapping[Kind, int]:
        """How many issues there are of each kind."""
        return self.counted(self.kind)

    def counted(self, numbers: Iterable[int]) -> Mapping[Kind, int]:
        """Likewise of some, by the numbers of their kinds."""
        return {self.kinds[number]: count for number, count in Counter(numbers).items()}

    def of_kind(self, is_so: Callable[[Kind], bool]) -> list[int]:
        """Places of issues of such a kind."""
        return _chosen(self.kind, self.kinds, is_so)

    def naming(self, is_so: Callable[[Named], bool]) -> list[int]:
        """Places of issues that name such things."""
        return _chosen(self.names, self.named, is_so)

    @cached_property
    def incomplete(self) -> frozenset[int]:
        """Places of issues whose history was not read whole."""
        return frozenset(self.of_kind(lambda kind: not kind.history_complete))

    def once(self, asked: Hashable, answer: Callable[[], T]) -> T:
        """What many ask of all issues is worked out for the first of them."""
        known: dict[Hashable, Any] = self._answers
        if asked not in known:
            known[asked] = answer()
        found: T = known[asked]
        return found

    @cached_property
    def _answers(self) -> dict[Hashable, Any]:
        return {}


def _kind(item: Item) -> tuple[Any, ...]:
    """As in `Kind`, of which one is made for all that are the same."""
    return (
        item.project_key,
        item.type_name,
        item.level,
        item.status_id,
        item.priority_place,
        item.estimate,
        item.parent is not None,
        bool(item.components),
        item.done,
        item.history_complete,
        item.restricted,
    )


def _named(item: Item) -> tuple[Any, ...]:
    return item.assignee, item.reporter, item.sprints, (*item.fix_versions, *item.affects)


def _numbered(
    numbers: Iterable[int], table: Sequence[tuple[Any, ...]], new: Iterable[tuple[Any, ...]]
) -> tuple[list[int], list[tuple[Any, ...]]]:
    """The numbers of those and of what is new, in a table without what nobody has any more."""
    old = list(numbers)
    left = sorted(set(old))
    at = {before: now for now, before in enumerate(left)}
    number = {table[before]: now for before, now in at.items()}
    found = [*map(at.__getitem__, old), *(number.setdefault(value, len(number)) for value in new)]
    return found, list(number)


def _chosen(numbers: Sequence[int], table: Sequence[V], is_so: Callable[[V], bool]) -> list[int]:
    such = [is_so(value) for value in table]
    if not any(such):
        return []
    return list(compress(range(len(numbers)), map(such.__getitem__, numbers)))


class Items(Sequence[Item]):
    """Issues, some of them as they were kept: these are read where somebody asks for them.

    Args:
        bodies: an issue each, or as it is kept.
        overview: of them.
        shown: what somebody who asks is given in place of an issue.
    """

    def __init__(
        self,
        bodies: list[Item | msgspec.Raw],
        overview: Overview,
        shown: Callable[[Item], Item] | None = None,
    ) -> None:
        self._bodies, self.overview, self._shown = bodies, overview, shown

    @classmethod
    def of(cls, items: Iterable[Item]) -> "Items":
        """With an overview of them."""
        every = list(items)
        return cls([*every], Overview.of(every))

    def going_on(self, same: Sequence[bool], anew: Sequence[Item]) -> "Items":
        """Those that are the same, and behind them what was read anew."""
        return Items([*compress(self._bodies, same), *anew], self.overview.going_on(same, anew))

    def seen(self, shown: Callable[[Item], Item]) -> "Items":
        """The same issues as somebody else may see them."""
        return Items(self._bodies, self.overview, shown)

    @property
    def bodies(self) -> Sequence[Item | msgspec.Raw]:
        """As they are kept."""
        return self._bodies

    def read(self, places: Iterable[int]) -> list[Item]:
        """For one look at many: what is read for it is not kept."""
        found = (self._bodies[place] for place in places)
        items = [one if isinstance(one, Item) else _read(one) for one in found]
        return items if self._shown is None else [self._shown(item) for item in items]

    def __len__(self) -> int:
        return len(self._bodies)

    @overload
    def __getitem__(self, place: int) -> Item: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Item]: ...
    def __getitem__(self, place: int | slice) -> Item | Sequence[Item]:
        if isinstance(place, slice):
            return tuple(self[one] for one in range(len(self))[place])
        found = self._bodies[place]
        if not isinstance(found, Item):
            found = self._bodies[place] = _read(found)
        return found if self._shown is None else self._shown(found)


_read = msgspec.msgpack.Decoder(Item).decode


class Chosen(Sequence[Item]):
    """Some of the issues, in an order of their own."""

    def __init__(self, items: Items, places: Sequence[int]) -> None:
        self._items, self.places = items, places

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, place: int) -> Item: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Item]: ...
    def __getitem__(self, place: int | slice) -> Item | Sequence[Item]:
        if isinstance(place, slice):
            return tuple(self._items[one] for one in self.places[place])
        return self._items[self.places[place]]


class ById(Mapping[str, Item]):
    """Issues by id: those of a backlog, and those around it."""

    def __init__(self, items: Items, around: Mapping[str, Item]) -> None:
        self._items, self._around, self._places = items, around, items.overview.places

    def __getitem__(self, one: str) -> Item:
        place = self._places.get(one)
        return self._around[one] if place is None else self._items[place]

    def __contains__(self, one: object) -> bool:
        return one in self._places or one in self._around

    def __iter__(self) -> Iterator[str]:
        return chain(self._places, (one for one in self._around if one not in self._places))

    def __len__(self) -> int:
        return sum(1 for _ in self)
