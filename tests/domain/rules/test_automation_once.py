"""Rules of Jira Automation that run without an issue are decided once."""

from typing import Any

import pytest

from app.domain.rules.automation.importing import import_rules
from app.domain.rules.automation.told import Fate
from tests.domain.rules.automation import KNOWN, SAYS, action, asks, export, made, refused

SCOPED = ["ari:cloud:jira:1:project/10001"]
LOGS = action("codebarrel.action.log", "{{now}}")
EVERY_DAY = {"cronExpression": "0 30 8 ? * MON-FRI", "method": "CRON"}
RETRO = action(
    "jira.issue.create",
    {
        "operations": [
            {"field": {"type": "ID", "value": name}, "fieldType": name, "type": "SET", "value": value}
            for name, value in (
                ("project", {"type": "COPY", "value": "current"}),
                ("issuetype", {"type": "ID", "value": "10004"}),
                ("summary", "Retro for {{sprint.name}}"),
            )
        ]
    },
)


def trigger(kind: str, value: Any) -> dict[str, Any]:
    return {"component": "TRIGGER", "type": kind, "value": value}


@pytest.mark.parametrize(
    ("kind", "value", "ours"),
    [
        ("jira.sprint.event.trigger:created", {}, {"type": "sprint_created"}),
        ("jira.sprint.event.trigger:started", {"sprintNameFilter": ""}, {"type": "sprint_started"}),
        ("jira.sprint.event.trigger:completed", {}, {"type": "sprint_closed"}),
        ("jira.version.event.trigger:released", {"versionNameFilter": ""}, {"type": "version_released"}),
        ("jira.version.event.trigger:updated", {}, {"type": "version_updated"}),
        ("jira.incoming.webhook", {"webhookToken": "planted"}, {"type": "incoming_webhook"}),
        ("jira.incoming.webhook", {"searchOrProvide": "none", "jql": ""}, {"type": "incoming_webhook"}),
        (
            "jira.jql.scheduled",
            {"schedule": EVERY_DAY, "executionMode": "nosearch", "jql": "type = Bug"},
            {"type": "schedule", "cron": "30 8 * * mon,tue,wed,thu,fri", "time_zone": "UTC"},
        ),
    ],
)
def test_a_trigger_without_issues_is_decided_once(kind: str, value: Any, ours: dict[str, Any]) -> None:
    assert made(LOGS, trigger=trigger(kind, value))["trigger"] == {**ours, "once": True}


@pytest.mark.parametrize(
    ("event", "board", "left"),
    [
        ("started", 7, "{{ sprint.boardId }}"),
        ("completed", "7", "{{ sprint.boardId }}"),
        ("created", 7, '{{ sprint.originBoardId | default("") }}'),
    ],
)
def test_the_board_of_a_sprint_is_asked_first(event: str, board: Any, left: str) -> None:
    hook = trigger(f"jira.sprint.event.trigger:{event}", {"boardId": board, "sprintNameFilter": ""})
    is_board = {"compare": {"left": left, "operator": "=", "right": "7"}}
    assert made(LOGS, trigger=hook)["when"] == is_board
    asked = {"first": "{{sprint.goal}}", "second": "x", "operator": "EQUALS"}
    both = made(asks("jira.comparator.condition", asked), LOGS, trigger=hook)["when"]
    assert both["all"][0] == is_board
    assert len(both["all"]) == 2


def test_a_project_that_the_trigger_chooses_is_that_of_the_rule() -> None:
    chosen = {"eventFilters": ["ari:cloud:jira:site:project/10001"], "versionNameFilter": ""}
    rule = made(LOGS, trigger=trigger("jira.version.event.trigger:released", chosen))
    assert rule["projects"] == ["BURN"]


def test_a_version_is_created_in_the_project_that_is_named_or_that_of_the_rule() -> None:
    hook = trigger("jira.version.event.trigger:released", {})
    names = ({"type": "ID", "value": "10001", "additional": "software"}, {"type": "COPY", "value": "current"})
    creates = [
        action("jira.version.create", {"versionName": "After {{version.name}}", "project": each})
        for each in names
    ]
    rule = made(*creates, trigger=hook, ruleScopeARIs=SCOPED)
    wanted = {"type": "create_version", "project": "BURN", "name": "After {{ version.name }}"}
    assert rule["actions"] == [wanted, wanted]


def test_a_query_that_jira_did_not_ask_is_told() -> None:
    value = {"schedule": EVERY_DAY, "executionMode": "nosearch", "jql": "type = Bug"}
    (told,) = import_rules(export(LOGS, trigger=trigger("jira.jql.scheduled", value)), KNOWN).told
    assert "without issues" in told.did
    assert "type = Bug" in told.did


def test_a_retro_of_a_sprint_is_made_in_the_project_of_the_rule() -> None:
    rule = made(RETRO, trigger=trigger("jira.sprint.event.trigger:completed", {}), ruleScopeARIs=SCOPED)
    assert rule["projects"] == ["BURN"]
    (create,) = rule["actions"]
    assert (create["project"], create["issue_type"]) == ("BURN", "Task")


def test_the_projects_of_a_schedule_without_issues_are_left_to_its_queries() -> None:
    value = {"schedule": EVERY_DAY, "executionMode": "nosearch"}
    hook = trigger("jira.jql.scheduled", value)
    found = import_rules(export(LOGS, trigger=hook, ruleScopeARIs=SCOPED), KNOWN)
    assert "projects" not in found.rules[0]
    assert ["BURN" in told.did for told in found.told if told.where == "projects"] == [True]


def test_steps_that_need_an_issue_are_left_out_and_listed_and_stay_in_branches() -> None:
    hook = trigger("jira.sprint.event.trigger:completed", {})
    branch = {"component": "BRANCH", "type": "jira.issue.related", "children": [SAYS]}
    inside = {**branch, "value": {"relatedType": "jql", "jql": "sprint = {{sprint.id}}"}}
    parent = {**branch, "value": {"relatedType": "parent"}}
    named = action("codebarrel.action.log", "{{issue.key}}")
    found = import_rules(export(SAYS, parent, named, inside, trigger=hook), KNOWN)
    assert [one["type"] for one in found.rules[0]["actions"]] == ["branch"]
    assert [(told.where, told.fate) for told in found.told] == [
        (f"components/{number}", Fate.LEFT_OUT) for number in range(3)
    ]
    assert all("the rule runs without one" in told.did for told in found.told)


def test_a_condition_that_needs_an_issue_is_not_taken_over() -> None:
    hook = trigger("jira.sprint.event.trigger:completed", {})
    assert refused(asks("jira.jql.condition", "type = Bug"), LOGS, trigger=hook) == ""


def test_what_names_the_new_issue_stands_in_a_branch_to_it() -> None:
    hook = trigger("jira.sprint.event.trigger:completed", {})
    tells = action("codebarrel.action.log", "{{createdIssue.key}}")
    rule = made(RETRO, tells, trigger=hook, ruleScopeARIs=SCOPED)
    branch = rule["actions"][1]
    assert (branch["to"], branch["actions"][0]["type"]) == ("created", "log")
