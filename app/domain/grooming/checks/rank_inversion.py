"""Rank against priority: an urgent issue stands below many that are less urgent.

Why it matters: teams take from the top, so the rank decides and the priority is a decoration.
Flagged:        a High below eleven Mediums and Lows.
Not flagged:    a Medium below Lows; a High below nine of them; what is in a running sprint or in progress.
Options:        urgent (2): so many of the site's priorities, the most urgent first, are looked at;
                above (10): so many less urgent ones may stand above.
Mend:           move it up, or take the priority back.
"""

from collections import Counter
from collections.abc import Iterator

import msgspec

from app.domain.grooming.facts import Backlog
from app.domain.grooming.finding import Area, Check, Finding, Reach, Weight


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""

    urgent: int = 2
    above: int = 10


def find(backlog: Backlog, options: Options) -> Iterator[Finding]:
    """Every issue of which this is so, from the top of the backlog."""
    seen: Counter[int] = Counter()
    first: dict[int, str] = {}
    for item in backlog.ranked:
        place = item.priority_place
        if item.rank is None or place is None or backlog.begun(item):
            continue
        less = [other for other in seen if other > place]
        number = sum(seen[other] for other in less)
        if place < options.urgent and number > options.above:
            top = min(less, key=lambda other: list(first).index(other))
            above = f"{number} less urgent issues stand above it; the first is {first[top]}"
            said = f"It is {item.priority}, but {above}."
            yield Finding(item, said, "Move it up, or take its priority back.")
        seen[place] += 1
        first.setdefault(place, f"{item.key} ({item.priority})")


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
