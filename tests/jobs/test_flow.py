"""A Kanban board of the sandbox, from the sync to the comment that a team lead reads."""

from dataclasses import replace
from typing import Any

import pytest

from app.connections import flow_reports
from app.domain.comments import Audience, flow_marker
from app.domain.reports.comment_pictures import prefix_of
from app.report_settings import FlowSettings
from app.store import boards, reports, sites, tables
from app.store.database import Database
from tests.jobs.posted import done
from tests.jobs.support import Sandboxed, carried_out, run_of, sandboxed
from tests.stores import rows

KANBAN = 2


def wanting(jira: Sandboxed, **settings: Any) -> Sandboxed:
    """With a report on the flow of the Kanban board."""
    one = FlowSettings(board=KANBAN, report_issue="BURN-1", **settings)
    site = replace(jira.site, flow={KANBAN: flow_reports(one)}, report_issues=frozenset({"BURN-1"}))
    return replace(jira, site=site, context=replace(jira.context, sites={site.id: site}))


async def posted(database: Database, jira: Sandboxed, **settings: Any) -> list[dict[str, Any]]:
    """Our comments on the issue, after another report."""
    asked = wanting(jira, **settings)
    number = await carried_out(database, asked, kind="flow", board=KANBAN, post_to="BURN-1")
    assert run_of(database, number)["state"] == "done"
    await done(database, asked)
    return [one async for one in jira.site.jira.comments("BURN-1") if one.get("properties")]


@pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
async def test_the_flow_of_a_kanban_board_lives_in_one_comment_of_its_issue(
    database: Database, deployment: str
) -> None:
    async with sandboxed(database, deployment=deployment) as jira:
        (comment,) = await posted(database, jira)
        assert "Flow: BURN support" in str(comment["body"])
        assert "in progress" in str(comment["body"])
        assert "visibility" not in comment
        (attached,) = [one["filename"] for one in await jira.site.jira.attachments("BURN-1")]
        assert attached.startswith(prefix_of(flow_marker(KANBAN)))
        assert "mediaSingle" in str(comment["body"]) or f"!{attached}|width=" in str(comment["body"])
        (edited,) = await posted(database, jira)
        assert edited["id"] == comment["id"]
        with database.read() as tx:
            kept = rows(tx, tables.reports)
            assert [(row["kind"], row["board_id"], row["sprint_id"]) for row in kept] == [
                ("flow", KANBAN, None)
            ] * 2
            document = reports.get(tx, kept[-1]["id"])["document"]
        assert document["board"]["kind"] == "kanban"
        assert document["wip"] == len(document["flow"]["in_progress"]) > 0


async def test_a_sync_reads_how_much_the_columns_of_the_board_are_to_hold(database: Database) -> None:
    async with sandboxed(database) as jira:
        await carried_out(database, jira, kind="sync")
        with database.read() as tx:
            site = sites.get_site(tx, "demo")
            kept = {number: boards.get_board(tx, site, number) for number in (1, KANBAN)}
        limits = {column.name: column.limits for column in kept[KANBAN].columns}
        assert limits["In Review"] is not None
        assert (limits["In Review"].most, limits["In Review"].with_subtasks) == (2, True)
        assert {column.limits for column in kept[1].columns} == {None}


async def test_it_is_in_words_where_the_settings_say_so(database: Database) -> None:
    async with sandboxed(database) as jira:
        (comment,) = await posted(database, jira, picture=False)
        assert "Cumulative flow:" in str(comment["body"])
        assert "burnish-picture" not in str(comment["body"])
        assert await jira.site.jira.attachments("BURN-1") == []


async def test_it_is_for_some_readers_alone_where_the_settings_say_so(database: Database) -> None:
    async with sandboxed(database) as jira:
        (comment,) = await posted(database, jira, visible_to={"role": "Developers"})
        assert comment["visibility"]["value"] == "Developers"
        assert wanting(jira, visible_to={"role": "Developers"}).site.flow_of(
            KANBAN
        ).target.audience == Audience("role", "Developers")


async def test_without_an_issue_it_is_computed_and_kept_and_nothing_is_posted(database: Database) -> None:
    async with sandboxed(database) as jira:
        number = await carried_out(database, jira, kind="flow", board=KANBAN, post_to=None)
        assert run_of(database, number)["state"] == "done"
        with database.read() as tx:
            assert len(rows(tx, tables.reports)) == 1
            assert rows(tx, tables.effects) == []


async def test_channels_are_told_its_beginning(database: Database) -> None:
    async with sandboxed(database) as jira:
        asked = wanting(jira, channels=["team"])
        await carried_out(database, asked, kind="flow", board=KANBAN, post_to="BURN-1")
        with database.read() as tx:
            owed = {row["kind"]: row["payload"] for row in rows(tx, tables.effects)}
        message = owed["announcement"]
        assert message["channel"] == "team"
        assert "in progress" in message["body"]
        assert "What can be promised" not in message["body"]
        assert "BURN-1" in message["body"]
