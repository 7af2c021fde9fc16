"""Resolved, but open: it has a resolution, and its status is not done.

Why it matters: Jira strikes its key through and counts it as resolved; boards show it as work.
Flagged:        Resolution Fixed, status In Progress.
Not flagged:    done with a resolution, also in a column before the last, such as Released; open without.
Mend:           close it, or have the workflow clear the resolution when an issue is reopened.
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
        if item.resolved_at is not None and item.status_id not in backlog.called_done:
            said = f"It was resolved on {on(backlog, item.resolved_at)}, and is in {item.status_name}."
            yield Finding(item, said, "Close it, or clear its resolution.", since=item.resolved_at)


CHECK = Check("resolved_but_open", "Resolved, but open", Area.FLOW, Weight.MEDIUM, Options, find, __doc__)
