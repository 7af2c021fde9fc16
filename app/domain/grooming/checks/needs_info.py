"""Question unanswered: it waits for its reporter, who has not answered.

Why it matters: it can neither be done nor dropped, and is read at every planning.
Flagged:        labelled needs-info 20 days ago, and no comment of its reporter since.
Not flagged:    the reporter has written a comment since.
Options:        labels (needs-info, needs_info) and statuses (Needs Info, Waiting for Reporter, Waiting for
                Customer), which say that it waits; days (14).
Mend:           ask once more, then close it.
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming.facts import Backlog
from app.domain.grooming.finding import Area, Check, Finding, Reach, Weight
from app.domain.grooming.words import ago, on


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""

    labels: tuple[str, ...] = ("needs-info", "needs_info")
    statuses: tuple[str, ...] = ("Needs Info", "Waiting for Reporter", "Waiting for Customer")
    days: int = 14


def find(backlog: Backlog, options: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    labels = {label.lower() for label in options.labels}
    statuses = {status.lower() for status in options.statuses}
    for item in backlog.asked:
        if item.status_name.lower() in statuses:
            asked, what = item.status_since, f"in {item.status_name}"
        elif found := [label for label in item.labels if label.lower() in labels]:
            asked, what = item.labelled_since or item.created, f"labelled {found[0]}"
        else:
            continue
        answered = item.reporter_spoke_at is not None and item.reporter_spoke_at > asked
        if not answered and backlog.days_since(asked) >= options.days:
            name = backlog.name_of(item.reporter)
            day = on(backlog, asked)
            said = f"It is {what} since {day}, and {name} has not answered for {ago(backlog, asked)}."
            yield Finding(item, said, "Ask once more, then close it.", since=asked)


CHECK = Check(
    "needs_info", "Question unanswered", Area.AGE, Weight.MEDIUM, Options, find, __doc__, Reach.CLOCK
)
