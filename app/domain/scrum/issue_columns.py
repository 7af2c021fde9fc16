"""What queries ask of issues most often, taken out of their fields once, when an issue is kept.

Nothing here may fail: a value of a shape that Jira never sent before is none, and stays among the fields.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from app.domain.scrum.instants import NotReadable, instant
from app.domain.scrum.kept_fields import part
from app.domain.scrum.nesting import shallow_json

_MOST_OF_AN_ID, _MOST_OF_AN_ACCOUNT, _MOST_OF_A_KEY, _DAY = 32, 128, 255, 10
_MOST_SECONDS = 2**63


def field_of(fields: Mapping[str, Any], name: str) -> Any:
    """The value of a field, which is read now if it was not before."""
    value = fields.get(name)
    if not isinstance(value, msgspec.Raw):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):  # half a surrogate pair, which a delivery is not lost for
        return json.loads(shallow_json(bytes(value)))


def account_of(value: Any) -> str | None:
    """The id that stays: `accountId` on Cloud, `key` on Data Center."""
    found = part(value, "accountId") or part(value, "key") or part(value, "name")
    return str(found) if found else None


def columns_of(
    slim: Mapping[str, Any], project: Any, *, epic_link: str | None, rank: str | None
) -> dict[str, Any]:
    """By column: ids as text, seconds, the due day as "2026-11-30"; None where there is nothing.

    Args:
        slim: the issue's fields as `kept` gives them.
        project: the value of the field, read.
        epic_link: id of Data Center's Epic Link field; it gives the key of the parent alone.
        rank: id of the Rank field.
    """
    found = _NOTHING.copy()
    # What an issue does not have costs nothing here: this is done for every event.
    found["project_id"] = id_of(project)
    for name, column, read in _READ:
        value = slim.get(name)
        if value is not None:
            found[column] = read(field_of(slim, name) if isinstance(value, msgspec.Raw) else value)
    parent = slim.get("parent")
    if parent is not None:
        parent = field_of(slim, "parent")
        found["parent_id"], found["parent_key"] = id_of(parent), _key(part(parent, "key"))
    if epic_link is not None and found["parent_key"] is None:
        found["parent_key"] = _key(field_of(slim, epic_link))
    if rank is not None:
        placed = field_of(slim, rank)
        found["rank"] = placed if isinstance(placed, str) and placed else None
    return found


def id_of(value: Any) -> str | None:
    """Of a thing, as text; None for what has none."""
    if value is None:
        return None
    found = part(value, "id")
    return None if found is None else _text(str(found), _MOST_OF_AN_ID)


def _account(value: Any) -> str | None:
    return None if value is None else _text(account_of(value), _MOST_OF_AN_ACCOUNT)


def _text(value: Any, most: int) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= most else None


def instant_of(value: Any) -> datetime | None:
    """In UTC; None for what is no instant."""
    try:
        return instant(value)
    except (NotReadable, OverflowError):
        return None


def seconds_of(value: Any) -> int | None:
    """Whole seconds; None for what is none, or beyond all bounds."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and -_MOST_SECONDS <= value < _MOST_SECONDS else None


def _key(value: Any) -> str | None:
    return _text(value, _MOST_OF_A_KEY)


def day_of(value: Any) -> str | None:
    """A day as "2026-11-30", of an instant its day as written; None for what is none."""
    try:
        return date.fromisoformat(value[:_DAY]).isoformat() if isinstance(value, str) else None
    except ValueError:
        return None


_READ: Sequence[tuple[str, str, Callable[[Any], Any]]] = (
    ("issuetype", "type_id", id_of),
    ("priority", "priority_id", id_of),
    ("resolution", "resolution_id", id_of),
    ("assignee", "assignee_id", _account),
    ("reporter", "reporter_id", _account),
    ("creator", "creator_id", _account),
    ("duedate", "due_on", day_of),
    ("resolutiondate", "resolved_at", instant_of),
    ("security", "security_id", id_of),
    ("timeoriginalestimate", "original_seconds", seconds_of),
    ("timeestimate", "remaining_seconds", seconds_of),
    ("timespent", "spent_seconds", seconds_of),
)
_NOTHING: dict[str, Any] = dict.fromkeys(
    ("project_id", *(column for _, column, _ in _READ), "parent_id", "parent_key", "rank")
)
