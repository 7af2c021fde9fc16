"""Commands in comments that were not heeded: who wrote them should know."""

from datetime import timedelta

from app.domain.grooming.commands import Command, Unread
from app.domain.grooming.facts import Backlog
from app.domain.grooming.item import Item

TOLD_FOR = timedelta(days=14)
"""So long after it was written."""


def refused(backlog: Backlog) -> tuple[tuple[Item, Command], ...]:
    """Commands of late of people who may not give them, newest first."""
    found = [
        (backlog.by_id[one], said.refused)
        for one, said in backlog.said.items()
        if said.refused is not None and backlog.now - said.refused.at <= TOLD_FOR
    ]
    return tuple(sorted(found, key=lambda one: (one[1].at, one[0].id), reverse=True))


def unread(backlog: Backlog) -> tuple[tuple[Item, Unread], ...]:
    """Likewise, what was meant for a command and could not be understood."""
    found = [
        (backlog.by_id[one], said.unread)
        for one, said in backlog.said.items()
        if said.unread is not None and backlog.now - said.unread.at <= TOLD_FOR
    ]
    return tuple(sorted(found, key=lambda one: (one[1].at, one[0].id), reverse=True))
