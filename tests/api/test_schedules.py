"""Schedules over the API: other times than the settings say, kept over a restart; two who edit one."""

from typing import Any

import pytest

from app import main
from tests.api.keyed import bearer, made
from tests.api.support import Service, is_problem, serving, settings_for
from tests.conftest import NOW

SCHEDULES = "/api/v1/schedules"


async def report(service: Service) -> dict[str, Any]:
    """The schedule of board 1's report, as it is now."""
    found = (await service.http.get(SCHEDULES)).json()["items"]
    return next(one for one in found if one["name"] == "sprint health of board 1")


async def edit(service: Service, wanted: dict[str, Any], seen: str = "*", **more: Any) -> Any:
    path = f"{SCHEDULES}/{(await report(service))['id']}"
    return await service.http.patch(path, json=wanted, headers={"If-Match": seen, **more})


async def test_of_two_who_edit_one_schedule_the_second_is_told_and_loses_nothing(service: Service) -> None:
    path = f"{SCHEDULES}/{(await report(service))['id']}"
    alice, bob = (
        await made(service, name="alice", role="admin"),
        await made(service, name="bob", role="admin"),
    )
    seen = [await service.http.get(path, headers=bearer(key)) for key in (alice, bob)]
    tags = [one.headers["etag"] for one in seen]
    assert tags[0] == tags[1]
    first = await edit(service, {"cron": "0 9 * * mon-fri"}, tags[0], **bearer(alice))
    assert (first.status_code, first.json()["cron"]) == (200, "0 9 * * mon-fri")
    second = await edit(service, {"cron": "0 7 * * mon-fri", "enabled": False}, tags[1], **bearer(bob))
    problem = is_problem(second, 412)
    assert problem["type"] == "urn:burnish:problem:changed-meanwhile"
    assert problem["version"] == second.headers["etag"] == first.headers["etag"]
    shown = await service.http.get(path)
    assert (shown.json()["cron"], shown.json()["enabled"]) == ("0 9 * * mon-fri", True), "alice's stands"
    again = await edit(service, {"when_missed": "skip"}, problem["version"], **bearer(bob))
    assert (again.json()["cron"], again.json()["when_missed"]) == ("0 9 * * mon-fri", "skip")
    actors = [
        one["actor"] for one in (await service.http.get("/api/v1/audit?resource=schedule")).json()["items"]
    ]
    assert actors == ["key bob", "key alice"]


async def test_an_edit_that_names_no_version_is_refused(service: Service) -> None:
    path = f"{SCHEDULES}/{(await report(service))['id']}"
    problem = is_problem(await service.http.patch(path, json={"enabled": False}), 428)
    assert "send the ETag of GET as If-Match" in problem["detail"]
    assert (await report(service))["enabled"] is True


async def test_what_an_admin_said_outlives_a_restart_until_it_is_taken_back(database_url: str) -> None:
    async with serving(database_url) as service:
        told = (await edit(service, {"cron": "30 7 * * *", "time_zone": "Europe/Berlin"})).json()
        assert told["next_due_at"] == "2026-03-12T06:30:00Z"
        assert told["edited"] == ["cron", "time_zone"]
    async with serving(database_url) as service:
        assert await report(service) == told
        back = (await edit(service, {"cron": None, "time_zone": None})).json()
        assert (back["cron"], back["time_zone"], back["edited"]) == ("0 8 * * mon-fri", "UTC", [])
        assert back["next_due_at"] == "2026-03-12T08:00:00Z"


async def test_settings_that_change_show_where_nothing_else_was_said(database_url: str) -> None:
    async with serving(database_url) as service:
        await edit(service, {"time_zone": "Europe/Berlin"})
    settings = settings_for(database_url)
    site = settings.sites["demo"]
    later = site.sprint_health[0].model_copy(update={"cron": "0 10 * * *"})
    sites = {"demo": site.model_copy(update={"sprint_health": (later,)})}
    async with serving(database_url, sites=sites) as service:
        shown = await report(service)
        assert (shown["cron"], shown["time_zone"]) == ("0 10 * * *", "Europe/Berlin")
        assert shown["next_due_at"] == "2026-03-12T09:00:00Z"


async def test_a_schedule_is_switched_off_and_on(database_url: str) -> None:
    async with serving(database_url) as service:
        assert (await edit(service, {"enabled": False})).json()["enabled"] is False
    async with serving(database_url) as service:
        assert (await report(service))["enabled"] is False, "a start keeps to it"
        on = (await edit(service, {"enabled": None})).json()
        assert (on["enabled"], on["next_due_at"]) == (True, "2026-03-12T08:00:00Z")


async def test_a_schedule_that_left_the_settings_cannot_be_edited(service: Service) -> None:
    site = settings_for(service.url).sites["demo"].model_copy(update={"sprint_health": ()})
    settings = settings_for(service.url, sites={"demo": site})
    await service.database.call_write(lambda tx: main.ensure_sites(tx, settings, NOW))
    assert "left the settings" in is_problem(await edit(service, {"enabled": True}), 409)["detail"]


@pytest.mark.parametrize(
    ("wanted", "status", "pointer"),
    [
        ({}, 400, "/body"),
        ({"cron": "0 8 31 feb *"}, 422, "/body/cron"),
        ({"cron": "every day"}, 422, "/body/cron"),
        ({"cron": "0 8 * * 1-5"}, 422, "/body/cron"),
        ({"time_zone": "Berlin"}, 422, "/body/time_zone"),
        ({"when_missed": "never"}, 422, "/body/when_missed"),
        ({"name": "mine"}, 422, "/body/name"),
    ],
)
async def test_a_wrong_edit_is_refused_with_a_pointer_to_what_is_wrong(
    service: Service, wanted: dict[str, Any], status: int, pointer: str
) -> None:
    before = await report(service)
    problem = is_problem(await edit(service, wanted), status)
    assert pointer in [fault["pointer"] for fault in problem["errors"]]
    assert await report(service) == before


async def test_schedules_are_read_page_by_page(service: Service) -> None:
    seen, cursor = [], None
    while True:
        query = {"limit": 3, "site": "demo"} | ({"before": cursor} if cursor else {})
        page = (await service.http.get(SCHEDULES, params=query)).json()
        seen += [one["id"] for one in page["items"]]
        if (cursor := page["next"]) is None:
            break
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 4
    is_problem(await service.http.get(f"{SCHEDULES}/999"), 404)
