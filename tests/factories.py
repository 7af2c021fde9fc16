"""Issues, changes, sprints and boards for tests: plain functions that take only what matters to a test.

The sprint of most tests runs for two weeks, from Monday 2 March 2026, 9:00 to Friday 13 March, 17:00 UTC.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.domain.scrum.board import Board, Column
from app.domain.scrum.issue import STATUS, Change, Issue
from app.domain.scrum.sprint import Sprint, SprintState

SPRINT_FIELD = "customfield_10020"
POINTS_FIELD = "customfield_10016"
FLAG_FIELD = "customfield_10021"

TO_DO, IN_PROGRESS, DONE, CLOSED, UNMAPPED = "1", "3", "5", "6", "9"
STATUS_NAMES = {
    TO_DO: "To Do",
    IN_PROGRESS: "In Progress",
    DONE: "Done",
    CLOSED: "Closed",
    UNMAPPED: "Waiting for customer",
}

SPRINT_ID = 7
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
END = datetime(2026, 3, 13, 17, tzinfo=UTC)
BEFORE_START = START - timedelta(days=10)


def day(number: int, hour: int = 12) -> datetime:
    """The n-th day of the sprint, from 1, at an hour (UTC); 0 is the day before its start."""
    return datetime(2026, 3, 1, hour, tzinfo=UTC) + timedelta(days=number)


def a_sprint(**overrides: Any) -> Sprint:
    """A running sprint; with `completed=` a closed one."""
    values: dict[str, Any] = {
        "id": SPRINT_ID,
        "name": "Sprint 7",
        "state": SprintState.CLOSED if overrides.get("completed") else SprintState.ACTIVE,
        "board_id": 1,
        "goal": "Pay by invoice",
        "start": START,
        "end": END,
        "activated": overrides.get("start", START),
    }
    return Sprint(**{**values, **overrides})


def a_board(**overrides: Any) -> Board:
    """A Scrum board with three columns that estimates in story points."""
    values: dict[str, Any] = {
        "id": 1,
        "name": "Burnish board",
        "kind": "scrum",
        "columns": (
            Column("To Do", (TO_DO,)),
            Column("In Progress", (IN_PROGRESS,)),
            Column("Done", (DONE, CLOSED)),
        ),
        "estimation_field": POINTS_FIELD,
        "estimation_name": "Story Points",
    }
    return Board(**{**values, **overrides})


def an_issue(key: str = "BURN-1", **overrides: Any) -> Issue:
    """A story of 3 points in To Do and in the sprint, made before its start, without any change.

    `status` takes a status id, `sprints` an iterable of ids, `points` a number or text.
    """
    status = overrides.pop("status", TO_DO)
    points = overrides.pop("points", 3)
    values: dict[str, Any] = {
        "id": f"1{key.rpartition('-')[2]}",
        "key": key,
        "summary": f"Summary of {key}",
        "type_name": "Story",
        "is_subtask": False,
        "status_id": status,
        "status_name": STATUS_NAMES.get(status, status),
        "created": BEFORE_START,
        "updated": START,
        "sprint_ids": frozenset(overrides.pop("sprints", {SPRINT_ID})),
        "estimate": None if points is None else Decimal(str(points)),
    }
    return Issue(**{**values, **overrides})


def a_change(field: str, at: datetime, before: Any, after: Any, **overrides: Any) -> Change:
    """A change of `status`, of the Sprint field ("1, 2"), of the points (numbers) or of another field.

    The history id grows with time, so that changes of one test need none.
    """
    names = STATUS_NAMES if field == STATUS else {}
    has_ids = field != POINTS_FIELD
    as_text = [None if value is None else str(value) for value in (before, after)]
    values: dict[str, Any] = {
        "history_id": int(at.timestamp() * 1000),
        "position": 0,
        "at": at,
        "field": field,
        "before": as_text[0] if has_ids else None,
        "before_text": names.get(before, as_text[0]),
        "after": as_text[1] if has_ids else None,
        "after_text": names.get(after, as_text[1]),
        "author": "dana",
    }
    return Change(**{**values, **overrides})


def moved(at: datetime, before: str, after: str, **overrides: Any) -> Change:
    """A change of status."""
    return a_change(STATUS, at, before, after, **overrides)


def sprint_changed(at: datetime, before: str, after: str, **overrides: Any) -> Change:
    """A change of the Sprint field, as Jira's lists of ids."""
    return a_change(SPRINT_FIELD, at, before, after, **overrides)


def estimated(at: datetime, before: Any, after: Any, **overrides: Any) -> Change:
    """A change of the points; None is unestimated."""
    return a_change(POINTS_FIELD, at, before, after, **overrides)
