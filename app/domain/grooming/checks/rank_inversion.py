"""Rank against priority: an urgent issue stands below many that are less urgent.

Why it matters: teams take from the top, so the rank decides and the priority is a decoration.
Flagged:        a High below eleven Mediums and Lows.
Not flagged:    a Medium below Lows; a High below nine of them; what is in a running sprint or in progress.
Options:        urgent (2): so many of the site's priorities, the most urgent first, are looked at;
                above (10): so many less urgent ones may stand above.
Mend:           move it up, or take the priority back.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

import msgspec

from app.domain.grooming.facts import Backlog
from app.domain.grooming.finding import Area, Check, Finding, Reach, Weight
from app.domain.grooming.item import Item


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""

    urgent: int = 2
    above: int = 10


def find(backlog: Backlog, options: Options) -> Iterator[Finding]:
    """Every issue of which this is so, from the top of the backlog."""
    seen: Counter[int] = Counter()
    first: dict[int, str] = {}
    ranked, overview = backlog.ranked, backlog.overview
    urgency = [None if backlog.has_begun(kind.status_id) else kind.priority_place for kind in overview.kinds]
    places = (None if overview.ranks[one] is None else urgency[overview.kind[one]] for one in ranked.places)
    for number, place in enumerate(places):
        if place is None:
            continue
        if place < options.urgent:
            yield from _inverted(ranked[number], place, seen, first, options.above)
        seen[place] += 1
        if place not in first:
            first[place] = f"{ranked[number].key} ({ranked[number].priority})"


def _inverted(
    item: Item, place: int, seen: Mapping[int, int], first: Mapping[int, str], above: int
) -> Iterator[Finding]:
    less = [other for other in seen if other > place]
    number = sum(seen[other] for other in less)
    if number > above:
        top = next(said for other, said in first.items() if other > place)
        said = f"It is {item.priority}, but {number} less urgent issues stand above it; the first is {top}."
        yield Finding(item, said, "Move it up, or take its priority back.")


CHECK = Check(
    "rank_inversion",
    "Rank against priority",
    Area.ORDER,
    Weight.MEDIUM,
    Options,
    find,
    __doc__,
    Reach.BACKLOG,
)
