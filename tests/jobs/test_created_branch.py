"""A rule goes on with the issues that it created, once they are there."""

from datetime import timedelta
from typing import Any

import pytest

from app.domain.rules.document import Rule
from app.domain.rules.errors import RuleNotUnderstood
from app.domain.rules.reading import read
from app.services import rules as service
from app.services.rule_replay import replay
from app.services.runs import SYNC
from app.store import outbox, tables
from app.store.claim import claim, settle
from app.store.database import Database
from jobs import catalogue, effects
from jobs.settle import NotThereYet
from tests.factories import day
from tests.jobs.ruled import BOT, Ruled
from tests.jobs.support import carried_out, sandboxed
from tests.jobs.test_rule_actions import by_hand
from tests.jobs.test_rule_actions import created as made_by
from tests.jobs.test_rules_in_jira import all_carried_out
from tests.payloads import as_jira_writes, issue, issue_event
from tests.stores import LEASE

RULE: dict[str, Any] = {
    "name": "Ask for texts",
    "trigger": {"type": "issue_created"},
    "actions": [
        {"type": "create", "issue_type": "Task", "summary": "Text for {{ issue.key }}"},
        {
            "type": "branch",
            "to": "created",
            "actions": [
                {"type": "edit", "add": {"labels": ["text"]}},
                {
                    "type": "branch",
                    "jql": "key = {{ triggerIssue.key }}",
                    "actions": [{"type": "comment", "text": "See {{ createdIssue.key }}."}],
                },
            ],
        },
        {"type": "edit", "add": {"labels": ["asked"]}},
    ],
}


async def created(ruled: Ruled, key: str) -> None:
    """Jira has made what is owed, under that key."""
    with ruled.database.write() as tx:
        every = claim(tx, tables.effects, worker="w", now=ruled.clock.now(), lease=LEASE, limit=9)
    (work,) = (one for one in every if one.row["kind"] == "create_issue")
    effect = outbox.effect_of(work.row)
    with ruled.database.write() as tx:
        effects.follow(tx, context=ruled.context, site=ruled.site.name, work=work, effect=effect, created=key)
        for one in every:
            assert settle(tx, one, state=outbox.DONE, now=ruled.clock.now())


async def gone_on(ruled: Ruled) -> None:
    """Carry the run out, also once more."""
    with ruled.database.write() as tx:
        tx.execute(tables.runs.update().values(state="waiting", claimed_by=None, claimed_until=None))
        (work,) = claim(tx, tables.runs, worker="w", now=ruled.clock.now(), lease=LEASE, limit=9)
    finished = await catalogue.carry_out(ruled.context, work)
    assert finished.state == "done"


async def test_it_goes_on_with_what_it_created_when_that_is_there_and_once(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    ruled.rule(RULE)
    await ruled.tell(issue_event("jira:issue_created", issue(1), at=day(1)))
    assert [one["kind"] for one in ruled.effects] == ["create_issue", "edit_issue"]
    assert ruled.rows(tables.runs) == [], "Jira has not made it"
    await created(ruled, "BURN-2")
    with pytest.raises(NotThereYet, match="BURN-2"):
        await gone_on(ruled)
    late = as_jira_writes(day(5) + timedelta(seconds=1))
    made = issue(2, created=late, creator={"accountId": BOT})  # else the rule asks for a text for the text
    await ruled.tell(issue_event("jira:issue_created", made, at=day(5)))
    for _ in range(2):
        await gone_on(ruled)
    found = [(one["kind"], one["payload"]["issue_key"]) for one in ruled.effects[2:]]
    assert found == [("edit_issue", "BURN-2"), ("living_comment", "BURN-1")]
    assert "browse/BURN-2" in str(ruled.effects[-1]["payload"])
    told = [one for one in ruled.decisions if "+BURN-2@1" in one["event_key"]]
    assert [(one["issue_key"], one["outcome"]) for one in told] == [("BURN-1", "acted")]


async def test_in_shadow_nothing_is_created_and_nothing_follows(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    ruled.rule(RULE, mode="shadow")
    await ruled.tell(issue_event("jira:issue_created", issue(1), at=day(1)))
    (decision,) = ruled.decisions
    assert any("when it is there" in str(step) for step in decision["steps"])
    assert (ruled.effects, ruled.rows(tables.runs)) == ([], [])


def test_it_stands_in_no_other_branch() -> None:
    inner = {"type": "branch", "to": "created", "actions": [{"type": "stop"}]}
    outer = {"type": "branch", "to": "children", "actions": [inner]}
    with pytest.raises(RuleNotUnderstood, match="may not stand in another branch"):
        read({**RULE, "actions": [outer]})
    assert isinstance(read(RULE), Rule)


@pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
async def test_in_jira_the_new_issue_and_the_one_that_asked_for_it_are_both_edited(
    database: Database, deployment: str
) -> None:
    async with sandboxed(database, deployment=deployment) as jira:
        await carried_out(database, jira, kind=SYNC)
        actions = [{"type": "create_subtasks", "summaries": ["Design", "Build"]}, RULE["actions"][1]]
        key = await by_hand(database, jira, *actions)
        assert await all_carried_out(database, jira) == 2
        with database.write() as tx:
            every = claim(tx, tables.runs, worker="w", now=jira.context.now(), lease=LEASE, limit=9)
        assert ["which created" in work.row["requested_by"] for work in every] == [True, True]
        await jira.advance(minutes=1)
        jira.context.now.__self__.pass_by(minutes=2)  # type: ignore[attr-defined]
        await carried_out(database, jira, kind=SYNC, at=jira.context.now())
        for work in every:
            assert (await catalogue.carry_out(jira.context, work)).state == "done"
        assert await all_carried_out(database, jira) == 4
        for new in made_by(database):
            assert "text" in (await jira.site.jira.issue(new))["fields"]["labels"]
        said = str([one async for one in jira.site.jira.comments(key)])
        assert all(new in said for new in made_by(database))


async def test_what_a_paused_rule_wanted_is_gone_on_with_when_an_admin_lets_it(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    rule = ruled.rule(RULE)
    with database.write() as tx:
        tx.execute(tables.rules.update().values(paused_at=day(1), paused_reason="too much"))
    await ruled.tell(issue_event("jira:issue_created", issue(1), at=day(2)))
    assert ruled.effects == []
    with database.write() as tx:
        service.resume(tx, rule, service.Change("Dana", day(5), seen="*"), carry_out=True)
    await created(ruled, "BURN-2")
    (run,) = ruled.rows(tables.runs)
    assert run["parameters"]["event"]["kept"]["created"] == "BURN-2"


async def test_it_is_no_difference_to_a_replay_what_came_of_what_was_created(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    rule = ruled.rule(RULE)
    await ruled.tell(issue_event("jira:issue_created", issue(1, created=as_jira_writes(day(2))), at=day(2)))
    await created(ruled, "BURN-2")
    made = issue(2, created=as_jira_writes(day(3)), creator={"accountId": BOT})
    await ruled.tell(issue_event("jira:issue_created", made, at=day(3)))
    await gone_on(ruled)
    with database.read() as tx:
        span = {"since": day(1), "until": day(8), "now": day(9), "stored_id": rule}
        again = replay(tx, ruled.site, read(RULE), **span)
    assert len(ruled.decisions) == 3
    assert again.differences == ()
