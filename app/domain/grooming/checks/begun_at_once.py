"""Created in a later column: when work on it began is not known.

Why it matters: its cycle time is too short, and the team's figures look better than they are.
Flagged:        created in In Progress.
Not flagged:    created in To Do; what is older than the history that was read of it.
Mend:           create issues in the first column.
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming.facts import Backlog
from app.domain.grooming.finding import Area, Check, Finding, Weight
from app.domain.grooming.words import on


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""


def find(backlog: Backlog, _: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    for item in backlog.asked:
        if item.history_complete and backlog.order.begins_late(item.way):
            yield Finding(
                item,
                f"It was created in a later column than the first one, on {on(backlog, item.created)}.",
                "Create issues in the first column.",
                since=item.created,
            )


CHECK = Check("begun_at_once", "Created in a later column", Area.FLOW, Weight.LOW, Options, find, __doc__)
