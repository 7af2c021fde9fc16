"""What a sync makes of a Jira that hides, refuses, forgets and contradicts itself."""

from datetime import datetime

import httpx
import pytest

from app.errors import NotFound, NotPossible
from app.services import rules
from app.services.sync import status
from app.store import boards, partial_data, sites, tables
from app.store.database import Database
from jobs.context import JiraSite
from jobs.sync import reconcile
from jobs.sync import run as sync
from jobs.sync.reading import Reading
from tests.factories import DONE, POINTS_FIELD, day
from tests.jobs.small_jira import BOARD, SPRINT_FIELDS, Jira, Told, connected, read, whole
from tests.jobs.support import Clock, carried_out, context_of, scripted, silent
from tests.stores import a_site, rows


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


async def test_a_project_that_was_archived_unheard_is_no_failure_any_more_after_a_sweep(
    database: Database,
) -> None:
    issues = [whole(1), whole(2, project="OLD")]
    jira = Jira(projects={"BURN": "10000", "OLD": "2"}, issues=issues, fields=SHOWN)
    jira.issues[1]["fields"]["project"]["id"] = "2"
    jira.refusing["/rest/api/3/user/bulk"] = 403
    archived = {"id": "2", "key": "OLD", "name": "Old", "archived": True}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/rest/api/3/project/2":
            return httpx.Response(200, json=archived)
        if request.url.path == "/rest/api/3/project/OLD/role" and "OLD" not in jira.projects:
            return httpx.Response(404, json={"errorMessages": ["No project could be found."]})
        return jira.answer(request)

    async with scripted(answer) as client:
        row = await database.call_write(a_site)
        site = JiraSite(row.id, row.name, client, ("BURN", "OLD"), {})
        told = Told(site, context_of(database, site, clock=Clock(day(8))))
        assert (await read(told)).failures == {}
        jira.projects.pop("OLD")
        assert list((await read(told)).failures) == ["project OLD"]
        await reconcile.reconcile(told.context, site, report=silent, reading=Reading(day(8)))
        assign = {"type": "assign", "role": "Developers"}
        rule = {"name": "By hand", "trigger": {"type": "manual"}, "actions": [assign]}
        with database.write() as tx:
            change = rules.Change(author="Dana", now=day(8), seen="*")
            rules.set_mode(tx, rules.create(tx, site.name, rule, change).id, "live", change)
        assert (await read(told)).failures == {}
        with database.read() as tx:
            gone = {each["key"]: each["gone_reason"] for each in rows(tx, tables.issues)}
            assert (gone, partial_data.of_site(tx, row)) == ({"BURN-1": None, "OLD-2": "archived"}, [])
        jira.projects["OLD"] = "2"
        jira.issues.pop()  # nobody changed it, so no search for changes finds it
        assert (await read(told)).failures == {}
        with database.read() as tx:
            assert not sites.fate_of(tx, row.id, "2").archived, "what is listed can be worked in"
            assert [each["gone_reason"] for each in rows(tx, tables.issues)] == [None, None]


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


async def test_a_board_that_jira_no_longer_lists_is_gone_though_no_event_said_so(database: Database) -> None:
    """A report would go on by columns that nobody looks after. A list that is refused says nothing."""
    jira = Jira(issues=[whole(1)], server_time="2026-03-05T12:00:00.000+0000")
    async with connected(database, jira) as told:

        async def is_there() -> bool:
            await read(told)
            with database.read() as tx:
                (row,) = rows(tx, tables.boards)
            return row["deleted_at"] is None

        assert await is_there()
        jira.server_time = "2026-03-06T12:00:00.000+0000"
        jira.refusing["/rest/agile/1.0/board"] = 403
        assert await is_there()
        jira.refusing.clear()
        jira.refusing["/rest/agile/1.0/board/1/configuration"] = 403
        assert await is_there()
        jira.refusing.clear()
        jira.boards = []
        assert not await is_there()
        jira.server_time = "2026-03-07T12:00:00.000+0000"
        jira.boards = [BOARD]
        assert await is_there()


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


async def test_a_project_that_was_renamed_unheard_has_its_new_name_after_a_sync(database: Database) -> None:
    """Also where an event told of it before: the newer word wins, whoever says it."""
    jira = Jira(server_time="2026-03-07T12:00:00.000+0000")
    async with connected(database, jira) as told:
        await read(told)
        with database.write() as tx:
            tx.execute(tables.projects.update().values(name="Before", heard_at=day(1)))
        await read(told)
    with database.read() as tx:
        assert [row["name"] for row in rows(tx, tables.projects)] == ["BURN"]


# --- what could not be read is said by whatever is computed from the rest -----------------------------


def missing(database: Database) -> list[str]:
    """What the report of a run says of its data, from the store."""
    with database.read() as tx:
        (*_, report) = rows(tx, tables.reports)
    return [note["text"] for note in report["document"]["notes"] if note["flaw"] == "not all read"]


async def reported(database: Database, told: Told) -> list[str]:
    await carried_out(database, told, board=1, sprint=7, post_to=None, at=day(8))
    return missing(database)


SHOWN = [*SPRINT_FIELDS, {"id": POINTS_FIELD, "name": "Story Points", "custom": True}]


async def test_a_report_says_that_the_first_reading_has_not_ended_or_changes_could_not_be_read(
    database: Database,
) -> None:
    jira = Jira(issues=[whole(1)], fields=SHOWN)
    is_refusing = True

    def answer(request: httpx.Request) -> httpx.Response:
        if is_refusing and b"project = " in request.content and request.url.path.endswith("/search/jql"):
            return httpx.Response(400, json={"errorMessages": ["Jira is being indexed."]})
        return jira.answer(request)

    async with scripted(answer) as client:
        row = await database.call_write(a_site)
        site = JiraSite(row.id, row.name, client, ("BURN",), {})
        told = Told(site, context_of(database, site, clock=Clock(day(8))))
        (first,) = await reported(database, told)
        assert first == "The first reading of project BURN has not ended: issues are missing"
        is_refusing = False
        assert await reported(database, told) == []
        is_refusing = True
        (behind,) = await reported(database, told)
        assert "Jira is being indexed." in behind
        assert "What changed since 2026-" in behind
        is_refusing = False
        assert await reported(database, told) == []


async def test_a_report_says_that_jira_hides_its_project_by_now(database: Database) -> None:
    jira = Jira(issues=[whole(1)], fields=SHOWN)
    async with connected(database, jira, projects=()) as told:
        assert await reported(database, told) == []
        jira.projects = {"OTHER": "2"}
        (hidden,) = await reported(database, told)
        assert hidden.startswith("Jira does not show project BURN to the account any more.")
        jira.projects = {"BURN": "1"}
        assert await reported(database, told) == []
