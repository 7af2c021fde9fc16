"""A sweep finds what no webhook told, says why, and mends it; and it believes nobody who is not us."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest

from app.domain.scrum.issue import Gone
from app.errors import NotPossible
from app.services.runs import RECONCILE
from app.store import sweeps, tables
from app.store.database import Database
from connectors.errors import NotAuthenticated
from connectors.jira.auth import ApiToken, Credentials, PersonalAccessToken
from connectors.jira.client import connect
from connectors.jira.deployment import Deployment
from connectors.sandbox.main import create_sandbox
from jobs.context import JiraSite
from jobs.sync import reconcile, sweep
from jobs.sync import run as sync
from jobs.sync.reading import Reading
from tests.connectors.request_log import violations_of
from tests.jobs.support import ONCE, OPENS, SANDBOX, Clock, Sandboxed, carried_out, context_of, run_of, silent
from tests.stores import a_site, rows

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def before(
    database: Database, deployment: str = "cloud", *, issues: int = 60
) -> AsyncIterator[Sandboxed]:
    """Burnish, synced with a sandbox of either edition that tells it nothing by webhooks."""
    config = replace(SANDBOX, deployment=deployment, backlog=issues)
    app = create_sandbox(config)
    transport = httpx.ASGITransport(app=app)
    cloud = deployment == "cloud"
    auth: Credentials = ApiToken(config.email, config.token) if cloud else PersonalAccessToken(config.token)
    basic = (config.email, config.token) if cloud else (config.user_name, config.password)
    edition = Deployment.CLOUD if cloud else Deployment.DATA_CENTER
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost", auth=basic) as operator,
        connect("http://localhost", auth, transport=transport, retry=ONCE, deployment=edition) as jira,
    ):
        row = await database.call_write(a_site)
        site = JiraSite(row.id, row.name, jira, ("BURN",), {})
        world = Sandboxed(site, context_of(database, site, clock=Clock(OPENS)), operator)
        await world.advance(hours=1)
        await sync.sync(world.context, site, report=silent)
        yield world
        violations = await violations_of(operator, deployment)
        assert not violations, "\n".join(violations)


def seeing(database: Database, world: Sandboxed, site: JiraSite) -> Sandboxed:
    return Sandboxed(site, context_of(database, site, clock=Clock(OPENS)), world.operator)


async def silently(world: Sandboxed, deed: str, *keys: str, project: str = "") -> None:
    body = {"issues": list(keys), "project": project}
    (await world.operator.post(f"/_sandbox/silently/{deed}", json=body)).raise_for_status()


async def swept(database: Database, world: Sandboxed) -> tuple[Any, dict[str, tuple[str, bool]]]:
    """A run of a reconcile; the run, and by key what it found and whether that is mended."""
    number = await carried_out(database, world, kind=RECONCILE)
    with database.read() as tx:
        (report,) = sweeps.reports(tx, site=None, project_key="BURN", before=None, limit=1)
        found = sweeps.differences(tx, report["id"], limit=1000)
    assert len({one.issue_id for one in found}) == len(found)
    return run_of(database, number), {one.issue_key: (one.kind.value, one.mended) for one in found}


def gone(database: Database) -> dict[str, str]:
    with database.read() as tx:
        return {
            row["key"]: row["gone_reason"] for row in rows(tx, tables.issues) if row["deleted_at"] is not None
        }


def held(database: Database, key: str) -> dict[str, Any]:
    with database.read() as tx:
        (row,) = [row for row in rows(tx, tables.issues) if row["key"] == key]
    return row


async def keys_of(world: Sandboxed, jql: str) -> list[str]:
    cloud = await world.site.jira.deployment() is Deployment.CLOUD
    path = "/rest/api/3/search/jql" if cloud else "/rest/api/2/search"
    asked = {"jql": jql, "fields": ["key"], "maxResults": 1000}
    answer = (await world.operator.post(path, json=asked)).raise_for_status().json()
    return [issue["key"] for issue in answer["issues"]]


async def plain_stories(world: Sandboxed) -> list[str]:
    """Issues that nothing hangs on: what is done to one of them touches no other."""
    found = await keys_of(world, "project = BURN AND type = Story AND sprint is EMPTY ORDER BY key")
    documents = await world.site.jira.issues(found, fields=("subtasks", "issuelinks"))
    busy = {one["key"] for one in documents if one["fields"]["subtasks"] or one["fields"]["issuelinks"]}
    return [key for key in found if key not in busy]


@pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
async def test_what_vanishedsilently_is_found_with_its_reason(database: Database, deployment: str) -> None:
    async with before(database, deployment) as world:
        stories = await plain_stories(world)
        deleted, moved, archived, hidden, edited = stories[:5]
        await silently(world, "secure", hidden)
        await sync.sync(world.context, world.site, report=silent)
        for deed, key in (("delete", deleted), ("archive", archived), ("hide", hidden)):
            await silently(world, deed, key)
        await silently(world, "move", moved, project="NEW")

        run, found = await swept(database, world)

        assert run["state"] == "done", run["reason"]
        assert found == {
            deleted: ("deleted", True),
            moved: ("moved_out", True),
            archived: ("archived", True),
            hidden: ("hidden", True),
        }
        assert gone(database) == {
            deleted: "deleted",
            "NEW-1": "moved_out",
            archived: "archived",
            hidden: "hidden",
        }
        assert held(database, edited)["deleted_at"] is None
        run, found = await swept(database, world)
        assert (run["state"], found) == ("done", {})


REASONS = {"delete": "deleted", "archive": "archived", "hide": "hidden", "move": "moved_out"}


async def test_one_in_a_hundred_of_each_is_found_page_by_page(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "LISTED_AT_ONCE", 7)
    async with before(database, issues=200) as world:
        stories = await plain_stories(world)
        some = {deed: stories[at :: len(stories) // 3][:3] for at, deed in enumerate(REASONS)}
        await silently(world, "secure", *some["hide"])
        await sync.sync(world.context, world.site, report=silent)
        for deed, keys in some.items():
            await silently(world, deed, *keys, project="NEW" if deed == "move" else "")
        _, found = await swept(database, world)
        assert found == {key: (REASONS[deed], True) for deed, keys in some.items() for key in keys}
        assert len(found) == 12
        staying = {key: REASONS[deed] for deed, keys in some.items() for key in keys if deed != "move"}
        assert gone(database) == staying | dict.fromkeys(("NEW-1", "NEW-2", "NEW-3"), "moved_out")
        with database.read() as tx:
            (report,) = sweeps.reports(tx, site="demo", project_key=None, before=None, limit=9)
        assert report["counted"] == report["listed"] == report["stored"]
        assert (await swept(database, world))[1] == {}


async def test_what_the_store_lacks_or_has_older_is_read_whole(database: Database) -> None:
    async with before(database) as world:
        edited, lost, back, cut = (await plain_stories(world))[:4]
        fields = {"fields": {"summary": "Nobody told of this"}}
        await world.operator.put(f"/rest/api/3/issue/{edited}", json=fields)
        with database.write() as tx:
            # As if a catch-up had gone past them.
            tx.execute(tables.projects.update().values(read_until=OPENS.replace(year=2027)))
            tx.execute(tables.issues.delete().where(tables.issues.c.key == lost))
            buried = {"deleted_at": OPENS, "gone_reason": Gone.HIDDEN.value}
            tx.execute(tables.issues.update().where(tables.issues.c.key == back).values(**buried))
            unread = tables.issues.update().values(history_complete=False)
            tx.execute(unread.where(tables.issues.c.key == cut))
        _, found = await swept(database, world)
        assert found == {
            edited: ("stale", True),
            lost: ("unknown", True),
            back: ("returned", True),
            cut: ("history_cut", True),
        }
        assert held(database, edited)["summary"] == "Nobody told of this"
        assert held(database, lost)["history_complete"]
        assert held(database, cut)["history_complete"]
        assert gone(database) == {}
        assert (await swept(database, world))[1] == {}


async def test_an_issue_that_moved_to_a_project_that_is_kept_is_read_again(database: Database) -> None:
    async with before(database) as world:
        key = (await plain_stories(world))[0]
        await silently(world, "move", key, project="NEW")
        both = seeing(database, world, replace(world.site, projects=("BURN", "NEW")))
        _, found = await swept(database, both)
        assert found == {key: ("moved", True)}
        assert held(database, "NEW-1")["deleted_at"] is None
        with database.read() as tx:
            assert [row["key"] for row in rows(tx, tables.jira_tables.old_keys)] == [key]


async def test_children_of_a_deleted_epic_lose_their_parent(database: Database) -> None:
    async with before(database) as world:
        epic = (await keys_of(world, "project = BURN AND type = Epic ORDER BY key"))[0]
        children = await keys_of(world, f"parent = {epic} ORDER BY key")
        assert children
        await silently(world, "delete", epic)
        _, found = await swept(database, world)
        assert found == {epic: ("deleted", True)} | dict.fromkeys(children, ("orphaned", True))
        assert {held(database, child)["parent_id"] for child in children} == {None}
        assert (await swept(database, world))[1] == {}


@pytest.mark.parametrize("when", ["from the start", "in the middle"])
async def test_a_revoked_token_makes_nothing_gone(
    database: Database, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with before(database) as world:
        await silently(world, "delete", (await plain_stories(world))[0])
        fault = {"kind": "expired_token", "path": "/rest/"}
        if when == "in the middle":
            ask = sweep.absent.ask

            async def revoked_after(*args: Any) -> Any:
                answers = await ask(*args)
                await world.operator.post("/_sandbox/faults", json=fault)
                return answers

            monkeypatch.setattr(sweep.absent, "ask", revoked_after)
        else:
            await world.operator.post("/_sandbox/faults", json=fault)
        with pytest.raises(NotAuthenticated):  # which pauses the site, and the run goes on when it is mended
            await carried_out(database, world, kind=RECONCILE)
        assert gone(database) == {}


async def test_nobody_and_somebody_else_make_nothing_gone(database: Database) -> None:
    async with before(database) as world:
        with database.write() as tx:
            tx.execute(tables.sites.update().values(account_id="somebody-else"))
        with pytest.raises(NotPossible, match=r"somebody-else.*Nothing was held for gone"):
            await reconcile.reconcile(world.context, world.site, report=silent, reading=Reading(OPENS))
        config = replace(SANDBOX, anonymous=True)
        transport = httpx.ASGITransport(app=create_sandbox(config))
        async with connect(
            "http://localhost", Credentials(), transport=transport, retry=ONCE, deployment=Deployment.CLOUD
        ) as jira:
            nobody = replace(world.site, jira=jira)
            with pytest.raises(NotAuthenticated):
                await reconcile.reconcile(world.context, nobody, report=silent, reading=Reading(OPENS))
        assert gone(database) == {}
