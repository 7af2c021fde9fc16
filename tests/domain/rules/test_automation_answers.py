"""Rules of Jira Automation that go on with the answer to a web request."""

from typing import Any

import pytest

from app.domain.rules.automation.importing import import_rules
from app.domain.rules.automation.told import Fate
from app.domain.rules.reading import read
from app.domain.rules.trials import run
from tests.domain.rules.automation import KNOWN, SAYS, action, asks, block, blocks, export, made


def ask(method: str = "POST", **value: Any) -> dict[str, Any]:
    known = {"url": "https://x.test", "method": method, "contentType": "empty", "headers": []}
    return action("jira.issue.outgoing.webhook", {**known, "responseEnabled": True, **value})


def say(text: str) -> dict[str, Any]:
    return action("jira.issue.comment", {"comment": text})


def compares(first: str, second: str) -> dict[str, Any]:
    return asks("jira.comparator.condition", {"first": first, "second": second, "operator": "EQUALS"})


ASKED = {"type": "web_request", "method": "POST", "url": "https://x.test"}
OK = compares("{{webResponse.status}}", "200")


def test_what_stands_behind_the_request_goes_on_with_its_answer() -> None:
    document = made(SAYS, ask(), say("{{webResponse.body.id}}"), SAYS)
    first, asked = document["actions"]
    assert first["type"] == "comment"
    assert asked["then"] == [
        {"type": "comment", "text": '{{ webResponse.body.id | default("") }}'},
        {"type": "comment", "text": "Hello"},
    ]
    assert "accept" not in asked


def test_an_imported_rule_does_what_it_did() -> None:
    """Held against an answer, as a test of the rule gives one."""
    found = made(ask(continueOnErrorEnabled=True), OK, say("{{webResponse.body.items.first.name}} is up"))
    given = {"issue": {"key": "BURN-1"}, "author": "ann"}
    answers = [{"status": 200, "body": {"items": [{"name": "ci"}]}}]
    expected = [{"kind": "web_request"}, {"kind": "living_comment", "says": "ci is up"}]
    tests = [
        {"name": "up", "given": {**given, "answers": answers}, "effects": expected},
        {"name": "down", "given": {**given, "answers": [{"status": 503}]}, "effects": expected[:1]},
    ]
    rule = read({**found, "tests": tests})
    assert [run(rule, each).faults for each in rule.tests] == [(), ()]


def test_an_address_that_is_none_is_no_fault_of_ours() -> None:
    held = {"keyOrValue": "token", "secret": True}
    found = import_rules(export(ask(url="http://[x", headers=[{"name": "A", "value": held}]), SAYS), KNOWN)
    assert found.told


def test_a_condition_behind_it_holds_for_what_follows() -> None:
    (asked,) = made(ask(continueOnErrorEnabled=True), OK, SAYS)["actions"]
    assert asked["accept"] == "any"
    (inner,) = asked["then"]
    assert inner["when"] == {"compare": {"left": "{{ webResponse.status }}", "operator": "=", "right": "200"}}
    assert [each["text"] for each in inner["then"]] == ["Hello"]


def test_one_request_after_the_other() -> None:
    (first,) = made(ask(), ask(url="https://y.test/{{webhookResponse.body.id}}"), SAYS)["actions"]
    (second,) = first["then"]
    assert second["url"] == 'https://y.test/{{ webResponse.body.id | default("") }}'
    assert [each["text"] for each in second["then"]] == ["Hello"]


def test_data_is_fetched_by_get_where_something_comes_of_it() -> None:
    (asked,) = made(ask("GET"), say("{{webResponse.body}}"))["actions"]
    assert (asked["method"], len(asked["then"])) == ("GET", 1)
    found = import_rules(export(SAYS, ask("GET")), KNOWN)
    assert "no step goes on with the answer" in found.told[0].did
    assert [each["type"] for each in found.rules[0]["actions"]] == ["comment"]


def test_a_token_that_was_answered_is_handed_on() -> None:
    headers = [{"name": "Authorization", "value": {"keyOrValue": "Bearer {{webResponse.body.token}}"}}]
    (first,) = made(ask(), ask(headers=headers), SAYS)["actions"]
    assert first["then"][0]["headers"] == {
        "Authorization": 'Bearer {{ webResponse.body.token | default("") }}'
    }
    headers = [{"name": "Authorization", "value": {"keyOrValue": "Basic planted{{issue.key}}"}}]
    assert "planted" not in str(import_rules(export(ask(headers=headers), SAYS), KNOWN))


def test_nothing_waits_for_an_answer_that_the_rule_did_not_wait_for() -> None:
    found = import_rules(export(ask(responseEnabled=False), say("{{webResponse.status}}"), SAYS), KNOWN)
    assert [each["type"] for each in found.rules[0]["actions"]] == ["web_request", "comment"]
    assert [one.where for one in found.told] == ["components/1"]


def test_in_a_block_it_is_told_that_what_stands_behind_the_block_does_not_wait() -> None:
    within = blocks(block([OK], [SAYS]))
    asked = blocks(block([asks("jira.jql.condition", "type = Bug")], [ask(), within]))
    alone = import_rules(export(asked), KNOWN)
    assert alone.told == ()
    (rule,) = import_rules(export(asked, SAYS), KNOWN).rules
    assert [each["type"] for each in rule["actions"]] == ["if", "comment"]
    (told,) = import_rules(export(asked, SAYS), KNOWN).told
    assert (told.fate, "here it does not" in told.did) == (Fate.CHANGED, True)
    named = import_rules(export(asked, say("{{webResponse.status}}")), KNOWN)
    assert named.told[-1].fate is Fate.LEFT_OUT, "outside of the block there is no answer"


def test_a_request_that_is_not_understood_takes_with_it_what_needs_its_answer() -> None:
    found = import_rules(export(ask(urlSecure=True), say("{{webResponse.status}}"), SAYS), KNOWN)
    assert [one.where for one in found.told] == ["components/0", "components/1"]
    assert [each["type"] for each in found.rules[0]["actions"]] == ["comment"]


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("{{webResponse.status}}", "{{ webResponse.status }}"),
        ("{{webhookResponse.body}}", "{{ webResponse.body }}"),
        ("{{webResponse.body.size}}", "{{ webResponse.body | length }}"),
        ("{{webResponse.body.get(0).a.b}}", '{{ webResponse.body[0].a.b | default("") }}'),
        ("{{webResponse.body.all.first.id}}", '{{ webResponse.body.all[0].id | default("") }}'),
        ("{{webResponse.body.all.last}}", '{{ webResponse.body.all[-1] | default("") }}'),
        ('{{webResponse.body.get("a-b")}}', '{{ webResponse.body["a-b"] | default("") }}'),
        ("{{webResponse.body._links.webui}}", '{{ webResponse.body["_links"].webui | default("") }}'),
        ("{{webResponse.headers.Location}}", '{{ webResponse.headers["Location"] }}'),
        ('{{webResponse.headers.get("ETag")}}', '{{ webResponse.headers["ETag"] }}'),
        (
            "{{#webResponse.body.items}}- {{name}}{{/}}",
            '{% for each in webResponse.body.items %}- {{ each.name | default("") }}{% endfor %}',
        ),
        ("{{#webResponse.body}}{{.}},{{/}}", "{% for each in webResponse.body %}{{ each }},{% endfor %}"),
    ],
)
def test_values_of_an_answer_become_ours(theirs: str, ours: str) -> None:
    (asked,) = made(ask(), say(theirs))["actions"]
    assert asked["then"] == [{"type": "comment", "text": ours}]
