"""Explanations say which changes and periods decided a clause about the past."""

from typing import Any

import pytest

from app.domain.rules.reading import read
from app.domain.rules.trial_parts import Trial
from app.domain.rules.trials import run

HISTORY = [
    {"field": "status", "from": "To Do", "to": "In Progress", "at": "2026-03-02T09:30:00Z", "author": "dana"},
    {"field": "status", "from": "In Progress", "to": "Done", "at": "2026-03-04T16:00:00Z", "author": "eli"},
    {"field": "status", "from": "Done", "to": "In Progress", "at": "2026-03-05T08:00:00Z"},
]
ISSUE: dict[str, Any] = {
    "key": "A-1",
    "status": "In Progress",
    "priority": "High",
    "created": "2026-03-01T08:00:00.000+0000",
}
DONE = "In Progress → Done on 2026-03-04 16:00 by eli"
AGAIN = "Done → In Progress on 2026-03-05 08:00"
PERIODS = "Done 2026-03-04 16:00 to 2026-03-05 08:00, In Progress since 2026-03-05 08:00"


def seen(clause: str, *, history: list[dict[str, Any]] = HISTORY) -> tuple[bool, str]:
    rule = read(
        {
            "name": "x",
            "trigger": {"type": "issue_updated"},
            "when": clause,
            "actions": [{"type": "stop"}],
        }
    )
    given = {"issue": ISSUE, "at": "2026-03-06T12:00:00Z", "history": history}
    decision = run(rule, Trial.model_validate({"name": "t", "given": given})).decision
    assert decision is not None
    (asked, *_) = decision.steps
    return asked["holds"], asked["seen"]


@pytest.mark.parametrize(
    ("clause", "holds", "said"),
    [
        ("status CHANGED TO Done", True, DONE),
        (
            "status CHANGED TO Done BY dana",
            False,
            f"only To Do → In Progress on 2026-03-02 09:30 by dana, {DONE}, {AGAIN}",
        ),
        ("status CHANGED AFTER 2026-03-04", True, AGAIN),
        ("status CHANGED DURING (2026-03-03, 2026-03-03)", False, "no change in the asked time"),
        ("NOT status CHANGED TO Done", False, DONE),
        ("priority CHANGED", False, "never changed"),
        ("status WAS Done", True, PERIODS),
        ("status WAS Done BEFORE 2026-03-02", False, "To Do 2026-03-01 08:00 to 2026-03-02 09:30"),
        ("status WAS NOT 'To Do' AFTER 2026-03-04", True, PERIODS),
        ("priority WAS High", True, "High all along"),
        ("assignee WAS EMPTY", True, "empty all along"),
        ("status = 'In Progress'", True, "In Progress"),
    ],
)
def test_a_clause_about_the_past_shows_what_decided_it(clause: str, holds: bool, said: str) -> None:
    found, told = seen(clause)
    assert found is holds
    assert told.endswith(said), told


def test_of_a_long_history_the_newest_is_told() -> None:
    moves = [("Low", "High"), ("High", "Low")] * 3
    history = [
        {"field": "priority", "from": before, "to": after, "at": f"2026-03-0{day}T08:00:00Z"}
        for day, (before, after) in enumerate(moves, 1)
    ]
    _, told = seen("priority CHANGED", history=history)
    assert told.startswith("3 earlier, High → Low on 2026-03-04 08:00, ")
    assert len(told) <= 200
