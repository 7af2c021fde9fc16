"""Overdue: its due date has passed, and it is not done.

Why it matters: a date that nobody keeps makes every other date a lie.
Flagged:        due yesterday, still open.
Not flagged:    due today.
Options:        days (0): so many days late are fine.
Mend:           do it, or agree on another date with whoever waits for it.
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming.facts import Backlog
from app.domain.grooming.finding import Area, Check, Finding, Reach, Weight
from app.domain.scrum.wording import counted, written


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""

    days: int = 0


def find(backlog: Backlog, options: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    for item in backlog.asked:
        late = 0 if item.due is None else (backlog.today - item.due).days
        if item.due is not None and late > options.days:
            said = f"It was due on {written(item.due)}, {counted(late, 'day')} ago."
            yield Finding(
                item, said, "Do it next, or agree on another date.", since=backlog.start_of(item.due)
            )


CHECK = Check("overdue", "Overdue", Area.DATES, Weight.HIGH, Options, find, __doc__, Reach.CLOCK)
