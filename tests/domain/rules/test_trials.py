"""What rules decide, asked as admins ask it: by tests beside the rule."""

from typing import Any

import pytest

from app.domain.rules.reading import read
from app.domain.rules.trials import run
from app.domain.scrum.texts import readable_text

DONE = {"type": "issue_transitioned", "to": ["Done"]}
MOVED = [{"field": "status", "from": "In Progress", "to": "Done"}]


def tried(given: dict[str, Any], *, effects: Any = None, outcome: str = "acted", **rule: Any) -> list[str]:
    """What is wrong; a rule that fires for what is done, unless told otherwise."""
    trial = {"name": "t", "given": {"changes": MOVED, **given}, "outcome": outcome, "effects": effects}
    document = {"name": "r", "trigger": DONE, "actions": [{"type": "comment", "text": "x"}], **rule}
    found = read({**document, "tests": [trial]})
    return list(run(found, found.tests[0]).faults)


ISSUE = {"key": "BURN-7", "type": "Bug", "status": "Done", "assignee": "ann", "Story Points": 5}


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ("type = Bug", True),
        ("type != Bug", False),
        ('"Story Points" > 4 AND assignee = ann', True),
        ("status WAS 'In Progress'", True),
        ("status CHANGED FROM 'To Do' TO Done", False),
        ({"not": "type = Bug"}, False),
        ({"any": ["type = Task", "type = Bug"]}, True),
        ({"all": ["type = Task", "type = Bug"]}, False),
        ({"initiator": ["assignee"]}, False),
        ({"initiator": ["somebody"]}, True),
        ({"compare": {"left": "{{ issue.key }}", "operator": "matches", "right": "^BURN-\\d+$"}}, True),
        ({"compare": {"left": "10", "operator": ">", "right": "9"}}, True),
        (
            {"compare": {"left": "{{ fieldChange.fromString }}", "operator": "=", "right": "In Progress"}},
            True,
        ),
    ],
)
def test_a_condition(when: Any, holds: bool) -> None:
    assert tried({"issue": ISSUE}, when=when, outcome="acted" if holds else "not matched") == []


def test_an_expression_that_never_ends_is_a_failure_and_not_a_standstill() -> None:
    when = {"compare": {"left": "a" * 60 + "!", "operator": "matches", "right": "^(a|aa)+$"}}
    (fault,) = tried({"issue": ISSUE}, when=when, outcome="acted")
    assert "'failed'" in fault
    assert "takes too long" in fault


@pytest.mark.parametrize(
    ("at", "working", "holds"),
    [
        ("2026-03-09T12:00:00+00:00", True, False),  # from Friday to Monday
        ("2026-03-09T12:00:00+00:00", False, True),
        ("2026-03-12T12:00:00+00:00", True, True),
    ],
)
def test_time_in_status_counts_working_days_where_asked(at: str, working: bool, holds: bool) -> None:
    given = {
        "issue": {**ISSUE, "created": "2026-02-01T09:00:00+00:00"},
        "at": at,
        "history": [{"at": "2026-03-06T12:00:00+00:00", "field": "status", "from": "To Do", "to": "Done"}],
        "changes": [],
    }
    condition = {"in_status_longer_than": {"days": 2, "working": working}}
    faults = tried(
        given, when=condition, trigger={"type": "manual"}, outcome="acted" if holds else "not matched"
    )
    assert faults == []


@pytest.mark.parametrize(
    ("match", "siblings", "holds"),
    [
        ("all", ["Done", "Done"], True),
        ("all", ["Done", "To Do"], False),
        ("all", [], True),
        ("some", ["Done", "To Do"], True),
        ("some", [], False),
        ("none", ["To Do"], True),
        ("none", ["Done"], False),
    ],
)
def test_related_issues(match: str, siblings: list[str], holds: bool) -> None:
    others = [{"key": f"BURN-{number}", "status": one} for number, one in enumerate(siblings, 20)]
    when = {"related": {"to": "siblings", "match": match, "jql": "status = Done"}}
    outcome = "acted" if holds else "not matched"
    assert tried({"issue": ISSUE, "siblings": others}, when=when, outcome=outcome) == []


@pytest.mark.parametrize(
    ("action", "effect"),
    [
        ({"set": {"priority": "High"}}, {"fields": {"priority": {"name": "High"}}}),
        ({"set": {"Story Points": "{{ 2 + 1 }}"}}, {"update": {}}),
        ({"add": {"labels": ["a", "b"]}}, {"update": {"labels": [{"add": "b"}]}}),
        ({"remove": {"labels": ["a", "b"]}}, {"update": {"labels": [{"remove": "a"}]}}),
        ({"clear": ["assignee"]}, {"fields": {"assignee": None}}),
        (
            {"set": {"components": ["web", "api"]}},
            {"fields": {"components": [{"name": "web"}, {"name": "api"}]}},
        ),
        (
            {"set": {"duedate": "{{ now.plusBusinessDays(1).format('yyyy-MM-dd') }}"}},
            {"fields": {"duedate": "2026-01-06"}},
        ),
    ],
)
def test_an_edit(action: dict[str, Any], effect: dict[str, Any]) -> None:
    wanted = [{"kind": "edit_issue", "payload": effect}]
    edit = {"type": "edit", **action}
    assert tried({"issue": {**ISSUE, "labels": ["a"]}}, actions=[edit], effects=wanted) == []


@pytest.mark.parametrize(
    "action",
    [
        {"type": "edit", "set": {"Story Points": 5}},
        {"type": "edit", "set": {"type": "Bug"}},
        {"type": "edit", "add": {"labels": ["a"]}},
        {"type": "edit", "remove": {"labels": ["z"]}},
        {"type": "edit", "clear": ["duedate"]},
        {"type": "transition", "to": "Done"},
        {"type": "assign", "to": "ann"},
        {"type": "assign", "to": "reporter"},
        {"type": "comment", "text": "  "},
    ],
)
def test_what_is_so_already_wants_nothing(action: dict[str, Any]) -> None:
    issue = {**ISSUE, "labels": ["a"], "reporter": "ann"}
    assert tried({"issue": issue}, actions=[action], outcome="nothing to do", effects=[]) == []


@pytest.mark.parametrize(
    ("action", "why"),
    [
        ({"type": "edit", "set": {"Story Points": "many"}}, "no number"),
        ({"type": "edit", "set": {"duedate": "soon"}}, "no day"),
        ({"type": "edit", "add": {"labels": ["two words"]}}, "no label"),
        ({"type": "edit", "set": {"nofield": 1}}, "no field"),
        ({"type": "link", "link_type": "Blocks", "to": "the other"}, "no key"),
        ({"type": "comment", "text": "{{ issue.nofield }}"}, "nofield"),
    ],
)
def test_what_cannot_be_done_fails_with_the_reason_and_does_nothing(action: dict[str, Any], why: str) -> None:
    first = {"type": "comment", "text": "before"}
    (fault,) = tried({"issue": ISSUE}, actions=[first, action], outcome="acted")
    assert "'failed'" in fault
    assert why in fault


def test_actions_go_in_order_through_if_branch_and_stop() -> None:
    def say(text: str) -> dict[str, Any]:
        return {"type": "comment", "text": text}

    actions = [
        say("first"),
        {"type": "if", "when": "type = Task", "then": [say("no")], "otherwise": [say("second")]},
        {
            "type": "branch",
            "to": "children",
            "when": "status != Done",
            "actions": [say("third on {{ issue.key }} of {{ triggerIssue.key }}")],
        },
        {"type": "stop"},
        say("never"),
    ]
    children = [{"key": "BURN-12"}, {"key": "BURN-9", "status": "Done"}, {"key": "BURN-11"}]
    says = ["first", "second", "third on BURN-12 of BURN-7", "third on BURN-11 of BURN-7"]
    effects = [{"kind": "living_comment", "says": one} for one in says]
    assert tried({"issue": ISSUE, "children": children}, actions=actions, effects=effects) == []


def test_a_trigger_that_is_about_something_else_is_not_asked() -> None:
    given = {"issue": ISSUE, "changes": [{"field": "status", "from": "Done", "to": "In Progress"}]}
    assert tried(given, outcome="not asked", effects=[]) == []


def test_more_effects_than_one_event_may_have_are_held() -> None:
    actions = [{"type": "comment", "text": str(number)} for number in range(3)]
    assert tried({"issue": ISSUE}, actions=actions, limits={"per_event": 2}, outcome="held") == []


def test_a_test_that_expects_something_else_says_what_came() -> None:
    wanted = [{"kind": "edit_issue", "payload": {"fields": {}}}]
    assert tried({"issue": ISSUE}, effects=wanted) == [
        "effect 1 is living_comment, not edit_issue",
        "effect 1: fields is None, not {}",
    ]


def test_in_a_test_the_time_of_a_wait_passes() -> None:
    actions = [
        {"type": "wait", "hours": 3, "when": "type = Bug"},
        {"type": "comment", "text": "It is {{ now }}."},
    ]
    effects = [{"kind": "living_comment", "says": "It is 2026-01-05T15:00:00Z."}]
    assert tried({"issue": ISSUE}, actions=actions, effects=effects) == []
    story = {**ISSUE, "type": "Story"}
    assert tried({"issue": story}, actions=actions, outcome="nothing to do", effects=[]) == []


def test_working_days_of_a_wait_leave_the_weekend_out() -> None:
    friday = {"issue": ISSUE, "at": "2026-01-09T12:00:00+00:00"}
    actions = [{"type": "wait", "days": 1, "working": True}, {"type": "comment", "text": "{{ now }}"}]
    effects = [{"kind": "living_comment", "says": "2026-01-12T12:00:00Z"}]
    assert tried(friday, actions=actions, effects=effects) == []


def test_a_comment_reads_as_its_author_sees_it_whatever_is_bold_in_it() -> None:
    pieces = [{"type": "text", "text": "agr", "marks": [{"type": "strong"}]}, {"type": "text", "text": "eed"}]
    paragraphs = [{"type": "paragraph", "content": pieces}, {"type": "paragraph", "content": pieces[:1]}]
    assert readable_text({"type": "doc", "version": 1, "content": paragraphs}) == "agreed\nagr"
    assert readable_text("as it is") == "as it is"
    assert readable_text(None) == ""


def test_who_is_in_a_group_is_asked_by_its_members_of_today() -> None:
    given = {"issue": ISSUE, "groups": {"Developers": ["somebody", "ann"], "support": []}}
    for asked, outcome in (
        ({"groups": ["developers"]}, "acted"),
        ({"who": "assignee", "groups": ["support", "Developers"]}, "acted"),
        ({"who": "reporter", "groups": ["Developers"]}, "not matched"),
        ({"groups": ["support"]}, "not matched"),
        ({"groups": ["unread"]}, "failed"),
    ):
        assert tried(given, when={"in_group": asked}, outcome=outcome) == []


def test_labels_of_a_child_go_to_its_parent() -> None:
    """Those that the parent does not have; all of them are one value."""
    rule = read(
        {
            "name": "Labels go to the parent",
            "trigger": {"type": "field_changed", "fields": ["labels"]},
            "actions": [
                {
                    "type": "branch",
                    "to": "parent",
                    "actions": [{"type": "edit", "add": {"labels": ["{{ triggerIssue.labels }}", "child"]}}],
                }
            ],
            "tests": [
                {
                    "name": "two of three are new",
                    "given": {
                        "issue": {"key": "BURN-2", "labels": ["a", "b"]},
                        "changes": [{"field": "labels", "from": "", "to": "a b"}],
                        "parent": {"key": "BURN-1", "labels": ["a"]},
                    },
                    "outcome": "acted",
                    "effects": [
                        {
                            "kind": "edit_issue",
                            "payload": {
                                "issue_key": "BURN-1",
                                "update": {"labels": [{"add": "b"}, {"add": "child"}]},
                            },
                        }
                    ],
                }
            ],
        }
    )
    assert run(rule, rule.tests[0]).faults == ()
