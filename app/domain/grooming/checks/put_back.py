"""Put back: work on it had begun, and it waits again.

Why it matters: what was done on it is in no figure, and its age begins anew.
Flagged:        In Progress, then To Do again.
Not flagged:    an issue that nobody has begun.
Mend:           say in a comment why it was put back, or close it.
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
        begun = backlog.order.has_begun(item.way) and not backlog.order.changed_after_done(item.way)
        if begun and backlog.waits(item):
            day = on(backlog, item.status_since)
            said = f"Work on it had begun; it is in {item.status_name} again since {day}."
            yield Finding(item, said, "Say why it waits, or close it.", since=item.status_since)


CHECK = Check("put_back", "Put back after it was begun", Area.FLOW, Weight.LOW, Options, find, __doc__)
