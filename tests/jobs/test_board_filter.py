"""From Jira to the report: what counts is what Jira's board shows, whatever its filter says."""

import pytest

from app.domain.scrum.calendar import Calendar
from app.services.sprint_health import sprint_health
from app.store import sites
from app.store.database import Database
from jobs.sync import run as sync
from tests.jobs.support import OPENS, Sandboxed, sandboxed, silent

FILTERS = (
    "project = BURN ORDER BY Rank ASC",
    "statusCategory != Done AND project in (BURN)",
    "sprint in openSprints() AND assignee is not EMPTY ORDER BY updated",
    "created >= -30d AND updated >= -2d",
)


async def listed(jira: Sandboxed, path: str) -> set[str]:
    """Keys of a list of the agile API, without sub-tasks."""
    answer = await jira.operator.get(f"/rest/agile/1.0{path}", params={"maxResults": 1000})
    found = answer.json()["issues"]
    return {one["key"] for one in found if not one["fields"]["issuetype"]["subtask"]}


@pytest.mark.parametrize("jql", FILTERS)
async def test_the_issues_of_a_running_sprint_are_those_that_jira_shows_on_the_board(
    database: Database, jql: str
) -> None:
    async with sandboxed(database) as jira:
        await jira.operator.put("/_sandbox/board/1/filter", json={"jql": jql})
        await sync.sync(jira.context, jira.site, report=silent)
        (running,) = (await jira.state())["activeSprints"]
        every = await listed(jira, f"/sprint/{running}/issue")
        shown = every & await listed(jira, "/board/1/issue")
    assert (every == shown) is jql.startswith("project = BURN ORDER"), "the filter leaves some out"
    with database.read() as tx:
        site = sites.get_site(tx, "demo")
        health = sprint_health(
            tx, site, board_id=1, sprint_id=running, at=OPENS, calendar=Calendar(), show_restricted=True
        )
    rows = [row for row in health.issues if not row.is_subtask]
    assert {row.key for row in rows if row.in_sprint} == shown
    named = [set(note.keys) for note in health.notes if note.flaw.value == "outside board filter"]
    assert every - shown <= set().union(*named)
    assert not named or named[0].isdisjoint(row.key for row in rows)
