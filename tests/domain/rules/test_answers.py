"""What a rule sees of a server's answer, and how its steps go on with it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.rules.answers import LONGEST_ANSWER, answer_of, web_response
from app.domain.rules.decide import Decision
from app.domain.rules.document import Rule
from app.domain.rules.errors import RuleNotUnderstood
from app.domain.rules.event import (
    NOTHING_KEPT,
    Event,
    Happened,
    asking,
    commented,
    first_key,
    is_with_results,
    resumed,
    with_created,
)
from app.domain.rules.reading import check, read
from app.domain.rules.rendering import render, render_address, render_query
from app.domain.rules.trials import run
from tests.domain.rules.test_reading import CATALOGUE
from tests.factories import day

ASK: dict[str, Any] = {"type": "web_request", "url": "https://ci.test/builds"}
SAYS = {"type": "comment", "text": "Build {{ webResponse.body.id }} is {{ webResponse.body.state }}."}
BUILD = {"id": 7, "state": "green"}


def rule(*actions: Any, **more: Any) -> dict[str, Any]:
    return {"name": "r", "trigger": {"type": "manual"}, "actions": list(actions), **more}


def tried(*actions: Any, answers: list[Any], **given: Any) -> Decision:
    trial = {"name": "t", "given": {"issue": {"key": "BURN-1"}, "answers": answers, **given}}
    found = read(rule(*actions, tests=[trial]))
    decision = run(found, found.tests[0]).decision
    assert decision is not None
    return decision


def wanted(*actions: Any, answers: list[Any], **given: Any) -> list[str]:
    """What the effects write, and of requests where they go."""
    effects = [one.effect for one in tried(*actions, answers=answers, **given).wanted]
    return [str(getattr(one, "url", None) or getattr(one, "body", None) or one.kind) for one in effects]


def said(template: str, body: bytes, **headers: str) -> str:
    return render(template, {"webResponse": web_response(answer_of(201, headers, body))})


@pytest.mark.parametrize(
    ("template", "body", "text"),
    [
        ("{{ webResponse.status }}", b"", "201"),
        ("{{ webResponse.body.a.b }}", b'{"a": {"b": 1}}', "1"),
        ("{{ webResponse.body[0].name }}", b'[{"name": "x"}]', "x"),
        ("{{ webResponse.body.items[0] }}", b'{"items": ["first"]}', "first"),
        ("{{ webResponse.body.values | length }}", b'{"values": [1, 2]}', "2"),
        ("{{ webResponse.body.ok }}, {{ webResponse.body.no }}", b'{"ok": true, "no": false}', "true, false"),
        ("{% if webResponse.body.no %}yes{% else %}no{% endif %}", b'{"no": false}', "no"),
        ("{{ webResponse.body.none }}", b'{"none": null}', ""),
        ("{{ webResponse.body }}", b'{"a": [1, {"b": null}]}', '{"a": [1, {"b": null}]}'),
        ("{{ webResponse.body }}", b"plain", "plain"),
        ("{{ webResponse.body }}", b'{"cut": "off', '{"cut": "off'),
        ("{{ webResponse.body }}", b"[" * 60_000, "[" * 60_000),
        ("{{ webResponse.body.missing | default('none') }}", b"{}", "none"),
    ],
)
def test_a_body_is_json_or_else_a_text(template: str, body: bytes, text: str) -> None:
    if len(text) > 32_767:
        assert answer_of(200, {}, body)["body"] == text
    else:
        assert said(template, body) == text


def test_a_text_is_read_in_the_charset_that_it_says() -> None:
    assert answer_of(200, {"Content-Type": "text/plain; charset=ISO-8859-1"}, b"gr\xfcn")["body"] == "grün"
    assert answer_of(200, {"Content-Type": "text/plain; charset=nonsense"}, b"gr\xfcn")["body"] == "gr\ufffdn"


def test_of_the_headers_a_rule_sees_those_that_are_its_business() -> None:
    headers = {"Location": "https://ci.test/7", "Set-Cookie": "session=planted", "X-Secret": "planted"}
    assert answer_of(200, headers, b"")["headers"] == {"location": "https://ci.test/7"}
    template = "{{ webResponse.headers.Location }} {{ webResponse.headers['ETag'] }}."
    assert said(template, b"", Location="/7") == "/7 ."


@settings(max_examples=200)
@given(st.binary(max_size=LONGEST_ANSWER // 64), st.text(max_size=60))
def test_whatever_a_server_says_is_an_answer(body: bytes, content_type: str) -> None:
    answer = answer_of(200, {"Content-Type": content_type}, body)
    str(web_response(answer)["body"])


@given(st.text())
def test_what_a_server_says_becomes_no_part_of_a_query_or_an_address(text: str) -> None:
    values = {"webResponse": web_response({"status": 200, "headers": {}, "body": {"id": text}})}
    query = render_query("summary ~ {{ webResponse.body.id }}", values)
    quoted = query.removeprefix("summary ~ ")
    assert quoted[0] == quoted[-1] == '"'
    assert '"' not in quoted[1:-1].replace("\\\\", "").replace('\\"', "")
    address = render_address("https://ci.test/x{{ webResponse.body.id }}/end", values)
    assert not set(address.removeprefix("https://ci.test/x").removesuffix("/end")) & set("/?#:@&")


def test_steps_go_on_with_the_answer_and_those_behind_do_not_wait() -> None:
    label = {"type": "edit", "add": {"labels": ["asked"]}}
    done = wanted({**ASK, "then": [SAYS]}, label, answers=[{"body": BUILD}])
    assert [done[0], done[1]] == ["https://ci.test/builds", "edit_issue"]
    assert "Build 7 is green." in done[2]
    assert len(wanted({**ASK, "then": [SAYS]}, label, answers=[])) == 2, "no answer was given"


def test_each_answer_may_lead_to_the_next_request() -> None:
    inner = {**ASK, "url": "https://ci.test/{{ webResponse.body.next }}", "then": [SAYS]}
    done = wanted({**ASK, "then": [inner]}, answers=[{"body": {"next": "a/b"}}, {"body": BUILD}])
    assert done[1] == "https://ci.test/a%2Fb"
    assert "Build 7" in done[2]


def test_in_a_branch_each_issue_has_an_answer_of_its_own() -> None:
    ask = {**ASK, "url": "https://ci.test/{{ issue.key }}"}
    ask["then"] = [
        {"type": "comment", "text": "{{ issue.key }} of {{ triggerIssue.key }}: {{ webResponse.body }}"}
    ]
    branch = {"type": "branch", "jql": "project = BURN", "actions": [ask]}
    found = [{"key": "BURN-2"}]
    done = wanted(branch, answers=[{"body": "green"}], found=found)
    assert done[0].endswith("BURN-2")
    assert [part in done[1] for part in ("BURN-2", "BURN-1", "green")] == [True, True, True]


@pytest.mark.parametrize(("accept", "number"), [("success", 1), ("any", 2)])
def test_whether_a_no_is_an_answer_says_the_rule(accept: str, number: int) -> None:
    ask = {**ASK, "accept": accept, "then": [{"type": "comment", "text": "{{ webResponse.status }}"}]}
    assert len(wanted(ask, answers=[{"status": 404}])) == number


def test_a_wait_in_what_follows_keeps_the_answer_and_does_nothing_twice() -> None:
    then = [{"type": "wait", "hours": 1}, SAYS]
    within = {"type": "if", "when": "project = BURN", "then": [{**ASK, "then": then}]}
    done = wanted(within, {"type": "comment", "text": "Asked."}, answers=[{"body": BUILD}])
    assert ["Asked." in one for one in done] == [False, True, False]
    assert "Build 7" in done[2]


def test_after_a_wait_a_request_is_gone_on_with_and_what_was_kept_is_there() -> None:
    keep = {"type": "create_variable", "name": "who", "value": "Ann"}
    ask = {**ASK, "then": [{"type": "comment", "text": "{{ who }} has {{ webResponse.body.id }}"}]}
    done = wanted(keep, {"type": "wait", "days": 2}, ask, answers=[{"body": BUILD}])
    assert "Ann has 7" in done[1]


def test_a_test_of_a_rule_is_told_what_does_not_fit() -> None:
    link = {"type": "link", "link_type": "Blocks", "to": "{{ webResponse.body.key }}"}
    decision = tried({**ASK, "then": [link]}, answers=[{"body": {"key": "no key"}}])
    assert decision.reason == "'no key' is no key of an issue."


@pytest.mark.parametrize(
    ("actions", "fault"),
    [
        ([{**ASK, "method": "GET"}], "a GET needs `then`"),
        ([{**ASK, "accept": "any"}], "`accept: any` needs `then`"),
        ([{**ASK, "method": "GET", "body": {}, "then": [SAYS]}], "a GET has no `body`"),
        ([{**ASK, "then": []}], "at least 1"),
        ([{"type": "create_variable", "name": "webResponse", "value": "x"}], "cannot be called"),
        (
            [{"type": "branch", "to": "parent", "actions": [{**ASK, "then": [{"type": "wait", "days": 1}]}]}],
            "a `wait` may not stand in a `branch`",
        ),
    ],
)
def test_what_means_nothing_is_refused(actions: list[Any], fault: str) -> None:
    with pytest.raises(RuleNotUnderstood, match=fault):
        read(rule(*actions))


def nested(number: int) -> dict[str, Any]:
    return {**ASK, "then": [SAYS if number == 1 else nested(number - 1)]}


def test_a_chain_of_answers_has_an_end() -> None:
    assert isinstance(read(rule(nested(5))), Rule)
    with pytest.raises(RuleNotUnderstood, match="at most 5 deep"):
        read(rule(nested(6)))


@pytest.mark.parametrize(
    ("actions", "place"),
    [
        ([SAYS], "actions/0/text"),
        ([{**ASK, "body": "{{ webResponse.status }}", "then": [SAYS]}], "actions/0/body"),
        ([{**ASK, "then": [SAYS]}, SAYS], "actions/1/text"),
        (
            [
                {**ASK, "then": [{"type": "create_variable", "name": "build", "value": "{{ webResponse }}"}]},
                {"type": "comment", "text": "{{ build }}"},
            ],
            "actions/1/text",
        ),
    ],
)
def test_an_answer_is_named_where_there_is_one_only(actions: list[Any], place: str) -> None:
    check(
        read(rule({**ASK, "then": [SAYS, {**ASK, "url": "https://x.test/{{ webResponse.status }}"}]})),
        CATALOGUE,
    )
    with pytest.raises(RuleNotUnderstood, match=f"{place}: there is no value"):
        check(read(rule(*actions)), CATALOGUE)


def test_each_way_on_has_a_key_of_its_own_and_knows_what_happened_first() -> None:
    """The store keeps one decision for each; after waits and answers a text still names the sprint."""
    begun = Event(Happened.SPRINT_STARTED, "1", "BURN-1", day(1), "sprint_started:7")
    waited = resumed(begun, day(2), (1,))
    ways = [
        begun,
        waited,
        resumed(waited, day(3), (2,)),
        asking(begun, 0, (0,), NOTHING_KEPT),
        asking(begun, 1, (1,), NOTHING_KEPT),
        asking(waited, 0, (2,), NOTHING_KEPT),
        resumed(asking(begun, 0, (0,), NOTHING_KEPT), day(2), (0, "then", 0)),
        asking(asking(begun, 0, (0,), NOTHING_KEPT), 0, (0, "then", 0), NOTHING_KEPT),
        with_created(waited, "BURN-2", day(3)),
        with_created(begun, "BURN-2", day(3)),
    ]
    keys = [one.key for one in ways]
    assert len(set(keys)) == len(keys)
    assert {first_key(key) for key in keys} == {"sprint_started:7"}
    assert [is_with_results(key) for key in keys[:4]] == [False, False, False, True]


def test_the_key_of_a_rule_that_goes_on_for_ever_stays_short_and_one_of_its_own() -> None:
    """The store takes 128 characters."""
    deep = (10, "otherwise", 10, "then", 10, "otherwise", 10, "then", 11)
    event = commented("10001", "BURN-1", {"id": "10000", "updated": day(2), "created": day(1)})
    begun, keys = event.key, [event.key]
    for number in range(30):
        event = with_created(asking(event, number, deep, NOTHING_KEPT), f"BURN-{number}", day(3))
        other = with_created(replace(event, resumes=deep[:-1]), f"BURN-{number}", day(3))
        event = resumed(resumed(event, day(4), deep), day(5), deep)
        keys += [event.key, other.key]
    assert keys[1] == f"{begun}+0+BURN-0@{'.'.join(map(str, deep))}~2", "short ones read as they came about"
    assert len(set(keys)) == len(keys) == 61
    assert max(map(len, keys)) <= 110
    assert {first_key(key) for key in keys} == {begun}
    assert all(is_with_results(key) for key in keys[1:])
