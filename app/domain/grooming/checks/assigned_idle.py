"""Assigned and idle: it has an owner, and nobody has begun.

Why it matters: others leave it alone, because somebody has it.
Flagged:        assigned 40 days ago and still in To Do; in a sprint that runs for six days.
Not flagged:    what is in progress; what waits in a coming sprint, or in one that has just begun.
Options:        days (30); running_days (5): in a running sprint, of its days.
Mend:           begin, or give it back.
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming.facts import Backlog
from app.domain.grooming.finding import Area, Check, Finding, Reach, Weight
from app.domain.grooming.item import EPIC
from app.domain.grooming.proposals import unassigned
from app.domain.grooming.words import ago


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""

    days: int = 30
    running_days: int = 5


def find(backlog: Backlog, options: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    for item in backlog.asked:
        since = max(item.assigned_since or item.created, item.status_since)
        running = backlog.is_running(item)
        if item.assignee is None or item.level >= EPIC or not backlog.waits(item):
            continue
        if backlog.is_planned(item) and not running:
            continue
        # It was planned to wait until the sprint began, whoever has it.
        idle = max(since, backlog.running_since(item) or since)
        if backlog.days_since(idle) >= (options.running_days if running else options.days):
            name = backlog.name_of(item.assignee)
            said = f"{name} has it for {ago(backlog, since)}, and it is still in {item.status_name}."
            give_back = None if running else unassigned(item, name)
            yield Finding(item, said, "Begin, or give it back.", since=since, proposal=give_back)


CHECK = Check(
    "assigned_idle", "Assigned and idle", Area.PEOPLE, Weight.LOW, Options, find, __doc__, Reach.CLOCK
)
