"""What a sync makes of a Jira that hides, refuses, forgets and contradicts itself."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import pytest

from app.errors import NotFound, NotPossible
from app.services.sync import status
from app.store import boards, runs, sites, tables
from app.store.database import Database
from connectors.errors import NotAuthenticated
from jobs.context import Context, JiraSite
from jobs.members import check_members
from jobs.sync import run as sync
from tests.factories import DONE, POINTS_FIELD, SPRINT_FIELD, day
from tests.jobs.support import Clock, carried_out, context_of, run_of, scripted
from tests.payloads import issue
from tests.stores import a_site, rows


async def silent(_: Mapping[str, Any]) -> None:
    pass


# --- a Jira that answers as told ----------------------------------------------------------------------

AT = day(8)
BOARD = {"id": 1, "name": "Payments", "type": "scrum"}
CONFIGURATION = {
    **BOARD,
    "columnConfig": {"columns": [{"name": "Done", "statuses": [{"id": DONE}]}]},
    "estimation": {"field": {"fieldId": POINTS_FIELD, "displayName": "Story Points"}},
}
SPRINT = {
    "id": 7,
    "name": "Sprint 7",
    "state": "active",
    "startDate": "2026-03-02T09:00:00.000Z",
    "endDate": "2026-03-13T17:00:00.000Z",
    "activatedDate": "2026-03-02T09:00:00.000Z",
    "originBoardId": 1,
}
SPRINT_FIELDS = [
    {
        "id": SPRINT_FIELD,
        "name": "Sprint",
        "custom": True,
        "schema": {"type": "array", "custom": "com.pyxis.greenhopper.jira:gh-sprint"},
    }
]


LISTS = ("/priority", "/resolution", "/issuetype", "/versions", "/components")


@dataclass
class Jira:
    """A small Jira in memory; tests change what it holds and say what it refuses.

    Attributes:
        listed: ids of the issues that it lists for a sprint; None for all.
        refusing: statuses by path, instead of what there is.
    """

    issues: list[dict[str, Any]] = field(default_factory=list)
    projects: dict[str, str] = field(default_factory=lambda: {"BURN": "1"})
    sprints: list[dict[str, Any]] = field(default_factory=lambda: [SPRINT])
    listed: list[str] | None = None
    server_time: str | None = None
    fields: list[dict[str, Any]] = field(default_factory=lambda: SPRINT_FIELDS)
    refusing: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(path)
        if path in self.refusing:
            return httpx.Response(self.refusing[path], json={"errorMessages": ["No."]})
        if path.startswith("/rest/api/3/issue/"):
            return self._issue(path)
        found = self._found(path, request)
        assert found is not None, path
        return httpx.Response(200, content=json.dumps(found), headers={"content-type": "application/json"})

    def _found(self, path: str, request: httpx.Request) -> Any:
        projects = [{"id": number, "key": key, "name": key} for key, number in self.projects.items()]
        boards = [BOARD] if request.url.params.get("projectKeyOrId") == "BURN" else []
        return {
            "/rest/api/3/serverInfo": {"deploymentType": "Cloud", "serverTime": self.server_time},
            "/rest/api/3/myself": {"accountId": "bot"},
            "/rest/api/3/field": self.fields,
            "/rest/api/3/status": [],
            "/rest/api/3/project/search": {"isLast": True, "values": projects},
            "/rest/agile/1.0/board": {"isLast": True, "values": boards},
            "/rest/agile/1.0/board/1/configuration": CONFIGURATION,
            "/rest/agile/1.0/board/1/sprint": {"isLast": True, "values": self.sprints},
            "/rest/api/3/search/jql": self._search(request),
            "/rest/api/3/search/approximate-count": self._count(request),
            "/rest/api/3/issueLinkType": {"issueLinkTypes": []},
        }.get(path, [] if path.endswith(LISTS) else None)

    def _count(self, request: httpx.Request) -> Any:
        found = self._search(request)
        return None if found is None else {"count": len(found["issues"])}

    def _search(self, request: httpx.Request) -> Any:
        if not request.content or not request.url.path.startswith("/rest/api/3/search/"):
            return None
        jql = json.loads(request.content)["jql"]
        if jql.startswith("sprint ="):
            found = [each for each in self.issues if self.listed is None or each["id"] in self.listed]
        else:
            found = [each for each in self.issues if f'"{each["fields"]["project"]["key"]}"' in jql]
        return {"issues": found, "isLast": True}

    def _issue(self, path: str) -> httpx.Response:
        wanted = path.removeprefix("/rest/api/3/issue/")
        for each in self.issues:
            if each["id"] == wanted:
                return httpx.Response(200, json=each)
        return httpx.Response(404, json={"errorMessages": ["Issue does not exist."]})


def whole(number: int, **fields: Any) -> dict[str, Any]:
    """An issue with its history."""
    return {
        **issue(number, **fields),
        "changelog": {"startAt": 0, "maxResults": 0, "total": 0, "histories": []},
    }


@dataclass
class Told:
    """Burnish's side of it."""

    site: JiraSite
    context: Context


@asynccontextmanager
async def connected(
    database: Database, jira: Jira, *, projects: tuple[str, ...] = ("BURN",), at: datetime = AT
) -> AsyncIterator[Told]:
    async with scripted(jira.answer) as client:
        row = await database.call_write(a_site)
        site = JiraSite(row.id, row.name, client, projects, {})
        yield Told(site, context_of(database, site, clock=Clock(at)))


async def read(told: Told) -> sync.Reading:
    return await sync.sync(told.context, told.site, report=silent)


async def test_of_two_projects_one_that_cannot_be_read_does_not_hold_up_the_other(database: Database) -> None:
    jira = Jira(projects={"ALPHA": "2", "BURN": "1"}, issues=[whole(1)])
    refuse = jira.answer

    def answer(request: httpx.Request) -> httpx.Response:
        if request.content and b"ALPHA" in request.content:
            return httpx.Response(400, json={"errorMessages": ["The project is archived."]})
        return refuse(request)

    async with scripted(answer) as client:
        row = await database.call_write(a_site)
        site = JiraSite(row.id, row.name, client, (), {})
        reading = await sync.sync(context_of(database, site, clock=Clock(day(8))), site, report=silent)
    assert list(reading.failures) == ["project ALPHA"]
    assert "archived" in reading.failures["project ALPHA"]
    with database.read() as tx:
        assert [row["key"] for row in rows(tx, tables.issues)] == ["BURN-1"]


async def test_a_project_that_vanished_from_jira_is_not_asked_for_again(database: Database) -> None:
    jira = Jira(projects={"ALPHA": "2", "BURN": "1"}, issues=[whole(1)])
    async with connected(database, jira, projects=()) as told:
        await read(told)
        jira.projects = {"BURN": "1"}
        jira.asked.clear()
        reading = await read(told)
    assert reading.failures == {}
    assert jira.asked.count("/rest/api/3/search/jql") == 1


async def test_a_project_made_anew_under_the_same_key_is_read_once_and_from_its_beginning(
    database: Database,
) -> None:
    jira = Jira(issues=[whole(1)])
    async with connected(database, jira) as told:
        await read(told)
        jira.projects = {"BURN": "2"}
        jira.asked.clear()
        assert (await read(told)).counts["issues"] == 1
    assert jira.asked.count("/rest/api/3/search/jql") == 1


async def test_an_issue_that_cannot_be_read_is_named_and_its_neighbours_are_saved(database: Database) -> None:
    jira = Jira(issues=[whole(1), whole(2, created="yesterday"), whole(3, status=DONE)])
    jira.issues[2]["fields"]["status"] = None
    jira.issues.append(whole(4))
    async with connected(database, jira) as told:
        reading = await read(told)
    assert list(reading.failures) == ["issue BURN-2", "issue BURN-3"]
    with database.read() as tx:
        assert [row["key"] for row in rows(tx, tables.issues)] == ["BURN-1", "BURN-4"]


async def test_what_no_database_takes_is_stored_with_a_question_in_its_place(database: Database) -> None:
    jira = Jira(issues=[whole(1, summary="a\0b\ud800", **{POINTS_FIELD: "\0"})])
    async with connected(database, jira) as told:
        assert (await read(told)).failures == {}
    with database.read() as tx:
        (row,) = rows(tx, tables.issues)
    assert row["summary"] == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"


async def test_what_is_read_is_as_new_as_jiras_own_clock(database: Database) -> None:
    """A word of ours from a clock that goes ahead would silence events; from one behind, be silenced."""
    async with connected(database, Jira(server_time="2026-03-05T12:00:00.000+0100")) as told:
        await read(told)
    with database.read() as tx:
        heard = {row["heard_at"] for table in (tables.boards, tables.sprints) for row in rows(tx, table)}
    assert heard == {day(4, 11)}


async def test_a_board_deleted_by_an_event_comes_back_when_a_later_sync_lists_it(database: Database) -> None:
    jira = Jira(server_time="2026-03-05T12:00:00.000+0000")
    async with connected(database, jira) as told:
        await read(told)
        await database.call_write(lambda tx: boards.mark_board_deleted(tx, told.site.id, 1, day(5)))
        await read(told)
        with database.read() as tx, pytest.raises(NotFound):
            boards.get_board(tx, sites.get_site(tx, "demo"), 1)
        jira.server_time = "2026-03-07T12:00:00.000+0000"
        await read(told)
        with database.read() as tx:
            assert boards.get_board(tx, sites.get_site(tx, "demo"), 1).name == "Payments"


async def test_a_sprint_that_its_board_no_longer_lists_is_a_tombstone_after_a_sync(
    database: Database,
) -> None:
    jira = Jira(issues=[whole(1)])
    async with connected(database, jira) as told:
        await read(told)
        jira.sprints = []
        await read(told)
    with database.read() as tx:
        assert [row["deleted_at"] for row in rows(tx, tables.sprints)] == [day(8)]


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


# --- one odd thing is named, and the rest goes on -----------------------------------------------------


async def test_an_issue_whose_history_is_cut_is_kept_as_incomplete_and_named(database: Database) -> None:
    cut = whole(2)
    cut["changelog"] = {"histories": [], "total": 3, "startAt": 0, "maxResults": 100}
    jira = Jira(issues=[whole(1), cut, whole(3)])
    jira.refusing["/rest/api/3/changelog/bulkfetch"] = 404
    jira.refusing["/rest/api/3/issue/12/changelog"] = 404
    async with connected(database, jira) as told:
        reading = await read(told)
    assert list(reading.failures) == [f"issue {cut['key']}"]
    with database.read() as tx:
        complete = {row["id"]: row["history_complete"] for row in rows(tx, tables.issues)}
        (project,) = sites.projects_of(tx, sites.get_site(tx, "demo").id)
    assert complete == {"11": True, "12": False, "13": True}
    assert project.read_until is not None


async def test_an_issue_updated_in_the_future_does_not_blind_the_next_catch_up(database: Database) -> None:
    jira = Jira(issues=[whole(1, updated=datetime.fromisoformat("2031-01-01T00:00:00+00:00"))])
    jira.server_time = "2026-03-11T12:00:00.000+0000"
    async with connected(database, jira) as told:
        await read(told)
    with database.read() as tx:
        (project,) = sites.projects_of(tx, sites.get_site(tx, "demo").id)
    assert project.read_until == datetime.fromisoformat("2026-03-11T12:00:00+00:00")


async def test_boards_that_cannot_be_listed_hold_up_no_issue(database: Database) -> None:
    jira = Jira(issues=[whole(1)], refusing={"/rest/agile/1.0/board": 403})
    async with connected(database, jira) as told:
        reading = await read(told)
    assert list(reading.failures) == ["boards of BURN"]
    assert reading.counts["issues"] == 1


@pytest.mark.parametrize("status", [None, 404])
async def test_a_jira_of_the_other_edition_is_named_with_the_way_out(
    database: Database, status: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    jira = Jira(issues=[whole(1)])
    if status:
        jira.refusing["/rest/api/3/serverInfo"] = status
    else:
        monkeypatch.setattr(jira, "_found", lambda *_: {"deploymentType": "Server"})
    async with connected(database, jira) as told:
        with pytest.raises(NotPossible, match="personal_access_token"):
            await read(told)


async def test_fields_that_reports_need_and_jira_hides_are_named_until_they_are_shown(
    database: Database,
) -> None:
    jira = Jira(fields=[])
    async with connected(database, jira) as told:
        await read(told)
        with database.read() as tx:
            (project,) = status(tx, "demo")
        assert [reason.split(",")[0] for reason in project.missing] == [
            "Board 1 estimates by Story Points",
            "Jira shows no Sprint field",
        ]
        jira.fields = [*SPRINT_FIELDS, {"id": POINTS_FIELD, "name": "Story Points", "custom": True}]
        await read(told)
        with database.read() as tx:
            (project,) = status(tx, "demo")
    assert project.missing == []
