"""Done before it was begun: its statuses contradict each other.

Why it matters: no cycle time can be made of them.
Flagged:        To Do, Done, In Progress.
Not flagged:    To Do, In Progress, Done, In Progress.
Mend:           nothing can be mended now; ask for statuses to be set as work goes.
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming.facts import Backlog
from app.domain.grooming.finding import Area, Check, Finding, Weight


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""


def find(backlog: Backlog, _: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    for item in backlog.asked:
        if backlog.order.stopped_before_started(item.way):
            yield Finding(
                item,
                "It was done first, and in progress only later.",
                "Set statuses as work goes.",
                since=item.status_since,
            )


CHECK = Check(
    "stopped_before_started", "Done before it was begun", Area.FLOW, Weight.LOW, Options, find, __doc__
)
