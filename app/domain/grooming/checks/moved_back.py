"""Moved back: it went to an earlier column of work in progress.

Why it matters: its times are longer than the work was, and something was not right.
Flagged:        from In Review to In Progress.
Not flagged:    from In Progress to To Do, which is another finding.
Mend:           look for what sends work back.
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
        if backlog.begun(item) and backlog.order.moved_back(item.way):
            yield Finding(
                item,
                f"It went to an earlier column of work in progress, and is in {item.status_name} now.",
                "Look for what sends work back.",
                since=item.status_since,
            )


CHECK = Check("moved_back", "Moved back", Area.FLOW, Weight.LOW, Options, find, __doc__)
