"""Triggers of Jira Automation become ours, or the rule is not made; none becomes wider."""

from typing import Any

import pytest

from app.domain.rules.automation.importing import import_rules
from app.domain.rules.automation.triggers import from_quartz
from tests.domain.rules.automation import (
    KNOWN,
    SAYS,
    export,
    made,
    refused,
)

TRIGGERS: list[tuple[str, Any, dict[str, Any]]] = [
    ("jira.issue.event.trigger:created", {"eventKey": "jira:issue_created"}, {"type": "issue_created"}),
    ("jira.issue.event.trigger:updated", {"issueEvent": "issue_generic"}, {"type": "issue_updated"}),
    ("jira.issue.event.trigger:assigned", {}, {"type": "issue_assigned"}),
    ("jira.issue.event.trigger:commented", {"eventTypes": []}, {"type": "comment_added"}),
    ("jira.issue.event.trigger:deleted", {}, {"type": "issue_deleted"}),
    (
        "jira.issue.event.trigger:moved",
        {"sourceProject": "-1999", "targetProject": "-1999"},
        {"type": "issue_moved"},
    ),
    ("jira.issue.event.trigger:link", {"linkTypes": []}, {"type": "issue_linked", "change": "added"}),
    (
        "jira.multiple.issue.event",
        {
            "events": [
                {"key": "jira:issue_created", "event": "issue_created"},
                {"key": "jira:issue_updated", "event": "issue_generic"},
                {"key": "jira:issue_updated", "event": "issue_commented"},
            ],
            "synchronous": False,
        },
        {
            "type": "any_of",
            "triggers": [
                {"type": "issue_created"},
                {"type": "issue_transitioned"},
                {"type": "comment_added"},
            ],
        },
    ),
    (
        "jira.multiple.issue.event",
        {"events": ["issue_moved"]},
        {"type": "issue_moved"},
    ),
    (
        "jira.incoming.webhook",
        {"searchOrProvide": "search", "jql": 'summary ~ "{{webhookData.ticket}}" AND status != Done'},
        {"type": "incoming_webhook", "jql": "summary ~ {{ webhook.ticket }} AND status != Done"},
    ),
    ("jira.issue.event.trigger:worklog", {"actions": []}, {"type": "work_logged"}),
    (
        "jira.multiple.issue.event",
        {"events": ["issue_comment_deleted", "issue_worklog_updated", "issue_worklog_deleted"]},
        {
            "type": "any_of",
            "triggers": [
                {"type": "comment_deleted"},
                {"type": "work_log_edited"},
                {"type": "work_log_deleted"},
            ],
        },
    ),
    ("jira.manual.trigger.issue", {"groups": []}, {"type": "manual"}),
    (
        "jira.incoming.webhook",
        {"webhookToken": "planted", "searchOrProvide": "provided"},
        {"type": "incoming_webhook"},
    ),
    (
        "jira.issue.event.trigger:transitioned",
        {"fromStatus": [], "toStatus": [{"type": "NAME", "value": "Done"}, {"type": "ID", "value": "10002"}]},
        {"type": "issue_transitioned", "to": ["Done", "10002"]},
    ),
    (
        "jira.issue.field.changed",
        {
            "changeType": "ANY_CHANGE",
            "fields": [
                {"type": "fieldName", "value": "Story Points"},
                {"type": "field", "value": "priority"},
            ],
            "actions": [],
        },
        {"type": "field_changed", "fields": ["customfield_10016", "priority"]},
    ),
    (
        "jira.jql.scheduled",
        {
            "schedule": {
                "cronExpression": "0 30 8 ? * MON-FRI",
                "method": "CRON",
                "rate": 0,
                "rateInterval": 60,
            },
            "jql": "status = Open",
            "executionMode": "jql",
            "onlyUpdatedIssues": False,
        },
        {
            "type": "schedule",
            "cron": "30 8 * * mon,tue,wed,thu,fri",
            "time_zone": "UTC",
            "jql": "status = Open",
        },
    ),
    (
        "jira.jql.scheduled",
        {
            "schedule": {"cronExpression": "", "method": "FIXED", "rate": 6, "rateInterval": 3600},
            "jql": "status = Open",
            "executionMode": "jql",
        },
        {"type": "schedule", "cron": "0 */6 * * *", "time_zone": "UTC", "jql": "status = Open"},
    ),
]


@pytest.mark.parametrize(("kind", "value", "ours"), TRIGGERS)
def test_a_trigger_becomes_ours(kind: str, value: Any, ours: dict[str, Any]) -> None:
    assert made(SAYS, trigger={"component": "TRIGGER", "type": kind, "value": value})["trigger"] == ours


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("jira.incoming.webhook", {"searchOrProvide": "none", "jql": "key = {{webhookData.key}}"}),
        ("jira.incoming.webhook", {"searchOrProvide": "search", "jql": "key == {{webhookData.key}}"}),
        ("jira.incoming.webhook", {"searchOrProvide": "search"}),
        ("jira.multiple.issue.event", {"events": [{"event": "issue_workstarted"}]}),
        ("jira.multiple.issue.event", {"events": []}),
        ("jira.sprint.event.trigger:started", {"boardId": "{{board}}"}),
        ("jira.sprint.event.trigger:started", {"boardId": 7, "sprintNameFilter": "Team A.*"}),
        ("jira.version.event.trigger:released", {"boardId": 7}),
        ("jira.issue.event.trigger:link", {"linkTypes": ["blocks"]}),
        ("jira.issue.event.trigger:moved", {"targetProject": "10001"}),
        ("jira.manual.trigger.issue", {"groups": ["admins"]}),
        ("jira.issue.event.trigger:transitioned", {"toStatus": [{"type": "SMART", "value": "x"}]}),
        (
            "jira.issue.field.changed",
            {"changeType": "VALUE_ADDED", "fields": [{"type": "field", "value": "a"}]},
        ),
        (
            "jira.issue.field.changed",
            {"changeType": "ANY_CHANGE", "fields": [{"type": "fieldName", "value": "Team"}]},
        ),
        ("jira.version.event.trigger:released", {"versionNameFilter": "2.*"}),
        ("jira.issue.event.trigger:created", {"somethingNew": 1}),
    ],
)
def test_a_rule_whose_trigger_is_narrower_than_ours_is_not_made(kind: str, value: Any) -> None:
    assert refused(SAYS, trigger={"component": "TRIGGER", "type": kind, "value": value}) == "trigger"


def test_sundays_are_counted_as_quartz_does() -> None:
    assert from_quartz("0 0 8 ? * 1-2") == "0 8 * * sun,mon"
    assert from_quartz("0 0 8 ? * 7") == "0 8 * * sat"


def test_the_token_of_a_webhook_is_neither_taken_nor_told() -> None:
    value = {"webhookToken": "planted", "searchOrProvide": "provided"}
    hook = {"component": "TRIGGER", "type": "jira.incoming.webhook", "value": value}
    found = import_rules(export(SAYS, trigger=hook), KNOWN)
    assert "webhook-token" in found.told[0].did
    assert "planted" not in str(found)
