"""What Jira pushes, in its own shapes: plain functions that take only what matters to a test."""

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

from tests.factories import BEFORE_START, POINTS_FIELD, SPRINT_FIELD, SPRINT_ID, START, STATUS_NAMES, TO_DO

SECRET = "a secret that only Jira knows"
PERSON = {"accountId": "5f0:dana", "displayName": "Dana", "active": True, "accountType": "atlassian"}


def as_jira_writes(at: datetime) -> str:
    """`2026-03-02T09:00:00.000+0000`."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}{at:%z}"


def millis(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"x-hub-signature": f"sha256={digest}"}


def encoded(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()


def sprint_object(sprint_id: int = SPRINT_ID, **overrides: Any) -> dict[str, Any]:
    """As in the Sprint field on Cloud."""
    return {"id": sprint_id, "name": f"Sprint {sprint_id}", "state": "active", "boardId": 1, **overrides}


def sprint_string(sprint_id: int = SPRINT_ID, name: str = "Sprint 7") -> str:
    """As in the Sprint field of events and on Data Center."""
    return (
        f"com.atlassian.greenhopper.service.sprint.Sprint@1f2e[id={sprint_id},rapidViewId=1,state=ACTIVE,"
        f"name={name},startDate=2026-03-02T09:00:00.000Z,endDate=2026-03-13T17:00:00.000Z,"
        f"completeDate=<null>,sequence={sprint_id},goal=Pay, by [invoice]]"
    )


def issue(number: int = 1, *, updated: datetime = START, **fields: Any) -> dict[str, Any]:
    """An issue as REST and events give it; `sprints` is the Sprint field's list, `points` a number."""
    status = fields.pop("status", TO_DO)
    project = fields.pop("project", "BURN")
    sprints = fields.pop("sprints", [sprint_object()])
    points = fields.pop("points", 3.0)
    return {
        "id": f"1{number}",
        "key": f"{project}-{number}",
        "self": f"https://burnish.test/rest/api/2/1{number}",
        "fields": {
            "summary": f"Summary of {project}-{number}",
            "issuetype": {"id": "10001", "name": "Story", "subtask": False},
            "project": {"id": "10000", "key": project, "name": "Burnish"},
            "status": {"id": status, "name": STATUS_NAMES[status]},
            "assignee": PERSON,
            "created": as_jira_writes(BEFORE_START),
            "updated": as_jira_writes(updated),
            SPRINT_FIELD: sprints,
            POINTS_FIELD: points,
            **fields,
        },
    }


def item(field: str, field_id: str, before: Any, after: Any) -> dict[str, Any]:
    """An item of a changelog; a value is None, text, or a pair of id and text."""
    (from_id, from_text), (to_id, to_text) = (
        value if isinstance(value, tuple) else (None, value) for value in (before, after)
    )
    return {
        "field": field,
        "fieldtype": "custom" if field_id.startswith("customfield") else "jira",
        "fieldId": field_id,
        "from": from_id,
        "fromString": from_text,
        "to": to_id,
        "toString": to_text,
    }


def status_item(before: str, after: str) -> dict[str, Any]:
    return item("status", "status", (before, STATUS_NAMES[before]), (after, STATUS_NAMES[after]))


def issue_event(
    name: str, document: dict[str, Any], *, at: datetime, history: int = 0, items: Any = ()
) -> dict[str, Any]:
    """`jira:issue_…`, with the entry of the changelog where there is one."""
    event = {"timestamp": millis(at), "webhookEvent": name, "user": PERSON, "issue": document}
    if history:
        event["changelog"] = {"id": str(history), "items": list(items)}
    return event


def comment(number: int = 500, *, at: datetime = START, body: str = "Agreed.") -> dict[str, Any]:
    return {
        "id": str(number),
        "self": f"https://burnish.test/rest/api/2/issue/11/comment/{number}",
        "author": PERSON,
        "body": body,
        "created": as_jira_writes(START),
        "updated": as_jira_writes(at),
    }


def comment_event(name: str, document: dict[str, Any], *, at: datetime) -> dict[str, Any]:
    """Cloud's: no user, and six fields of the issue without its instants."""
    mention = issue()
    kept = ("summary", "issuetype", "project", "assignee", "status")
    mention["fields"] = {key: mention["fields"][key] for key in kept} | {"priority": None}
    return {"timestamp": millis(at), "webhookEvent": name, "comment": document, "issue": mention}


def sprint_event(name: str, *, at: datetime, **overrides: Any) -> dict[str, Any]:
    """Never with `activatedDate`."""
    sprint = {
        "id": SPRINT_ID,
        "self": f"https://burnish.test/rest/agile/1.0/sprint/{SPRINT_ID}",
        "state": "active",
        "name": "Sprint 7",
        "startDate": "2026-03-02T09:00:00.000Z",
        "endDate": "2026-03-13T17:00:00.000Z",
        "originBoardId": 1,
        "goal": "Pay by invoice",
        **overrides,
    }
    return {"timestamp": millis(at), "webhookEvent": name, "sprint": sprint}


def board_event(name: str, *, at: datetime, **overrides: Any) -> dict[str, Any]:
    board = {
        "id": 1,
        "self": "https://burnish.test/rest/agile/1.0/board/1",
        "name": "Payments",
        "type": "scrum",
        **overrides,
    }
    return {"timestamp": millis(at), "webhookEvent": name, "board": board}


def configuration_event(*, at: datetime) -> dict[str, Any]:
    configuration = {
        "id": 1,
        "name": "Payments",
        "type": "scrum",
        "columnConfig": {
            "columns": [
                {"name": "Open", "statuses": [{"id": "1"}, {"id": "3"}]},
                {"name": "Closed", "statuses": [{"id": "6"}]},
            ]
        },
    }
    return {
        "timestamp": millis(at),
        "webhookEvent": "board_configuration_changed",
        "configuration": configuration,
    }
