"""Rules create, start and complete sprints: which one is meant is settled with the decision."""

from typing import Any

import pytest

from app.domain.rules.reading import read
from app.domain.rules.trials import Tried, run

SPRINTS = [
    {"id": 6, "name": "Sprint 6", "state": "closed", "board": 42},
    {"id": 7, "name": "Sprint 7", "state": "active", "board": 42},
    {"id": 8, "name": "Sprint 8", "board": 42},
    {"id": 9, "name": "Sooner", "board": 42, "start": "2026-01-12T09:00:00Z"},
    {"id": 70, "name": "Of others", "state": "active", "board": 43},
    {"id": 71, "name": "Later", "board": 44},
    *({"id": number, "name": "Twin", "state": "active", "board": 45} for number in (90, 91)),
]


def tried(*actions: dict[str, Any], board: int = 42, **more: Any) -> Tried:
    rule = read(
        {
            "name": "Sprints",
            "trigger": {"type": "sprint_closed", "once": True},
            "actions": [{"board": board, **each} for each in actions],
            "tests": [{"name": "One", "given": {"sprint": {"id": 6}, "sprints": SPRINTS}, **more}],
        }
    )
    return run(rule, rule.tests[0])


def wanted(action: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The payload of the one effect."""
    decision = tried(action, **more).decision
    assert decision is not None
    assert decision.reason is None, decision.reason
    (one,) = decision.wanted
    return {name: getattr(one.effect, name) for name in one.effect.__slots__}


def named(action: dict[str, Any], part: str = "sprint", **more: Any) -> tuple[int | None, str]:
    found = wanted(action, **more)[part]
    return found.id, found.name


def test_next_is_what_is_planned_first_and_else_the_oldest() -> None:
    assert named({"type": "start_sprint"}) == (9, "Sooner")
    assert named({"type": "start_sprint"}, board=44) == (71, "Later")
    complete = {"type": "complete_sprint", "open_issues": "next"}
    assert named(complete) == (7, "Sprint 7")
    assert named(complete, "open_issues") == (9, "Sooner")
    assert wanted({"type": "complete_sprint"})["open_issues"] is None


def test_a_sprint_is_named_by_its_id_or_its_name_also_one_that_is_to_be_created() -> None:
    assert named({"type": "start_sprint", "sprint": "8"}) == (8, "Sprint 8")
    assert named({"type": "start_sprint", "sprint": "sprint 8"}) == (8, "Sprint 8")
    assert named({"type": "start_sprint", "sprint": "Sprint 10"}) == (None, "Sprint 10")
    assert named({"type": "complete_sprint", "open_issues": "Sprint 10"}, "open_issues") == (
        None,
        "Sprint 10",
    )


def test_what_is_created_has_its_dates_in_utc() -> None:
    made = wanted(
        {
            "type": "create_sprint",
            "name": "After {{ sprint.id }}",
            "start": "{{ now.plusDays(7) }}",
            "end": "2026-01-23",
        }
    )
    assert (made["name"], made["goal"]) == ("After 6", "")
    assert made["start"].isoformat() == "2026-01-12T12:00:00+00:00"
    assert made["end"].isoformat() == "2026-01-23T00:00:00+00:00"


@pytest.mark.parametrize(
    ("action", "board", "note"),
    [
        ({"type": "create_sprint", "name": "sprint 6"}, 42, "Board 42 has a sprint sprint 6 already."),
        ({"type": "create_sprint", "name": "{{ webhook }}"}, 42, "The name is empty"),
        ({"type": "start_sprint"}, 43, "Board 43 has no sprint that is to begin."),
        ({"type": "start_sprint", "sprint": "7"}, 42, "Sprint 7 runs already."),
        ({"type": "start_sprint", "sprint": "Sprint 6"}, 42, "Sprint 6 was closed already."),
        ({"type": "complete_sprint"}, 44, "No sprint runs on board 44."),
        ({"type": "complete_sprint", "sprint": "8"}, 42, "Sprint 8 has not begun."),
    ],
)
def test_where_there_is_nothing_to_do_the_decision_says_why(
    action: dict[str, Any], board: int, note: str
) -> None:
    found = tried(action, board=board, outcome="nothing to do")
    assert found.faults == ()
    assert found.decision is not None
    assert note in str(found.decision.steps)


@pytest.mark.parametrize(
    ("action", "board", "why"),
    [
        ({"type": "create_sprint", "name": "x" * 31}, 42, "has 31 characters"),
        ({"type": "create_sprint", "name": "x", "start": "{{ sprint.id }}"}, 42, "'6' is no instant"),
        (
            {"type": "create_sprint", "name": "x", "start": "2026-01-12", "end": "2026-01-11"},
            42,
            "would end",
        ),
        ({"type": "start_sprint", "end": "2026-01-05"}, 42, "would end"),
        (
            {"type": "start_sprint", "sprint": "71"},
            42,
            "Sprint 71 (Later) is none of board 42, but of board 44",
        ),
        ({"type": "complete_sprint", "sprint": "70"}, 42, "Sprint 70 (Of others) is none of board 42"),
        ({"type": "complete_sprint"}, 45, "Several sprints of board 45 are meant by 'active': Twin (90)"),
        ({"type": "complete_sprint", "open_issues": "next"}, 43, "no sprint that is to begin, into which"),
        ({"type": "complete_sprint", "open_issues": "7"}, 42, "cannot stay in Sprint 7"),
    ],
)
def test_what_cannot_be_meant_fails_with_the_reason(action: dict[str, Any], board: int, why: str) -> None:
    found = tried(action, board=board, outcome="failed")
    assert found.faults == ()
    assert found.decision is not None
    assert why in (found.decision.reason or "")
