"""Sites over the API: how each is, and a rest for one that needs it."""

from datetime import timedelta
from typing import Any

import pytest

from app.store import sites
from tests.api.queued import SITES, another_site, delivery, effect
from tests.api.support import Service, is_problem
from tests.conftest import NOW

PAUSE = f"{SITES}/demo/pause"


async def listed(service: Service) -> list[dict[str, Any]]:
    return list((await service.http.get(SITES)).json()["items"])


async def test_sites_are_listed_with_their_open_work(service: Service) -> None:
    await effect(service)
    await effect(service, state="dead")
    await delivery(service)
    await service.database.call_write(lambda tx: sites.update_site(tx, 1, deployment="Cloud", synced_at=NOW))
    assert await listed(service) == [
        {
            "name": "demo",
            "url": "http://127.0.0.1:1",
            "deployment": "Cloud",
            "source": "settings",
            "trouble": None,
            "last_sync": "2026-03-11T12:00:00Z",
            "paused_until": None,
            "paused_reason": None,
            "open": {"deliveries": 1, "runs": 1, "effects": 1},
        }
    ]


async def test_a_site_that_left_the_settings_is_listed_as_such(service: Service) -> None:
    await service.database.call_write(lambda tx: another_site(tx, "left"))
    assert [(one["name"], one["source"]) for one in await listed(service)] == [
        ("demo", "settings"),
        ("left", None),
    ]


@pytest.mark.parametrize("wanted", [{"minutes": 30}, {"until": "2026-03-11T13:30:00+01:00"}])
async def test_a_site_is_paused_with_the_time_of_resumption_shown(
    service: Service, wanted: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    one = (await service.http.post(PAUSE, json={**wanted, "reason": "Jira is upgraded"})).json()
    assert (one["paused_until"], one["paused_reason"]) == ("2026-03-11T12:30:00Z", "Jira is upgraded")
    assert await listed(service) == [one]
    (resumed,) = [(await service.http.post(f"{SITES}/demo/resume")).json()]
    assert (resumed["paused_until"], resumed["paused_reason"]) == (None, None)
    assert (await service.http.post(f"{SITES}/demo/resume")).json() == resumed, "no harm in asking twice"
    logged = capsys.readouterr().out
    assert "admin.site_paused" in logged
    assert "admin.site_resumed" in logged


async def test_a_pause_that_is_over_is_no_pause(service: Service) -> None:
    await service.database.call_write(
        lambda tx: sites.pause(tx, 1, until=NOW - timedelta(seconds=1), reason="over")
    )
    assert (await listed(service))[0]["paused_until"] is None


async def test_a_pause_is_made_longer_but_not_shorter(service: Service) -> None:
    for minutes in (30, 60):
        answer = await service.http.post(PAUSE, json={"minutes": minutes, "reason": "so long"})
        assert answer.status_code == 200
    refused = await service.http.post(PAUSE, json={"minutes": 10, "reason": "shorter"})
    assert (
        "until 2026-03-11 13:00:00Z already (so long). Resume it first" in is_problem(refused, 409)["detail"]
    )


@pytest.mark.parametrize(
    ("wanted", "status", "pointer"),
    [
        ({"reason": "no end"}, 422, "/body"),
        ({"reason": "two", "minutes": 1, "until": "2026-03-12T00:00:00Z"}, 422, "/body"),
        ({"minutes": 1}, 422, "/body/reason"),
        ({"minutes": 0, "reason": "r"}, 422, "/body/minutes"),
        ({"until": "2026-03-12T00:00:00", "reason": "r"}, 422, "/body/until"),
        ({"until": "2026-03-11T12:00:00Z", "reason": "now"}, 400, "/body/until"),
        ({"until": "2036-03-11T12:00:00Z", "reason": "far"}, 400, "/body/until"),
        ({"until": "0001-01-01T00:00:00+14:00", "reason": "far"}, 400, "/body/until"),
        ({"until": "9999-12-31T23:59:59-14:00", "reason": "far"}, 400, "/body/until"),
    ],
)
async def test_a_wrong_pause_is_refused_with_a_pointer_to_what_is_wrong(
    service: Service, wanted: dict[str, Any], status: int, pointer: str
) -> None:
    problem = is_problem(await service.http.post(PAUSE, json=wanted), status)
    assert pointer in [fault["pointer"] for fault in problem["errors"]]


async def test_a_site_that_is_not_there_is_not_found(service: Service) -> None:
    answer = await service.http.post(f"{SITES}/nowhere/pause", json={"minutes": 1, "reason": "r"})
    is_problem(answer, 404)
    is_problem(await service.http.post(f"{SITES}/nowhere/resume"), 404)


async def test_lists_by_name_are_read_page_by_page(service: Service) -> None:
    for name in ("a", "a1", "b", "zz"):
        await service.database.call_write(lambda tx, name=name: another_site(tx, name))  # type: ignore[misc]
    seen: list[str] = []
    after, pages = None, 0
    while True:
        query = {"limit": 2} | ({"after": after} if after else {})
        page = (await service.http.get(SITES, params=query)).json()
        seen += [one["name"] for one in page["items"]]
        after, pages = page["next"], pages + 1
        if after is None:
            break
    assert seen == ["a", "a1", "b", "demo", "zz"]
    assert pages == 3
    for path in (SITES, "/api/v1/workers", "/api/v1/sync"):
        is_problem(await service.http.get(path, params={"limit": 0}), 422)
        assert (await service.http.get(path, params={"limit": 1})).json()["next"] in {None, "a"}
