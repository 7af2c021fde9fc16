"""When a policy is run: the words of a trigger, and what is wrong with one."""

from datetime import timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from app.domain.grooming.ladder import Progress, next_step_at
from app.domain.grooming.policy import PolicyNotUnderstood
from app.domain.grooming.policy_schema import schema
from app.domain.grooming.policy_trigger import sprints_entered
from app.domain.scrum.issue import Change
from tests.domain.grooming.backlogs import NOW
from tests.domain.grooming.test_ladder import a_policy
from tests.factories import SPRINT_FIELD


def test_a_trigger_says_in_words_when_a_policy_is_run() -> None:
    at = {"type": "schedule", "cron": "0 8 * * mon-fri", "time_zone": "Europe/Berlin"}
    trigger = a_policy(trigger=at).trigger
    assert trigger is not None
    assert trigger.words == "at 0 8 * * mon-fri in Europe/Berlin"
    assert trigger.times == ("0 8 * * mon-fri", "Europe/Berlin")
    entered = a_policy(trigger={"type": "sprint_entered"}).trigger
    assert entered is not None
    assert entered.words == "when an issue enters a sprint, and once a day"
    assert entered.times[1] == "UTC"
    assert a_policy().trigger is None


@pytest.mark.parametrize(
    ("trigger", "place", "says"),
    [
        (
            {"type": "shedule", "cron": "0 8 * * *"},
            "/trigger/type",
            "'shedule' is none of them; perhaps 'schedule'",
        ),
        ({"type": "schedule"}, "/trigger/cron", "a schedule needs one"),
        ({"type": "schedule", "cron": 8}, "/trigger/cron", "it was 8"),
        (
            {"type": "schedule", "cron": "0 8 * * *", "timezone": "UTC"},
            "/trigger/timezone",
            "perhaps 'time_zone'",
        ),
        (
            {"type": "schedule", "cron": "0 8 * * *", "time_zone": "Berlin"},
            "/trigger/time_zone",
            "'Berlin' is no time zone; write it like Europe/Berlin",
        ),
        (
            {"type": "sprint_entered", "cron": "0 8 * * *"},
            "/trigger/cron",
            "has no 'cron'; it was '0 8 * * *'",
        ),
        ({"cron": "0 8 * * *"}, "/trigger/type", "it is missing"),
        ("0 8 * * *", "/trigger", "is no list of names with values"),
    ],
)
def test_what_is_wrong_with_a_trigger_is_told_with_its_place_and_value(
    trigger: Any, place: str, says: str
) -> None:
    with pytest.raises(PolicyNotUnderstood) as refused:
        a_policy(trigger=trigger)
    assert [(where, said) for where, said in refused.value.faults if where == place and says in said]


def moved(before: str | None, after: str | None, field: str = SPRINT_FIELD) -> Change:
    return Change(7, 0, NOW, field, before, before, after, after)


def test_an_issue_enters_a_sprint_when_it_was_not_in_it() -> None:
    assert sprints_entered(moved(None, "12"), SPRINT_FIELD) == {12}
    assert sprints_entered(moved("11", "11, 12"), SPRINT_FIELD) == {12}
    assert sprints_entered(moved("11, 12", "11"), SPRINT_FIELD) == set()
    assert sprints_entered(moved("11", None), SPRINT_FIELD) == set()
    assert sprints_entered(moved(None, "12", "status"), SPRINT_FIELD) == set()
    assert sprints_entered(moved(None, "12"), None) == set()


def test_the_next_step_is_when_the_first_waiting_time_ends() -> None:
    """The ladder waits 0, 7, 14 and 10 days."""

    def at(taken: int, days: int) -> Progress:
        return Progress("1", "BURN-1", NOW, taken, NOW - timedelta(days=days))

    policy = a_policy()
    assert next_step_at(policy, [], NOW) is None
    assert next_step_at(policy, [at(1, 5), at(2, 10)], NOW) == NOW + timedelta(days=2)
    assert next_step_at(policy, [at(4, 1)], NOW) is None, "the ladder has ended"
    assert next_step_at(policy, [at(1, 30)], NOW) is None, "what is due and cannot be done waits for a run"


def test_the_schema_for_editors_refuses_what_the_reader_refuses() -> None:
    """And explains each part where it stands."""
    Draft202012Validator.check_schema(schema())
    valid = Draft202012Validator(schema()).is_valid
    policy = {"name": "A", "board": 1, "checks": {"stale": {"days": 9}}, "ladder": [{"step": "report"}]}
    assert valid(policy)
    assert valid({**policy, "trigger": {"type": "sprint_entered"}, "mode": False})
    assert not valid({**policy, "trigger": {"type": "monthly"}})
    assert not valid({**policy, "checks": {"stael": {}}})
    assert not valid({**policy, "checks": {"stale": {"dayz": 9}}})
    assert not valid({**policy, "checks": {"stale": {"days": "nine"}}})
    parts = schema()["$defs"]
    assert parts["Trigger"]["properties"]["type"]["description"].startswith("at set times")
    assert parts["Step"]["properties"]["after"]["description"].startswith("how long to wait")
