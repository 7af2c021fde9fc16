"""Rules create, start and complete sprints in Jira, on both editions; done again it changes nothing."""

from typing import Any

import pytest

from app.errors import NotPossible
from app.services.runs import SYNC
from app.store import tables
from app.store.database import Database
from tests.jobs.support import Sandboxed, carried_out, sandboxed
from tests.jobs.test_rule_tidying import once_more
from tests.jobs.test_rules_in_jira import all_carried_out, made_live
from tests.stores import rows

EDITIONS = pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
CREATE = {"type": "create_sprint", "board": 1, "name": "Next one", "goal": "Of {{ rule.name }}"}
COMPLETE = {"type": "complete_sprint", "board": 1, "open_issues": "Next one"}
START = {"type": "start_sprint", "board": 1, "sprint": "Next one", "days": 7}


async def asked(database: Database, jira: Sandboxed, *actions: dict[str, Any]) -> None:
    """Have a rule without an issue do this, by hand, with what a sync has read."""
    await carried_out(database, jira, kind=SYNC)
    with database.write() as tx:
        document = {
            "name": "By hand",
            "trigger": {"type": "manual", "once": True},
            "actions": list(actions),
        }
        rule = made_live(tx, jira, document)
    await carried_out(database, jira, kind="rule", rule=rule, issues=[])


async def sprints_of(jira: Sandboxed) -> dict[str, dict[str, Any]]:
    return {one["name"]: dict(one) async for one in jira.site.jira.sprints(1)}


async def keys_in(jira: Sandboxed, jql: str) -> set[str]:
    """Without sub-tasks, which are where their parents are."""
    found = jira.site.jira.search(jql, fields=("issuetype",))
    return {one["key"] async for one in found if not one["fields"]["issuetype"]["subtask"]}


def outcomes(database: Database) -> list[dict[str, Any]]:
    with database.read() as tx:
        found = sorted(rows(tx, tables.effects), key=lambda row: row["id"])
        return [{**row["outcome"], "state": row["state"]} for row in found]


@EDITIONS
async def test_a_sprint_is_created_then_the_running_one_completed_and_the_new_one_started(
    database: Database, deployment: str
) -> None:
    async with sandboxed(database, deployment=deployment) as jira:
        (before,) = [one for one in (await sprints_of(jira)).values() if one["state"] == "active"]
        inside = await keys_in(jira, f"sprint = {before['id']}")
        done = await keys_in(jira, f"sprint = {before['id']} AND statusCategory = Done")
        assert done
        assert inside > done
        await asked(database, jira, CREATE, COMPLETE, START)
        assert await all_carried_out(database, jira) == 3
        for _ in range(2):
            sprints = await sprints_of(jira)
            old, new = sprints[before["name"]], sprints["Next one"]
            assert (old["state"], new["state"], new["goal"]) == ("closed", "active", "Of By hand")
            assert new["startDate"].startswith("2026-11-18T10:30")
            assert new["endDate"].startswith("2026-11-25T10:30")
            assert await keys_in(jira, f"sprint = {new['id']}") == inside - done
            assert await keys_in(jira, f"sprint = {old['id']}") == inside, "it keeps all that was in it"
            await once_more(database, jira)
        created, completed, started = outcomes(database)
        assert created["note"] == "There was one of that name already."
        assert completed["open_issues"] == [], "nothing is left to move"
        assert started["note"] == "It runs already."


async def test_what_was_broken_off_between_closing_and_moving_is_brought_to_its_end(
    database: Database,
) -> None:
    async with sandboxed(database) as jira:
        (before,) = [one for one in (await sprints_of(jira)).values() if one["state"] == "active"]
        await asked(database, jira, CREATE, COMPLETE)
        left = await keys_in(jira, f"sprint = {before['id']} AND statusCategory != Done")
        elsewhere = min(left)
        await jira.site.jira.change_sprint(before["id"], state="closed")
        with database.write() as tx:
            begun = tables.effects.c.kind == "complete_sprint"
            tx.execute(tables.effects.update().where(begun).values(attempts=1))
        other = await jira.site.jira.create_sprint(1, "Another")
        await jira.site.jira.move_to_sprint(other["id"], [elsewhere])
        await all_carried_out(database, jira)
        new = (await sprints_of(jira))["Next one"]
        assert await keys_in(jira, f"sprint = {new['id']}") == left - {elsewhere}


async def test_what_somebody_did_first_is_left_alone_and_a_target_that_takes_nothing_stops_all(
    database: Database,
) -> None:
    async with sandboxed(database) as jira:
        names = await sprints_of(jira)
        (before,) = [one for one in names.values() if one["state"] == "active"]
        closed = next(one for one in names.values() if one["state"] == "closed")
        await asked(database, jira, {**COMPLETE, "open_issues": str(closed["id"])})
        with pytest.raises(NotPossible, match="was closed: no open issues can go there"):
            await all_carried_out(database, jira)
        assert (await sprints_of(jira))[before["name"]]["state"] == "active", "nothing was done"
        with database.write() as tx:
            owed = rows(tx, tables.effects)[0]["payload"]
            tx.execute(tables.effects.update().values(state="waiting", payload={**owed, "board_id": 2}))
        with pytest.raises(NotPossible, match="is none of board 2, but of board 1"):
            await all_carried_out(database, jira)
        assert (await sprints_of(jira))[before["name"]]["state"] == "active", "nor to a sprint of others"
        await jira.site.jira.change_sprint(before["id"], state="closed")
        with database.write() as tx:
            tx.execute(tables.effects.update().values(state="waiting", attempts=0, payload=owed))
        await all_carried_out(database, jira)
        assert [each.get("note") for each in outcomes(database)] == ["It was closed already."]
