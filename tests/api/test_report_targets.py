"""Where reports go, as it is said and seen over HTTP."""

from typing import Any

from app.store import boards, sites, tables
from tests.api.support import serving
from tests.conftest import NOW
from tests.factories import a_board
from tests.stores import rows

SITE: dict[str, Any] = {"url": "http://127.0.0.1:1", "email": "bot@burnish.test", "token": "a-token"}
RUNS = "/api/v1/runs"


async def test_a_report_without_an_issue_is_posted_all_the_same(database_url: str) -> None:
    reports = [{"board": 1, "sprint_property": "burnish"}]
    async with serving(database_url, sites={"demo": {**SITE, "sprint_health": reports}}) as service:
        await service.database.call_write(
            lambda tx: boards.save_board(tx, sites.get_site(tx, "demo").id, a_board(), heard_at=NOW)
        )
        (found,) = (await service.http.get("/api/v1/boards")).json()["items"]
        assert (found["report_issue"], found["sprint_property"]) == (None, "burnish")

        async def asked(**wanted: Any) -> Any:
            body = {"kind": "sprint_health", "board": 1, **wanted}
            return (await service.http.post(RUNS, json=body)).json()["parameters"]

        own = {"board": 1, "sprint": None}
        assert await asked() == {**own, "post_to": None, "post": True}
        assert await asked(post=False) == {**own, "post_to": None}
        assert await asked(post_to="BURN-9") == {**own, "post_to": "BURN-9"}
        every = await service.database.call_read(lambda tx: rows(tx, tables.schedules))
        (schedule,) = (one for one in every if one["kind"] == "sprint_health")
        assert schedule["parameters"] == {**own, "post_to": None, "post": True}


async def test_a_board_says_where_the_issues_of_its_sprints_are(database_url: str) -> None:
    reports = [{"board": 1, "sprint_issue": {"project": "SHOP"}, "visible_to": {"role": "Developers"}}]
    async with serving(database_url, sites={"demo": {**SITE, "sprint_health": reports}}) as service:
        await service.database.call_write(
            lambda tx: boards.save_board(tx, sites.get_site(tx, "demo").id, a_board(), heard_at=NOW)
        )
        (found,) = (await service.http.get("/api/v1/boards")).json()["items"]
        assert (found["report_issue"], found["sprint_issues_in"]) == (None, "SHOP")
        body = {"kind": "velocity", "board": 1}
        assert (await service.http.post(RUNS, json=body)).json()["parameters"]["post"] is True


async def test_the_flow_of_a_board_goes_where_its_own_settings_say(database_url: str) -> None:
    """Beside sprint reports on another issue, and with a schedule of its own."""
    site = {
        **SITE,
        "sprint_health": [{"board": 1, "report_issue": "BURN-1"}],
        "flow": [{"board": 1, "report_issue": "BURN-2", "weeks": 8, "cron": "0 9 * * mon"}],
    }
    async with serving(database_url, sites={"demo": site}) as service:
        await service.database.call_write(
            lambda tx: boards.save_board(
                tx, sites.get_site(tx, "demo").id, a_board(), heard_at=NOW, project_key="BURN"
            )
        )
        (found,) = (await service.http.get("/api/v1/boards")).json()["items"]
        assert (found["report_issue"], found["flow_issue"]) == ("BURN-1", "BURN-2")
        answer = await service.http.post(RUNS, json={"kind": "flow", "board": 1})
        assert answer.json()["parameters"]["post_to"] == "BURN-2"
        every = await service.database.call_read(lambda tx: rows(tx, tables.schedules))
        (schedule,) = (one for one in every if one["kind"] == "flow")
        assert (schedule["name"], schedule["cron"]) == ("flow of board 1", "0 9 * * mon")
        assert schedule["parameters"] == {"board": 1, "post_to": "BURN-2"}
        document = (await service.http.get("/api/v1/boards/1/flow", params={"at": NOW.isoformat()})).json()
        assert document["since"] == "2026-01-12T00:00:00Z", "eight weeks before NOW's"
        listed = await service.http.get(RUNS, params={"kind": "flow"})
        assert [run["kind"] for run in listed.json()["items"]] == ["flow"]
