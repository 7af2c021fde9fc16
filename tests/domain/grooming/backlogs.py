"""Backlogs for tests: a healthy issue on which no check finds anything, and what is changed of it."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from msgspec.structs import replace as changed

from app.domain.flow.path import Policy
from app.domain.flow.status_order import status_order
from app.domain.grooming.catalogue import BY_NAME
from app.domain.grooming.facts import Backlog, Children, Person, Version
from app.domain.grooming.finding import Finding
from app.domain.grooming.item import EPIC, STORY, SUBTASK, Item
from app.domain.grooming.texts import Description
from app.domain.scrum.board import Board, Column
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.sprint import Sprint, SprintState
from tests.factories import CLOSED, DONE, IN_PROGRESS, POINTS_FIELD, SPRINT_FIELD, STATUS_NAMES, TO_DO

NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)
REVIEW = "4"
GOOD = Description(characters=400, digest=1, has_criteria=True, has_steps=True)
BOARD = Board(
    1,
    "Payments",
    "scrum",
    (
        Column("To Do", (TO_DO,)),
        Column("In Progress", (IN_PROGRESS,)),
        Column("Review", (REVIEW,)),
        Column("Done", (DONE, CLOSED)),
    ),
    estimation_field=POINTS_FIELD,
    estimation_name="Story Points",
)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def sprint(number: int, state: SprintState) -> Sprint:
    closed = ago(14 * (10 - number)) if state is SprintState.CLOSED else None
    return Sprint(number, f"Sprint {number}", state, completed=closed)


SPRINTS = {
    **{number: sprint(number, SprintState.CLOSED) for number in (5, 6, 7)},
    8: sprint(8, SprintState.ACTIVE),
    9: sprint(9, SprintState.FUTURE),
}
VERSIONS = {
    "1": Version("1", "1.9", released=True, released_on=date(2026, 2, 1)),
    "2": Version("2", "2.0", released_on=date(2026, 3, 20)),
    "3": Version("3", "0.9", archived=True),
}
PEOPLE = {"dana": Person("Dana"), "gone": Person("Gone Person", active=False)}


def item(key: str = "BURN-1", *, status: str = TO_DO, points: float | None = 3, **overrides: Any) -> Item:
    """A story in To Do that lacks nothing; `way` may be left out, it then is the present status alone."""
    way = overrides.pop("way", (TO_DO,) if status == TO_DO else (TO_DO, status))
    number = int(key.rpartition("-")[2])
    values: dict[str, Any] = {
        "id": f"id-{key}",
        "key": key,
        "project_key": key.rpartition("-")[0],
        "summary": f"Pay invoice number {number}",
        "type_name": "Story",
        "level": STORY,
        "status_id": status,
        "status_name": STATUS_NAMES.get(status, "Review"),
        "created": ago(20),
        "status_since": ago(10),
        "touched_at": ago(5),
        "done": status in {DONE, CLOSED},
        "way": way,
        "priority": "Medium",
        "priority_place": 2,
        "reporter": "dana",
        "components": ("Billing",),
        "estimate": None if points is None else Decimal(str(points)),
        "parent": "id-BURN-900",
        "rank": f"0|{number:06d}:",
        "description": changed(GOOD, digest=number),
    }
    return Item(**{**values, **overrides})


def epic(key: str = "BURN-900", **overrides: Any) -> Item:
    return item(key, **{"type_name": "Epic", "level": EPIC, "parent": None, "points": None, **overrides})


def subtask(key: str, parent: str, **overrides: Any) -> Item:
    values = {"type_name": "Sub-task", "level": SUBTASK, "parent": f"id-{parent}", "points": None}
    return item(key, **{**values, **overrides})


def backlog(*items: Item, **overrides: Any) -> Backlog:
    """With an epic in progress that healthy stories stand under."""
    board = overrides.pop("board", BOARD)
    around = overrides.pop("around", ())
    parent = epic(status=IN_PROGRESS)
    values: dict[str, Any] = {
        "board": board,
        "order": status_order(board, Policy().started_statuses(board)),
        "calendar": Calendar(),
        "now": NOW,
        "items": tuple(items),
        "around": {one.id: one for one in (parent, *around)},
        "sprints": SPRINTS,
        "versions": VERSIONS,
        "people": PEOPLE,
        "sprint_field": SPRINT_FIELD,
    }
    return Backlog(**{**values, **overrides})


def children(**by_key: Children) -> dict[str, Children]:
    return {f"id-{key.replace('_', '-')}": value for key, value in by_key.items()}


def found(name: str, of: Backlog, **options: Any) -> list[Finding]:
    check = BY_NAME[name]
    return list(check.find(of, check.options(**options)))


def keys(findings: Iterable[Finding]) -> list[str]:
    return [finding.item.key for finding in findings]
