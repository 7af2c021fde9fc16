"""What a query can be sorted by. Places in the order are plain numbers and texts: a token can hold them."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from .model import Issue
from .site import Site

SortKey = tuple[Any, ...]
Get = Callable[[Issue], int | float | str | None]


def _milliseconds(at: datetime | None) -> int | None:
    return None if at is None else round(at.timestamp() * 1000)


def _day(at: date | None) -> int | None:
    return None if at is None else at.toordinal()


def _number(issue: Issue) -> int:
    return int(issue.key.rpartition("-")[2])


def _name(thing: Any) -> str | None:
    return thing.name.casefold() if thing else None


_GET: dict[str, Get] = {
    "updated": lambda issue: _milliseconds(issue.updated),
    "updateddate": lambda issue: _milliseconds(issue.updated),
    "created": lambda issue: _milliseconds(issue.created),
    "createddate": lambda issue: _milliseconds(issue.created),
    "resolved": lambda issue: _milliseconds(issue.resolved),
    "resolutiondate": lambda issue: _milliseconds(issue.resolved),
    "due": lambda issue: _day(issue.due),
    "duedate": lambda issue: _day(issue.due),
    "id": lambda issue: issue.id,
    "key": _number,
    "issuekey": _number,
    "issue": _number,
    "rank": lambda issue: issue.rank,
    "summary": lambda issue: issue.summary.casefold(),
    "project": lambda issue: issue.project.name.casefold(),
    "status": lambda issue: _name(issue.status),
    "type": lambda issue: _name(issue.type),
    "issuetype": lambda issue: _name(issue.type),
    "resolution": lambda issue: _name(issue.resolution),
    "assignee": lambda issue: _name(issue.assignee),
    "reporter": lambda issue: _name(issue.reporter),
    "creator": lambda issue: _name(issue.creator),
    "votes": lambda issue: len(issue.voters),
    "watchers": lambda issue: len(issue.watchers),
}


class Sorts:
    """The sort fields of a site: the system's, and its numbers by id or name."""

    def __init__(self, site: Site) -> None:
        places = {number: place for place, number in enumerate(site.catalogue.priorities)}
        self._get: dict[str, Get] = {
            **_GET,
            # The highest priority comes last when ascending, as in Jira.
            "priority": lambda issue: -places.get(issue.priority.id, 0) if issue.priority else None,
            "sprint": lambda issue: max(site.sprints_of(issue), default=None),
        }
        if len(site.projects) > 1:
            projects = {one.id: place for place, one in enumerate(site.projects.values())}
            for name in ("key", "issuekey", "issue"):
                self._get[name] = lambda issue: projects[issue.project.id] * 1_000_000_000 + _number(issue)
        if points := site.catalogue.role("points"):
            for name in (points, site.catalogue.fields[points].name, f"cf[{points.partition('_')[2]}]"):
                self._get[name.lower()] = lambda issue: issue.points

    def knows(self, name: str) -> bool:
        return name.lower() in self._get

    def part(self, name: str, issue: Issue, *, falls: bool) -> Sequence[Any]:
        """One part of a sort key; nothing comes last when ascending, first when descending."""
        value = self._get[name.lower()](issue)
        if value is None:
            return (0,) if falls else (1,)
        if isinstance(value, str):
            return (1, *(-ord(letter) for letter in value), 1) if falls else (0, value)
        return (1, -value) if falls else (0, value)
