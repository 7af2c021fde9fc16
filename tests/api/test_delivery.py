"""What is delivered when, over HTTP: computed when asked, and as a run by the settings."""

from typing import Any

import pytest
from sqlalchemy import Connection, text

from app.store import boards, sites, tables
from tests.api.support import Service, is_problem, serving
from tests.conftest import NOW
from tests.factories import a_board
from tests.services.deliveries import AT, fill_epics
from tests.stores import rows

DELIVERY = "/api/v1/boards/1/delivery"
RUNS = "/api/v1/runs"
QUERY = {"at": AT.isoformat()}
SITE: dict[str, Any] = {"url": "http://127.0.0.1:1", "email": "bot@burnish.test", "token": "a-token"}


def _filled(tx: Connection) -> None:
    """The service's own site has another address than the one that tests fill."""
    tx.execute(text("UPDATE sites SET base_url = 'https://burnish.test'"))
    fill_epics(tx)


async def test_versions_and_epics_are_told_with_their_dates(service: Service) -> None:
    await service.database.call_write(_filled)
    found = (await service.http.get(DELIVERY, params=QUERY)).json()
    assert [one["kind"] for one in found["parts"]] == ["version", "epic"]
    versions = {one["name"]: one for one in found["parts"][0]["scopes"]}
    assert versions["1.1"]["verdict"] == "off track"
    assert set(versions["1.1"]["done_by"]) == {"50", "85", "95"}
    named = (await service.http.get(DELIVERY, params={**QUERY, "version": ["1.1", "Void"]})).json()
    assert [one["name"] for one in named["parts"][0]["scopes"]] == ["1.1", "Void"]
    epics = (await service.http.get(DELIVERY, params={**QUERY, "scopes": "epics"})).json()
    assert [one["kind"] for one in epics["parts"]] == ["epic"]
    query = {**QUERY, "query": "parent = BURN-11", "by": "2026-04-30"}
    (found_by,) = (await service.http.get(DELIVERY, params=query)).json()["parts"]
    assert (found_by["kind"], found_by["scopes"][0]["due"]) == ("query", "2026-04-30")


@pytest.mark.parametrize("report", [DELIVERY, "/api/v1/boards/1/backlog"])
async def test_a_value_of_the_query_that_nothing_has_is_warned_of(service: Service, report: str) -> None:
    await service.database.call_write(_filled)
    asked = {"query": "assignee = Jnae OR created > 2020-01-01"}
    (warning,) = (await service.http.get(report, params=asked)).json()["warnings"]
    assert (warning["position"], warning["line"], warning["column"]) == (11, 1, 12)
    assert warning["detail"].startswith("Nobody is called Jnae in the store")
    page = (await service.http.get(report, params={**asked, "format": "html"})).text
    assert "The query names what is not there" in page
    fine = (await service.http.get(report, params={"query": "created > 2020-01-01"})).json()
    assert fine["warnings"] == []


@pytest.mark.parametrize(
    ("style", "media_type"),
    [
        ("markdown", "text/markdown; charset=utf-8"),
        ("html", "text/html; charset=utf-8"),
        ("wiki", "text/plain; charset=utf-8"),
        ("adf", "application/json"),
    ],
)
async def test_it_is_told_in_each_format(service: Service, style: str, media_type: str) -> None:
    await service.database.call_write(_filled)
    answer = await service.http.get(DELIVERY, params={**QUERY, "format": style})
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert "Some day" in answer.text
    assert "Secret plans" not in answer.text


async def test_what_cannot_be_told_is_refused_with_the_way_out(service: Service) -> None:
    await service.database.call_write(_filled)
    problem = is_problem(await service.http.get(DELIVERY, params={**QUERY, "version": "9.9"}), 404)
    assert "Open are: Ready, 1.1, Void, 1.2, Some day." in problem["detail"]
    is_problem(await service.http.get(DELIVERY, params={"at": "2999-01-01T00:00:00Z"}), 400)
    is_problem(await service.http.get(DELIVERY, params={"scopes": "sprints"}), 422)
    is_problem(await service.http.get(DELIVERY, params={"query": "colour = blue"}), 400)
    alone = is_problem(await service.http.get(DELIVERY, params={"by": "2026-04-30"}), 400)
    assert [one["pointer"] for one in alone["errors"]] == ["/query/by"]
    is_problem(await service.http.get("/api/v1/boards/2/delivery"), 404)


async def test_a_run_goes_where_the_settings_say_unless_the_caller_does(database_url: str) -> None:
    wanted = {"board": 1, "report_issue": "BURN-1", "scopes": ["versions"], "cron": "30 6 * * tue"}
    async with serving(database_url, sites={"demo": {**SITE, "delivery": [wanted]}}) as service:

        async def asked(**more: Any) -> Any:
            answer = await service.http.post(RUNS, json={"kind": "delivery", "board": 1, **more})
            assert answer.status_code == 202, answer.text
            return answer.json()["parameters"]

        own = {"board": 1, "post_to": "BURN-1", "scopes": ["versions"], "channels": [], "picture": True}
        assert await asked() == own
        assert await asked(post=False) == {**own, "post_to": None}
        assert await asked(post_to="BURN-9") == {**own, "post_to": "BURN-9"}
        assert await asked(board=2) == {"board": 2, "post_to": None}
        is_problem(await service.http.post(RUNS, json={"kind": "delivery"}), 400)
        every = await service.database.call_read(lambda tx: rows(tx, tables.schedules))
        (schedule,) = (one for one in every if one["kind"] == "delivery")
        assert (schedule["name"], schedule["cron"]) == ("delivery of board 1", "30 6 * * tue")
        assert schedule["parameters"] == own
        await service.database.call_write(
            lambda tx: boards.save_board(tx, sites.get_site(tx, "demo").id, a_board(), heard_at=NOW)
        )
        (board,) = (await service.http.get("/api/v1/boards")).json()["items"]
        assert (board["delivery_issue"], board["report_issue"]) == ("BURN-1", None)


async def test_an_issue_that_the_settings_name_for_reports_is_not_delivered(database_url: str) -> None:
    wanted = {"board": 1, "report_issue": "BURN-400"}
    async with serving(database_url, sites={"demo": {**SITE, "delivery": [wanted]}}) as service:
        await service.database.call_write(_filled)
        found = (await service.http.get(DELIVERY, params={**QUERY, "version": "Some day"})).json()
        (version,) = found["parts"][0]["scopes"]
        assert version["verdict"] == "empty"
