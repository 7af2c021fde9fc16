"""Actions of Jira Automation become ours, or are left out and listed."""

from typing import Any

import pytest

from app.domain.rules.automation.importing import import_rules
from app.domain.rules.automation.told import Fate
from tests.domain.rules.automation import (
    BUG,
    HELLO,
    JQL,
    KNOWN,
    SAYS,
    SET,
    action,
    edit,
    export,
    made,
)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (action("codebarrel.action.log", "At {{issue.key}}"), {"type": "log", "text": "At {{ issue.key }}"}),
        (
            action("jira.issue.comment", {"comment": "Hi", "addCommentOnce": True, "publicComment": False}),
            {"type": "comment", "text": "Hi", "mode": "once", "name": "comment-1"},
        ),
        (edit("priority", {"type": "ID", "value": "2"}), {"type": "edit", "set": {"priority": {"id": "2"}}}),
        (edit("priority", {"type": "NAME", "value": "High"}), {"type": "edit", "set": {"priority": "High"}}),
        (
            edit("duedate", '{{now.plusDays(3).format("yyyy-MM-dd")}}'),
            {"type": "edit", "set": {"duedate": '{{ now.plusDays(3).format("yyyy-MM-dd") }}'}},
        ),
        (edit("assignee", {"type": "CLEAR", "value": "clear"}), {"type": "edit", "clear": ["assignee"]}),
        (edit("labels", [{"type": "ADD", "value": "x"}]), {"type": "edit", "add": {"labels": ["x"]}}),
        (
            edit("components", [{"type": "NAME", "value": "API"}]),
            {"type": "edit", "set": {"components": ["API"]}},
        ),
        (
            edit("parent", {"type": "COPY", "value": "trigger"}),
            {"type": "edit", "set": {"parent": "{{ triggerIssue.key }}"}},
        ),
        (
            action("jira.issue.edit", {"operations": [{**SET, "fieldId": "summary", "value": "x"}]}),
            {"type": "edit", "set": {"summary": "x"}},
        ),
        (
            action(
                "jira.issue.transition",
                {
                    "destinationStatus": {"type": "ID", "value": "3"},
                    "operations": [],
                    "transitionMode": "status",
                },
            ),
            {"type": "transition", "to": "3"},
        ),
        (action("jira.issue.assign", {"assignType": "UNASSIGN"}), {"type": "assign", "to": "nobody"}),
        (
            action(
                "jira.issue.assign",
                {"assignType": "SPECIFY_USER", "assignee": {"type": "ID", "value": "5b10"}},
            ),
            {"type": "assign", "to": "5b10"},
        ),
        (
            action(
                "jira.issue.assign",
                {
                    "assignType": "SPECIFY_USER",
                    "assignee": {"type": "SMART", "value": "{{ issue.reporter }}"},
                },
            ),
            {"type": "assign", "to": "reporter"},
        ),
        (
            action(
                "jira.issue.link", {"linkType": "inward:10000", "issue": {"type": "COPY", "value": "trigger"}}
            ),
            {"type": "link", "link_type": "Blocks", "to": "{{ triggerIssue.key }}", "direction": "inward"},
        ),
        (
            action(
                "jira.issue.create",
                {
                    "operations": [
                        {**SET, "fieldId": "summary", "value": "For {{issue.key}}"},
                        {**SET, "fieldId": "description", "value": ""},
                        {**SET, "fieldId": "project", "value": {"type": "COPY", "value": "current"}},
                        {**SET, "fieldId": "issuetype", "value": {"type": "ID", "value": "10004"}},
                        {**SET, "fieldId": "priority", "value": {"type": "NAME", "value": "High"}},
                    ]
                },
            ),
            {
                "type": "create",
                "summary": "For {{ issue.key }}",
                "issue_type": "Task",
                "set": {"priority": "High"},
            },
        ),
        (
            action(
                "jira.issue.create.subtasks", {"subtasks": [{"id": "1", "type": "10005", "summary": "Test"}]}
            ),
            {"type": "create_subtasks", "issue_type": "Sub-task", "summaries": ["Test"]},
        ),
        (
            action(
                "jira.set.entity.property",
                {"entityType": "issue", "key": "k", "value": '{"a": "{{issue.key}}"}'},
            ),
            {"type": "set_property", "key": "k", "value": {"a": "{{ issue.key }}"}},
        ),
        (
            action(
                "jira.issue.outgoing.webhook",
                {
                    "url": "https://x.test/{{issue.key}}",
                    "method": "POST",
                    "contentType": "custom",
                    "customBody": '{"key": "{{issue.key}}"}',
                    "headers": [{"id": "_h", "name": "X-A", "value": {"keyOrValue": "b", "secret": False}}],
                    "sendIssue": False,
                },
            ),
            {
                "type": "web_request",
                "method": "POST",
                "url": "https://x.test/{{ issue.key }}",
                "headers": {"X-A": "b"},
                "body": {"key": "{{ issue.key }}"},
            },
        ),
        (
            {
                "component": "BRANCH",
                "type": "jira.issue.related",
                "value": {"relatedType": "jql", "jql": "parent = {{issue.key}}"},
                "children": [JQL, SAYS],
            },
            {"type": "branch", "jql": "parent = {{ issue.key }}", "when": "type = Bug", "actions": [HELLO]},
        ),
        (
            {
                "component": "BRANCH",
                "type": "jira.issue.related",
                "value": {"relatedType": "linked", "linkTypes": ["blocks"]},
                "children": [SAYS],
            },
            {"type": "branch", "to": "linked", "link_type": "blocks", "actions": [HELLO]},
        ),
        (
            {
                "component": "BRANCH",
                "type": "jira.issue.related",
                "value": {"relatedType": "created"},
                "children": [SAYS],
            },
            {"type": "branch", "to": "created", "actions": [HELLO]},
        ),
    ],
)
def test_an_action_becomes_ours(theirs: Any, ours: Any) -> None:
    assert made(theirs)["actions"] == [ours]


@pytest.mark.parametrize(
    "theirs",
    [
        action("jira.issue.outgoing.email", {"to": []}),
        action("jira.issue.clone", {}),
        action("jira.create.variable", {}),
        action(
            "jira.issue.comment", {"comment": "x", "commentVisibility": {"type": "role", "value": "Admins"}}
        ),
        action("jira.issue.comment", {"comment": "{{issue.description}}"}),
        action("jira.issue.transition", {"destinationStatus": {"type": "COPY", "value": "trigger"}}),
        action("jira.issue.transition", {"destinationStatus": BUG, "operations": [{}]}),
        action("jira.issue.edit", {"operations": [], "advancedFields": "{}"}),
        edit("security", {"type": "ID", "value": "1"}),
        action("jira.issue.assign", {"assignType": "AUTOMATIC"}),
        action("jira.issue.link", {"linkType": "inward:9", "issue": {"type": "COPY", "value": "trigger"}}),
        {
            "component": "BRANCH",
            "type": "jira.issue.related",
            "value": {"relatedType": "epic"},
            "children": [SAYS],
        },
        {"component": "BRANCH", "type": "jira.smart.values.branch", "value": {}, "children": [SAYS]},
    ],
)
def test_an_unknown_action_is_left_out_and_listed(theirs: Any) -> None:
    found = import_rules(export(theirs, SAYS), KNOWN)
    assert found.rules[0]["actions"] == [HELLO]
    [told] = found.told
    assert (told.rule, told.where, told.type, told.fate) == (
        "A rule",
        "components/0",
        theirs["type"],
        Fate.LEFT_OUT,
    )
    assert told.did
    assert told.instead


def test_a_secret_of_a_request_is_neither_taken_nor_told() -> None:
    headers = [{"name": "Authorization", "value": "Bearer planted", "headerSecure": True}]
    ask = action(
        "jira.issue.outgoing.webhook",
        {"url": "https://x.test", "method": "POST", "contentType": "empty", "headers": headers},
    )
    found = import_rules(export(ask, SAYS), KNOWN)
    assert "planted" not in str(found)
    assert [one.fate for one in found.told] == [Fate.LEFT_OUT]
