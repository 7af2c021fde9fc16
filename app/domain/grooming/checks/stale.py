"""Stale: no person has done anything to the issue for a long time.

Why it matters: the backlog is read at every planning, and dead entries hide live ones.
Flagged:        BURN-12, Low, last touched by a person 120 days ago.
Not flagged:    an issue in a running or coming sprint; an epic one of whose children was touched or done;
                an issue part of whose history was not read.
What counts:    making the issue, changing it, writing a comment. Burnish's own account, other bots and
                automations never count, and neither do moves of rank or sprint, which happen to many at once.
Options:        days (90); by_priority, by_type: other days for some, by name: {Highest: 30}.
Mend:           close it, or say in a comment why it stays (/keep, or /snooze 60d).
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming.facts import CHILDLESS, Backlog
from app.domain.grooming.finding import Area, Check, Finding, Reach, Weight
from app.domain.grooming.item import Item
from app.domain.grooming.words import ago, on


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""

    days: int = 90
    by_priority: dict[str, int] = msgspec.field(default_factory=dict)
    by_type: dict[str, int] = msgspec.field(default_factory=dict)


def find(backlog: Backlog, options: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    for item in backlog.asked:
        if backlog.is_planned(item) or not backlog.is_whole(item):
            continue
        done_at = backlog.all_children.get(item.id, CHILDLESS).last_at or item.touched_at
        at = max(done_at, item.touched_at, *backlog.touched_below(item))
        if backlog.days_since(at) >= _days(item, options):
            said = f"No person has touched it for {ago(backlog, at)}; the last time was {on(backlog, at)}."
            yield Finding(item, said, "Close it, or say in a comment why it stays.", since=at)


def _days(item: Item, options: Options) -> int:
    """The shortest of what its priority and its type are given; the general one where neither is named."""
    own = (options.by_priority.get(item.priority or ""), options.by_type.get(item.type_name))
    return min((days for days in own if days is not None), default=options.days)


CHECK = Check("stale", "Stale", Area.AGE, Weight.LOW, Options, find, __doc__, Reach.CLOCK)
