"""Reopened: it was done, and is not any more.

Why it matters: it was counted as done once, and somebody found that it was not.
Flagged:        Done, then In Progress again.
Not flagged:    an issue that has never been done.
Mend:           find out what was missed; open a new issue for what is new.
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
        if backlog.order.changed_after_done(item.way):
            yield Finding(
                item,
                f"It had been done, and is in {item.status_name} since {on(backlog, item.status_since)}.",
                "Find out what was missed; a new wish is a new issue.",
                since=item.status_since,
            )


CHECK = Check("reopened", "Reopened", Area.FLOW, Weight.LOW, Options, find, __doc__)
