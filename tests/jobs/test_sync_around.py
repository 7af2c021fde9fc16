"""A sync reads what hangs on issues: links, files, logged work, people; and what is gone of it."""

from typing import Any

import pytest
from sqlalchemy import Table

from app.services.runs import RECONCILE
from app.store import jira_tables, tables
from app.store.database import Database
from app.store.jira_tables import attachments, issue_links, users, worklogs
from jobs.sync import run as sync
from tests.jobs.support import OPENS, Clock, Sandboxed, carried_out, sandboxed, silent
from tests.stores import rows

pytestmark = pytest.mark.anyio


async def read(jira: Sandboxed) -> None:
    assert (await sync.sync(jira.context, jira.site, report=silent)).failures == {}


async def does(jira: Sandboxed, method: str, path: str, **content: Any) -> Any:
    answer = (await jira.operator.request(method, path, **content)).raise_for_status()
    return answer.json() if answer.content else None


def here(database: Database, table: Table) -> list[dict[str, Any]]:
    """Those that are not gone."""
    with database.read() as tx:
        return [row for row in rows(tx, table) if row["deleted_at"] is None]


async def later(jira: Sandboxed, clock: Clock) -> None:
    await jira.advance(hours=1)
    clock.pass_by(hours=1)


async def test_links_files_and_work_come_with_their_issues_and_go_with_them(database: Database) -> None:
    clock = Clock(OPENS)
    async with sandboxed(database, clock=clock) as jira:
        two = {"inwardIssue": {"key": "BURN-1"}, "outwardIssue": {"key": "BURN-2"}}
        await does(jira, "POST", "/rest/api/3/issueLink", json={"type": {"name": "Blocks"}, **two})
        work = "/rest/api/3/issue/BURN-1/worklog"
        logged = await does(
            jira, "POST", work, json={"timeSpentSeconds": 3600, "started": "2026-11-18T09:00:00.000+0000"}
        )
        files = {"file": ("notes.txt", b"12345", "text/plain")}
        (file,) = await does(
            jira,
            "POST",
            "/rest/api/3/issue/BURN-2/attachments",
            files=files,
            headers={"X-Atlassian-Token": "no-check"},
        )
        await read(jira)
        with database.read() as tx:
            ids = {row["key"]: row["id"] for row in rows(tx, tables.issues)}
        ends = {(row["source_id"], row["target_id"]) for row in here(database, issue_links)}
        assert (ids["BURN-1"], ids["BURN-2"]) in ends
        found = {row["id"]: row for row in here(database, worklogs)}
        assert (found[logged["id"]]["issue_id"], found[logged["id"]]["seconds"]) == (ids["BURN-1"], 3600)
        kept = {row["id"]: row for row in here(database, attachments)}
        assert (kept[file["id"]]["filename"], kept[file["id"]]["bytes"]) == ("notes.txt", 5)

        await later(jira, clock)
        (link,) = [
            one["id"]
            for one in (await does(jira, "GET", "/rest/api/3/issue/BURN-1"))["fields"]["issuelinks"]
            if one.get("outwardIssue", {}).get("key") == "BURN-2"
        ]
        await does(jira, "DELETE", f"/rest/api/3/issueLink/{link}")
        await does(jira, "DELETE", f"{work}/{logged['id']}")
        await does(jira, "DELETE", f"/rest/api/3/attachment/{file['id']}")
        await read(jira)
        assert link not in {row["id"] for row in here(database, issue_links)}
        assert logged["id"] not in {row["id"] for row in here(database, worklogs)}
        assert file["id"] not in {row["id"] for row in here(database, attachments)}


async def test_everybody_who_did_something_is_known_by_name(database: Database) -> None:
    async with sandboxed(database) as jira:
        await read(jira)
        issue = await does(jira, "GET", "/rest/api/3/issue/BURN-1")
    known = {row["account_id"]: row["name"] for row in here(database, users)}
    reporter = issue["fields"]["reporter"]
    assert known[reporter["accountId"]] == reporter["displayName"]
    with database.read() as tx:
        authors = {row["author"] for row in rows(tx, tables.changes)} - {None}
        assigned = {row["assignee_id"] for row in rows(tx, tables.issues)} - {None}
    assert authors | assigned <= known.keys()


async def test_reading_again_changes_nothing_around_issues(database: Database) -> None:
    async with sandboxed(database) as jira:
        await read(jira)
        before = [here(database, table) for table in (issue_links, worklogs, attachments, users)]
        await database.call_write(lambda tx: tx.execute(tables.projects.update().values(read_until=None)))
        await read(jira)
        assert [here(database, table) for table in (issue_links, worklogs, attachments, users)] == before


@pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
async def test_the_first_sync_reads_all_lists(database: Database, deployment: str) -> None:
    async with sandboxed(database, deployment=deployment) as jira:
        await read(jira)
        client = jira.site.jira
        ranked = sorted(here(database, jira_tables.priorities), key=lambda row: row["position"])
        assert [row["name"] for row in ranked] == [one["name"] for one in await client.priorities()]
        assert names(database, jira_tables.resolutions) == {one["name"] for one in await client.resolutions()}
        assert names(database, jira_tables.issue_types) == {one["name"] for one in await client.issue_types()}
        assert names(database, jira_tables.link_types) == {one["name"] for one in await client.link_types()}


def names(database: Database, table: Table) -> set[str]:
    found = {row["name"] for row in here(database, table)}
    assert found
    return found


async def test_every_sweep_reads_the_lists_again(database: Database) -> None:
    async with sandboxed(database) as jira:
        await read(jira)
        new = {"name": "2.0", "project": "BURN", "projectId": 10001}
        version = await does(jira, "POST", "/rest/api/3/version", json=new)
        component = await does(
            jira, "POST", "/rest/api/3/component", json={"name": "Till", "project": "BURN"}
        )
        await carried_out(database, jira, kind=RECONCILE)
        assert version["id"] in {row["id"] for row in here(database, jira_tables.versions)}
        await does(jira, "DELETE", f"/rest/api/3/component/{component['id']}")
        assert "Till" in names(database, jira_tables.components)
        await jira.advance(hours=1)
        await carried_out(database, jira, kind=RECONCILE)
        assert "Till" not in {row["name"] for row in here(database, jira_tables.components)}


async def test_a_list_that_is_refused_is_named_and_the_rest_is_read(database: Database) -> None:
    async with sandboxed(database) as jira:
        fault = {"kind": "fail_next", "method": "*", "path": "/priority$", "status": 403}
        await does(jira, "POST", "/_sandbox/faults", json=fault)
        reading = await sync.sync(jira.context, jira.site, report=silent)
    assert list(reading.failures) == ["priorities"]
    assert here(database, jira_tables.priorities) == []
    assert here(database, jira_tables.resolutions)
    assert reading.counts["issues"] == len(here(database, tables.issues))


async def test_of_many_comments_and_worklogs_all_are_read(database: Database) -> None:
    async with sandboxed(database) as jira:
        work = "/rest/api/3/issue/BURN-1/worklog"
        for minute in range(25):
            said = {"timeSpentSeconds": 60, "started": f"2026-11-18T09:{minute:02d}:00.000+0000"}
            await does(jira, "POST", work, json=said)
        shown = (await does(jira, "GET", "/rest/api/3/issue/BURN-1"))["fields"]["worklog"]
        await read(jira)
    assert shown["total"] == 25
    with database.read() as tx:
        (issue,) = [row["id"] for row in rows(tx, tables.issues) if row["key"] == "BURN-1"]
    assert len([row for row in here(database, worklogs) if row["issue_id"] == issue]) == 25
