"""Carried over again and again: several sprints had it and did not finish it.

Why it matters: it is too large, not understood, or not wanted; the next sprint will not change that.
Flagged:        open, in two closed sprints.
Not flagged:    carried over once; done at the end of a sprint and reopened later.
Options:        sprints (2): from so many on.
Mend:           split it, or drop it.
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming.facts import Backlog
from app.domain.grooming.finding import Area, Check, Finding, Weight
from app.domain.grooming.item import SUBTASK
from app.domain.grooming.words import named
from app.domain.scrum.wording import counted


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""

    sprints: int = 2


def find(backlog: Backlog, options: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    for item in backlog.asked:
        closed = () if item.level == SUBTASK else backlog.closed_sprints(item)
        if len(closed) >= options.sprints:
            names = named(sprint.name for sprint in closed)
            said = f"{counted(len(closed), 'sprint')} closed without it: {names}."
            yield Finding(item, said, "Split it, or drop it.", since=closed[0].completed)


CHECK = Check("carried_over", "Carried over", Area.SPRINTS, Weight.HIGH, Options, find, __doc__)
