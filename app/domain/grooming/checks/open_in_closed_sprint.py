"""Open in a closed sprint: the sprint is over, and nobody decided what becomes of it.

Why it matters: it was worth a commitment once, and now it is nowhere.
Flagged:        open, last in Sprint 6, which is closed, and in no other sprint.
Not flagged:    carried over into a running or coming sprint.
Mend:           plan it, or put it back into the backlog on purpose.
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming.facts import Backlog
from app.domain.grooming.finding import Area, Check, Finding, Weight
from app.domain.grooming.item import SUBTASK
from app.domain.grooming.words import on


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""


def find(backlog: Backlog, _: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    for item in backlog.asked:
        closed = () if item.level == SUBTASK or backlog.is_planned(item) else backlog.closed_sprints(item)
        if closed:
            last = closed[-1]
            when = f" on {on(backlog, last.completed)}" if last.completed else ""
            said = f"{last.name} was closed{when} without it, and no later sprint has it."
            yield Finding(item, said, "Plan it again, or drop it.", since=last.completed)


CHECK = Check(
    "open_in_closed_sprint", "Left in a closed sprint", Area.SPRINTS, Weight.MEDIUM, Options, find, __doc__
)
