"""A rule from a document: whole or refused, with all that is wrong with it."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from app.domain.jql.catalogue import Catalogue, CustomField, Named
from app.domain.rules.document import schema
from app.domain.rules.errors import RuleNotUnderstood
from app.domain.rules.reading import as_yaml, check, from_yaml, read, written

CATALOGUE = Catalogue(
    now=datetime(2026, 3, 11, tzinfo=UTC),
    zone=ZoneInfo("UTC"),
    fields=(CustomField("customfield_1", "Story Points", "number", None),),
    statuses=(Named("1", "To Do", "new"), Named("5", "Done", "done")),
    projects=(Named("10", "Burnish", key="BURN"),),
)
RULE: dict[str, Any] = {
    "name": "Rule",
    "trigger": {"type": "issue_created"},
    "actions": [{"type": "log", "text": "hello"}],
}


def faults(document: Any) -> dict[str, str]:
    with pytest.raises(RuleNotUnderstood) as refused:
        check(read(document), CATALOGUE)
    return dict(refused.value.faults)


def test_all_that_is_wrong_is_told_at_once_with_its_place() -> None:
    found = faults(
        {
            **RULE,
            "projects": ["NOPE"],
            "trigger": {"type": "issue_transitioned", "to": ["Dnoe"]},
            "when": {"all": ["status = Done", {"not": "nofield = 1"}]},
            "actions": [
                {"type": "edit", "set": {"Story Pints": 3}, "add": {"priority": ["High"]}},
                {
                    "type": "if",
                    "when": "project = BURN",
                    "then": [{"type": "comment", "text": "{{ x.__y }}"}],
                },
                {"type": "branch", "jql": "parent = {{ issue.key", "actions": [{"type": "stop"}]},
                {"type": "transition", "to": "Nowhere"},
            ],
        }
    )
    assert found.keys() == {
        "projects/0",
        "trigger/to",
        "when/all/1/not",
        "actions/0/set",
        "actions/0/add",
        "actions/1/then/0/text",
        "actions/2/jql",
        "actions/3/to",
    }
    assert "character 1" in found["when/all/1/not"]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"nmae": "x"}, "nmae"),
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"trigger": {"type": "issue_created", "to": ["Done"]}}, "trigger/to"),
        ({"trigger": {}}, "trigger"),
        ({"actions": []}, "actions"),
        ({"limits": {"per_hour": 0}}, "limits/per_hour"),
        ({"trigger": {"type": "metric_crossed", "board": 1, "metric": "remaining"}}, "trigger"),
        ({"trigger": {"type": "metric_crossed", "board": 0, "metric": "open_issues"}}, "trigger/board"),
        (
            {"trigger": {"type": "any_of", "triggers": [{"type": "work_logged", "to": 1}]}},
            "trigger/triggers/0/to",
        ),
        ({"actions": [{"type": "comment"}]}, "actions/0/text"),
        ({"actions": [{"type": "comment", "comment": "x", "text": "x"}]}, "actions/0/comment"),
        (
            {"actions": [{"type": "web_request", "url": "x", "headers": {"A b": "x"}}]},
            "actions/0/headers/A b",
        ),
        ({"actions": [{"type": "if", "when": "x = 1", "then": [{"type": "log"}]}]}, "actions/0/then/0/text"),
        ({"when": {"all": [{"in_role": {"roles": [1]}}]}}, "when/all/0/in_role/roles/0"),
        ({"actions": [{"type": "assign"}]}, "actions/0"),
        ({"actions": [{"type": "branch", "actions": [{"type": "stop"}]}]}, "actions/0"),
    ],
)
def test_what_is_no_rule_names_the_place(change: dict[str, Any], place: str) -> None:
    assert list(faults({**RULE, **change})) == [place]


@pytest.mark.parametrize("document", [None, [], "rule", 7, {}])
def test_what_is_nothing_like_a_rule_is_refused(document: Any) -> None:
    assert faults(document)


def test_rules_in_each_other_end_somewhere() -> None:
    action: dict[str, Any] = {"type": "stop"}
    for _ in range(7):
        action = {"type": "if", "when": "project = BURN", "then": [action]}
    assert any("deep" in fault for fault in faults({**RULE, "actions": [action]}).values())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: &a [x]\nb: *a", "aliases"),
        ("[" * 60 + "]" * 60, "levels"),
        ("x" * 200_001, "200001 characters"),
        ("a: [1", "line"),
        ("!!python/object/apply:os.system ['id']", "no YAML"),
        ("name: 2020-99-01", "month must be in"),
        ("name: " + "9" * 5000, "4300 digits"),
    ],
)
def test_yaml_that_is_a_trap_is_refused_before_it_is_built(text: str, says: str) -> None:
    with pytest.raises(RuleNotUnderstood, match=says):
        from_yaml(text)


def test_two_comments_that_would_write_over_each_other_are_refused() -> None:
    twice = [
        {"type": "comment", "text": "a", "mode": "living"},
        {"type": "comment", "text": "b", "mode": "once"},
    ]
    assert "actions/1/name" in faults({**RULE, "actions": twice})
    check(read({**RULE, "actions": [twice[0], {**twice[1], "name": "other"}]}), CATALOGUE)


def test_the_schema_is_one_and_names_every_trigger_and_action() -> None:
    found = schema()
    assert found["$schema"].endswith("2020-12/schema")
    assert {"Comment", "Edit", "Branch", "SprintStarted", "WebRequest"} <= found["$defs"].keys()


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00{}"), min_size=1, max_size=20)
CONDITIONS = st.recursive(
    st.sampled_from(["status = Done", {"jql": "project = BURN"}, {"initiator": ["assignee"]}]),
    lambda inner: st.one_of(
        st.builds(lambda each: {"not": each}, inner),
        st.builds(lambda some: {"any": some}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda some: {"all": some}, st.lists(inner, min_size=1, max_size=3)),
    ),
    max_leaves=5,
)
SCHEMA = Draft202012Validator(schema())
LEAVES = st.one_of(
    st.builds(lambda text: {"type": "comment", "text": text}, TEXT),
    st.builds(lambda text: {"type": "edit", "set": {"summary": text}}, TEXT),
    st.just({"type": "transition", "to": "Done"}),
    st.just({"type": "assign", "to": "reporter"}),
    st.just({"type": "move_to_sprint", "to": "active"}),
    st.builds(lambda text: {"type": "log_work", "time": "1h", "text": text}, TEXT),
    st.builds(lambda text: {"type": "notify", "to": ["watchers"], "subject": text, "text": text}, TEXT),
    st.just({"type": "clone", "copy": ["priority"], "link_type": None}),
    st.just({"type": "release_version", "version": "{{ issue.fixVersions | first }}"}),
)
ACTIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(
            lambda when, some: {"type": "if", "when": when, "then": some},
            CONDITIONS,
            st.lists(inner, min_size=1, max_size=2),
        ),
        st.builds(
            lambda some: {"type": "branch", "to": "children", "actions": some},
            st.lists(inner, min_size=1, max_size=2),
        ),
    ),
    max_leaves=4,
)
RULES = st.fixed_dictionaries(
    {
        "name": TEXT,
        "trigger": st.sampled_from(
            [
                {"type": "issue_created"},
                {"type": "issue_transitioned", "from": ["To Do"], "to": ["5"]},
                {"type": "field_changed", "fields": ["Story Points"], "change": "set"},
                {"type": "incoming_webhook", "jql": "key = {{ webhook.key }}"},
                {"type": "sprint_progress", "percent": 50, "boards": [1]},
                {
                    "type": "metric_crossed",
                    "board": 1,
                    "metric": "remaining",
                    "below": 5,
                    "jql": "status = Done",
                },
            ]
        ),
        "when": CONDITIONS,
        "actions": st.lists(ACTIONS, min_size=1, max_size=3),
    }
)


_NEXT_LINE = {"name": "\x85", "trigger": {"type": "issue_created"}, "actions": [{"type": "stop"}]}


@example(document=_NEXT_LINE)
@given(document=RULES)
@settings(max_examples=150, deadline=None)
def test_a_rule_is_the_same_after_it_was_stored_and_after_it_was_a_file(document: dict[str, Any]) -> None:
    rule = read(document)
    check(rule, CATALOGUE)
    SCHEMA.validate(document)
    assert read(written(rule)) == rule
    assert read(from_yaml(as_yaml(written(rule)))) == rule


@pytest.mark.parametrize(
    "wrong",
    [
        {"trigger": {"type": "metric_crossed", "board": 1, "metric": "remaining", "jql": "status = Done"}},
        {"trigger": {"type": "sprint_progress", "percent": 100}},
        {"actions": [{"type": "wait"}]},
        {"actions": [{"type": "wait", "hours": 1, "working": True}]},
        {"actions": [{"type": "branch", "to": "parent", "actions": [{"type": "wait", "hours": 1}]}]},
        {"actions": [{"type": "notify", "text": "to nobody"}]},
    ],
)
def test_what_says_too_little_or_the_wrong_thing_is_refused(wrong: dict[str, Any]) -> None:
    whole = {"name": "r", "trigger": {"type": "manual"}, "actions": [{"type": "log", "text": "x"}]}
    with pytest.raises(RuleNotUnderstood):
        read({**whole, **wrong})


def test_a_clone_of_a_field_that_the_site_does_not_have_is_told() -> None:
    actions = [{"type": "clone", "copy": ["Colour"]}, {"type": "notify", "to": ["{{ x"], "text": "x"}]
    rule = read({"name": "r", "trigger": {"type": "manual"}, "actions": actions})
    with pytest.raises(RuleNotUnderstood) as refused:
        check(rule, CATALOGUE)
    assert [place for place, _ in refused.value.faults] == ["actions/0/copy", "actions/1/to/0"]


def test_a_fault_in_the_query_of_a_trigger_is_told_once() -> None:
    for trigger in ({"type": "version_unreleased"}, {"type": "schedule", "cron": "0 7 * * *"}):
        with pytest.raises(RuleNotUnderstood) as refused:
            check(read({**RULE, "trigger": {**trigger, "jql": "fixVersion = {{ version.name }}"}}), CATALOGUE)
        assert [place for place, _ in refused.value.faults] == ["trigger/jql"]


@pytest.mark.parametrize(
    ("when", "place", "said"),
    [
        (
            {"time_in_status": 2},
            "when",
            "is no condition: write a JQL, or an object with one of all, any, not",
        ),
        ({"all": [{"olm": 1}]}, "when/all/0", "is no condition"),
        (3, "when", "is no condition"),
        ({"related": {"to": "parent", "match": "all"}}, "when/related", "`exist` goes without `jql`"),
        ({"not": {"in_status_longer_than": {"day": 2}}}, "when/not/in_status_longer_than/days", "is needed"),
    ],
)
def test_a_wrong_condition_is_told_of_the_one_that_is_meant(when: Any, place: str, said: str) -> None:
    with pytest.raises(RuleNotUnderstood) as refused:
        read({**RULE, "when": when})
    found = dict(refused.value.faults)
    assert said in found[place]
    assert len(found) <= 2
