"""A comment of its own for news: watchers hear of it once, and of everything else not at all."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.reports.news import NewComment
from app.domain.reports.target import SprintIssue, Target
from app.domain.sprint_health.habits import BoardHabits
from app.domain.sprint_health.signals import Thresholds
from app.store import outbox, tables
from app.store.database import Database
from jobs.context import BoardReports
from jobs.effects import carry_out
from tests.jobs.posted import done
from tests.jobs.support import OPENS, Sandboxed, carried_out, sandboxed
from tests.jobs.test_report_issues import claimed
from tests.stores import rows

PLAIN = Target("BURN-1")
EASY = Thresholds(*(Decimal(1),) * 2, Decimal(100), 999, 999, Decimal(1), 999, Decimal(0))
HARD = Thresholds(behind=Decimal(-1), far_behind=Decimal(-1))
"""Off track from the first minute."""


async def reported(
    database: Database,
    untold: Sandboxed,
    hours: int,
    thresholds: Thresholds,
    target: Target = PLAIN,
    *,
    writes: bool = True,
) -> Sandboxed:
    """A daily report; how strictly it is judged makes its verdict."""
    reports = BoardReports(
        target, frozenset({"sprint_health"}), habits=BoardHabits(thresholds=thresholds, most_per_person=99)
    )
    site = replace(untold.site, reports={1: reports})
    jira = replace(untold, site=site, context=replace(untold.context, sites={site.id: site}))
    await carried_out(database, jira, board=1, at=OPENS + timedelta(hours=hours), **target.wish())
    while writes and any(one["state"] == "waiting" for one in await done(database, jira)):
        pass
    return jira


async def ours(jira: Sandboxed, issue: str = "BURN-1") -> list[Any]:
    """Our comments, oldest first, by what their property says."""
    found = [one async for one in jira.site.jira.comments(issue) if one.get("properties")]
    return [one["properties"][0]["value"] for one in found]


def verdicts(database: Database) -> list[str]:
    with database.read() as tx:
        return [one["document"]["verdict"] for one in rows(tx, tables.reports)]


@pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
async def test_another_verdict_is_told_in_a_new_comment_and_the_old_one_keeps_its_chart(
    database: Database, deployment: str
) -> None:
    async with sandboxed(database, deployment=deployment) as jira:
        await reported(database, jira, 0, HARD)
        await reported(database, jira, 1, HARD)
        first = [one async for one in jira.site.jira.comments("BURN-1") if one.get("properties")]
        files = [one["filename"] for one in await jira.site.jira.attachments("BURN-1")]
        await reported(database, jira, 2, EASY)
        await reported(database, jira, 3, EASY)
        assert len(set(verdicts(database))) == 2, verdicts(database)
        marker = (await ours(jira))[0]["id"]
        assert await ours(jira) == [{"id": marker}, {"id": marker, "edition": 2}]
        every = [one async for one in jira.site.jira.comments("BURN-1") if one.get("properties")]
        assert every[0]["body"] == first[0]["body"], "what was told stays told"
        there = {one["filename"] for one in await jira.site.jira.attachments("BURN-1")}
        assert files, "it shows a chart"
        assert set(files) < there
        posted = [one for one in await jira.requests("/comment") if one["method"] == "POST"]
        assert len(posted) == 2


async def test_who_wants_no_new_comments_gets_none(database: Database) -> None:
    async with sandboxed(database) as jira:
        target = Target("BURN-1", new_comment=NewComment.NEVER)
        await reported(database, jira, 0, HARD, target)
        await reported(database, jira, 1, EASY, target)
        assert len(set(verdicts(database))) == 2
        assert len(await ours(jira)) == 1


async def test_on_the_issue_of_a_sprint_news_are_told_anew_too(database: Database) -> None:
    async with sandboxed(database) as jira:
        target = Target(sprint_issue=SprintIssue("BURN", "Task", "Reports on {sprint}"))
        for hours, thresholds in enumerate((HARD, EASY, EASY)):
            await reported(database, jira, hours, thresholds, target)
        with database.read() as tx:
            (known,) = rows(tx, tables.report_issues)
        assert [one.get("edition") for one in await ours(jira, known["issue_key"])] == [None, 2]


async def test_news_that_were_held_up_or_written_before_a_crash_are_told_once(database: Database) -> None:
    async with sandboxed(database) as untold:
        jira = await reported(database, untold, 0, HARD)
        await reported(database, untold, 1, EASY, writes=False)  # Jira is away
        work = await claimed(database)
        await carry_out(jira.context, work)  # it is written; then the power fails
        await reported(database, untold, 2, EASY, writes=False)
        again = await claimed(database, seconds=3600)
        assert (await carry_out(jira.context, again)).state == outbox.SKIPPED, "a newer one waits"
        with database.write() as tx:
            tx.execute(tables.effects.update().where(tables.effects.c.id == again.id).values(state="skipped"))
        await done(database, jira)
        assert [one.get("edition") for one in await ours(jira)] == [None, 2]
