"""No priority: nobody said how urgent it is.

Why it matters: it is sorted by whoever looks at it first.
Flagged:        an issue whose priority is empty.
Not flagged:    sub-tasks.
Mend:           give it one.
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming.facts import Backlog
from app.domain.grooming.finding import Area, Check, Finding, Weight
from app.domain.grooming.item import SUBTASK


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""


def find(backlog: Backlog, _: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    for item in backlog.asked:
        if item.level != SUBTASK and item.priority is None:
            yield Finding(item, "It has no priority.", "Give it one.", since=item.created)


CHECK = Check("missing_priority", "No priority", Area.CONTENT, Weight.LOW, Options, find, __doc__)
