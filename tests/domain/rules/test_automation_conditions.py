"""Conditions of Jira Automation become ours, or the rule is not made; blocks stand in each other."""

from typing import Any

import pytest

from app.domain.rules.automation.importing import import_rules
from app.domain.rules.automation.told import Fate
from tests.domain.rules.automation import (
    BUG,
    HELLO,
    IDS,
    JQL,
    KNOWN,
    SAYS,
    STATUS,
    action,
    asks,
    block,
    blocks,
    compare,
    compares,
    export,
    field,
    made,
    refused,
)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (JQL, "type = Bug"),
        (asks("jira.jql.condition", {"jql": "type = Bug"}), "type = Bug"),
        (field("issuetype", "EQUALS", BUG), 'issuetype = "Bug"'),
        (field("issuetype", "NOT_EQUALS", BUG), {"not": 'issuetype IN ("Bug")'}),
        (field("status", "ONE_OF", IDS), 'status IN ("1", "2")'),
        (field("status", "NOT_ONE_OF", IDS), {"not": 'status IN ("1", "2")'}),
        (field("assignee", "EMPTY", None), "assignee IS EMPTY"),
        (field("customfield_10016", "NOT_EMPTY", None), "cf[10016] IS NOT EMPTY"),
        (field("customfield_7", "EQUALS", BUG, "x:select"), 'cf[7] = "Bug"'),
        (
            field("labels", "CONTAINS_ANY", {"type": "VALUE", "values": ["a", "b c"]}),
            'labels IN ("a", "b c")',
        ),
        (field("components", "CONTAINS_NONE", IDS), {"not": 'component IN ("1", "2")'}),
        (field("components", "CONTAINS_ALL", IDS), 'component = "1" AND component = "2"'),
        (compares("{{issue.status.name}}", "EQUALS", "Done"), compare(STATUS, "=", "Done")),
        (compares("{{issue.status.name}}", "NOT_EQUALS", ""), compare(STATUS, "!=", "")),
        (compares("{{issue.key}}", "CONTAINS", "A.B"), compare("{{ issue.key }}", "matches", "A\\.B")),
        (
            compares("{{issue.key}}", "NOT_CONTAINS", "AB"),
            {"not": compare("{{ issue.key }}", "contains", "AB")},
        ),
        (compares("{{issue.key}}", "STARTS_WITH", "AB"), compare("{{ issue.key }}", "matches", "\\AAB")),
        (
            compares("{{issue.key}}", "REGEX_MATCHES", "A+"),
            compare("{{ issue.key }}", "matches", "\\A(?:A+)\\Z"),
        ),
        (
            asks(
                "jira.user.condition",
                {
                    "operator": "OR",
                    "conditions": [
                        {
                            "field": "reporter",
                            "check": "USER_IS",
                            "criteria": [{"type": "ID", "value": "5b10"}],
                        },
                        {
                            "field": "assignee",
                            "check": "USER_IS_NOT",
                            "criteria": [{"type": "ID", "value": "5b10"}],
                        },
                    ],
                },
            ),
            {"any": ['reporter IN ("5b10")', {"not": 'assignee IN ("5b10")'}]},
        ),
        (
            asks(
                "jira.issues.related.condition",
                {"relatedType": "linked", "linkTypes": ["blocks"], "operator": "absent"},
            ),
            {"not": {"related": {"to": "linked", "link_type": "blocks", "match": "exist"}}},
        ),
        (
            asks(
                "jira.issues.related.condition",
                {"relatedType": "subtasks", "operator": "allmatch", "compareJql": "status = Done"},
            ),
            {
                "all": [
                    {"related": {"to": "subtasks", "match": "exist"}},
                    {"related": {"to": "subtasks", "match": "all", "jql": "status = Done"}},
                ]
            },
        ),
    ],
)
def test_a_condition_becomes_ours(theirs: Any, ours: Any) -> None:
    assert made(theirs, SAYS)["when"] == ours


UNKNOWN_CONDITIONS = [
    asks("jira.issue.attachment.condition", {}),
    asks("jira.jql.condition", "type = {{issue.type}}"),
    asks("jira.jql.condition", "type = ("),
    asks("jira.jql.condition", {"query": "type = Bug"}),
    field("summary", "CONTAINS", {"type": "VALUE", "value": "x"}),
    field("status", "EQUALS", {"type": "SMART", "value": "{{x}}"}),
    field("customfield_1", "EQUALS", BUG, "x:textfield"),
    compares("{{webhookResponse.body.x}}", "EQUALS", "1"),
    compares("{{issue.key}}", "SOUNDS_LIKE", "x"),
    compares("{{issue.key}}", "REGEX_CONTAINS", "("),
    asks(
        "jira.user.condition",
        {"operator": "AND", "conditions": [{"field": "initiator", "check": "IN_GROUP"}]},
    ),
    asks("jira.issues.related.condition", {"relatedType": "fixVersions", "operator": "present"}),
    {"component": "ORCHESTRATION", "type": "automation.orchestration.fragment", "value": {}},
]


@pytest.mark.parametrize("theirs", UNKNOWN_CONDITIONS)
def test_a_rule_with_an_unknown_condition_is_not_made_wherever_it_stands(theirs: Any) -> None:
    assert refused(theirs, SAYS) == "components/0"
    assert refused(SAYS, theirs, SAYS) == "components/1"
    where = "components/0/children/0/children/0"
    assert refused(blocks(block([JQL], [theirs, SAYS])), SAYS) == where
    branch = {"component": "BRANCH", "type": "jira.issue.related", "value": {"relatedType": "parent"}}
    assert refused({**branch, "children": [theirs, SAYS]}, SAYS) == "components/0/children/0"


def test_a_condition_holds_for_what_follows_it() -> None:
    document = made(JQL, SAYS, asks("jira.jql.condition", "priority = High"), SAYS)
    assert document["when"] == "type = Bug"
    assert document["actions"] == [HELLO, {"type": "if", "when": "priority = High", "then": [HELLO]}]


def test_if_else_if_and_else_stand_in_each_other() -> None:
    other = asks("jira.jql.condition", "type = Task")
    document = made(blocks(block([JQL, other], [SAYS], "ANY"), block([other], [SAYS]), block([], [SAYS])))
    assert document["actions"] == [
        {
            "type": "if",
            "when": {"any": ["type = Bug", "type = Task"]},
            "then": [HELLO],
            "otherwise": [{"type": "if", "when": "type = Task", "then": [HELLO], "otherwise": [HELLO]}],
        }
    ]


def test_what_is_otherwise_stays_so_when_the_rest_is_left_out() -> None:
    found = import_rules(export(blocks(block([JQL], [action("jira.issue.clone")]), block([], [SAYS]))), KNOWN)
    assert found.rules[0]["actions"] == [{"type": "if", "when": {"not": "type = Bug"}, "then": [HELLO]}]
    assert [one.fate for one in found.told] == [Fate.LEFT_OUT]
