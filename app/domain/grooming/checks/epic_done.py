"""Epic done, children open: the goal is called reached, and parts of it are not.

Why it matters: either the epic is not done, or nobody will ever look at these again.
Flagged:        a done epic with three open stories; once for the epic.
Not flagged:    a done epic whose children are all done.
Mend:           close the children or move them to another epic; or reopen the epic.
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming.facts import Backlog, by_key
from app.domain.grooming.finding import Area, Check, Finding, Reach, Weight
from app.domain.grooming.item import SUBTASK
from app.domain.grooming.words import listed


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""


def find(backlog: Backlog, _: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    for parent in backlog.around.values():
        open_ones = [child for child in backlog.children_of(parent) if child.level != SUBTASK]
        if parent.done and open_ones:
            many = "1 child is" if len(open_ones) == 1 else f"{len(open_ones)} children are"
            said = f"It is done, but {many} open: {listed(by_key(open_ones))}."
            yield Finding(
                parent,
                said,
                "Close them or move them to another epic; or reopen it.",
                since=parent.resolved_at,
            )


CHECK = Check(
    "epic_done",
    "Epic done, children open",
    Area.HIERARCHY,
    Weight.HIGH,
    Options,
    find,
    __doc__,
    Reach.BACKLOG,
)
