"""Actions of Jira Automation become ours, or are left out and listed."""

from dataclasses import replace
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
        (
            action(
                "jira.issue.comment",
                {"comment": "[~accountid:{{issue.assignee.accountId}}] and [~accountid:5b:1-2]: hi"},
            ),
            {"type": "comment", "text": '{{ issue.assignee | mention }} and {{ "5b:1-2" | mention }}: hi'},
        ),
        (
            action("jira.issue.comment", {"comment": "Hi", "publicComment": True}),
            {"type": "comment", "text": "Hi"},
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
        (
            action(
                "jira.issue.transition",
                {
                    "destinationStatus": {"type": "NAME", "value": "Done"},
                    "operations": [
                        {**SET, "fieldId": "resolution", "value": {"type": "NAME", "value": "Fixed"}}
                    ],
                },
            ),
            {"type": "transition", "to": "Done", "set": {"resolution": "Fixed"}},
        ),
        (action("jira.issue.assign", {"assignType": "AUTOMATIC"}), {"type": "assign", "to": "automatic"}),
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
        action("jira.issue.assign", {"assignType": "AUTOMATIC", "role": "10002"}),
        action("jira.issue.link", {"linkType": "inward:9", "issue": {"type": "COPY", "value": "trigger"}}),
        {
            "component": "BRANCH",
            "type": "jira.issue.related",
            "value": {"relatedType": "fixVersions"},
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
    assert found.rules[0]["actions"][0]["headers"] == {"Authorization": "{{ secrets.AUTHORIZATION_X_TEST }}"}
    (told,) = found.told
    assert (told.fate, "--host x.test" in told.instead) == (Fate.CHANGED, True)


HEADER = {"name": "Authorization", "value": "Bearer planted", "headerSecure": True}


@pytest.mark.parametrize(
    "other",
    [
        {"contentType": "issue"},
        {"urlSecure": True},
        {"sendIssue": True},
        {"headers": HEADER},
        {"headers": ["Authorization: Bearer planted"]},
        {"headers": [{"name": "X-Key", "value": {"keyOrValue": ["planted"], "secret": True}}]},
        {"headers": [{"name": "X-Key", "value": "planted {{issue.nonsense}}"}]},
        {"headers": [{"name": "X-Key", "value": "planted {{#if}}"}]},
        {"contentType": "custom", "customBody": "token=planted"},
        {"contentType": "custom", "customBody": '{"token": "planted {{issue.nonsense}}"}'},
        {"contentType": "custom", "customBody": ["planted"]},
    ],
)
def test_a_request_that_is_not_understood_is_told_without_what_may_be_a_secret(other: dict[str, Any]) -> None:
    known = {"url": "https://x.test", "method": "POST", "contentType": "empty", "headers": [HEADER]}
    ask = action("jira.issue.outgoing.webhook", {**known, **other})
    found = import_rules(export(ask, SAYS), KNOWN)
    (told,) = found.told
    assert told.fate is Fate.LEFT_OUT
    assert "planted" not in str(found)


def test_parts_that_we_do_not_know_are_told_without_headers() -> None:
    held = {"url": "https://x.test", "headers": [HEADER], "customBody": "planted"}
    strangers = [
        action("jira.new.webhook", held),
        {**action("jira.issue.outgoing.webhook", held), "children": [1]},
    ]
    for stranger in strangers:
        (told,) = import_rules(export(stranger, SAYS), KNOWN).told
        assert "https://x.test" in told.did
        assert "planted" not in str(told)


def test_whoever_a_field_holds_is_assigned() -> None:
    value = {
        "assignType": "SMART_VALUE",
        "smartValue": "{{issue.customfield_10194.accountId}}",
        "assignee": None,
    }
    assert made(action("jira.issue.assign", value))["actions"] == [
        {"type": "assign", "to": '{{ issue["customfield_10194"].accountId | default("") }}'}
    ]
    odd = {**value, "smartValue": "{{lookupIssues.first.assignee}}"}
    found = import_rules(export(action("jira.issue.assign", odd), SAYS), KNOWN)
    assert [one.fate for one in found.told] == [Fate.LEFT_OUT]


def test_a_secret_of_data_center_keeps_its_name() -> None:
    held = {"keyOrValue": "GitLab token of 4 robots", "secret": True}
    ask = {"url": "https://{{issue.key}}.test", "method": "POST", "contentType": "empty"}
    theirs = action(
        "jira.issue.outgoing.webhook", {**ask, "headers": [{"name": "Private-Token", "value": held}]}
    )
    (asked,) = made(theirs)["actions"]
    assert asked["headers"] == {"Private-Token": "{{ secrets.GITLAB_TOKEN_OF_4_ROBOTS }}"}


def test_a_secret_without_a_name_goes_to_a_host_that_is_known_or_is_left_out() -> None:
    headers = [{"name": "X-Key", "value": "***", "headerSecure": True}]
    ask = {"url": "https://{{issue.key}}.test", "method": "POST", "contentType": "empty", "headers": headers}
    found = import_rules(export(action("jira.issue.outgoing.webhook", ask), SAYS), KNOWN)
    assert [(one.fate, "not known before" in one.did) for one in found.told] == [(Fate.LEFT_OUT, True)]


WORK = {
    "timeSpent": "{{issue.summary}}",
    "dateStarted": {"type": "SMART", "value": "{{now}}"},
    "description": "For {{issue.key}}",
    "adjustEstimate": "ADJUST_AUTOMATICALLY",
    "remainingEstimateValue": None,
    "visibility": None,
}


def test_work_of_now_is_logged() -> None:
    assert made(action("jira.worklog.add", WORK))["actions"] == [
        {"type": "log_work", "time": "{{ issue.summary }}", "text": "For {{ issue.key }}"}
    ]


@pytest.mark.parametrize(
    "other",
    [
        {"adjustEstimate": "LEAVE"},
        {"dateStarted": {"type": "SMART", "value": "{{now.minusDays(1)}}"}},
        {"visibility": {"type": "role", "value": "Developers"}},
        {"timeSpent": ""},
    ],
)
def test_work_that_would_be_logged_otherwise_is_left_out(other: dict[str, Any]) -> None:
    found = import_rules(export(action("jira.worklog.add", {**WORK, **other}), SAYS), KNOWN)
    assert [one.fate for one in found.told] == [Fate.LEFT_OUT]


def test_a_version_is_released_by_name_and_what_is_narrower_is_told() -> None:
    project = {"type": "ID", "value": "10001", "additional": "software"}
    value = {
        "versionName": "{{issue.fixVersions.last.name}}",
        "overrideReleaseDate": "SET_ON_EMPTY",
        "project": project,
    }
    found = import_rules(export(action("jira.version.release", {**value, "releaseDate": None})), KNOWN)
    said = '{{ ([""] + (issue.fixVersions | map(attribute="name") | list)) | last }}'
    assert found.rules[0]["actions"] == [{"type": "release_version", "version": said}]
    assert [(one.fate, "as a fix version" in one.did) for one in found.told] == [(Fate.CHANGED, True)]
    following = import_rules(
        export(action("jira.version.release", {**value, "versionName": None}), SAYS), KNOWN
    )
    assert [one.fate for one in following.told] == [Fate.LEFT_OUT]


def test_a_comment_that_customers_did_not_see_stays_so_where_there_are_customers() -> None:
    told = action("jira.issue.comment", {"comment": "Hi", "publicComment": False})
    for has_service_projects in (True, False):
        known = replace(KNOWN, has_service_projects=has_service_projects)
        (rule,) = import_rules(export(told), known).rules
        assert rule["actions"][0].get("internal", False) is has_service_projects
