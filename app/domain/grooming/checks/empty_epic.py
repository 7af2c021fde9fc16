"""Empty epic: nothing stands below it.

Why it matters: it is a wish, not a plan; roadmaps show it all the same.
Flagged:        an epic made a month ago, without any child.
Not flagged:    an epic of this week; one with a child in whatever project, done or not.
Options:        days (14): so old it may be.
Mend:           break it down, or close it.
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming.facts import CHILDLESS, Backlog
from app.domain.grooming.finding import Area, Check, Finding, Reach, Weight
from app.domain.grooming.item import EPIC
from app.domain.grooming.words import ago


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""

    days: int = 14


def find(backlog: Backlog, options: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    for item in backlog.asked:
        has = backlog.all_children.get(item.id, CHILDLESS)
        if (
            item.level >= EPIC
            and not has.done
            and not has.open
            and backlog.days_since(item.created) >= options.days
        ):
            said = f"It was made {ago(backlog, item.created)} ago and has no children."
            yield Finding(item, said, "Break it down, or close it.", since=item.created)


CHECK = Check("empty_epic", "Empty epic", Area.HIERARCHY, Weight.LOW, Options, find, __doc__, Reach.CLOCK)
