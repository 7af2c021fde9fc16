"""Children done, epic open: all that it was made of is done.

Why it matters: roadmaps show it as going on, and more is put into it for ever.
Flagged:        an open epic with four children, all of them done.
Not flagged:    an epic with an open child, in whatever project; an epic without children.
Options:        days (7): so long it may stand like that.
Mend:           close it, or add what is missing.
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming.facts import CHILDLESS, Backlog
from app.domain.grooming.finding import Area, Check, Finding, Reach, Weight
from app.domain.grooming.item import EPIC
from app.domain.grooming.proposals import closed


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""

    days: int = 7


def find(backlog: Backlog, options: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    for item in backlog.asked:
        has = backlog.all_children.get(item.id, CHILDLESS)
        if item.level < EPIC or not has.done or has.open:
            continue
        if has.last_at is None or backlog.days_since(has.last_at) >= options.days:
            said = "Its only child is done." if has.done == 1 else f"All its {has.done} children are done."
            todo = "Close it, or add what is missing."
            yield Finding(item, said, todo, since=has.last_at, proposal=closed(backlog, item))


CHECK = Check(
    "epic_children_done",
    "Children done, epic open",
    Area.HIERARCHY,
    Weight.MEDIUM,
    Options,
    find,
    __doc__,
    Reach.CLOCK,
)
