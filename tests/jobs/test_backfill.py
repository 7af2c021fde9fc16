"""The first reading of a project: in parts of its time, each of which goes on where it was."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.runs import SYNC
from app.store import runs, segments, sites, tables
from app.store.claim import claim
from app.store.database import Database
from app.store.segments import Segment
from connectors.errors import Unreachable
from jobs import catalogue
from jobs.handling import Handling, Queue
from jobs.sync import issues as issues_read
from jobs.sync import plan
from jobs.sync import run as sync
from tests.factories import day
from tests.jobs.support import OPENS, Clock, DiesAfter, Sandboxed, run_of, sandboxed, silent
from tests.stores import LEASE, rows

pytestmark = pytest.mark.anyio


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments and pages of a size that the sandbox can fill."""
    monkeypatch.setattr(plan, "SMALLEST", 10)
    monkeypatch.setattr(plan, "LARGEST", 25)
    monkeypatch.setattr(issues_read, "PAGE", 5)


def segments_of(database: Database) -> list[Segment]:
    with database.read() as tx:
        (found,) = segments.of_site(tx, sites.get_site(tx, "demo").id).values()
    return found


def stored(database: Database) -> list[dict[str, Any]]:
    with database.read() as tx:
        return rows(tx, tables.issues)


def read_until(database: Database) -> datetime | None:
    with database.read() as tx:
        (project,) = sites.projects_of(tx, sites.get_site(tx, "demo").id)
    return project.read_until


@pytest.mark.usefixtures("small")
async def test_segments_together_hold_every_issue_once(database: Database) -> None:
    async with sandboxed(database) as jira:
        await sync.sync(jira.context, jira.site, report=silent)
        everything = (await jira.state())["issues"]
    found = segments_of(database)
    assert len(found) >= 3
    assert (found[0].since, found[-1].until) == (None, None)
    assert [one.until for one in found[:-1]] == [one.since for one in found[1:]]
    assert sum(one.counted for one in found) == sum(one.read for one in found) == everything
    assert all(one.done for one in found)
    assert len(stored(database)) == everything


@pytest.mark.usefixtures("small")
async def test_what_is_killed_loses_at_most_a_page_of_each_segment_under_way(database: Database) -> None:
    def is_half_way() -> bool:  # pages of several segments come in any order
        return any(0 < one.read < one.counted for one in segments_of(database))

    async with sandboxed(database) as jira:
        with pytest.raises(ConnectionAbortedError):
            await sync.sync(jira.context, jira.site, report=DiesAfter(8, when=is_half_way))
        before = len(stored(database))
        assert read_until(database) is None, "a part of it is not the project"
        again = (await sync.sync(jira.context, jira.site, report=silent)).counts
        everything = (await jira.state())["issues"]
    assert len(stored(database)) == everything
    assert again["issues"] <= everything - before + plan.ABREAST * issues_read.PAGE
    assert all(one.done for one in segments_of(database))
    assert read_until(database) is not None


async def _tried_until_it_ends(database: Database, jira: Sandboxed, clock: Clock) -> list[datetime]:
    """A sync as the worker does it; returns when it was tried."""
    with database.write() as tx:
        asked = {"at": OPENS, "now": OPENS, "requested_by": "test"}
        number = runs.request(tx, jira.site.id, SYNC, {}, **asked)
    queue = Queue(tables.runs, at_once=1, failed_state=runs.FAILED, handle=catalogue.carry_out)
    tries: list[datetime] = []
    while (row := run_of(database, number))["state"] == "waiting":
        clock.at = max(clock.at, row["due_at"])
        tries.append(clock.at)
        with database.write() as tx:
            (work,) = claim(tx, tables.runs, worker="w", now=clock.at, lease=LEASE, limit=1)
        await Handling(jira.context, LEASE).one(queue, work, time.monotonic())
    return tries


def _break_off(jira: Sandboxed, clock: Clock, *, after: int | None = None) -> None:
    """Jira fails 40 minutes after it was asked, at each page after so many."""
    search, left = jira.site.jira.search_page, after

    async def stumbling(jql: str, **asked: Any) -> Any:
        nonlocal left
        if left == 0 or after is None:
            left = after
            clock.pass_by(minutes=40)
            asked_for = "search"
            raise Unreachable(asked_for, "time-out", maybe_executed=False)
        if left is not None:
            left -= 1
        return await search(jql, **asked)

    jira.site.jira.search_page = stumbling  # type: ignore[method-assign]


@pytest.mark.usefixtures("small")
async def test_a_first_reading_that_stumbles_for_hours_goes_on_as_long_as_it_comes_further(
    database: Database,
) -> None:
    clock = Clock(OPENS)
    async with sandboxed(database, clock=clock) as jira:
        _break_off(jira, clock, after=9)
        tries = await _tried_until_it_ends(database, jira, clock)
        everything = (await jira.state())["issues"]
    (run,) = _runs(database)
    assert run["state"] == runs.DONE, run["reason"]
    assert tries[-1] - tries[0] > runs.PATIENCE
    assert len(stored(database)) == everything


@pytest.mark.usefixtures("small")
async def test_a_sync_that_stands_still_for_an_hour_is_given_up(database: Database) -> None:
    """Reading a page once more is no step forward."""
    clock = Clock(OPENS)
    async with sandboxed(database, clock=clock) as jira:
        await sync.sync(jira.context, jira.site, report=silent)
        _break_off(jira, clock, after=1)  # the page of the catch-up, and never the one behind it
        await _stay_at_the_first_page(jira)
        tries = await _tried_until_it_ends(database, jira, clock)
    (run,) = _runs(database)
    assert run["state"] == runs.FAILED
    assert run["reason"].startswith("Still failing after")
    assert len(tries) <= 3


async def _stay_at_the_first_page(jira: Sandboxed) -> None:
    """Every page says that another follows."""
    search = jira.site.jira.search_page

    async def more(jql: str, **asked: Any) -> Any:
        return replace(await search(jql, **asked), next_page_token="more")

    jira.site.jira.search_page = more  # type: ignore[method-assign]


def _runs(database: Database) -> list[dict[str, Any]]:
    with database.read() as tx:
        return rows(tx, tables.runs)


@pytest.mark.usefixtures("small")
async def test_only_the_part_that_could_not_be_read_is_tried_again(database: Database) -> None:
    async with sandboxed(database) as jira:
        await _fail_pages_of_the_middle(jira)
        reading = await sync.sync(jira.context, jira.site, report=silent)
        (failure,) = reading.failures
        assert failure.startswith("project BURN, issues created")
        left = [one for one in segments_of(database) if not one.done]
        assert [one.failure is not None for one in left] == [True]
        assert read_until(database) is None
        again = await sync.sync(jira.context, jira.site, report=silent)
        everything = (await jira.state())["issues"]
    assert again.failures == {}
    assert again.counts["issues"] <= left[0].counted + issues_read.PAGE
    assert all(one.done and one.failure is None for one in segments_of(database))
    assert len(stored(database)) == everything


async def _fail_pages_of_the_middle(jira: Sandboxed) -> None:
    """One page of one segment is refused."""
    search = jira.site.jira.search_page
    refused = False

    async def refuse_one(jql: str, **asked: Any) -> Any:
        nonlocal refused
        if not refused and "created <" in jql and "created >=" in jql:
            refused = True
            fault = {"kind": "fail_next", "method": "*", "path": "/search", "status": 400}
            (await jira.operator.post("/_sandbox/faults", json=fault)).raise_for_status()
        return await search(jql, **asked)

    jira.site.jira.search_page = refuse_one  # type: ignore[method-assign]


@pytest.mark.usefixtures("small")
async def test_progress_tells_how_many_are_left_and_for_how_long(database: Database) -> None:
    clock = Clock(OPENS)
    told: list[Mapping[str, Any]] = []

    async def watch(progress: Mapping[str, Any]) -> None:
        told.append(progress)
        clock.pass_by(seconds=10)

    async with sandboxed(database, clock=clock) as jira:
        reading = await sync.sync(jira.context, jira.site, report=watch)
        everything = (await jira.state())["issues"]
    assert {one["expected"] for one in told} == {everything}
    assert [one["read"] for one in told] == sorted(one["read"] for one in told)
    assert told[-1]["read"] == everything
    assert told[-1]["seconds_left"] == 0
    middle = told[len(told) // 2]
    pace = middle["read"] / (10 * (len(told) // 2))
    assert middle["seconds_left"] == pytest.approx((everything - middle["read"]) / pace, rel=0.05, abs=1)
    assert "expected" not in reading.progress, "the end is told by the counts"


async def test_what_changed_during_a_long_first_reading_is_read_in_the_end(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issues_read, "PAGE", 50)
    clock = Clock(OPENS)
    async with sandboxed(database, clock=clock) as jira:
        edited = False

        async def meanwhile(_: Mapping[str, Any]) -> None:
            nonlocal edited
            if not edited:
                edited = True
                await jira.advance(hours=1)
                clock.pass_by(hours=1)
                change = {"fields": {"summary": "Changed while others were read"}}
                await jira.operator.put("/rest/api/3/issue/BURN-1", json=change)

        await sync.sync(jira.context, jira.site, report=meanwhile)
    (issue,) = [one for one in stored(database) if one["key"] == "BURN-1"]
    assert issue["summary"] == "Changed while others were read"


@given(
    st.lists(st.datetimes(day(0).replace(tzinfo=None), day(9).replace(tzinfo=None)), min_size=1, max_size=60),
    st.integers(1, 20),
    st.integers(-3, 3),
)
def test_spans_hold_every_instant_once_and_no_more_issues_than_is_wanted(
    created: list[datetime], largest: int, wrong: int
) -> None:
    """Whatever the counts say: those of Cloud are estimates."""
    instants = [one.replace(tzinfo=day(0).tzinfo) for one in created]

    async def count(since: datetime | None, until: datetime | None) -> int:
        assert since is not None
        assert until is not None
        return max(sum(since <= one < until for one in instants) + wrong, 0)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "SMALLEST", largest)
        patch.setattr(plan, "LARGEST", largest)
        spans = asyncio.run(plan.spans(count, len(instants), min(instants), day(10)))
    ends = [(since, until) for since, until, _ in spans]
    assert (ends[0][0], ends[-1][1]) == (None, None)
    assert [until for _, until in ends[:-1]] == [since for since, _ in ends[1:]]
    for since, until in ends:
        inside = [
            one for one in instants if (since is None or one >= since) and (until is None or one < until)
        ]
        minutes = {plan.whole_minute(one) for one in inside}
        assert wrong or len(inside) <= largest or len(minutes) <= 2, "only what one minute holds is not cut"


@pytest.mark.usefixtures("small")
async def test_who_was_frozen_meanwhile_does_not_take_a_segment_back(database: Database) -> None:
    async with sandboxed(database) as jira:
        await sync.sync(jira.context, jira.site, report=silent)
    whole = segments_of(database)
    with database.write() as tx:
        site = sites.get_site(tx, "demo")
        segments.save(tx, site, replace(whole[0], read=1, read_until=day(1), done=False))
        segments.fail(tx, site, whole[0], "frozen")
    assert segments_of(database) == whole
