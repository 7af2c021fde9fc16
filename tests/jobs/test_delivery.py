"""The report on what is delivered when, as a run: from a first sync to a comment in Jira."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.store import outbox, tables
from app.store.database import Database
from tests.jobs.posted import done
from tests.jobs.support import OPENS, SANDBOX, Sandboxed, carried_out, run_of, sandboxed
from tests.stores import rows

DELIVERING = replace(SANDBOX, closed_sprints=5, releases=True)


async def delivered(database: Database, jira: Sandboxed, **parameters: Any) -> int:
    return await carried_out(database, jira, kind="delivery", board=1, **parameters)


def scopes_of(document: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    (part,) = [one for one in document["parts"] if one["kind"] == kind]
    found: list[dict[str, Any]] = part["scopes"]
    return found


def texts(body: Any) -> Iterator[str]:
    """All that a document says."""
    if isinstance(body, dict):
        yield str(body.get("text", ""))
        body = list(body.values())
    if isinstance(body, list):
        for one in body:
            yield from texts(one)


@pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
async def test_a_run_reads_jira_and_posts_one_living_comment(database: Database, deployment: str) -> None:
    async with sandboxed(database, config=DELIVERING, deployment=deployment) as jira:
        for _ in range(2):  # written, then edited
            number = await delivered(database, jira, post_to="BURN-1")
            assert run_of(database, number)["state"] == "done"
            await done(database, jira)
        with database.read() as tx:
            (effect,) = outbox.of_run(tx, number)
            report = rows(tx, tables.reports)[-1]
        assert (effect["kind"], effect["state"]) == ("living_comment", "done")
        assert effect["payload"]["marker"] == "delivery:1"
        assert (report["kind"], report["sprint_id"]) == ("delivery", None)
        versions, epics = (scopes_of(report["document"], kind) for kind in ("version", "epic"))
        assert [one["name"] for one in versions] == ["Shop 1.4", "Shop 1.5", "Shop 1.6"]
        assert versions[0]["done_by"]["50"] >= OPENS.date().isoformat()
        assert sum(one["done"]["issues"] for one in versions) > 0
        assert 3 < len(epics) <= 10, "those that have issues"
        assert all(one["key"].startswith("BURN-") for one in epics)
        comments = [one async for one in jira.site.jira.comments("BURN-1") if one.get("properties")]
        (comment,) = comments
        said = comment["body"] if isinstance(comment["body"], str) else " ".join(texts(comment["body"]))
        assert "Delivery: BURN board" in said
        assert "Road map: versions" in said
        assert "Shop 1.5" in said
        assert await jira.site.jira.attachments("BURN-1") != [], "with a chart of each kind"


async def test_an_earlier_instant_is_told_as_it_was_known_then(database: Database) -> None:
    async with sandboxed(database, config=DELIVERING) as jira:
        await delivered(database, jira, scopes=["versions"])
        then = OPENS.replace(month=10)
        await delivered(database, jira, scopes=["versions"], at=then)
        with database.read() as tx:
            now, earlier = (row["document"] for row in rows(tx, tables.reports))
        assert [one["kind"] for one in now["parts"]] == ["version"]
        assert "Shop 1.3" in [one["name"] for one in scopes_of(earlier, "version")], "it was not released yet"
        assert "Shop 1.3" not in [one["name"] for one in scopes_of(now, "version")]


async def test_issues_that_carry_reports_are_not_delivered(database: Database) -> None:
    async with sandboxed(database, config=DELIVERING) as jira:
        await delivered(database, jira, scopes=["versions"])
        with database.read() as tx:
            keys = frozenset(row["key"] for row in rows(tx, tables.issues))
        site = replace(jira.site, report_issues=keys)
        named = replace(jira, site=site, context=replace(jira.context, sites={site.id: site}))
        await delivered(database, named, scopes=["versions"])
        with database.read() as tx:
            every, none = (scopes_of(row["document"], "version") for row in rows(tx, tables.reports))
        assert sum(one["done"]["issues"] for one in every) > 0
        assert sum(one["done"]["issues"] + one["to_do"]["issues"] for one in none) == 0


async def test_without_an_issue_it_is_kept_and_told_to_channels_alone(database: Database) -> None:
    async with sandboxed(database, config=DELIVERING) as jira:
        number = await delivered(database, jira, post_to=None, channels=["leads"])
        with database.read() as tx:
            (effect,) = outbox.of_run(tx, number)
            assert len(rows(tx, tables.reports)) == 1
        assert effect["kind"] == "announcement"
        assert "versions: " in effect["payload"]["body"], "its beginning"
        assert "Road map" not in effect["payload"]["body"]


async def test_a_run_tells_stakeholders_what_changed_since_the_last_one(database: Database) -> None:
    async with sandboxed(database, config=DELIVERING) as jira:
        await delivered(database, jira, scopes=["versions"], at=OPENS.replace(month=10))
        number = await delivered(database, jira, scopes=["versions"], post_to=None, channels=["leads"])
        with database.read() as tx:
            (effect,) = outbox.of_run(tx, number)
        body = effect["payload"]["body"]
        assert "Versions since the last report (" in body
        assert "Shop 1.3** is released" in body or "Shop 1.3 is released" in body


async def test_a_comment_for_some_shows_no_chart(database: Database) -> None:
    async with sandboxed(database, config=DELIVERING) as jira:
        await delivered(database, jira, post_to="BURN-1", visible_to={"role": "Developers"})
        await done(database, jira)
        (comment,) = [one async for one in jira.site.jira.comments("BURN-1") if one.get("properties")]
        assert comment["visibility"]["value"] == "Developers"
        assert await jira.site.jira.attachments("BURN-1") == []
