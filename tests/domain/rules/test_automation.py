"""Rules of Jira Automation become ours, or are told; nothing becomes wider and nothing is guessed."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.rules.automation.importing import Imported, import_rules, stepwise
from app.domain.rules.automation.told import Fate, Known
from app.domain.rules.automation.triggers import from_quartz
from app.domain.rules.reading import as_yaml, from_yaml, read

KNOWN = Known(
    projects={"10001": "BURN"},
    types={"10004": "Task", "10005": "Sub-task"},
    fields={"story points": ["customfield_10016"], "team": ["customfield_1", "customfield_2"]},
    link_types={"10000": "Blocks"},
)
CREATED = {"component": "TRIGGER", "type": "jira.issue.event.trigger:created", "value": {}}
SAYS = {"component": "ACTION", "type": "jira.issue.comment", "value": {"comment": "Hello"}}
HELLO = {"type": "comment", "text": "Hello"}


def action(kind: str, value: Any = None) -> dict[str, Any]:
    return {
        "component": "ACTION",
        "schemaVersion": 1,
        "type": kind,
        "value": value,
        "children": [],
        "conditions": [],
    }


def asks(kind: str, value: Any) -> dict[str, Any]:
    return {"component": "CONDITION", "type": kind, "value": value, "children": [], "conditions": []}


def block(conditions: list[Any], children: list[Any], how: str = "ALL") -> dict[str, Any]:
    return {
        "component": "CONDITION_BLOCK",
        "type": "jira.condition.if.block",
        "value": {"conditionMatchType": how},
        "conditions": conditions,
        "children": children,
    }


def blocks(*children: Any) -> dict[str, Any]:
    kind = "jira.condition.container.block"
    return {"component": "CONDITION", "type": kind, "value": {}, "children": list(children)}


def export(*components: Any, trigger: Any = CREATED, **more: Any) -> dict[str, Any]:
    rule = {
        "name": "A rule",
        "state": "ENABLED",
        "projects": [],
        "trigger": trigger,
        "components": list(components),
    }
    return {"cloud": True, "rules": [{**rule, **more}]}


def made(*components: Any, **more: Any) -> dict[str, Any]:
    found = import_rules(export(*components, **more), KNOWN)
    assert len(found.rules) == 1, "\n".join(stepwise(found.told))
    assert [one for one in found.told if one.fate is not Fate.CHANGED] == []
    read(found.rules[0])
    assert from_yaml(as_yaml(found.rules[0])) == found.rules[0]
    return found.rules[0]


def refused(*components: Any, **more: Any) -> str:
    found = import_rules(export(*components, **more), KNOWN)
    assert found.rules == ()
    last = found.told[-1]
    assert last.fate is Fate.NOT_MADE
    assert last.rule == "A rule"
    assert last.did
    assert last.instead
    return last.where


JQL = asks("jira.jql.condition", "type = Bug")

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
    ("jira.issue.event.trigger:link", {"linkTypes": []}, {"type": "issue_linked"}),
    ("jira.issue.event.trigger:worklog", {"actions": []}, {"type": "work_logged"}),
    ("jira.sprint.event.trigger:started", {"sprintNameFilter": ""}, {"type": "sprint_started"}),
    ("jira.sprint.event.trigger:completed", {}, {"type": "sprint_closed"}),
    ("jira.version.event.trigger:released", {"versionNameFilter": ""}, {"type": "version_released"}),
    ("jira.manual.trigger.issue", {"groups": []}, {"type": "manual"}),
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
        ("jira.incoming.webhook", {"webhookToken": "t"}),
        ("jira.multiple.issue.event", {"events": []}),
        ("jira.sprint.event.trigger:started", {"boardId": 7}),
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
        ("jira.jql.scheduled", {"executionMode": "nosearch", "jql": "type = Bug"}),
        ("jira.issue.event.trigger:created", {"somethingNew": 1}),
    ],
)
def test_a_rule_whose_trigger_is_narrower_than_ours_is_not_made(kind: str, value: Any) -> None:
    assert refused(SAYS, trigger={"component": "TRIGGER", "type": kind, "value": value}) == "trigger"


def compares(first: str, how: str, second: str) -> dict[str, Any]:
    return asks("jira.comparator.condition", {"first": first, "operator": how, "second": second})


def field(name: str, how: str, value: Any, kind: str = "") -> dict[str, Any]:
    return asks(
        "jira.issue.condition",
        {
            "selectedField": {"type": "ID", "value": name},
            "selectedFieldType": kind or name,
            "comparison": how,
            "compareValue": value,
        },
    )


def compare(left: str, how: str, right: str) -> dict[str, Any]:
    return {"compare": {"left": left, "operator": how, "right": right}}


IDS = {"type": "ID", "value": '["1","2"]', "multiValue": True}
BUG = {"type": "NAME", "value": "Bug", "multiValue": False}
STATUS = '{{ issue.status.name | default("") }}'


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
    compares("{{webhookData.x}}", "EQUALS", "1"),
    compares("{{issue.key}}", "SOUNDS_LIKE", "x"),
    compares("{{issue.key}}", "REGEX_CONTAINS", "("),
    asks(
        "jira.user.condition",
        {"operator": "AND", "conditions": [{"field": "initiator", "check": "IN_GROUP"}]},
    ),
    asks("jira.issues.related.condition", {"relatedType": "epic", "operator": "present"}),
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


SET = {"fieldType": "x", "type": "SET"}


def edit(name: str, value: Any) -> dict[str, Any]:
    operations = [{**SET, "field": {"type": "ID", "value": name}, "value": value}]
    return action("jira.issue.edit", {"operations": operations, "advancedFields": None})


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


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
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


def test_sundays_are_counted_as_quartz_does() -> None:
    assert from_quartz("0 0 8 ? * 1-2") == "0 8 * * sun,mon"
    assert from_quartz("0 0 8 ? * 7") == "0 8 * * sat"


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
