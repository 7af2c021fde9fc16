"""Sub-tasks left open: their parent is done.

Why it matters: they are shown nowhere any more, and count as open work.
Flagged:        a done story with two open sub-tasks; once for the story.
Not flagged:    an open story with open sub-tasks.
Mend:           close them, or reopen the story.
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming.facts import Backlog, by_key
from app.domain.grooming.finding import Area, Check, Finding, Reach, Weight
from app.domain.grooming.item import SUBTASK
from app.domain.grooming.words import listed
from app.domain.scrum.wording import counted


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""


def find(backlog: Backlog, _: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    for parent in backlog.around.values():
        open_ones = [child for child in backlog.children_of(parent) if child.level == SUBTASK]
        if parent.done and open_ones:
            said = (
                f"It is done, with {counted(len(open_ones), 'open sub-task')}: {listed(by_key(open_ones))}."
            )
            yield Finding(parent, said, "Close them, or reopen it.", since=parent.resolved_at)


CHECK = Check(
    "subtasks_open",
    "Sub-tasks left open",
    Area.HIERARCHY,
    Weight.MEDIUM,
    Options,
    find,
    __doc__,
    Reach.BACKLOG,
)
