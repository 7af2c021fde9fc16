"""Rules that are decided once, without an issue: what needs one is refused when the rule is saved."""

from typing import Any

import pytest

from app.domain.rules.errors import RuleNotUnderstood
from app.domain.rules.event import Event, Happened
from app.domain.rules.reading import as_yaml, from_yaml, read, written
from app.domain.rules.trials import run
from app.domain.rules.triggers import Active, Index
from tests.factories import START as NOW

DAILY = {"type": "schedule", "cron": "0 8 * * mon-fri", "once": True}
CLOSED = {"type": "sprint_closed", "once": True}
LOG = {"type": "log", "text": "{{ now }}"}
COMMENT = {"type": "comment", "text": "Hello"}
BRANCH = {"type": "branch", "jql": "type = Bug", "actions": [COMMENT]}
OF_ISSUE = {"compare": {"left": "{{ issue.key }}", "operator": "=", "right": "x"}}
RETRO = {"type": "create", "project": "BURN", "issue_type": "Task", "summary": "Retro for {{ sprint.name }}"}


def given(**situation: Any) -> list[dict[str, Any]]:
    return [{"name": "A test", "given": situation}]


def faults(**more: Any) -> dict[str, str]:
    with pytest.raises(RuleNotUnderstood) as refused:
        read({"name": "Once", "trigger": DAILY, "actions": [LOG], **more})
    return dict(refused.value.faults)


@pytest.mark.parametrize(
    "kind",
    ["sprint_started", "sprint_created", "version_released", "version_updated", "board_configured", "manual"],
)
def test_what_happens_to_sprints_versions_and_boards_can_be_decided_once(kind: str) -> None:
    document = {"name": "Once", "trigger": {"type": kind, "once": True}, "actions": [LOG]}
    assert from_yaml(as_yaml(written(read(document)))) == document


@pytest.mark.parametrize(
    "trigger",
    [
        {"type": "schedule", "cron": "0 8 * * *"},
        {"type": "sprint_created"},
        {"type": "metric_crossed", "board": 1, "metric": "open_issues", "above": 3},
    ],
)
def test_a_trigger_says_for_what_it_fires_and_not_both(trigger: dict[str, Any]) -> None:
    (told,) = faults(trigger=trigger).items()
    assert told[0] == "trigger/jql"
    assert "`once: true`" in told[1]
    (told,) = faults(trigger={**trigger, "once": True, "jql": "type = Bug"}).items()
    assert "does not go with `once`" in told[1]
    read({"name": "Once", "trigger": {**trigger, "once": True}, "actions": [LOG]})
    read({"name": "Each", "trigger": {**trigger, "jql": "type = Bug"}, "actions": [LOG]})


@pytest.mark.parametrize(
    ("more", "place", "way_out"),
    [
        ({"when": "type = Bug"}, "when", "`compare`"),
        ({"when": {"any": [{"initiator": ["a"]}]}}, "when/any/0", "`compare`"),
        ({"when": {"not": {"related": {"to": "parent", "match": "exist"}}}}, "when/not", "`compare`"),
        ({"actions": [LOG, COMMENT]}, "actions/1", "`branch` with `jql`"),
        ({"actions": [{"type": "transition", "to": "Done"}]}, "actions/0", "`branch` with `jql`"),
        ({"actions": [{"type": "notify", "to": ["lead"], "text": "x"}]}, "actions/0", "`branch` with `jql`"),
        ({"actions": [{"type": "log", "text": "{{ issue.key }}"}]}, "actions/0/text", "lookupIssues"),
        ({"actions": [{**RETRO, "project": None}]}, "actions/0/project", "is needed"),
        ({"actions": [{"type": "create_version", "name": "1.4"}]}, "actions/0/project", "is needed"),
        ({"actions": [{**RETRO, "link_type": "Blocks"}]}, "actions/0/link_type", "to: created"),
        (
            {"actions": [{**RETRO, "set": {"labels": ["{{ issue.key }}"]}}]},
            "actions/0/set/labels/0",
            "lookupIssues",
        ),
        ({"actions": [{"type": "branch", "to": "epic", "actions": [COMMENT]}]}, "actions/0/to", "`jql`"),
        ({"actions": [{"type": "if", "when": "type = Bug", "then": [LOG]}]}, "actions/0/when", "`compare`"),
        (
            {"actions": [{"type": "if", "when": OF_ISSUE, "then": [LOG]}]},
            "actions/0/when/compare/left",
            "lookupIssues",
        ),
        (
            {"actions": [{**BRANCH, "actions": [{"type": "log", "text": "{{ triggerIssue }}"}]}]},
            "actions/0/actions/0/text",
            "triggerIssue",
        ),
        ({"actions": [{**BRANCH, "jql": "key = {{ issue.key }}"}]}, "actions/0/jql", "lookupIssues"),
        ({"projects": ["BURN"]}, "projects", "leave `projects` out"),
        ({"tests": given(issue={"key": "BURN-1"})}, "tests/0/given/issue", "leave it out"),
        ({"tests": given(sprint={"name": "7"})}, "tests/0/given/sprint", "brings no sprint"),
    ],
)
def test_what_needs_an_issue_is_refused_with_its_place_and_the_way_out(
    more: dict[str, Any], place: str, way_out: str
) -> None:
    told = faults(**more)
    assert list(told) == [place]
    assert way_out in told[place]


def test_in_branches_to_a_query_and_to_created_issues_there_are_issues_again() -> None:
    inner = [COMMENT, {"type": "branch", "to": "epic", "when": "type = Epic", "actions": [COMMENT]}]
    read(
        {
            "name": "Once",
            "trigger": CLOSED,
            "projects": ["BURN"],
            "when": {"compare": {"left": "{{ sprint.name }}", "operator": "contains", "right": "Sprint"}},
            "actions": [
                RETRO,
                {"type": "branch", "to": "created", "when": "type = Task", "actions": inner},
                {"type": "branch", "jql": "sprint = {{ sprint.id }}", "actions": inner},
                {"type": "wait", "days": 1},
                {
                    "type": "web_request",
                    "url": "https://ci.example.com/",
                    "then": [{"type": "branch", "jql": "key = {{ webResponse.body.key }}", "actions": inner}],
                },
            ],
        }
    )


def test_a_rule_for_issues_still_needs_one_in_its_tests() -> None:
    told = faults(trigger={"type": "sprint_closed"}, tests=[{"name": "x", "given": {}}])
    assert told == {"tests/0/given/issue": "is needed"}


def test_tests_of_a_rule_give_the_event_and_no_issue() -> None:
    rule = read(
        {
            "name": "Retro",
            "trigger": CLOSED,
            "when": {"compare": {"left": "{{ sprint.name }}", "operator": "matches", "right": "^Sprint"}},
            "actions": [
                {"type": "lookup_issues", "jql": "sprint = {{ sprint.id }} AND status != Done"},
                RETRO,
                {"type": "branch", "jql": "sprint = {{ sprint.id }}", "actions": [COMMENT]},
                {"type": "wait", "days": 1},
                {
                    "type": "web_request",
                    "url": "https://hooks.example.com/x",
                    "body": {"text": "{{ lookupIssues | length }} open"},
                    "then": [{"type": "log", "text": "{{ webResponse.status }}"}],
                },
            ],
            "tests": [
                {
                    "name": "a sprint",
                    "given": {
                        "sprint": {"id": 7, "name": "Sprint 7"},
                        "found": [{"key": "BURN-1"}],
                        "answers": [{}],
                    },
                    "effects": [
                        {"kind": "create_issue", "payload": {"issue_key": ""}},
                        {"kind": "living_comment", "payload": {"issue_key": "BURN-1"}},
                        {"kind": "web_request", "payload": {"body": '{"text": "1 open"}'}},
                    ],
                },
                {"name": "others", "given": {"sprint": {"name": "Kanban"}}, "outcome": "not matched"},
            ],
        }
    )
    for trial in rule.tests:
        assert run(rule, trial).faults == ()


def test_only_rules_that_are_decided_once_see_events_without_an_issue() -> None:
    def active(number: int, **more: Any) -> Active:
        return Active(number, 1, read({"name": str(number), "trigger": CLOSED, "actions": [LOG], **more}))

    each = active(1, trigger={"type": "sprint_closed"})
    index = Index([each, active(2), active(3, projects=["BURN"]), active(4, projects=["OPS"])])
    itself = Event(Happened.SPRINT_CLOSED, "", "", NOW, "sprint_closed:7", project="BURN")
    of_issue = Event(Happened.SPRINT_CLOSED, "1", "BURN-1", NOW, "sprint_closed:7")
    nowhere = Event(Happened.SPRINT_CLOSED, "", "", NOW, "sprint_closed:7")
    found = [[one.id for one in index.candidates(event)] for event in (itself, of_issue, nowhere)]
    assert found == [[2, 3], [1], [2]]
