"""Rules of Jira Automation whose later steps name the issue that they created."""

from typing import Any

from app.domain.rules.automation.importing import import_rules
from app.domain.rules.automation.told import Fate
from tests.domain.rules.automation import JQL, KNOWN, SAYS, action, block, blocks, export, made


def create(summary: str = "Text") -> dict[str, Any]:
    operations = [
        {"fieldId": "issuetype", "type": "SET", "value": {"type": "ID", "value": "10004"}},
        {"fieldId": "summary", "type": "SET", "value": summary},
    ]
    return action("jira.issue.create", {"operations": operations})


def say(text: str) -> dict[str, Any]:
    return action("jira.issue.comment", {"comment": text})


def related(value: dict[str, Any], *children: Any) -> dict[str, Any]:
    return {"component": "BRANCH", "type": "jira.issue.related", "value": value, "children": list(children)}


NAMED = say("See {{createdIssue.key}}: {{createdIssue.summary}}")
COMMENT = {"type": "comment", "text": "See {{ createdIssue.key }}: {{ createdIssue.summary }}"}
HELLO = {"type": "comment", "text": "Hello"}


def back(*actions: Any) -> dict[str, Any]:
    inner = {"type": "branch", "jql": "key = {{ triggerIssue.key }}", "actions": list(actions)}
    return {"type": "branch", "to": "created", "actions": [inner]}


def test_what_names_the_new_issue_is_done_when_that_is_there() -> None:
    before, created, rest = made(SAYS, create(), NAMED, SAYS)["actions"]
    assert (before["type"], created["type"]) == ("comment", "create")
    assert rest == back(COMMENT, HELLO)


def test_where_nothing_names_it_nothing_waits() -> None:
    assert [each["type"] for each in made(create(), SAYS)["actions"]] == ["create", "comment"]


def test_a_variable_hands_its_key_on_to_a_branch() -> None:
    """As real rules do it: the key is kept, logged, and looked for."""
    name, query = {"type": "FREE", "value": "newKey"}, {"type": "SMART", "value": "{{createdIssue.key}}"}
    keep = action("jira.create.variable", {"id": "_1", "name": name, "type": "SMART", "query": query})
    jql = related({"relatedType": "jql", "jql": "key = {{newKey}}"}, say("Made by {{rule.name}}"))
    within = blocks(block([JQL], [create(), keep, jql]), block([], [create("Other"), keep, SAYS]))
    (condition,) = made(within)["actions"]
    for branch in (condition["then"], condition["otherwise"]):
        assert [each["type"] for each in branch] == ["create", "branch"]
        assert branch[1]["to"] == "created"
    kept, looked = condition["then"][1]["actions"][0]["actions"]
    assert kept == {"type": "create_variable", "name": "newKey", "value": "{{ createdIssue.key }}"}
    assert looked["jql"] == "key = {{ newKey }}"


def test_of_several_new_issues_nobody_knows_which_is_meant() -> None:
    found = import_rules(export(create(), create(), NAMED, SAYS), KNOWN)
    assert [each["type"] for each in found.rules[0]["actions"]] == ["create", "create", "comment"]
    assert [(one.where, one.fate) for one in found.told] == [("components/2", Fate.LEFT_OUT)]
    within = blocks(block([JQL], [create()]))
    found = import_rules(export(within, create(), NAMED, SAYS), KNOWN)
    assert [one.where for one in found.told] == ["components/2"]
    found = import_rules(export(create(), NAMED, create(), NAMED, SAYS), KNOWN)
    (_, rest) = found.rules[0]["actions"]
    assert [each["type"] for each in rest["actions"][0]["actions"]] == ["comment", "create", "comment"]
    assert [one.where for one in found.told] == ["components/3"]


def test_in_the_branch_to_created_issues_it_is_the_one_at_hand() -> None:
    branch = related({"relatedType": "created"}, NAMED)
    (_, made_of_it) = made(create(), branch)["actions"]
    assert made_of_it == {"type": "branch", "to": "created", "actions": [COMMENT]}
    found = import_rules(export(create(), create(), branch, SAYS), KNOWN)
    assert [one.fate for one in found.told] == [Fate.LEFT_OUT], "there it is the last one"


def test_in_another_branch_it_is_told() -> None:
    branch = related({"relatedType": "parent"}, create(), NAMED, SAYS)
    found = import_rules(export(branch), KNOWN)
    assert ["an earlier step created" in one.did for one in found.told] == [True]
    (document,) = found.rules
    assert [each["type"] for each in document["actions"][0]["actions"]] == ["create", "comment"]


def test_outside_of_its_block_there_is_none_and_nothing_waits() -> None:
    within = blocks(block([JQL], [create(), NAMED]))
    found = import_rules(export(within, NAMED, SAYS), KNOWN)
    assert [(one.fate, one.type) for one in found.told] == [
        (Fate.CHANGED, "jira.issue.create"),
        (Fate.LEFT_OUT, "jira.issue.comment"),
    ]


def test_what_needs_an_answer_and_a_new_issue_goes_on_with_both() -> None:
    asking = {
        "url": "https://x.test",
        "method": "POST",
        "contentType": "empty",
        "headers": [],
        "responseEnabled": True,
    }
    both = say("{{createdIssue.key}}: {{webResponse.status}}")
    (asked,) = made(action("jira.issue.outgoing.webhook", asking), create(), both)["actions"]
    text = {"type": "comment", "text": "{{ createdIssue.key }}: {{ webResponse.status }}"}
    assert asked["then"][1] == back(text)
