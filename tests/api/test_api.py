"""The JSON API: who may ask, what is answered, and that every refusal is a problem with a way out."""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text

from app import errors
from app.api import problems
from app.domain.sprint_health.errors import SprintHealthRefused
from app.store import boards, inbox, sites
from app.store.tables import deliveries
from tests.api.support import BEARER, Service, is_problem, serving
from tests.conftest import NOW
from tests.factories import a_board, a_sprint, day
from tests.services.test_sprint_health import fill
from tests.stores import received, rows

RUNS = "/api/v1/runs"
HEALTH = "/api/v1/boards/1/sprint-health"


def every_route(service: Service) -> list[tuple[str, str]]:
    """Method and path, as the description of the API has them."""
    paths = service.app.openapi()["paths"]
    return [(method.upper(), path) for path, methods in paths.items() for method in methods]


async def test_without_a_key_no_route_of_the_api_answers(service: Service) -> None:
    routes = [one for one in every_route(service) if one[1].startswith("/api/v1")]
    assert len(routes) >= 8
    for method, path in routes:
        where = path.replace("{", "").replace("}", "")
        for headers in ({"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}, {}):
            del service.http.headers["authorization"]
            answer = await service.http.request(method, where, headers=headers)
            is_problem(answer, 401)
            assert answer.headers["www-authenticate"] == "Bearer"
            service.http.headers.update(BEARER)


async def test_without_keys_in_the_settings_the_api_is_closed(database_url: str) -> None:
    async with serving(database_url, api_keys=[]) as service:
        assert "BURNISH_API_KEYS" in is_problem(await service.http.get(RUNS), 401)["detail"]


# --- runs -----------------------------------------------------------------------------------------


async def test_a_run_is_accepted_with_the_address_to_watch_it(service: Service) -> None:
    answer = await service.http.post(RUNS, json={"kind": "sprint_health", "board": 1})
    assert answer.status_code == 202
    assert answer.headers["location"] == f"{RUNS}/{answer.json()['id']}"
    shown = (await service.http.get(answer.headers["location"])).json()
    assert shown == answer.json()
    assert (shown["state"], shown["report"], shown["effects"]) == ("waiting", None, [])
    assert shown["parameters"] == {"board": 1, "sprint": None, "post_to": "BURN-1"}


async def test_a_run_may_be_told_to_post_nothing_or_elsewhere(service: Service) -> None:
    for wanted, post_to in (({"post": False}, None), ({"post_to": "BURN-9"}, "BURN-9")):
        body = {"kind": "sprint_health", "board": 1, "at": "2026-03-06", **wanted}
        parameters = (await service.http.post(RUNS, json=body)).json()["parameters"]
        assert parameters["post_to"] == post_to


WRONG_RUNS: list[tuple[dict[str, Any], int, str]] = [
    ({}, 422, "/body/kind"),
    ({"kind": "tea"}, 422, "/body/kind"),
    ({"kind": "sync", "colour": "red"}, 422, "/body/colour"),
    ({"kind": "sprint_health", "board": 0}, 422, "/body/board"),
    ({"kind": "sprint_health", "board": 2**31}, 422, "/body/board"),
    ({"kind": "sprint_health", "board": 1, "post_to": "burn 1"}, 422, "/body/post_to"),
    ({"kind": "sprint_health", "board": 1, "at": "2026-03-01T08:00:00"}, 422, "/body/at"),
    ({"kind": "sprint_health", "board": 1, "at": "0001-01-01T00:00:00+14:00"}, 422, "/body/at"),
    ({"kind": "sprint_health", "board": 1, "at": "9999-12-31"}, 422, "/body/at"),
    ({"kind": "sprint_health"}, 400, "/body/board"),
]


async def test_a_wrong_run_is_refused_with_a_pointer_to_what_is_wrong(service: Service) -> None:
    for body, status, pointer in WRONG_RUNS:
        problem = is_problem(await service.http.post(RUNS, json=body), status)
        assert pointer in [fault["pointer"] for fault in problem["errors"]]
    assert len((await service.http.get(RUNS)).json()["items"]) == 1, "only the first sync"


async def test_a_body_that_is_not_json_is_refused(service: Service) -> None:
    is_problem(await service.http.post(RUNS, content=b"{"), 422)


async def test_without_a_key_nothing_of_the_body_is_read(service: Service) -> None:
    """The door stands beside Jira's, which the internet can reach."""
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield b" " * 65536

    del service.http.headers["authorization"]
    for path in (RUNS, "/api/v1/nothing"):
        is_problem(await service.http.post(path, content=b"{"), 401)
        is_problem(await service.http.post(path, content=endless()), 401)
    assert read == 0


@pytest.mark.parametrize("announced", [True, False])
async def test_more_than_a_request_can_hold_is_refused(service: Service, *, announced: bool) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(300):
            yield b" " * 1024

    answer = await service.http.post(RUNS, content=b" " * 300 * 1024 if announced else pieces())
    is_problem(answer, 413)
    padded = json.dumps({"kind": "sync"}).encode().ljust(256 * 1024)
    as_json = {"Content-Type": "application/json"}
    assert (await service.http.post(RUNS, content=padded, headers=as_json)).status_code == 202


async def test_a_report_on_the_future_is_refused(service: Service) -> None:
    later = (NOW + timedelta(seconds=1)).isoformat()
    body = {"kind": "sprint_health", "board": 1, "at": later}
    assert "lies ahead" in is_problem(await service.http.post(RUNS, json=body), 400)["detail"]
    is_problem(await service.http.get(HEALTH, params={"at": later}), 400)


async def test_an_unknown_site_is_not_found_and_the_known_ones_are_named(service: Service) -> None:
    body = {"kind": "sync", "site": "nowhere"}
    assert "demo" in is_problem(await service.http.post(RUNS, json=body), 404)["detail"]


async def test_what_is_not_there_is_not_found(service: Service) -> None:
    for path in (f"{RUNS}/7", "/api/v1/reports/7", "/api/v1/nothing", "/nothing", HEALTH):
        is_problem(await service.http.get(path), 404)


async def test_another_method_is_a_problem_too(service: Service) -> None:
    answer = await service.http.delete(RUNS)
    is_problem(answer, 405)
    assert answer.headers["allow"]


# --- lists ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [5, 6])
async def test_a_list_is_read_page_by_page_to_its_end_while_new_ones_come(
    service: Service, count: int
) -> None:
    for _ in range(count - 1):  # besides the first sync, which the start asks for
        newest = (await service.http.post(RUNS, json={"kind": "sync"})).json()["id"]
    made = list(range(1, newest + 1))
    seen, cursor, pages = [], None, 0
    while True:
        query = {"limit": 3} | ({"before": cursor} if cursor else {})
        page = (await service.http.get(RUNS, params=query)).json()
        seen += [item["id"] for item in page["items"]]
        await service.http.post(RUNS, json={"kind": "sync"})
        cursor, pages = page["next"], pages + 1
        if cursor is None:
            break
    assert seen == made[::-1]
    assert pages == 2, "the last page says that it is the last"


async def test_lists_are_filtered_by_state(service: Service) -> None:
    for state, count in (("waiting", 1), ("done", 0)):
        page = (await service.http.get(RUNS, params={"state": state})).json()
        assert (len(page["items"]), page["next"]) == (count, None)
    is_problem(await service.http.get(RUNS, params={"state": "lost"}), 422)


async def test_pages_beyond_all_bounds_are_refused(service: Service) -> None:
    for path in (RUNS, "/api/v1/reports", "/api/v1/deliveries", "/api/v1/effects"):
        for query in ({"limit": 0}, {"limit": 201}, {"before": 0}, {"before": 2**63}):
            is_problem(await service.http.get(path, params=query), 422)


async def test_deliveries_are_listed_with_the_count_of_all_by_state(service: Service) -> None:
    def put(tx: Connection) -> None:
        site = sites.get_site(tx, "demo")
        inbox.put(tx, [received(site.id, 1, at=NOW + timedelta(days=1))])
        tx.execute(deliveries.insert().values(**_dead(site.id)))

    await service.database.call_write(put)
    page = (await service.http.get("/api/v1/deliveries", params={"state": "dead"})).json()
    assert [one["reason"] for one in page["items"]] == ["cannot be read"]
    assert (page["counts"]["dead"], page["counts"]["waiting"], page["counts"]["applied"]) == (1, 1, 0)
    assert "body" not in page["items"][0]


def _dead(site_id: int) -> dict[str, Any]:
    values = {"id": 9, "site_id": site_id, "identity": "id:dead", "retry": 0, "received_at": NOW}
    return {**values, "subject": "site", "state": "dead", "reason": "cannot be read", "due_at": NOW}


async def test_lists_say_to_come_again_while_the_store_is_gone(service: Service) -> None:
    if service.database.is_sqlite:  # open readers still see the deleted file
        return
    service.lose_the_store()
    answer = await service.http.get(RUNS)
    is_problem(answer, 503)
    assert answer.headers["retry-after"]


# --- sprint health --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("style", "media_type"),
    [
        ("json", "application/json"),
        ("adf", "application/json"),
        ("markdown", "text/markdown; charset=utf-8"),
        ("wiki", "text/plain; charset=utf-8"),
    ],
)
async def test_a_report_comes_in_each_format(service: Service, style: str, media_type: str) -> None:
    await service.database.call_write(_filled)
    query = {"format": style, "at": day(8).isoformat()}
    answer = await service.http.get(HEALTH, params=query)
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    if media_type == "application/json":
        assert json.loads(answer.text)
    assert (await service.http.get(HEALTH, params={**query, "sprint": 7})).text == answer.text


def _filled(tx: Connection) -> None:
    """The service's own site has another address than the one that tests fill."""
    tx.execute(text("UPDATE sites SET base_url = 'https://burnish.test'"))
    fill(tx)


async def test_a_report_that_would_be_wrong_is_refused_with_the_reason(service: Service) -> None:
    def unfinished_board(tx: Connection) -> None:
        _filled(tx)
        site = sites.get_site(tx, "demo")
        boards.save_board(tx, site.id, a_board(columns=()), heard_at=NOW)
        boards.save_sprint(tx, site.id, a_sprint(), heard_at=NOW)

    await service.database.call_write(unfinished_board)
    is_problem(await service.http.get(HEALTH), 409)
    for report in ("velocity", "flow", "backlog", "delivery"):
        problem = is_problem(await service.http.get(f"/api/v1/boards/1/{report}"), 409)
        assert "no column" in problem["detail"].lower(), report


async def test_a_board_on_which_no_sprint_ran_then_is_said_with_the_way_out(service: Service) -> None:
    await service.database.call_write(_filled)
    before = day(-30).isoformat()
    problem = is_problem(await service.http.get(HEALTH, params={"at": before}), 409)
    assert problem["type"] == "urn:burnish:problem:no-sprint"
    assert "name a sprint by its id" in problem["detail"]


@pytest.mark.parametrize(
    ("style", "media_type"),
    [("json", "application/json"), ("markdown", "text/markdown; charset=utf-8")],
)
async def test_velocity_is_computed_when_asked(service: Service, style: str, media_type: str) -> None:
    await service.database.call_write(_filled)
    answer = await service.http.get("/api/v1/boards/1/velocity", params={"format": style, "last": 3})
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    is_problem(await service.http.get("/api/v1/boards/2/velocity"), 404)


@pytest.mark.parametrize(
    ("style", "media_type"),
    [
        ("json", "application/json"),
        ("markdown", "text/markdown; charset=utf-8"),
        ("html", "text/html; charset=utf-8"),
    ],
)
async def test_flow_is_computed_when_asked(service: Service, style: str, media_type: str) -> None:
    await service.database.call_write(_filled)
    address, query = "/api/v1/boards/1/flow", {"format": style, "at": day(9).isoformat()}
    answer = await service.http.get(address, params=query)
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    if style == "json":
        document = answer.json()
        assert (document["board"]["id"], document["at"]) == (1, "2026-03-10T12:00:00Z")
        assert document["since"] == "2025-12-15T00:00:00Z"
        shorter = await service.http.get(address, params={**query, "weeks": 4, "issues": 9})
        assert shorter.json()["since"] == "2026-02-09T00:00:00Z"
        of_day = (await service.http.get(address, params={"at": "2026-03-09"})).json()
        assert of_day["at"].startswith("2026-03-09T23:59:59"), "its end, as on the command line"
        assert (await service.http.get(address, params={"at": NOW.date().isoformat()})).json()["at"] == (
            NOW.isoformat().replace("+00:00", "Z")
        )
        (fault,) = is_problem(await service.http.get(address, params={"at": "2026-02-30"}), 422)["errors"]
        assert fault["pointer"] == "/query/at"
    is_problem(await service.http.get("/api/v1/boards/2/flow"), 404)
    is_problem(await service.http.get(address, params={"weeks": 3}), 422)
    is_problem(await service.http.get(address, params={"issues": 0}), 422)
    is_problem(await service.http.get(address, params={"at": "2999-01-01T00:00:00Z"}), 400)


async def test_another_format_is_refused(service: Service) -> None:
    is_problem(await service.http.get(HEALTH, params={"format": "pdf"}), 422)


# --- problems -------------------------------------------------------------------------------------


def below(kind: type[Exception]) -> Iterator[type[Exception]]:
    for one in kind.__subclasses__():
        yield one
        yield from below(one)


@pytest.mark.parametrize(
    "kind", [*below(errors.BurnishError), SprintHealthRefused], ids=lambda kind: kind.__name__
)
def test_every_error_has_a_status(kind: type[Exception]) -> None:
    assert any(one in problems.STATUS for one in kind.__mro__)


async def test_a_fault_that_nobody_foresaw_is_a_problem_without_its_details(service: Service) -> None:
    if service.database.is_sqlite:
        return
    await service.database.call_write(lambda tx: tx.execute(text("DROP TABLE reports")))
    problem = is_problem(await service.http.get("/api/v1/reports"), 500)
    assert "reports" not in problem["detail"]


async def test_what_the_service_keeps_of_a_site_holds_no_secret(service: Service) -> None:
    found = await service.database.call_read(lambda tx: rows(tx, sites.tables.sites))
    assert "a-token" not in str(found)
