"""Who is in a sprint is checked before a report speaks of it, and on which sprint it speaks."""

from datetime import datetime

import pytest

from app.store import runs, tables
from app.store.database import Database
from connectors.errors import NotAuthenticated
from jobs.members import check_members
from tests.factories import day
from tests.jobs.small_jira import SPRINT, Jira, Told, connected, read, whole
from tests.jobs.support import carried_out, run_of
from tests.stores import rows

# --- members of a sprint ----------------------------------------------------------------------------


async def members(told: Told) -> int:
    """Checks them; how many were read again."""
    read_again, unreadable = await check_members(told.context, told.site, 7)
    assert unreadable == {}
    return read_again


def deleted(database: Database) -> dict[str, datetime | None]:
    with database.read() as tx:
        return {row["key"]: row["deleted_at"] for row in rows(tx, tables.issues)}


async def test_a_member_that_is_gone_from_jira_becomes_a_tombstone(database: Database) -> None:
    jira = Jira(issues=[whole(1), whole(2)])
    async with connected(database, jira) as told:
        await read(told)
        jira.asked.clear()
        assert await members(told) == 0
        assert jira.asked == ["/rest/api/3/search/jql"], "nothing is read again that is not in doubt"
        del jira.issues[1]
        assert await members(told) == 1
    assert deleted(database) == {"BURN-1": None, "BURN-2": day(8)}


async def test_a_member_that_is_hidden_is_not_called_deleted(database: Database) -> None:
    """It bears a security level, or the account may not browse the project any more."""
    secret = {"security": {"id": "10", "name": "Board only"}}
    jira = Jira(issues=[whole(1, **secret), whole(2)])
    async with connected(database, jira) as told:
        await read(told)
        del jira.issues[0]
        await members(told)
        jira.issues.clear()
        jira.browsable = False
        await members(told)
    with database.read() as tx:
        assert [row["gone_reason"] for row in rows(tx, tables.issues)] == ["hidden", "hidden"]


async def test_an_account_that_is_locked_out_deletes_nothing(database: Database) -> None:
    """It sees nothing any more, and Jira says the same of that as of what is gone."""
    jira = Jira(issues=[whole(1)])
    async with connected(database, jira) as told:
        await read(told)
        jira.issues.clear()
        jira.refusing["/rest/api/3/myself"] = 401
        with pytest.raises(NotAuthenticated):
            await members(told)
    assert deleted(database) == {"BURN-1": None}


async def test_a_member_that_was_only_hidden_comes_back(database: Database) -> None:
    jira = Jira(issues=[whole(1)])
    async with connected(database, jira) as told:
        await read(told)
        hidden = jira.issues.pop()
        await members(told)
        assert deleted(database) == {"BURN-1": day(8)}
        jira.issues.append(hidden)
        assert await members(told) == 1
    assert deleted(database) == {"BURN-1": None}


async def test_a_member_that_left_unheard_is_read_again_and_leaves(database: Database) -> None:
    jira = Jira(issues=[whole(1)])
    async with connected(database, jira) as told:
        await read(told)
        jira.issues, jira.listed = [whole(1, sprints=None, updated=day(9))], []
        assert await members(told) == 1
    with database.read() as tx:
        assert rows(tx, tables.issues)[0]["updated"] == day(9)
    assert deleted(database) == {"BURN-1": None}


async def test_a_member_that_only_an_event_told_of_is_read_whole(database: Database) -> None:
    jira = Jira(issues=[whole(1)])
    async with connected(database, jira) as told:
        await read(told)
        await database.call_write(
            lambda tx: tx.execute(tables.issues.update().values(history_complete=False))
        )
        assert await members(told) == 1
    with database.read() as tx:
        assert rows(tx, tables.issues)[0]["history_complete"]


# --- which sprint, when -----------------------------------------------------------------------------


async def test_a_report_that_was_due_between_sprints_ends_well_and_says_so(database: Database) -> None:
    jira = Jira(sprints=[])
    async with connected(database, jira) as told:
        number = await carried_out(database, told, board=1, sprint=None, post_to="BURN-1", at=day(8))
    run = run_of(database, number)
    assert run["state"] == runs.DONE
    assert run["reason"].startswith("Nothing to report. No sprint ran on board 1")
    with database.read() as tx:
        assert rows(tx, tables.reports) == rows(tx, tables.effects) == []


async def test_a_report_that_is_late_is_on_the_sprint_of_its_instant(database: Database) -> None:
    closed = {**SPRINT, "state": "closed", "completeDate": "2026-03-13T17:00:00.000Z"}
    following = {
        **SPRINT,
        "id": 8,
        "startDate": "2026-03-16T09:00:00.000Z",
        "activatedDate": "2026-03-16T09:00:00.000Z",
        "endDate": "2026-03-27T17:00:00.000Z",
    }
    jira = Jira(sprints=[closed, following], issues=[whole(1, updated=day(7))])
    async with connected(database, jira, at=day(16)) as told:
        await carried_out(database, told, board=1, sprint=None, post_to=None, at=day(8))
    with database.read() as tx:
        assert [(row["sprint_id"], row["at"]) for row in rows(tx, tables.reports)] == [(7, day(8))]


async def test_a_board_that_shows_a_sprint_of_another_one_reports_on_it(database: Database) -> None:
    for origin in ({"originBoardId": 99}, {}):
        shown = {key: value for key, value in SPRINT.items() if key != "originBoardId"} | origin
        async with connected(database, Jira(sprints=[shown], issues=[whole(1)])) as told:
            number = await carried_out(database, told, board=1, sprint=None, post_to=None, at=day(8))
        assert run_of(database, number)["state"] == runs.DONE
        with database.write() as tx:
            assert rows(tx, tables.reports)[-1]["sprint_id"] == 7
            for table in (tables.board_sprints, tables.sprints):
                tx.execute(table.delete())
