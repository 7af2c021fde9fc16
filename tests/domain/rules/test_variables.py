"""Variables and lookups: what a rule makes for its own texts."""

from typing import Any

import pytest

from app.domain.jql.catalogue import Catalogue
from app.domain.rules.errors import RuleNotUnderstood
from app.domain.rules.reading import check, read
from app.domain.rules.trial_parts import Trial
from app.domain.rules.trials import run
from tests.conftest import NOW

ISSUE = {"key": "BURN-7", "type": "Bug", "summary": "It fails", "Story Points": 5}
FOUND = [{"key": "BURN-9", "summary": "nine"}, {"key": "BURN-8", "summary": "eight", "status": "Done"}]


def rule(*actions: Any, **more: Any) -> Any:
    return read({"name": "x", "trigger": {"type": "issue_created"}, "actions": list(actions), **more})


def says(*actions: Any, given: Any = None, outcome: str = "acted") -> list[str]:
    """The words of all comments that a rule writes."""
    trial = Trial.model_validate(
        {"name": "t", "given": {"issue": ISSUE, "found": FOUND, **(given or {})}, "outcome": outcome}
    )
    tried = run(rule(*actions), trial)
    assert tried.faults == ()
    assert tried.decision is not None
    return [step["says"] for step in tried.decision.steps if step["step"] == "living_comment"]


def keep(name: str, value: str) -> dict[str, Any]:
    return {"type": "create_variable", "name": name, "value": value}


def say(text: str) -> dict[str, Any]:
    return {"type": "comment", "text": text}


LOOK = {"type": "lookup_issues", "jql": "parent = {{ issue.key }} AND summary ~ {{ issue.summary }}"}


def test_a_variable_is_there_for_what_comes_later_and_can_be_set_again() -> None:
    actions = [
        keep("points", '{{ issue["Story Points"] }}'),
        keep("both", "{{ points }} of {{ issue.key }}"),
        say("{{ both }}"),
        keep("both", "{{ both }}, again"),
        say("{{ both }}"),
    ]
    assert says(*actions) == ["5 of BURN-7", "5 of BURN-7, again"]


def test_a_variable_goes_into_branches_and_comes_out_of_them() -> None:
    actions = [
        keep("seen", ""),
        {"type": "branch", "jql": "project = BURN", "actions": [keep("seen", "{{ seen }} {{ issue.key }}")]},
        say("{{ seen }}"),
    ]
    assert says(*actions) == [" BURN-9 BURN-8"]


def test_a_variable_that_was_not_set_on_the_way_is_empty() -> None:
    asks = {"compare": {"left": "{{ x }}", "operator": "=", "right": ""}}
    actions = [
        {"type": "if", "when": "type = Task", "then": [keep("x", "task")]},
        {"type": "if", "when": asks, "then": [say("none<{{ x }}>")], "otherwise": [say("{{ x }}")]},
    ]
    assert says(*actions) == ["none<>"]
    assert says(*actions, given={"issue": {**ISSUE, "type": "Task"}}) == ["task"]


def test_variables_are_compared_as_numbers_where_they_are_some() -> None:
    asks = {"compare": {"left": "{{ points }}", "operator": "<", "right": "10"}}
    actions = [
        keep("points", '{{ issue["Story Points"] }}'),
        {"type": "if", "when": asks, "then": [say("y")]},
    ]
    assert says(*actions) == ["y"]


def test_both_outlast_a_wait_and_the_lookup_is_made_anew() -> None:
    actions = [
        keep("x", "kept"),
        LOOK,
        {"type": "wait", "hours": 2},
        say("{{ x }} {{ lookupIssues | length }}"),
    ]
    assert says(*actions) == ["kept 2"]


def test_what_a_lookup_found_can_be_counted_listed_and_gone_through() -> None:
    actions = [
        LOOK,
        say("{{ lookupIssues | length }}: {{ lookupIssues | map(attribute='key') | join(', ') }}"),
        say("{% for one in lookupIssues %}{{ one.key }} is {{ one.status.name }};{% endfor %}"),
        say("{{ (lookupIssues | first).summary }}"),
    ]
    assert says(*actions) == ["2: BURN-9, BURN-8", "BURN-9 is To Do;BURN-8 is Done;", "nine"]


def test_what_an_issue_says_is_neither_a_template_nor_a_part_of_a_query() -> None:
    evil = {**ISSUE, "summary": '{{ secrets.TOKEN }} {% for x in y %} " OR project = SECRET'}
    tried = run(
        rule(
            keep("said", "{{ issue.summary }}"),
            {"type": "lookup_issues", "jql": 'summary ~ {{ said }} AND key != "BURN-1"'},
            {"type": "comment", "text": "{{ said }}"},
            {
                "type": "web_request",
                "url": "https://hooks.example.com/{{ said }}",
                "headers": {"X-Said": "{{ said }}"},
                "body": {"said": "{{ said }}"},
            },
        ),
        Trial.model_validate({"name": "t", "given": {"issue": evil}}),
    )
    assert tried.decision is not None
    (looked,) = (step for step in tried.decision.steps if step["step"] == "lookup_issues")
    assert looked["jql"] == (
        'summary ~ "{{ secrets.TOKEN }} {% for x in y %} \\" OR project = SECRET" AND key != "BURN-1"'
    )
    request: Any = tried.decision.wanted[-1].effect
    assert request.url.startswith("https://hooks.example.com/%7B%7B%20secrets.TOKEN")
    assert "{{secrets." not in request.body + str(request.headers)


def test_a_variable_without_end_is_refused_with_its_name() -> None:
    more = [keep("x", "{{ x }}{{ x }}{{ x }}{{ x }}") for _ in range(8)]
    tried = run(
        rule(keep("x", "long words"), *more, say("{{ x }}")),
        Trial.model_validate({"name": "t", "given": {"issue": ISSUE}, "outcome": "failed"}),
    )
    assert tried.faults == ()
    assert tried.decision is not None
    assert "the variable 'x' becomes longer than 10000 characters" in str(tried.decision.reason)


@pytest.mark.parametrize(
    ("actions", "where", "why"),
    [
        ([say("{{ later }}"), keep("later", "x")], "actions/0/text", "there is no value 'later'"),
        ([say("{{ lookupIssues }}"), LOOK], "actions/0/text", "lookupIssues after a `lookup_issues`"),
        ([{"type": "lookup_issues", "jql": "key = {{ nobody }}"}, say("x")], "actions/0/jql", "'nobody'"),
        ([{"type": "lookup_issues", "jql": "key = "}, say("x")], "actions/0/jql", "A value is missing"),
        ([{"type": "branch", "jql": "key = {{ nobody }}", "actions": [say("x")]}], "actions/0/jql", "nobody"),
    ],
)
def test_what_cannot_be_there_is_told_when_the_rule_is_saved(actions: Any, where: str, why: str) -> None:
    with pytest.raises(RuleNotUnderstood) as fault:
        check(rule(*actions), Catalogue(now=NOW, zone=None))  # type: ignore[arg-type]
    assert where in str(fault.value)
    assert why in str(fault.value)


def test_lookups_in_branches_have_an_end() -> None:
    within = {"type": "branch", "jql": "project = BURN", "actions": [LOOK, say("x")]}
    many = [{"key": f"BURN-{number}"} for number in range(10, 60)]
    tried = run(
        rule({"type": "branch", "jql": "project = BURN", "actions": [within]}),
        Trial.model_validate({"name": "t", "given": {"issue": ISSUE, "found": many}, "outcome": "failed"}),
    )
    assert tried.faults == ()
    assert tried.decision is not None
    assert "more than 100 lookups" in str(tried.decision.reason)


@pytest.mark.parametrize(
    "name", ["issue", "secrets", "lookupIssues", "true", "not", "_x", "a-b", "", "x" * 41]
)
def test_a_variable_does_not_take_the_place_of_anything_else(name: str) -> None:
    with pytest.raises(RuleNotUnderstood):
        rule(keep(name, "x"), say("x"))
