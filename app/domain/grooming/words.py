"""How findings write days, issues and names."""

from collections.abc import Iterable
from datetime import datetime

from app.domain.grooming.facts import Backlog, Item
from app.domain.scrum.wording import counted, written

MOST_NAMED = 5


def ago(backlog: Backlog, at: datetime) -> str:
    """How long ago an instant was, in days: "for 12 days"."""
    return counted(backlog.days_since(at), "day")


def on(backlog: Backlog, at: datetime) -> str:
    """The day of an instant, where the team is."""
    return written(backlog.calendar.day_of(at))


def listed(items: Iterable[Item]) -> str:
    """Keys of issues; of many the first ones and how many more there are."""
    return named(item.key for item in items)


def named(names: Iterable[str]) -> str:
    """Names; of many the first ones and how many more there are."""
    every = list(names)
    more = len(every) - MOST_NAMED
    return ", ".join(every[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
