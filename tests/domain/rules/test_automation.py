"""Rules of Jira Automation become ours, or are told; nothing becomes wider and nothing is guessed."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.rules.automation.importing import Imported, import_rules, stepwise
from app.domain.rules.automation.told import Fate
from app.domain.rules.reading import read
from tests.domain.rules.automation import (
    KNOWN,
    SAYS,
    action,
    asks,
    export,
    made,
    refused,
)
from tests.domain.rules.test_automation_triggers import TRIGGERS


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("{{webhookData.build.number}}", "{{ webhook.build.number }}"),
        ("{{issue.fields.Story Points}}", '{{ issue["Story Points"] }}'),
        ("{{issue.labels}}", '{{ issue.labels | join(", ") }}'),
        ("{{#issue.labels}}{{.}} {{/}}", "{% for each in issue.labels %}{{ each }} {% endfor %}"),
        (
            '{{#if(equals(issue.status.name, "Done"))}}ok{{/}}',
            '{% if (issue.status.name | default("")) == "Done" %}ok{% endif %}',
        ),
        ('{{issue.created.format("dd.MM.yyyy")}}', '{{ issue.created.format("dd.MM.yyyy") }}'),
        ("{{initiator.displayName}}", "{{ initiator.displayName }}"),
    ],
)
def test_a_smart_value_becomes_ours(theirs: str, ours: str) -> None:
    assert made(action("codebarrel.action.log", theirs))["actions"][0]["text"] == ours


@pytest.mark.parametrize(
    "text",
    [
        "{{issue.duedate.plusDays(1)}}",
        '{{now.format("EEE")}}',
        "{{#issue.labels}}x",
        "{% if x %}",
        "{{=1}}",
        "{{}}",
    ],
)
def test_a_smart_value_that_means_something_else_is_told_with_its_text(text: str) -> None:
    found = import_rules(export(action("codebarrel.action.log", text), SAYS), KNOWN)
    [told] = found.told
    assert told.fate is Fate.LEFT_OUT
    assert text.strip("{}#") in told.did or text in told.did


@pytest.mark.parametrize(
    "scope",
    [
        {"projects": [{"projectId": "10001", "projectTypeKey": "software"}]},
        {"projects": None, "ruleScopeARIs": ["ari:cloud:jira:abc-1:project/10001"]},
        {"projects": None, "ruleScope": {"resources": ["ari:cloud:jira:abc-1:project/10001"]}},
    ],
)
def test_a_rule_keeps_its_projects(scope: dict[str, Any]) -> None:
    assert made(SAYS, **scope)["projects"] == ["BURN"]


@pytest.mark.parametrize(
    "scope",
    [
        {"projects": None},
        {"projects": [{"projectId": "77"}]},
        {"projects": [{"projectTypeKey": "business"}]},
        {"ruleScopeARIs": ["ari:cloud:jira-servicedesk::site/abc"]},
    ],
)
def test_a_rule_of_projects_that_are_not_known_is_not_made(scope: dict[str, Any]) -> None:
    assert refused(SAYS, **scope) == "projects"


def test_other_shapes_hold_the_same_rule() -> None:
    rule = export(SAYS)["rules"][0]
    wanted = import_rules({"cloud": False, "rules": [rule]}, KNOWN)
    shapes: list[Any] = [rule, [rule], {"rule": rule, "connections": []}, {"ruleConfigBean": rule}]
    assert len(wanted.rules) == 1
    assert all(import_rules(shape, KNOWN) == wanted for shape in shapes)


def test_a_document_deeper_than_python_goes_is_told() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    assert import_rules(export(deep), KNOWN).rules == ()


_WORDS = st.sampled_from(
    [
        *(kind for kind, _, _ in TRIGGERS),
        *(
            "ACTION",
            "CONDITION",
            "BRANCH",
            "SET",
            "ID",
            "NAME",
            "type = Bug",
            "{{issue.key}}",
            "{%",
            "EQUALS",
        ),
        *("jira.issue.edit", "jira.issue.comment", "jira.jql.condition", "jira.comparator.condition"),
        *("jira.condition.container.block", "jira.condition.if.block", "jira.issue.related"),
    ]
)
_KEYS = st.sampled_from(
    [
        *(
            "rules",
            "rule",
            "name",
            "state",
            "trigger",
            "components",
            "component",
            "type",
            "value",
            "children",
        ),
        *("conditions", "projects", "projectId", "operations", "field", "fieldId", "comment", "jql", "first"),
        *("second", "operator", "relatedType", "conditionMatchType", "schedule"),
    ]
)
_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | _WORDS
JSON: st.SearchStrategy[Any] = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(_KEYS | st.text(max_size=5), inner, max_size=6)
    ),
    max_leaves=40,
)
_SHAPED = st.builds(export, JSON, JSON, JSON)
_ACTIONS = st.builds(action, _WORDS, JSON)
_ASKED = st.builds(asks, _WORDS, JSON)


@settings(max_examples=100, deadline=None)
@given(JSON | _SHAPED | st.lists(_ACTIONS | _ASKED, max_size=4).map(lambda parts: export(*parts, SAYS)))
def test_whatever_it_is_given_it_never_raises_and_what_it_makes_is_read(document: Any) -> None:
    found: Imported = import_rules(document, KNOWN)
    assert list(stepwise(found.told)) or found.rules
    for rule in found.rules:
        read(rule)
