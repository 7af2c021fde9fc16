"""What is owed to Jira is written once, whatever happens in between; against the sandbox Jira."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.domain.comments import LivingComment
from app.store import outbox, tables
from app.store.claim import Claimed, claim, settle
from app.store.database import Database
from connectors.errors import Refused, Unreachable
from jobs.context import JiraSite
from jobs.effects import carry_out
from jobs.handling import Finished
from tests.jobs.support import OPENS, Sandboxed, context_of, sandboxed, scripted
from tests.stores import LEASE, a_site, claimed_one, rows


def document(text: str) -> dict[str, Any]:
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": text}]}
    return {"type": "doc", "version": 1, "content": [paragraph]}


def owed(database: Database, site: JiraSite, text: str, *, key: str = "run:1:m") -> Claimed:
    """An effect, put and claimed."""
    effect = LivingComment("BURN-1", "sprint-health:1:7", document(text))
    with database.write() as tx:
        outbox.put(tx, site.id, effect, key=key, cause="test", correlation="run:1", now=OPENS)
        (work,) = claim(tx, tables.effects, worker="w", now=OPENS, lease=LEASE, limit=1)
    return work


def ended(database: Database, work: Claimed, finished: Finished) -> None:
    """What the worker does with it."""
    with database.write() as tx:
        assert settle(tx, work, state=finished.state, now=OPENS, **finished.values)
        assert finished.commit is not None
        finished.commit(tx)


async def comments(jira: Sandboxed) -> list[str]:
    found = [one async for one in jira.site.jira.comments("BURN-1")]
    return [json.dumps(one["body"]) for one in found if one.get("properties")]


async def test_a_living_comment_is_written_once_and_edited_ever_after(database: Database) -> None:
    async with sandboxed(database) as jira:
        for number, text in enumerate(("first report", "second report"), 1):
            work = owed(database, jira.site, text, key=f"run:{number}:m")
            ended(database, work, await carry_out(jira.context, work))
        assert ["second report" in one for one in await comments(jira)] == [True]
        posts = [one for one in await jira.requests("/comment") if one["method"] == "POST"]
        assert len(posts) == 1
    with database.read() as tx:
        assert len(rows(tx, tables.living_comments)) == 1
        outcomes = [row["outcome"]["comment_id"] for row in rows(tx, tables.effects)]
    assert len(set(outcomes)) == 1


async def test_after_a_crash_between_writing_and_remembering_the_comment_is_found_not_doubled(
    database: Database,
) -> None:
    async with sandboxed(database) as jira:
        work = owed(database, jira.site, "the report")
        await carry_out(jira.context, work)  # written in Jira; then the power fails
        with database.write() as tx:
            later = OPENS + LEASE
            (again,) = claim(tx, tables.effects, worker="w2", now=later, lease=LEASE, limit=1)
        ended(database, again, await carry_out(jira.context, again))
        assert len(await comments(jira)) == 1


async def test_a_comment_that_somebody_deleted_is_written_anew(database: Database) -> None:
    async with sandboxed(database) as jira:
        work = owed(database, jira.site, "first")
        finished = await carry_out(jira.context, work)
        ended(database, work, finished)
        gone = f"/rest/api/3/issue/BURN-1/comment/{finished.values['outcome']['comment_id']}"
        (await jira.operator.delete(gone)).raise_for_status()
        work = owed(database, jira.site, "second", key="run:2:m")
        ended(database, work, await carry_out(jira.context, work))
        assert len(await comments(jira)) == 1


async def test_an_answer_that_got_lost_is_trouble_that_passes(database: Database) -> None:
    async with sandboxed(database) as jira:
        work = owed(database, jira.site, "the report")
        fault = {"kind": "fail_next", "method": "POST", "path": "/comment", "status": 503}
        (await jira.operator.post("/_sandbox/faults", json=fault)).raise_for_status()
        with pytest.raises(Unreachable) as lost:
            await carry_out(jira.context, work)
        assert lost.value.maybe_executed
        ended(database, work, await carry_out(jira.context, work))
        assert len(await comments(jira)) == 1


async def test_an_account_that_may_not_edit_quietly_edits_all_the_same(database: Database) -> None:
    quiet: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.method == "PUT"
        quiet.append(request.url.params["notifyUsers"])
        if quiet[-1] == "false":
            return httpx.Response(403, json={"errorMessages": ["Only admins."]})
        return httpx.Response(200, json={"id": "500"})

    async with scripted(answer) as client:
        row = await database.call_write(a_site)
        site = JiraSite(row.id, row.name, client, (), {})
        work = owed(database, site, "the report")
        effect = outbox.effect_of(work.row)
        with database.write() as tx:
            outbox.remember_comment(tx, row.id, effect, "500", OPENS, effect_id=1)
        finished = await carry_out(context_of(database, site), work)
    assert quiet == ["false", "true"]
    assert finished.values["outcome"]["comment_id"] == "500"


async def test_a_refusal_says_what_jira_said(database: Database) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"startAt": 0, "total": 0, "comments": []})
        return httpx.Response(400, json={"errorMessages": ["Comment body is not valid!"]})

    async with scripted(answer) as client:
        row = await database.call_write(a_site)
        site = JiraSite(row.id, row.name, client, (), {})
        with pytest.raises(Refused, match="not valid"):
            await carry_out(context_of(database, site), owed(database, site, "x"))


async def test_effects_of_a_site_that_left_the_settings_are_given_up(database: Database) -> None:
    async with sandboxed(database) as jira:
        work = owed(database, jira.site, "x")
    finished = await carry_out(context_of(database), work)
    assert finished.state == outbox.DEAD
    assert "no longer in the settings" in (finished.reason or "")


def test_an_older_report_never_overwrites_a_newer_one(database: Database) -> None:
    """One issue's effects are claimed in the order in which they were owed, retries included."""
    with database.write() as tx:
        site = a_site(tx)
        for number in (1, 2):
            effect = LivingComment("BURN-1", "m", document(str(number)))
            outbox.put(tx, site.id, effect, key=f"run:{number}:m", cause="", correlation="run:1", now=OPENS)
        (first,) = claim(tx, tables.effects, worker="w", now=OPENS, lease=LEASE, limit=9)
        later = OPENS + timedelta(seconds=1)
        assert first.row["idempotency_key"] == "run:1:m"
        assert claim(tx, tables.effects, worker="w", now=later, lease=LEASE, limit=9) == []


WRITTEN = {"id": "7", "body": {}, "self": "https://burnish.test/7"}


async def test_a_marker_that_jira_did_not_keep_with_the_comment_is_set_afterwards(database: Database) -> None:
    asked = []

    def jira(request: httpx.Request) -> httpx.Response:
        asked.append((request.method, request.url.path))
        if request.method == "GET":
            return httpx.Response(200, json={"comments": [], "startAt": 0, "maxResults": 100, "total": 0})
        return httpx.Response(201 if request.method == "POST" else 200, json=WRITTEN)

    async with scripted(jira) as client:
        row = await database.call_write(a_site)
        site = JiraSite(row.id, row.name, client, (), {})
        finished = await carry_out(context_of(database, site), owed(database, site, "report"))
    assert finished.state == outbox.DONE
    assert [method for method, _ in asked] == ["GET", "POST", "PUT"]
    assert asked[-1][1] == "/rest/api/3/comment/7/properties/burnish.report"


@pytest.mark.parametrize("gone", [True, False])
async def test_a_refused_edit_writes_anew_only_where_the_comment_is_gone(
    database: Database, *, gone: bool
) -> None:
    posts = []

    def jira(request: httpx.Request) -> httpx.Response:
        if request.method == "PUT" and request.url.path.endswith("/comment/6"):
            return httpx.Response(400, json={"errorMessages": ["No."]})
        if request.url.path.endswith("/comment/6"):
            return httpx.Response(404 if gone else 200, json=WRITTEN)
        if request.method == "GET":
            return httpx.Response(200, json={"comments": [], "startAt": 0, "maxResults": 100, "total": 0})
        posts.append(request.method)
        return httpx.Response(201, json={**WRITTEN, "properties": [{"key": "burnish.report"}]})

    async with scripted(jira) as client:
        row = await database.call_write(a_site)
        site = JiraSite(row.id, row.name, client, (), {})
        work = owed(database, site, "report")
        with database.write() as tx:
            outbox.remember_comment(tx, row.id, outbox.effect_of(work.row), "6", OPENS, effect_id=1)
        if gone:
            assert (await carry_out(context_of(database, site), work)).state == outbox.DONE
        else:
            with pytest.raises(Refused):
                await carry_out(context_of(database, site), work)
    assert posts == (["POST"] if gone else [])


async def test_a_report_that_was_held_up_does_not_write_over_a_newer_one(database: Database) -> None:
    """An admin may retry what was given up days ago."""
    async with sandboxed(database) as jira:
        old = owed(database, jira.site, "yesterday", key="run:1:m")
        with database.write() as tx:
            assert settle(tx, old, state=outbox.DEAD, now=OPENS)
        new = owed(database, jira.site, "today", key="run:2:m")
        ended(database, new, await carry_out(jira.context, new))
        skipped = await carry_out(jira.context, old)
        assert (skipped.state, skipped.reason) == (
            outbox.SKIPPED,
            f"A newer one was written meanwhile (effect {new.id}).",
        )
        assert ["today" in one for one in await comments(jira)] == [True]


async def test_of_two_reports_that_wait_only_the_newer_one_is_written(database: Database) -> None:
    async with sandboxed(database) as jira:
        old = owed(database, jira.site, "yesterday", key="run:1:m")
        effect = LivingComment("BURN-1", "sprint-health:1:7", document("today"))
        with database.write() as tx:
            outbox.put(tx, jira.site.id, effect, key="run:2:m", cause="", correlation="run:2", now=OPENS)
        assert (await carry_out(jira.context, old)).state == outbox.SKIPPED
        assert await comments(jira) == []


async def test_a_report_of_another_sprint_on_the_same_issue_is_no_newer_one(database: Database) -> None:
    async with sandboxed(database) as jira:
        work = owed(database, jira.site, "sprint 7")
        other = LivingComment("BURN-1", "sprint-health:1:8", document("sprint 8"))
        with database.write() as tx:
            outbox.put(tx, jira.site.id, other, key="run:2:m", cause="", correlation="run:2", now=OPENS)
        assert (await carry_out(jira.context, work)).state == outbox.DONE


async def test_the_same_report_on_another_issue_is_another_comment(database: Database) -> None:
    async with sandboxed(database) as jira:
        first = owed(database, jira.site, "here", key="run:1:m")
        elsewhere = LivingComment("BURN-2", "sprint-health:1:7", document("there"))
        with database.write() as tx:
            outbox.put(tx, jira.site.id, elsewhere, key="run:2:m", cause="", correlation="run:2", now=OPENS)
            second = claimed_one(tx, tables.effects, OPENS)
        ended(database, second, await carry_out(jira.context, second))
        assert (await carry_out(jira.context, first)).state == outbox.DONE
