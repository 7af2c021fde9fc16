"""Orphan: its parent was deleted, or a sub-task has none.

Why it matters: a sub-task is shown below its parent only, so nobody sees this one.
Flagged:        a story whose epic was deleted; a sub-task without parent.
Not flagged:    a story without epic, which is another finding.
Mend:           give it another parent, or close it.
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
        if item.parent is not None and item.parent in backlog.gone:
            yield Finding(item, "Its parent was deleted.", "Give it another parent, or close it.")
        elif item.parent is None and item.level == SUBTASK:
            yield Finding(item, "It is a sub-task without parent.", "Give it a parent, or close it.")


CHECK = Check("orphan", "Parent is gone", Area.HIERARCHY, Weight.HIGH, Options, find, __doc__)
