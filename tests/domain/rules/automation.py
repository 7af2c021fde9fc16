"""Parts of exports of Jira Automation, and what becomes of them."""

from typing import Any

from app.domain.rules.automation.importing import import_rules, stepwise
from app.domain.rules.automation.told import Fate, Known
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


SET = {"fieldType": "x", "type": "SET"}


def edit(name: str, value: Any) -> dict[str, Any]:
    operations = [{**SET, "field": {"type": "ID", "value": name}, "value": value}]
    return action("jira.issue.edit", {"operations": operations, "advancedFields": None})
