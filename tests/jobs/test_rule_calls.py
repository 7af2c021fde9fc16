"""Calls from outside that are about no issue say so: in the rule's decisions, and in the run."""

from typing import Any

import pytest

from app.domain.rules.decide import Outcome
from app.errors import NotUnderstood
from app.services import rule_webhooks
from app.services import rules as service
from app.store import sites, tables
from app.store.database import Database
from jobs.scheduler import fire_due
from tests.factories import day
from tests.jobs.ruled import STATUSES, Ruled
from tests.jobs.test_rule_firings import LOG, looked
from tests.payloads import issue, issue_event


async def _told(database: Database, **more: Any) -> tuple[Ruled, int]:
    ruled = Ruled(database, at=day(5))
    trigger = {"type": "incoming_webhook", **more.pop("trigger", {})}
    rule = ruled.rule(name="Called", trigger=trigger, actions=LOG, **more)
    await ruled.tell(*(issue_event("jira:issue_created", issue(number), at=day(1)) for number in (1, 2)))
    return ruled, rule


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"issues": ["BURN-99", "BURN-98"]}, "Not in the store: BURN-99, BURN-98."),
        ({"issue": "BURN-1"}, "The body names no issue: send their keys as a list"),
        (["BURN-1"], "The body names no issue"),
        ({"issues": [1, None]}, "The body names no issue"),
    ],
)
async def test_a_call_that_is_about_no_issue_is_a_decision_with_the_reason(
    database: Database, body: Any, why: str
) -> None:
    ruled, rule = await _told(database)
    for _ in range(2):
        await looked(ruled, rule, at=day(5), webhook=body)
    first, second = ruled.decisions
    assert first["outcome"] == Outcome.NO_ISSUE.value
    assert first["reason"].startswith(why)
    assert (first["issue_key"], first["happened"], first["at"]) == ("", "incoming_webhook", day(5))
    assert first["event_key"] != second["event_key"], "each call is told of"
    assert ruled.effects == []


async def test_of_some_that_are_not_there_the_reason_stands_beside_what_was_decided(
    database: Database,
) -> None:
    ruled, rule = await _told(database)
    await looked(ruled, rule, at=day(5), webhook={"issues": ["BURN-2", "BURN-99", "BURN-2"]})
    told = [(each["issue_key"], each["outcome"], each["reason"]) for each in ruled.decisions]
    assert told == [("BURN-2", "acted", None), ("", "no issue", "Not in the store: BURN-99.")]
    assert len(ruled.effects) == 1


async def test_a_query_that_finds_nothing_and_issues_of_other_projects_are_told_of_too(
    database: Database,
) -> None:
    ruled, rule = await _told(database, trigger={"jql": "labels = {{ webhook.word }}"})
    await looked(ruled, rule, at=day(5), webhook={"word": "nowhere"})
    assert ruled.decisions[0]["reason"] == 'The query finds no issue: labels = "nowhere"'
    with database.write() as tx:
        tx.execute(tables.rules.delete())
        tx.execute(
            tables.projects.insert().values(
                site_id=ruled.site.id, id="2", key="OPS", name="Ops", heard_at=day(1)
            )
        )
    other = ruled.rule(name="Other", trigger={"type": "incoming_webhook"}, projects=["OPS"], actions=LOG)
    await looked(ruled, other, at=day(6), webhook={"issues": ["BURN-1"]})
    assert ruled.decisions[-1]["reason"] == "Not of the rule's projects (OPS): BURN-1."


@pytest.mark.parametrize(
    ("jql", "body", "why"),
    [
        ("labels = {{ webhook.word }}", {"wrod": "x"}, "The body of the webhook does not fit: "),
        ("labels = {{ webhook.word }}", ["x"], "The body of the webhook does not fit: "),
        ("{{ webhook.field }} = 1", {"field": "nofield"}, "JQL, line 1"),
        ("created > {{ webhook.day }}", {"day": "soon"}, "JQL, line 1"),
    ],
)
async def test_a_body_that_does_not_fit_fails_the_run_and_is_a_decision_with_the_reason(
    database: Database, jql: str, body: Any, why: str
) -> None:
    ruled, rule = await _told(database, trigger={"jql": jql})
    with pytest.raises(NotUnderstood):
        await looked(ruled, rule, at=day(5), webhook=body)
    (decision,) = ruled.decisions
    assert decision["outcome"] == Outcome.FAILED.value
    assert decision["reason"].startswith(why), decision["reason"]
    assert (decision["issue_key"], decision["happened"], decision["at"]) == ("", "incoming_webhook", day(5))


async def test_a_schedule_whose_query_names_what_is_gone_says_so_in_a_decision(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    trigger = {"type": "schedule", "cron": "0 8 * * *", "jql": "status = Done"}
    rule = ruled.rule(name="Daily", trigger=trigger, actions=LOG)
    with database.write() as tx:
        sites.replace_statuses(tx, ruled.site.id, STATUSES[:1])
    with pytest.raises(NotUnderstood):
        await looked(ruled, rule, at=day(5))
    (decision,) = ruled.decisions
    assert (decision["outcome"], decision["happened"]) == ("failed", "schedule")
    assert "Done" in decision["reason"]


async def test_a_schedule_whose_query_finds_nothing_says_so_in_its_run(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    trigger = {"type": "schedule", "cron": "0 8 * * *", "jql": "labels = nowhere"}
    ruled.rule(name="Daily", trigger=trigger, actions=LOG)
    with database.write() as tx:
        assert fire_due(tx, now=day(6))
    assert await ruled.pass_time(to=day(6)) == ["The query finds no issue: labels = nowhere"]
    assert ruled.decisions == [], "a rule that looks every few minutes does not fill the record"


def test_the_answer_of_a_call_names_what_is_not_there(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    change = service.Change(author="Dana", now=day(1), seen="*")
    rule = ruled.rule(name="Named", trigger={"type": "incoming_webhook"}, actions=LOG)
    with database.write() as tx:
        asked = rule_webhooks.call(tx, rule, {"issues": ["BURN-9"]}, now=day(5))
        assert (asked.not_found, asked.note) == (["BURN-9"], "Not in the store: BURN-9.")
        assert "names no issue" in (rule_webhooks.call(tx, rule, {"build": 1}, now=day(5)).note or "")
        sought = service.write(
            tx,
            rule,
            {"name": "Named", "trigger": {"type": "incoming_webhook", "jql": "key = BURN-1"}, "actions": LOG},
            change,
        )
        service.set_mode(tx, sought.id, "live", change)
        assert rule_webhooks.call(tx, rule, {"build": 1}, now=day(5)).note is None
