"""How findings write days, issues and names."""

from collections.abc import Iterable
from datetime import datetime

from app.domain.grooming.facts import Backlog
from app.domain.grooming.item import Item
from app.domain.scrum.wording import and_more, counted, written

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
    return ", ".join(every[:MOST_NAMED]) + and_more(len(every), MOST_NAMED)
