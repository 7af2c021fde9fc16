"""Reading a whole Jira, resumable and again; against the sandbox Jira."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection

from app.domain.reports.comment_pictures import words_of
from app.errors import NotPossible
from app.services.runs import SYNC
from app.store import issues, outbox, reports, runs, sites, tables
from app.store.database import Database
from connectors.errors import NotAuthenticated, Unreachable
from jobs import reporting
from jobs.context import JiraSite
from jobs.sync import catch_up, plan
from jobs.sync import issues as issues_read
from jobs.sync import run as sync
from tests.factories import day
from tests.jobs.support import (
    OPENS,
    Clock,
    DiesAfter,
    Sandboxed,
    carried_out,
    context_of,
    run_of,
    sandboxed,
    scripted,
    silent,
)
from tests.stores import a_site, rows

READ = (tables.issues, tables.changes, tables.sprints, tables.sprint_issues, tables.comments, tables.boards)


def all_that_was_read(tx: Connection) -> list[list[dict[str, Any]]]:
    return [rows(tx, table) for table in READ]


async def test_the_first_sync_stores_every_issue_with_its_whole_history(database: Database) -> None:
    async with sandboxed(database) as jira:
        counts = (await sync.sync(jira.context, jira.site, report=silent)).counts
        state = await jira.state()
        with database.read() as tx:
            stored = rows(tx, tables.issues)
            assert len(stored) == counts["issues"] == state["issues"]
            assert all(row["history_complete"] for row in stored)
            assert len({row["history_id"] for row in rows(tx, tables.changes)}) == state["histories"]
            assert len(rows(tx, tables.comments)) == state["comments"]
            texts = [*rows(tx, tables.comments), *rows(tx, tables.issue_texts)]
            assert all(row["has_words"] for row in texts), "searches need not look through them"
            assert len(rows(tx, tables.sprints)) == counts["sprints"] == state["sprints"]
            site = sites.get_site(tx, "demo")
            assert site.synced_at == OPENS
            assert site.fields.sprint is not None
            (project,) = sites.projects_of(tx, site.id)
            assert project.read_until == max(row["updated"] for row in stored)


async def test_a_sync_that_is_killed_goes_on_where_it_was_and_ends_the_same(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issues_read, "PAGE", 10)
    async with sandboxed(database) as jira:
        with pytest.raises(ConnectionAbortedError):
            await sync.sync(jira.context, jira.site, report=DiesAfter(3))
        with database.read() as tx:
            half = issues.count(tx, sites.get_site(tx, "demo"))
        resumed = (await sync.sync(jira.context, jira.site, report=silent)).counts
        state = await jira.state()
        assert 0 < half < state["issues"]
        assert resumed["issues"] < state["issues"], "what was read is not read again"
        with database.read() as tx:
            after_the_crash = all_that_was_read(tx)
        await database.call_write(lambda tx: tx.execute(tables.projects.update().values(read_until=None)))
        await sync.sync(jira.context, jira.site, report=silent)
        with database.read() as tx:
            assert all_that_was_read(tx) == after_the_crash
            assert len(after_the_crash[0]) == state["issues"]


async def test_a_later_sync_reads_only_what_changed(database: Database) -> None:
    clock = Clock(OPENS)
    async with sandboxed(database, clock=clock) as jira:
        everything = (await sync.sync(jira.context, jira.site, report=silent)).counts
        await jira.advance(days=1)
        clock.pass_by(days=1)
        changed = (await sync.sync(jira.context, jira.site, report=silent)).counts
        assert 0 < changed["issues"] < everything["issues"]
        with database.read() as tx:
            caught_up = all_that_was_read(tx)
            assert len(caught_up[0]) == (await jira.state())["issues"]
            assert max(row["updated"] for row in caught_up[0]) > OPENS
        again = (await sync.sync(jira.context, jira.site, report=silent)).counts
        assert again["issues"] < everything["issues"]
        with database.read() as tx:
            issues_of = [{**row, "heard_at": None} for row in all_that_was_read(tx)[0]]
            assert issues_of == [{**row, "heard_at": None} for row in caught_up[0]]


async def test_the_filter_of_each_board_is_read_with_its_columns(database: Database) -> None:
    jql = "project = BURN AND labels = web ORDER BY Rank"
    async with sandboxed(database) as jira:
        await jira.operator.put("/_sandbox/board/1/filter", json={"jql": jql})
        await sync.sync(jira.context, jira.site, report=silent)
        with database.read() as tx:
            assert {row["id"]: row["filter_jql"] for row in rows(tx, tables.boards)} == {
                1: jql,
                2: "project in (BURN) ORDER BY Rank ASC",
            }


async def test_filters_that_a_filter_names_stand_in_it_with_their_own_clauses(database: Database) -> None:
    """Boards are built on shared filters, and those may be built on others."""
    given = {2: "labels = web OR priority = High ORDER BY created", 1: "filter = 10011 AND project = BURN"}
    async with sandboxed(database) as jira:
        for board, jql in given.items():
            answer = await jira.operator.put(f"/_sandbox/board/{board}/filter", json={"jql": jql})
            assert answer.status_code == 200
        await sync.sync(jira.context, jira.site, report=silent)
        with database.read() as tx:
            found = {row["id"]: row["filter_jql"] for row in rows(tx, tables.boards)}
        await jira.operator.put("/_sandbox/board/2/filter", json={"shared": False})
        await sync.sync(jira.context, jira.site, report=silent)
        with database.read() as tx:
            hidden = {row["id"]: row["filter_jql"] for row in rows(tx, tables.boards)}
    assert found == {1: "(labels = web or priority = High) and project = BURN", 2: given[2]}
    assert hidden == {1: given[1], 2: None}, "what is not shared stays a name, which the report tells"


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_a_filter_that_is_not_shared_with_the_account_is_unknown_and_no_failure(
    database: Database, status: int
) -> None:
    async with sandboxed(database) as jira:
        fault = {"kind": "fail_next", "path": "/filter/", "status": status, "times": 9}
        await jira.operator.post("/_sandbox/faults", json=fault)
        reading = await sync.sync(jira.context, jira.site, report=silent)
        assert reading.failures == {}
        with database.read() as tx:
            boards = rows(tx, tables.boards)
            assert [row["filter_jql"] for row in boards] == [None, None]
            assert all(row["filter_id"] and row["columns"] for row in boards), "the rest is read"


async def test_a_project_that_the_account_cannot_see_is_named_with_the_way_out(database: Database) -> None:
    async with sandboxed(database, projects=("BURN", "GONE")) as jira:
        reading = await sync.sync(jira.context, jira.site, report=silent)
        assert list(reading.failures) == ["project GONE"]
        assert "Give the account 'Browse projects'" in reading.failures["project GONE"]
        assert reading.counts["issues"] == (await jira.state())["issues"], "the other one is read"
        alone = replace(jira.site, projects=("GONE",))
        with pytest.raises(NotPossible, match=r"Project GONE is not there.*Browse projects"):
            await sync.sync(jira.context, alone, report=silent)


async def test_without_projects_in_the_settings_all_are_read(database: Database) -> None:
    async with sandboxed(database, projects=()) as jira:
        counts = (await sync.sync(jira.context, jira.site, report=silent)).counts
        assert counts["issues"] == (await jira.state())["issues"]


def empty_jira(request: httpx.Request) -> httpx.Response:
    """A site with one project and nothing in it."""
    answers: dict[str, Any] = {
        "/rest/api/3/serverInfo": {"deploymentType": "Cloud"},
        "/rest/api/3/myself": {"accountId": "bot"},
        "/rest/api/3/field": [],
        "/rest/api/3/status": [],
        "/rest/api/3/project/search": {"isLast": True, "values": [{"id": "1", "key": "BURN", "name": "B"}]},
        "/rest/agile/1.0/board": {"isLast": True, "values": []},
        "/rest/api/3/search/jql": {"issues": [], "isLast": True},
        "/rest/api/3/search/approximate-count": {"count": 0},
        "/rest/api/3/priority": [],
        "/rest/api/3/resolution": [],
        "/rest/api/3/issuetype": [],
        "/rest/api/3/issueLinkType": {"issueLinkTypes": []},
        "/rest/api/3/project/1/versions": [],
        "/rest/api/3/project/1/components": [],
        "/rest/api/3/project/1/role": {},
        "/rest/api/3/group/bulk": {"values": [], "isLast": True},
    }
    return httpx.Response(200, json=answers[request.url.path])


async def test_an_empty_project_is_read_to_its_end(database: Database) -> None:
    async with scripted(empty_jira) as client:
        row = await database.call_write(a_site)
        site = JiraSite(row.id, row.name, client, ("BURN",), {})
        reading = await sync.sync(context_of(database, site, clock=Clock(OPENS)), site, report=silent)
    assert reading.progress == {"projects": 1, "boards": 0, "sprints": 0, "issues": 0}
    with database.read() as tx:
        (project,) = sites.projects_of(tx, row.id)
        assert project.read_until == OPENS
        assert sites.get_site(tx, "demo").synced_at == OPENS


async def test_credentials_that_jira_does_not_take_change_nothing(database: Database) -> None:
    async with scripted(lambda _: httpx.Response(401, json={})) as client:
        row = await database.call_write(a_site)
        site = JiraSite(row.id, row.name, client, (), {})
        with pytest.raises(NotAuthenticated):
            await sync.sync(context_of(database, site), site, report=silent)
    with database.read() as tx:
        assert sites.get_site(tx, "demo").synced_at is None


def test_instants_in_searches_are_epoch_milliseconds_with_an_overlap() -> None:
    """Text would be read in the time zone of the account's profile."""
    since = int((day(1) - timedelta(minutes=5)).timestamp() * 1000)
    assert catch_up.changed_since("BURN", day(1)) == f'project = "BURN" AND updated >= {since}'
    first, second = (int(day(number).timestamp() * 1000) for number in (1, 2))
    assert plan.created_between("BURN", None, None) == 'project = "BURN"'
    assert plan.created_between("BURN", day(1), day(2)) == (
        f'project = "BURN" AND created >= {first} AND created < {second}'
    )


async def test_a_sprint_run_keeps_a_report_and_owes_one_comment(database: Database) -> None:
    async with sandboxed(database) as jira:
        number = await carried_out(database, jira, board=1, sprint=None, post_to="BURN-1")
    with database.read() as tx:
        (report,) = rows(tx, tables.reports)
        (effect,) = outbox.of_run(tx, number)
    assert (report["run_id"], report["at"], report["board_id"]) == (number, OPENS, 1)
    comment = outbox.effect_of(effect)
    assert comment.issue_key == "BURN-1"
    assert comment.marker == f"sprint-health:1:{report['sprint_id']}"
    assert comment.body["type"] == "doc"


def told_before(database: Database, at: datetime) -> list[datetime]:
    with database.read() as tx:
        report = rows(tx, tables.reports)[0]
        about = {"board_id": 1, "sprint_id": report["sprint_id"]}
        told = reports.chances_before(tx, report["site_id"], "sprint_health", **about, at=at, last=9)
        for (_, of_commitment, of_all), kept in zip(told, rows(tx, tables.reports), strict=True):
            forecast = kept["document"]["forecast"]
            assert (of_commitment, of_all) == (
                forecast.get("chance_of_commitment"),
                forecast.get("chance_of_all"),
            )
    return [instant for instant, *_ in told]


async def test_a_second_report_tells_first_what_changed_since(database: Database) -> None:
    clock = Clock(OPENS)
    async with sandboxed(database, clock=clock) as jira:
        await carried_out(database, jira, board=1, sprint=None, post_to="BURN-1")
        clock.pass_by(hours=3)
        await jira.advance(hours=3)
        later = OPENS + timedelta(hours=3)
        number = await carried_out(database, jira, board=1, sprint=None, post_to="BURN-1", at=later)
    with database.read() as tx:
        (effect,) = outbox.of_run(tx, number)
    body = outbox.effect_of(effect).body
    assert isinstance(body, dict)
    assert told_before(database, OPENS + timedelta(hours=9)) == [OPENS, later]
    second = str(body["content"][1])
    assert "Since the last report (18 Nov, 10:30)" in second or "Nothing has changed since" in second


async def test_a_board_that_wants_no_picture_gets_the_report_in_words(database: Database) -> None:
    async with sandboxed(database) as jira:
        numbers = []
        for in_words in (frozenset({1}), frozenset[int]()):
            site = replace(jira.site, in_words=in_words)
            context = replace(jira.context, sites={site.id: site})
            one = replace(jira, site=site, context=context)
            numbers.append(await carried_out(database, one, board=1, sprint=None, post_to="BURN-1"))
    with database.read() as tx:
        (words,), (shown,) = (outbox.of_run(tx, number) for number in numbers)
    assert outbox.effect_of(words).pictures == ()
    assert len(outbox.effect_of(shown).pictures) == 1
    assert outbox.effect_of(words).body == words_of(outbox.effect_of(shown).body)


async def test_a_run_that_posts_nowhere_keeps_its_report_and_owes_nothing(database: Database) -> None:
    async with sandboxed(database) as jira:
        number = await carried_out(database, jira, board=1, sprint=None, post_to=None)
    with database.read() as tx:
        assert len(rows(tx, tables.reports)) == 1
        assert outbox.of_run(tx, number) == []


async def test_a_run_of_an_unknown_kind_fails_with_its_name(database: Database) -> None:
    async with sandboxed(database) as jira:
        await carried_out(database, jira, kind="tea")
    with database.read() as tx:
        (row,) = rows(tx, tables.runs)
    assert (row["state"], "'tea'" in row["reason"]) == (runs.FAILED, True)


# --- what cannot be read ----------------------------------------------------------------------------


async def failing(jira: Sandboxed, path: str, status: int) -> None:
    fault = {"kind": "fail_next", "method": "*", "path": path, "status": status}
    (await jira.operator.post("/_sandbox/faults", json=fault)).raise_for_status()


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_a_board_that_cannot_be_read_fails_the_sync_after_all_the_rest_was_read(
    database: Database, status: int
) -> None:
    async with sandboxed(database) as jira:
        await failing(jira, "/board/1/configuration", status)
        number = await carried_out(database, jira, kind=SYNC)
        everything = (await jira.state())["issues"]
    run = run_of(database, number)
    assert run["state"] == runs.FAILED
    assert "board 1" in run["reason"]
    assert "board 1" in run["progress"]["failures"]
    with database.read() as tx:
        assert len(rows(tx, tables.issues)) == everything
        assert sites.get_site(tx, "demo").synced_at == OPENS


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_issues_that_cannot_be_searched_fail_the_sync_with_the_project_named(
    database: Database, status: int
) -> None:
    async with sandboxed(database) as jira:
        await failing(jira, "/search/jql", status)
        number = await carried_out(database, jira, kind=SYNC)
    run = run_of(database, number)
    assert (run["state"], list(run["progress"]["failures"])) == (runs.FAILED, ["project BURN"])
    assert "project BURN" in run["reason"]
    with database.read() as tx:
        assert len(rows(tx, tables.sprints)) > 0


async def test_trouble_with_the_whole_site_still_ends_the_sync(database: Database) -> None:
    async with sandboxed(database) as jira:
        await failing(jira, "/search/jql", 503)
        with pytest.raises(Unreachable):
            await sync.sync(jira.context, jira.site, report=silent)


async def test_a_report_fails_when_its_own_board_cannot_be_read(database: Database) -> None:
    async with sandboxed(database) as jira:
        await failing(jira, "/board/1/configuration", 403)
        with pytest.raises(NotPossible, match="Board 1 cannot be read"):
            await carried_out(database, jira, board=1, sprint=None, post_to=None)


async def test_a_report_is_made_when_another_board_cannot_be_read(database: Database) -> None:
    async with sandboxed(database) as jira:
        await sync.sync(jira.context, jira.site, report=silent)
        reading = sync.Reading(OPENS, failures={"board 99": "hidden"})
        with pytest.MonkeyPatch.context() as patch:

            async def read(*_: Any, **__: Any) -> sync.Reading:
                return reading

            patch.setattr(reporting, "sync", read)
            number = await carried_out(database, jira, board=1, sprint=None, post_to=None)
    assert run_of(database, number)["state"] == runs.DONE
