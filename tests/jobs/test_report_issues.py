"""An issue for the reports of each sprint: created once, told on, and counted nowhere."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.domain.reports.target import SprintIssue, Target
from app.errors import NotPossible
from app.store import boards, outbox, report_issues, sites, sprint_issues, tables
from app.store.claim import claim
from app.store.database import Database
from connectors.errors import Unreachable
from jobs import effects
from jobs.context import BoardReports
from tests.jobs.posted import done, targeted
from tests.jobs.support import OPENS, Sandboxed, carried_out, sandboxed
from tests.stores import LEASE, rows
from tests.taker import taking

TARGET = Target(sprint_issue=SprintIssue("BURN", "Task", "Reports on {sprint} of {board}"))


async def settled(database: Database, jira: Sandboxed) -> list[dict[str, Any]]:
    """All effects, when none is owed any more."""
    while any(one["state"] == "waiting" for one in await done(database, jira)):
        pass
    with database.read() as tx:
        return rows(tx, tables.effects)


async def ours(jira: Sandboxed) -> list[Any]:
    """The issues that were created for reports."""
    jql = 'project = BURN AND summary ~ "Reports" ORDER BY key'
    found = jira.site.jira.search(jql, fields=("summary", "issuetype", "creator"))
    return [one async for one in found if one["fields"]["summary"].startswith("Reports on")]


async def comments(jira: Sandboxed, key: str) -> list[Any]:
    return [one["body"] async for one in jira.site.jira.comments(key)]


@pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
async def test_a_sprint_gets_one_issue_and_all_its_reports_stand_there(
    database: Database, deployment: str
) -> None:
    async with sandboxed(database, deployment=deployment) as untold:
        jira = targeted(untold, TARGET)
        for at in (OPENS, OPENS + timedelta(hours=1)):
            for kind in ("sprint_health", "sprint_start"):
                await carried_out(database, jira, kind=kind, board=1, at=at, **TARGET.wish())
            owed = await settled(database, jira)
        (issue,) = await ours(jira)
        assert issue["fields"]["summary"].startswith("Reports on BURN Sprint")
        assert issue["fields"]["summary"].endswith("of BURN board")
        assert {one["state"] for one in owed} == {"done"}
        assert {
            one["outcome"]["issue_key"] for one in owed if one["kind"] == "living_comment" and one["outcome"]
        } == {issue["key"]}
        assert len(await comments(jira, issue["key"])) == 2, "one of each kind, edited ever after"
        opened = [one["outcome"]["created"] for one in owed if one["kind"] == "open_report_issue"]
        assert opened == [True, False], "the second report was owed before the issue was there"
        with database.read() as tx:
            (known,) = rows(tx, tables.report_issues)
        assert (known["issue_key"], known["issue_id"]) == (issue["key"], issue["id"])


async def test_velocity_stands_with_the_sprint_that_was_closed_last(database: Database) -> None:
    async with sandboxed(database) as untold:
        jira = targeted(untold, TARGET)
        for kind in ("sprint_end", "velocity", "sprint_health"):
            await carried_out(database, jira, kind=kind, board=1, **TARGET.wish())
            await settled(database, jira)
        closed, running = await ours(jira)
        assert len(await comments(jira, closed["key"])) == 2
        assert len(await comments(jira, running["key"])) == 1


async def claimed(database: Database, seconds: int = 0) -> Any:
    with database.write() as tx:
        (work,) = claim(
            tx, tables.effects, worker="w", now=OPENS + timedelta(seconds=seconds), lease=LEASE, limit=9
        )
    return work


async def test_after_a_crash_or_a_lost_answer_the_issue_is_found_and_not_created_again(
    database: Database,
) -> None:
    async with sandboxed(database) as untold:
        jira = targeted(untold, TARGET)
        await carried_out(database, jira, board=1, **TARGET.wish())
        work = await claimed(database)
        fault = {"kind": "fail_next", "method": "POST", "path": "/issue", "status": 503}
        (await jira.operator.post("/_sandbox/faults", json=fault)).raise_for_status()
        with pytest.raises(Unreachable) as lost:
            await effects.carry_out(jira.context, work)
        assert lost.value.maybe_executed
        await effects.carry_out(jira.context, work)  # it is there; then the power fails
        again = await claimed(database, seconds=3600)
        with database.write() as tx:
            tx.execute(update(tables.effects).values(state="dead"))  # and somebody gives it up
        assert len(await ours(jira)) == 1
        await carried_out(database, jira, board=1, at=OPENS + timedelta(hours=2), **TARGET.wish())
        await settled(database, jira)
        (issue,) = await ours(jira)
        assert len(await comments(jira, issue["key"])) == 1
        skipped = await effects.carry_out(jira.context, again)  # an admin tries the old report again
        with database.write() as tx:
            assert skipped.commit is not None
            skipped.commit(tx)
            assert [one["state"] for one in rows(tx, tables.effects)].count("waiting") == 0
        assert len(await ours(jira)) == 1


async def test_a_message_links_to_the_issue_that_was_created_after_it_was_written(database: Database) -> None:
    with taking() as taker:
        async with sandboxed(database) as untold:
            jira = targeted(untold, TARGET)
            reports = {1: BoardReports(TARGET, frozenset({"sprint_health"}), ("team",))}
            site = replace(jira.site, reports=reports, channels={"team": f"json://{taker.host}/x"})
            jira = replace(
                jira,
                site=site,
                context=replace(jira.context, sites={site.id: site}, channel_hosts=(taker.host,)),
            )
            await carried_out(database, jira, board=1, **TARGET.wish())
            await settled(database, jira)
            (issue,) = await ours(jira)
    ((_, told),) = taker.taken
    assert f"/browse/{issue['key']}" in told["message"]
    assert told["message"].count("All of it") == 1


async def test_what_jira_refuses_is_said_and_the_next_report_tries_with_the_settings_of_then(
    database: Database,
) -> None:
    async with sandboxed(database) as untold:
        wrong = Target(sprint_issue=SprintIssue("BURN", "No such type", "{sprint}"))
        jira = targeted(untold, wrong)
        await carried_out(database, jira, board=1, **wrong.wish())
        work = await claimed(database)
        with pytest.raises(Exception, match="issue type"):
            await effects.carry_out(jira.context, work)
        with database.write() as tx:
            tx.execute(update(tables.effects).values(state=outbox.DEAD))
        jira = targeted(untold, TARGET)
        await carried_out(database, jira, board=1, **TARGET.wish())
        await settled(database, jira)
        assert len(await ours(jira)) == 1


async def test_the_issue_counts_in_no_number_wherever_people_put_it(database: Database) -> None:
    async with sandboxed(database) as untold:
        jira = targeted(untold, TARGET)
        await carried_out(database, jira, board=1, **TARGET.wish())
        await settled(database, jira)
        (issue,) = await ours(jira)
        with database.read() as tx:
            (known,) = rows(tx, tables.report_issues)
            before = rows(tx, tables.reports)[-1]["document"]
        await jira.site.jira.move_to_sprint(known["sprint_id"], [issue["key"]])
        await jira.advance(minutes=1)
        await carried_out(
            database, jira, board=1, post_to=None, sprint=known["sprint_id"], at=OPENS + timedelta(hours=1)
        )
        await carried_out(database, jira, kind="backlog_grooming", board=1)
        with database.read() as tx:
            site = sites.get_site(tx, "demo")
            inside = tx.scalars(
                select(tables.sprint_issues.c.issue_id).where(
                    tables.sprint_issues.c.sprint_id == known["sprint_id"]
                )
            )
            assert known["issue_id"] in set(inside), "Jira has it there"
            after, groomed = (one["document"] for one in rows(tx, tables.reports)[-2:])
            sprint = boards.get_sprint(tx, site, known["sprint_id"])
            read = sprint_issues.of_sprint(tx, site, boards.get_board(tx, site, 1), sprint)
            assert report_issues.known(tx, site.id, board_id=1, sprint_id=sprint.id) == issue["key"]
        assert issue["key"] not in {one.key for one in read}
        assert issue["key"] not in str(after)
        assert after["basis"]["issues_read"] == before["basis"]["issues_read"]
        assert issue["key"] not in str(groomed)


@pytest.mark.parametrize("first", ["velocity", "sprint_end"])
@pytest.mark.parametrize(
    # From To Do no step leads to Done, with which the board ends.
    ("close_as", "ends_as"),
    [(False, "To Do"), (True, "To Do"), ("won't DO", "Won't do")],
)
async def test_the_issue_of_a_sprint_is_closed_with_its_end_unless_that_is_not_wanted(
    database: Database, close_as: str | bool, ends_as: str, first: str
) -> None:
    """Also where the end is the first that is told on it, as where `reports` names nothing else."""
    target = Target(sprint_issue=SprintIssue("BURN", "Task", "Reports on {sprint} of {board}", close_as))
    async with sandboxed(database) as untold:
        jira = targeted(untold, target)
        for kind in dict.fromkeys((first, "sprint_end", "sprint_health")):  # the last of the sprint that runs
            await carried_out(database, jira, kind=kind, board=1, **target.wish())
            states = {one["kind"]: one["state"] for one in await settled(database, jira)}
        found = [await jira.site.jira.issue(one["key"], fields=("status",)) for one in await ours(jira)]
    assert [one["fields"]["status"]["name"] for one in found] == [ends_as, "To Do"]
    assert states.get("transition_issue") == (None if close_as is False else "done")


async def test_a_status_that_the_site_does_not_have_is_told_where_the_issue_is_to_be_closed(
    database: Database,
) -> None:
    target = Target(sprint_issue=SprintIssue("BURN", "Task", "Reports on {sprint} of {board}", "Gone"))
    async with sandboxed(database) as untold:
        jira = targeted(untold, target)
        await carried_out(database, jira, kind="velocity", board=1, **target.wish())
        await settled(database, jira)
        await carried_out(database, jira, kind="sprint_end", board=1, **target.wish())
        with pytest.raises(NotPossible, match="no status of the name that `close_as`"):
            await settled(database, jira)


@pytest.mark.parametrize(("begun", "ends_as"), [(True, "Done"), (False, "To Do")])
async def test_an_issue_is_closed_where_its_board_ends_if_a_step_leads_there(
    database: Database, begun: bool, ends_as: str
) -> None:
    """From In Progress a step leads to Done and one to Won't do; from To Do one to Won't do alone."""
    async with sandboxed(database) as untold:
        jira = targeted(untold, TARGET)
        await carried_out(database, jira, kind="velocity", board=1, **TARGET.wish())
        await settled(database, jira)
        (issue,) = await ours(jira)
        with database.read() as tx:
            site = sites.get_site(tx, "demo")
            (in_progress,) = sites.status_ids(tx, site, "In Progress")
            (done_id,) = sites.status_ids(tx, site, "Done")
        if begun:
            await jira.site.jira.transition_to(issue["key"], in_progress)
        await carried_out(database, jira, kind="sprint_end", board=1, **TARGET.wish())
        (closing,) = [one for one in await settled(database, jira) if one["kind"] == "transition_issue"]
        found = await jira.site.jira.issue(issue["key"], fields=("status",))
    assert found["fields"]["status"]["name"] == ends_as
    assert closing["state"] == "done"
    assert closing["outcome"]["status_id"] == (done_id if begun else None)
