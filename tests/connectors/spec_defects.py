"""Where Atlassian's descriptions of Jira Cloud are wrong or silent, each with the reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

EXEMPT: Mapping[str, str] = {
    "/rest/webhooks/1.0/webhook": "admin webhooks have a documentation page, but stand in no description",
}
"""Paths that no description knows, each with the reason."""

ALWAYS_POSSIBLE = frozenset({401, 403, 429, 500, 502, 503, 504})
"""Statuses of gateways, log-in and rate limits: any operation may answer so, few descriptions list them."""

_TEXT = {"type": "string"}
_TEXT_OR_NULL = {"type": "string", "nullable": True}
_SPRINT = {
    "type": "object",
    "required": ["id", "self", "state", "name"],
    "properties": {
        "id": {"type": "integer"},
        "originBoardId": {"type": "integer"},
        "state": {"enum": ["future", "active", "closed"]},
        **dict.fromkeys(("self", "name", "goal"), _TEXT),
        **dict.fromkeys(("startDate", "endDate", "completeDate", "createdDate"), _TEXT),
    },
}
_SPRINT_PAGE = {
    "type": "object",
    "required": ["isLast", "maxResults", "startAt", "values"],
    "properties": {
        "isLast": {"type": "boolean"},
        "maxResults": {"type": "integer"},
        "startAt": {"type": "integer"},
        "total": {"type": "integer"},
        "values": {"type": "array", "items": _SPRINT},
    },
}
_CHANGE = ("components", "schemas", "ChangeDetails", "properties")
_AGILE = ("paths", "/rest/agile/1.0/")
_ANSWER = ("responses", "200", "content", "application/json", "schema")


@dataclass(frozen=True)
class Defect:
    """`at` is replaced by `should_be`, because the description is wrong there."""

    at: tuple[str, ...]
    should_be: object
    reason: str


DEFECTS: Mapping[str, tuple[Defect, ...]] = {
    "cloud-platform-v3.json": (
        *(
            Defect((*_CHANGE, key), _TEXT_OR_NULL, "recorded changelogs are full of nulls here")
            for key in ("from", "fromString", "to", "toString")
        ),
        *(
            Defect((*_CHANGE, key), _TEXT_OR_NULL, "recorded changelogs have it for user fields")
            for key in ("tmpFromAccountId", "tmpToAccountId")
        ),
        Defect(
            ("components", "schemas", "ServerInformation", "properties", "defaultLocale"),
            {"type": "object"},
            "its own example has it",
        ),
        Defect(
            ("components", "schemas", "SearchAndReconcileResults", "properties", "nextPageToken"),
            _TEXT_OR_NULL,
            'its own text: "if this result represents the last page this token will be null"',
        ),
    ),
    "cloud-software.json": (
        *(
            Defect(
                ("paths", "/rest/agile/1.0/board/{boardId}/configuration", "get", *_ANSWER, *location, key),
                _TEXT,
                "its own example and recorded answers have it",
            )
            for location in [("properties", "location", "properties")]
            for key in ("id", "key", "name", "self")
        ),
        Defect(
            ("paths", "/rest/agile/1.0/board/{boardId}/sprint", "get", *_ANSWER),
            _SPRINT_PAGE,
            "it has an example and no schema; this is the schema of the example",
        ),
        Defect(
            ("paths", "/rest/agile/1.0/sprint/{sprintId}", "get", *_ANSWER),
            _SPRINT,
            "it has an example and no schema; this is the schema of the example",
        ),
    ),
}

PARAMETER_DEFECTS: Mapping[tuple[str, str], tuple[Any, str]] = {
    ("getAllBoards", "type"): (_TEXT, "called an object, but sent as text: scrum,kanban"),
    ("getAllSprints", "state"): (_TEXT, "called an object, but sent as text: active,future"),
}
"""(operation, query parameter) to what its schema should be, and why."""
