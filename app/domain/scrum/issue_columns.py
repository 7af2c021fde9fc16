"""What queries ask of issues most often, taken out of their fields once, when an issue is kept.

Nothing here may fail: a value of a shape that Jira never sent before is none, and stays among the fields.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from app.domain.scrum.instants import NotReadable, instant
from app.domain.scrum.kept_fields import part

_MOST_OF_AN_ID, _MOST_OF_AN_ACCOUNT, _MOST_OF_A_KEY, _DAY = 32, 128, 255, 10
_MOST_SECONDS = 2**63


def field_of(fields: Mapping[str, Any], name: str) -> Any:
    """The value of a field, which is read now if it was not before."""
    value = fields.get(name)
    if not isinstance(value, msgspec.Raw):
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:  # half a surrogate pair, which a delivery is not lost for
        return json.loads(bytes(value))


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
    parent = field_of(slim, "parent")
    parent_key = part(parent, "key")
    if parent_key is None and epic_link is not None:
        parent_key = field_of(slim, epic_link)
    placed = field_of(slim, rank) if rank is not None else None
    return {
        "project_id": _id(project),
        "type_id": _id(field_of(slim, "issuetype")),
        "priority_id": _id(field_of(slim, "priority")),
        "resolution_id": _id(field_of(slim, "resolution")),
        "assignee_id": _account(field_of(slim, "assignee")),
        "reporter_id": _account(field_of(slim, "reporter")),
        "creator_id": _account(field_of(slim, "creator")),
        "parent_id": _id(parent),
        "parent_key": _text(parent_key, _MOST_OF_A_KEY),
        "due_on": _text(field_of(slim, "duedate"), _DAY),
        "resolved_at": _instant(field_of(slim, "resolutiondate")),
        "rank": placed if isinstance(placed, str) and placed else None,
        "security_id": _id(field_of(slim, "security")),
        "original_seconds": _seconds(field_of(slim, "timeoriginalestimate")),
        "remaining_seconds": _seconds(field_of(slim, "timeestimate")),
        "spent_seconds": _seconds(field_of(slim, "timespent")),
    }


def _id(value: Any) -> str | None:
    if value is None:
        return None
    found = part(value, "id")
    return None if found is None else _text(str(found), _MOST_OF_AN_ID)


def _account(value: Any) -> str | None:
    return None if value is None else _text(account_of(value), _MOST_OF_AN_ACCOUNT)


def _text(value: Any, most: int) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= most else None


def _instant(value: Any) -> datetime | None:
    try:
        return instant(value)
    except (NotReadable, OverflowError):
        return None


def _seconds(value: Any) -> int | None:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and -_MOST_SECONDS <= value < _MOST_SECONDS else None
