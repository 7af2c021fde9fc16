"""Whom a rule assigns issues to, and why, as tests beside the rule show it."""

from collections import Counter
from typing import Any

import pytest

from app.domain.rules.errors import RuleNotUnderstood
from app.domain.rules.reading import read
from app.domain.rules.trials import Tried, run

PEOPLE = ["ann", "ben", "cem"]
ISSUE = {"key": "BURN-7", "type": "Bug", "status": "To Do", "reporter": "rea"}


def tried(assign: dict[str, Any], given: dict[str, Any] | None = None, outcome: str = "acted") -> Tried:
    document = {
        "name": "r",
        "trigger": {"type": "issue_created"},
        "actions": [{"type": "assign", **assign}],
        "tests": [{"name": "t", "given": {"issue": ISSUE, **(given or {})}, "outcome": outcome}],
    }
    found = read(document)
    return run(found, found.tests[0])


def chosen(assign: dict[str, Any], given: dict[str, Any] | None = None) -> tuple[str, str]:
    """Who gets it, and why."""
    told = tried(assign, given)
    assert told.faults == ()
    assert told.decision is not None
    (step,) = [one for one in told.decision.steps if one["step"] == "assign_issue"]
    (wanted,) = told.decision.wanted
    return wanted.effect.account, step.get("why", "")  # type: ignore[union-attr]


def note(assign: dict[str, Any], given: dict[str, Any] | None = None) -> str:
    """Why nobody gets it."""
    told = tried(assign, given, "nothing to do")
    assert told.faults == ()
    assert told.decision is not None
    (step,) = [one for one in told.decision.steps if one["step"] == "assign"]
    return str(step["note"])


def test_in_turn_each_gets_as_many() -> None:
    keys = [{"issue": {**ISSUE, "key": f"BURN-{number}"}} for number in range(1, 31)]
    assert Counter(chosen({"among": PEOPLE}, each)[0] for each in keys) == dict.fromkeys(PEOPLE, 10)


def test_the_one_with_the_fewest_open_issues_gets_it() -> None:
    found = [
        {"key": "BURN-1", "status": "In Progress", "assignee": "ann"},
        {"key": "BURN-2", "status": "To Do", "assignee": "ben"},
        {"key": "BURN-3", "status": "Done", "assignee": "cem"},
    ]
    who, why = chosen({"among": PEOPLE, "by": "balanced"}, {"found": found})
    assert who == "cem", "what is done is no load"
    assert why == "cem has the fewest issues of 3 of those named: 0; ann 1, ben 1."
    who, _ = chosen({"among": PEOPLE, "by": "balanced", "jql": "status = Done"}, {"found": found})
    assert who == "ben", "the query says what counts; BURN-7 is the turn of the second, of two with none"


def test_a_query_of_several_clauses_counts_as_a_whole() -> None:
    found = [{"key": "BURN-1", "status": "To Do", "assignee": "ben", "type": "Bug"}]
    assign = {"among": ["ann", "ben"], "by": "balanced", "jql": "type = Bug OR type = Task ORDER BY created"}
    assert chosen(assign, {"found": found})[0] == "ann"


def test_chance_says_the_same_of_an_event_however_often_it_is_asked() -> None:
    keys = [{"issue": {**ISSUE, "key": f"BURN-{number}"}} for number in range(1, 61)]
    first = [chosen({"among": PEOPLE, "by": "random"}, each)[0] for each in keys]
    again = [chosen({"among": PEOPLE, "by": "random"}, each)[0] for each in keys]
    assert first == again
    assert set(first) == set(PEOPLE), "and it is no turn"
    assert first != [chosen({"among": PEOPLE}, each)[0] for each in keys]


@pytest.mark.parametrize("by", ["turn", "balanced", "random"])
def test_nobody_whose_account_is_not_active_is_chosen(by: str) -> None:
    gone = {"inactive": ["ann", "ben"]}
    who, why = chosen({"among": PEOPLE, "by": by}, gone)
    assert who == "cem"
    assert "Not active: ann, ben." in why
    all_gone = {"inactive": PEOPLE}
    assert (
        note({"among": PEOPLE, "by": by}, all_gone)
        == "There is nobody of those named whose account is active."
    )
    said = note({"to": "reporter"}, {"inactive": ["rea"]})
    assert said == "The account of rea, who is meant by 'reporter', is not active."


def test_one_of_a_role_or_a_group_gets_it_and_never_burnish_itself() -> None:
    given = {"roles": {"Developers": ["ben", "burnish"]}, "groups": {"support": ["cem", "burnish"]}}
    for number in (7, 8):
        issue = {**ISSUE, "key": f"BURN-{number}"}
        assert chosen({"role": "developers"}, {**given, "issue": issue})[0] == "ben"
        assert chosen({"group": "Support"}, {**given, "issue": issue})[0] == "cem"
    told = tried({"role": "Testers"}, given, "failed")
    assert told.faults == ()
    assert told.decision is not None
    assert "Who is in the role 'Testers' in the project BURN is not known" in str(told.decision.reason)


def test_who_had_it_before_gets_it_back() -> None:
    at = "2026-01-0{}T12:00:00+00:00"
    history = [
        {"field": "assignee", "from": "ann", "to": "ben", "at": at.format(1)},
        {"field": "assignee", "from": "ben", "to": "cem", "at": at.format(2)},
        {"field": "assignee", "from": "cem", "to": None, "at": at.format(3)},
    ]
    assert chosen({"to": "previous"}, {"history": history}) == ("cem", "cem had it before.")
    assert chosen({"to": "previous"}, {"history": history, "inactive": ["cem"]})[0] == "ben"
    assert note({"to": "previous"}) == "Nobody had it before whose account is active."


def test_who_wrote_the_comment_gets_it() -> None:
    document = {
        "name": "r",
        "trigger": {"type": "comment_added"},
        "actions": [{"type": "assign", "to": "commenter"}],
        "tests": [
            {
                "name": "t",
                "given": {"issue": ISSUE, "comment": {"body": "mine", "author": "ben"}},
                "effects": [{"kind": "assign_issue", "payload": {"account": "ben"}}],
            }
        ],
    }
    found = read(document)
    assert run(found, found.tests[0]).faults == ()
    assert note({"to": "commenter"}) == "Jira does not say who is meant by 'commenter'."


def test_jira_itself_may_say_who() -> None:
    assert chosen({"to": "automatic"})[0] == "-1"


@pytest.mark.parametrize(
    ("assign", "said"),
    [
        ({}, "needs `to`, `among`, `role` or `group`, one of them"),
        ({"to": "reporter", "role": "Developers"}, "needs `to`, `among`, `role` or `group`, one of them"),
        ({"to": "reporter", "by": "random"}, "`by` chooses one of several"),
        ({"role": "Developers", "jql": "type = Bug"}, "`jql` says which issues count for `by: balanced`"),
    ],
)
def test_what_fits_not_together_is_refused(assign: dict[str, Any], said: str) -> None:
    with pytest.raises(RuleNotUnderstood, match=said):
        tried(assign)


def test_who_has_a_role_is_asked_by_its_members_in_the_project() -> None:
    given = {"issue": ISSUE, "author": "ann", "roles": {"Developers": ["ann"], "Testers": []}}
    for asked, outcome in (
        ({"roles": ["developers"]}, "acted"),
        ({"who": "reporter", "roles": ["Testers", "Developers"]}, "not matched"),
        ({"who": "commenter", "roles": ["Developers"]}, "not matched"),
        ({"roles": ["unread"]}, "failed"),
    ):
        document = {
            "name": "r",
            "trigger": {"type": "issue_created"},
            "when": {"in_role": asked},
            "actions": [{"type": "comment", "text": "x"}],
            "tests": [{"name": "t", "given": given, "outcome": outcome}],
        }
        found = read(document)
        assert run(found, found.tests[0]).faults == (), asked
