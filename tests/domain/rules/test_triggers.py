"""What a trigger is about, and that an event asks no rule twice."""

from typing import Any

import pytest

from app.domain.rules.errors import RuleNotUnderstood
from app.domain.rules.event import Event, Happened
from app.domain.rules.reading import read
from app.domain.rules.trial_parts import Trial
from app.domain.rules.trials import run
from app.domain.rules.triggers import Active, Index, happened_for
from app.domain.scrum.issue import Change
from tests.conftest import NOW

ISSUE = {"key": "BURN-7", "type": "Bug", "labels": ["red"], "Story Points": 5}
SEVERAL = {
    "type": "any_of",
    "triggers": [
        {"type": "issue_created"},
        {"type": "issue_transitioned", "to": ["Done"]},
        {"type": "issue_assigned"},
        {"type": "comment_added"},
    ],
}


def rule(trigger: dict[str, Any]) -> Any:
    return read({"name": "x", "trigger": trigger, "actions": [{"type": "comment", "text": "hi"}]})


def fires(trigger: dict[str, Any], **given: Any) -> bool:
    trial = Trial.model_validate({"name": "t", "given": {"issue": ISSUE, **given}})
    decision = run(rule(trigger), trial).decision
    return decision is not None


def moved(field: str, before: str | None, after: str | None) -> list[dict[str, Any]]:
    return [{"field": field, "from": before, "to": after}]


@pytest.mark.parametrize(
    ("field", "narrow", "before", "after", "fired"),
    [
        ("priority", {"to": ["Highest", "high"]}, "Low", "High", True),
        ("priority", {"to": ["Highest"]}, "Low", "High", False),
        ("priority", {"from": ["Low"], "to": ["High"]}, "Low", "High", True),
        ("priority", {"from": ["Medium"], "to": ["High"]}, "Low", "High", False),
        ("priority", {"from": ["Low"]}, "Low", None, True),
        ("priority", {"to": ["High"], "change": "set"}, "Low", "High", False),
        ("priority", {"to": ["High"], "change": "set"}, None, "High", True),
        ("Story Points", {"to": ["8"]}, "5", "8", True),
        ("Story Points", {"to": ["nan"]}, "5", "8", False),
        ("labels", {"to": ["urgent"]}, "red", "red urgent", True),
        ("labels", {"to": ["red"]}, "red", "red urgent", False),
        ("labels", {"from": ["urgent"]}, "red Urgent", "red", True),
        ("labels", {"from": ["red"]}, "red", "red blue", False),
    ],
)
def test_a_change_of_a_field_from_one_value_to_another(
    field: str, narrow: dict[str, Any], before: str | None, after: str | None, fired: bool
) -> None:
    trigger = {"type": "field_changed", "fields": [field], **narrow}
    assert fires(trigger, changes=moved(field, before, after)) is fired


BLOCKED = "This issue is blocked by BURN-1"


@pytest.mark.parametrize(
    ("narrow", "before", "after", "fired"),
    [
        ({}, None, BLOCKED, True),
        ({}, BLOCKED, None, True),
        ({"change": "added"}, None, BLOCKED, True),
        ({"change": "added"}, BLOCKED, None, False),
        ({"change": "removed"}, BLOCKED, None, True),
        ({"link_types": ["Is Blocked By"]}, None, BLOCKED, True),
        ({"link_types": ["blocks", "relates to"]}, None, BLOCKED, False),
        ({"link_types": ["is blocked"], "change": "removed"}, None, BLOCKED, False),
    ],
)
def test_links_that_are_made_or_removed_of_some_kind(
    narrow: dict[str, Any], before: str | None, after: str | None, fired: bool
) -> None:
    trigger = {"type": "issue_linked", **narrow}
    assert fires(trigger, changes=moved("issuelinks", before, after)) is fired


def test_one_of_several_events_is_enough() -> None:
    assert fires(SEVERAL)
    assert fires(SEVERAL, changes=moved("status", "To Do", "Done"))
    assert not fires(SEVERAL, changes=moved("status", "Done", "To Do"))
    assert fires(SEVERAL, changes=moved("assignee", None, "ann"))
    assert not fires(SEVERAL, changes=moved("priority", "Low", "High"))
    assert fires(SEVERAL, comment={"body": "hello"})


def test_several_fields_changed_at_once_ask_the_rule_once() -> None:
    index = Index([Active(1, 1, rule(SEVERAL)), Active(2, 1, rule({"type": "issue_updated"}))])
    changes = tuple(
        Change(1, place, NOW, field, None, None, "1", "Done", "ann")
        for place, field in enumerate(("status", "assignee"))
    )
    event = Event(Happened.CHANGED, "1", "BURN-1", NOW, "change:1", "ann", changes)
    assert [one.id for one in index.candidates(event)] == [1, 2]
    assert happened_for(SEVERAL_TRIGGER) == (Happened.CREATED, Happened.CHANGED, Happened.COMMENT_ADDED)
    assert index.waits_for(Happened.COMMENT_ADDED)
    assert not index.waits_for(Happened.SPRINT_STARTED)


SEVERAL_TRIGGER = rule(SEVERAL).trigger


@pytest.mark.parametrize(
    "triggers",
    [
        [],
        [{"type": "schedule", "cron": "0 8 * * *", "jql": "key = A-1"}],
        [{"type": "any_of", "triggers": [{"type": "issue_created"}]}],
        [{"type": "issue_created"}] * 11,
        [{"type": "issue_transitioned", "into": ["Done"]}],
    ],
)
def test_only_events_of_issues_stand_in_it(triggers: list[Any]) -> None:
    with pytest.raises(RuleNotUnderstood, match="trigger"):
        rule({"type": "any_of", "triggers": triggers})
