"""The order of results: empty values last ascending and first descending; equal ones by key, highest first.
Of several values the smallest counts, whichever way is sorted.

Jira's documentation does not say where empty values go. This is what its search index did (missing values
sort as the greatest), so that overdue work stands on top of `ORDER BY due`.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from app.domain.jql.memory import Facts, read_value, text_of
from app.domain.jql.ordered import VERSIONS
from app.domain.jql.plan import Key, Kind, Subject
from app.domain.scrum.from_jira import name_of
from app.domain.scrum.issue_columns import id_of

SHOWN = ("name", "displayName", "value", "key")
"""What a thing is sorted by: the first of these that it has."""
MOST_DIGITS = 18
"""Of an id that is sorted as a number."""


def in_order(issues: Iterable[Facts], keys: tuple[Key, ...]) -> list[Facts]:
    """Sorted by the keys of a plan."""
    found = sorted(issues, key=_key_of, reverse=True)
    for key in reversed(keys):
        found.sort(key=lambda issue, key=key: _sortable(key, issue), reverse=key.descending)  # type: ignore[misc]
    return found


def _key_of(issue: Facts) -> tuple[str, int]:
    number = issue.key.rpartition("-")[2]
    return (issue.project_key, int(number) if number.isdigit() else 0)


def _sortable(key: Key, issue: Facts) -> tuple[bool, Any]:
    is_ranked = key.ranks or key.subject.field == "priority"
    value = _ranked(key, issue) if is_ranked else _value(key.subject, issue)
    return (value is None, 0 if value is None else value)


def _value(subject: Subject, issue: Facts) -> Any:
    if subject.kind is Kind.ISSUE:
        return _key_of(issue)
    if subject.field == "project":
        return issue.project_key.lower()
    if subject.field == "assignee":
        return (name_of(issue.fields.get("assignee")) or "").lower() or None
    if subject.kind in {Kind.KEYED, Kind.PARENT}:
        return _thing(subject, issue.fields.get(subject.field))
    if subject.kind is Kind.TEXT:
        return text_of(subject, issue) or None  # as its index has it: capitals before small letters
    return read_value(subject, issue)


def _ranked(key: Key, issue: Facts) -> int | None:
    ids = _ids(key.subject, issue)
    if key.ranks:
        ranks = dict(key.ranks)
        return min((ranks[each] for each in ids if each in ranks), default=None)
    found = ids[0] if ids else ""
    return -int(found) if found.isascii() and found.isdigit() and len(found) <= MOST_DIGITS else None


def _ids(subject: Subject, issue: Facts) -> list[str]:
    if subject.field == "project":
        return [issue.project_key]
    if subject.field == "status":
        return [issue.status_id]
    value = issue.fields.get(subject.field)
    things: Iterable[Any] = (value,)
    if subject.field in VERSIONS:
        things = value if isinstance(value, list | tuple) else ()
    return [found for each in things if (found := id_of(each)) is not None]


def _thing(subject: Subject, value: Any) -> str | tuple[str, str] | None:
    """The smallest name; an option stands before those below it."""
    name = min((each.lower() for one in _each(value) if (each := _shown(one)) is not None), default=None)
    if name is None or not subject.is_cascade:
        return name
    below = _shown(value.get("child")) if isinstance(value, dict) else None
    return name, (below or "").lower()


def _each(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list | tuple) else (value,)


def _shown(value: Any) -> str | None:
    if isinstance(value, msgspec.Struct):
        value = msgspec.to_builtins(value)
    if isinstance(value, dict):
        return next((str(value[part]) for part in SHOWN if value.get(part) is not None), None)
    return None if value is None else str(value)
