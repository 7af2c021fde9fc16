"""What changes in Jira without any issue being updated, and without a webhook: people, ranks, and names."""

from typing import Any

import pytest

from app.services import jql
from app.services.runs import RECONCILE
from app.store import jira_tables, runs, sites, tables
from app.store.database import Database
from jobs.sync import people
from jobs.sync import run as sync
from tests.jobs.support import OPENS, Sandboxed, carried_out, run_of, silent
from tests.jobs.test_reconcile import before, held, swept
from tests.stores import rows

pytestmark = pytest.mark.anyio
both = pytest.mark.parametrize("deployment", ["cloud", "datacenter"])


def person(database: Database, name: str) -> dict[str, Any]:
    with database.read() as tx:
        (found,) = [row for row in rows(tx, jira_tables.users) if row["name"] == name]
    return found


def assignee(database: Database) -> str:
    """Somebody who has work."""
    with database.read() as tx:
        return next(row["assignee"] for row in rows(tx, tables.issues) if row["assignee"])


async def becomes(world: Sandboxed, account: str, **other: Any) -> None:
    body = {"account": account, **other}
    (await world.operator.post("/_sandbox/silently/person", json=body)).raise_for_status()


async def a_night_later(database: Database, world: Sandboxed) -> dict[str, Any]:
    await world.advance(hours=24)
    return run_of(database, await carried_out(database, world, kind=RECONCILE))


@both
async def test_who_was_renamed_or_left_is_known_the_next_morning(database: Database, deployment: str) -> None:
    async with before(database, deployment) as world:
        name = assignee(database)
        known = person(database, name)
        assert known["active"]
        await becomes(world, known["account_id"], name="Former user", active=False)
        run = await a_night_later(database, world)
        assert run["state"] == runs.DONE, run["reason"]
        now = person(database, "Former user")
        assert (now["account_id"], now["active"]) == (known["account_id"], False)


@both
async def test_whom_jira_does_not_know_any_more_is_gone_and_keeps_the_name(
    database: Database, deployment: str
) -> None:
    async with before(database, deployment) as world:
        name = assignee(database)
        await becomes(world, person(database, name)["account_id"], deleted=True)
        await a_night_later(database, world)
        gone = person(database, name)
        assert gone["deleted_at"] is not None
        assert not gone["active"]


async def test_a_night_asks_for_so_many_and_the_next_one_for_others(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "A_NIGHT", 2)
    async with before(database) as world:
        with database.read() as tx:
            first = {row["account_id"]: row["heard_at"] for row in rows(tx, jira_tables.users)}
        nights = -(-len(first) // 2)
        for _ in range(nights):
            await a_night_later(database, world)
        with database.read() as tx:
            heard = {row["account_id"]: row["heard_at"] for row in rows(tx, jira_tables.users)}
        sent = (await world.operator.get("/_sandbox/requests")).json()["requests"]
        calls = [one["path"] for one in sent if "/user/bulk" in one["path"]]
        assert 0 < len(calls) <= nights
        assert max(path.count("accountId=") for path in calls) == 2
        assert all(heard[account] > at for account, at in first.items())


@both
async def test_an_account_that_may_not_browse_people_goes_on_without(
    database: Database, deployment: str
) -> None:
    async with before(database, deployment) as world:
        fault = {"kind": "fail_next", "method": "GET", "path": r"^/rest/api/\d/user", "status": 403}
        (await world.operator.post("/_sandbox/faults", json=fault)).raise_for_status()
        run = await a_night_later(database, world)
        assert run["state"] == runs.DONE, run["reason"]


@both
async def test_ranks_that_jira_gave_anew_are_those_of_the_store(database: Database, deployment: str) -> None:
    async with before(database, deployment) as world:
        was = held(database, "BURN-1")
        (await world.operator.post("/_sandbox/silently/rank")).raise_for_status()
        api = "3" if deployment == "cloud" else "2"
        issue = (await world.operator.get(f"/rest/api/{api}/issue/BURN-1")).json()
        (field,) = [name for name, value in issue["fields"].items() if value and value == _rank_of(issue)]
        assert issue["fields"][field] != was["rank"]
        await a_night_later(database, world)
        now = held(database, "BURN-1")
        assert now["rank"] == now["fields"][field] == issue["fields"][field]
        assert now["updated"] == was["updated"]
        with database.read() as tx:
            ranked = sorted(rows(tx, tables.issues), key=lambda row: row["rank"] or "")
        assert len({row["rank"] for row in ranked}) == len(ranked)


async def test_issues_bear_the_present_names_of_versions_and_components(database: Database) -> None:
    async with before(database) as world:
        api = "/rest/api/3"
        made = {"project": "BURN", "name": "Shop\x1f 1.6"}, {"project": "BURN", "name": "Web shop"}
        version = await _made(world, f"{api}/version", made[0])
        component = await _made(world, f"{api}/component", made[1])
        fields = {"fixVersions": [{"id": version}], "components": [{"id": component}]}
        for key in ("BURN-3", "BURN-4"):
            answer = await world.operator.put(f"{api}/issue/{key}", json={"fields": fields})
            answer.raise_for_status()
        await world.advance(hours=1)
        await sync.sync(world.context, world.site, report=silent)
        assert (await swept(database, world))[1] == {}
        for what, which in (("version", version), ("component", component)):
            renamed = {"name": f"Its {what}"}
            (await world.operator.put(f"{api}/{what}/{which}", json=renamed)).raise_for_status()

        _, found = await swept(database, world)

        assert found == {"BURN-3": ("renamed", True), "BURN-4": ("renamed", True)}
        with database.read() as tx:
            site = sites.get_site(tx, "demo")
            query = 'fixVersion = "its version" AND component = "its component" ORDER BY key'
            keys = jql.search(tx, site, query, now=OPENS, zone=jql.UTC_ZONE)
        assert keys == ["BURN-3", "BURN-4"]
        assert (await swept(database, world))[1] == {}


async def _made(world: Sandboxed, path: str, document: dict[str, Any]) -> str:
    return str((await world.operator.post(path, json=document)).raise_for_status().json()["id"])


def _rank_of(issue: dict[str, Any]) -> str:
    return next(
        value for value in issue["fields"].values() if isinstance(value, str) and value.startswith("0|")
    )
