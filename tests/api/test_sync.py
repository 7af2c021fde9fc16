"""How far each project was read, and what differed from Jira, over HTTP."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from app.domain.scrum.issue import Gone
from app.store import partial_data, segments, sites, sweeps
from app.store.segments import Segment
from app.store.sites import Site
from app.store.sweeps import Difference, Drift
from jobs.told import APPLIED
from tests.api.support import Service, is_problem
from tests.conftest import NOW
from tests.factories import day
from tests.jobs.telling import tell
from tests.payloads import issue, issue_event, item

pytestmark = pytest.mark.anyio

SYNC, SWEEPS = "/api/v1/sync", "/api/v1/sync/sweeps"
DOCUMENT = {"id": "10000", "key": "BURN", "name": "Burnish"}


def a_project(tx: Connection, *read: tuple[int, int, str | None]) -> Site:
    """BURN with segments: counted, read, and why one could not be."""
    site = sites.get_site(tx, "demo")
    sites.save_project(tx, site.id, DOCUMENT)
    parts = []
    for number, (counted, done, failure) in enumerate(read):
        since, until = NOW - timedelta(days=9 - number), NOW - timedelta(days=8 - number)
        part = Segment("10000", number, since, until, counted, NOW, read=done, failure=failure)
        parts.append(part)
    if parts:
        segments.begin_anew(tx, site, "10000", parts)
    return site


def a_sweep(tx: Connection, *found: Difference, **values: Any) -> int:
    site = sites.get_site(tx, "demo")
    number = sweeps.open_sweep(tx, site, ("10000", "BURN"), run_id=None, began_at=NOW)
    sweeps.note(tx, number, found)
    sweeps.close_sweep(tx, number, **{"ended_at": NOW, "counted": 9, "listed": 9, "stored": 9, **values})
    return number


async def the_project(service: Service, **query: str) -> dict[str, Any]:
    (found,) = (await service.http.get(SYNC, params=query)).raise_for_status().json()["items"]
    return dict(found)


@pytest.mark.parametrize(
    ("read", "state", "numbers"),
    [
        ([], "not begun", (None, None)),
        ([(100, 100, None), (50, 10, None)], "being read", (150, 110)),
        ([(100, 100, None), (50, 10, "400: The project is archived.")], "not all could be read", (150, 110)),
    ],
)
async def test_how_far_a_first_reading_is(
    service: Service, read: list[tuple[int, int, str | None]], state: str, numbers: tuple[int, int]
) -> None:
    await service.database.call_write(lambda tx: a_project(tx, *read))
    project = await the_project(service)
    assert (project["key"], project["state"]) == ("BURN", state)
    assert (project["expected"], project["read"]) == numbers
    assert [one["failure"] for one in project["segments"]] == [failure for _, _, failure in read]
    unread = [failure for _, _, failure in read if failure]
    assert project["missing"][0] == "None of its issues was read yet."
    assert [one.endswith(f"UTC: {why}") for one, why in zip(project["missing"][1:], unread, strict=True)] == [
        True
    ] * len(unread)


async def test_a_project_that_is_whole_tells_of_its_issues_and_its_last_sweep(service: Service) -> None:
    def fill(tx: Connection) -> int:
        site = a_project(tx)
        sites.note_read_until(tx, site.id, "10000", NOW)
        hidden = partial_data.Partial(
            partial_data.of_project("10000"), partial_data.Kind.FIELD_HIDDEN, "No sprint field."
        )
        partial_data.note(tx, site, [hidden], at=NOW)
        sweeps.note_unannounced(tx, site, "10000", found_by="catch-up", keys=["BURN-1"], at=NOW)
        sweeps.note_unannounced(tx, site, "10000", found_by="reconcile", keys=["BURN-2", "BURN-3"], at=NOW)
        a_sweep(tx, Difference("1", "BURN-1", Drift.DELETED, "Jira does not know it (404)."))
        deleted = Difference("2", "BURN-2", Drift.DELETED, "Jira does not know it (404).")
        stale = Difference("3", "BURN-3", Drift.STALE, "It changed.", mended=False)
        newest = a_sweep(tx, deleted, stale, unannounced=2)
        a_sweep(tx, ended_at=None)  # under way
        return newest

    newest = await service.database.call_write(fill)
    project = await the_project(service, site="demo")
    assert project["state"] == "whole"
    assert project["missing"] == ["No sprint field."]
    assert project["unannounced"] | {"found_at": ""} == {
        "found_at": "",
        "found_by": "reconcile",
        "number": 2,
        "total": 3,
        "example": "BURN-2",
    }
    sweep = project["last_sweep"]
    assert (sweep["id"], sweep["differed"], sweep["mended"]) == (newest, {"deleted": 1, "stale": 1}, 1)


async def test_sweeps_are_listed_by_pages_and_shown_with_what_differed(service: Service) -> None:
    def fill(tx: Connection) -> list[int]:
        a_project(tx)
        moved = Difference("1", "BURN-1", Drift.MOVED_OUT, "It is NEW-1 now.")
        return [a_sweep(tx), a_sweep(tx, moved), a_sweep(tx, failure="403: No.")]

    first, second, third = await service.database.call_write(fill)
    page = (await service.http.get(SWEEPS, params={"limit": 2, "project": "BURN"})).json()
    assert [one["id"] for one in page["items"]] == [third, second]
    rest = (await service.http.get(SWEEPS, params={"before": page["next"], "site": "demo"})).json()
    assert [one["id"] for one in rest["items"]] == [first]
    assert (await service.http.get(SWEEPS, params={"project": "OTHER"})).json()["items"] == []
    shown = (await service.http.get(f"{SWEEPS}/{second}")).json()
    assert shown["differences"] == [
        {"issue": "BURN-1", "kind": Gone.MOVED_OUT.value, "why": "It is NEW-1 now.", "mended": True}
    ]


async def test_what_moved_out_is_told_of_the_project_that_it_left(service: Service) -> None:
    """It has the key of the other project now, which is not kept and so not told of."""

    def fill(tx: Connection) -> None:
        a_project(tx)
        site = sites.get_site(tx, "demo")
        sites.save_project(tx, site.id, {"id": "10001", "key": "SHOP", "name": "Shop"})
        for number in (1, 2, 3):
            document = issue(number, updated=day(1))
            tell(tx, site, issue_event("jira:issue_created", document, at=day(1)), projects=("BURN", "SHOP"))
        for history, (number, before, after) in enumerate(
            [
                (1, "BURN-1", "SHOP-1"),
                (1, "SHOP-1", "OTHER-1"),
                (1, "OTHER-1", "MORE-1"),
                (2, "BURN-2", "OTHER-2"),
            ]
        ):
            at = day(2 + history)
            moved = issue(number, project=after.partition("-")[0], updated=at)
            left = [item("Key", "", before, after)]
            event = issue_event("jira:issue_updated", moved, at=at, history=9 + history, items=left)
            assert tell(tx, site, event, projects=("BURN", "SHOP")) == APPLIED

    await service.database.call_write(fill)
    listed = (await service.http.get(SYNC)).json()["items"]
    told = {one["key"]: (one["issues"], one["gone"]) for one in listed}
    assert told == {"BURN": (1, {"moved_out": 1}), "SHOP": (0, {"moved_out": 1})}


async def test_what_is_not_there_is_not_found(service: Service) -> None:
    assert "comparison 77" in is_problem(await service.http.get(f"{SWEEPS}/77"), 404)["detail"]
    is_problem(await service.http.get(SYNC, params={"site": "nowhere"}), 404)
    is_problem(await service.http.get(SWEEPS, params={"site": "nowhere"}), 404)
