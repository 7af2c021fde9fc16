"""The audit: every change is on record, with who, what, before and after; in its own transaction."""

from typing import Any

import pytest

from app.services import audit
from tests.api.audited import AUDIT, CHANGES
from tests.api.keyed import KEYS, QUESTIONS, bearer, made, operations
from tests.api.queued import RUNS, SITES, run
from tests.api.support import Service, is_problem


async def entries(service: Service, **query: Any) -> list[dict[str, Any]]:
    answer = await service.http.get(AUDIT, params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


# Tried in tests/api/test_grooming.py, where there is a backlog.
ELSEWHERE = {
    ("POST", "/api/v1/boards/{board}/backlog/acceptances"),
    ("POST", "/api/v1/boards/{board}/priority/acceptances"),
}


async def test_every_route_that_changes_something_is_tried_here(service: Service) -> None:
    changing = {one for one in operations(service) if one[0] != "GET"} - QUESTIONS
    assert changing - ELSEWHERE == CHANGES.keys()


def facts(document: dict[str, Any] | None, wanted: dict[str, Any] | None) -> dict[str, Any] | None:
    """Those of the wanted names; a dot leads inside."""
    if document is None or wanted is None:
        return document
    found = {}
    for name in wanted:
        value: Any = document
        for part in name.split("."):
            value = value[part]
        found[name] = value
    return found


@pytest.mark.parametrize("route", CHANGES, ids=" ".join)
async def test_a_change_is_on_record_with_who_what_before_and_after(
    service: Service, route: tuple[str, str]
) -> None:
    prepared, action, before, after = CHANGES[route]
    path, body = await prepared(service)
    known = {one["id"] for one in await entries(service)}
    headers = {"X-Burnish-User": "alice", "X-Request-ID": "req-7", "If-Match": "*"}
    answer = await service.http.request(route[0], path, json=body or None, headers=headers)
    assert answer.is_success, answer.text
    (entry,) = [one for one in await entries(service) if one["id"] not in known]
    assert (entry["actor"], entry["action"], entry["request_id"]) == ("CLI alice", action, "req-7")
    assert entry["resource"] == action.partition(".")[0]
    assert entry["at"] == "2026-03-11T12:00:00Z"
    assert facts(entry["before"], before) == before
    assert facts(entry["after"], after) == after
    if entry["resource"] in {"run", "delivery", "effect"} and entry["before"]:
        assert entry["site"] == "demo"
        assert entry["resource_id"] in path
    told = answer.json() if answer.content else {}
    for secret in (told.get("key"), told.get("secret"), told.get("token"), "planted"):
        assert secret is None or secret not in repr(entry)


async def test_what_is_refused_is_not_on_record(service: Service) -> None:
    number = await run(service, state="done")
    known = await entries(service)
    is_problem(await service.http.post(f"{RUNS}/{number}/retry"), 409)
    is_problem(await service.http.post(f"{RUNS}/999/retry"), 404)
    is_problem(await service.http.post(KEYS, json={"name": "ci", "role": "viewer", "sites": ["no"]}), 400)
    assert await entries(service) == known


async def test_a_change_that_cannot_be_put_on_record_does_not_happen(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise RuntimeError

    number = await run(service, state="failed")
    monkeypatch.setattr(audit, "record", refuse)
    is_problem(await service.http.post(f"{RUNS}/{number}/retry"), 500)
    assert (await service.http.get(f"{RUNS}/{number}")).json()["state"] == "failed"


async def test_the_audit_is_filtered_and_read_page_by_page(service: Service) -> None:
    key = await made(service, name="ops", role="admin")
    other = {"headers": bearer(key)}
    await service.http.post(f"{SITES}/demo/pause", json={"minutes": 1, "reason": "r"}, **other)
    await service.http.post(f"{SITES}/demo/resume")
    await service.http.post(RUNS, json={"kind": "sync"}, **other)
    for query, actions in (
        ({}, ["run.requested", "site.resumed", "site.paused", "key.created"]),
        ({"actor": "key ops"}, ["run.requested", "site.paused"]),
        ({"actor": "settings key", "resource": "site"}, ["site.resumed"]),
        ({"resource": "key", "resource_id": str(key["id"])}, ["key.created"]),
        ({"action": "run.requested", "site": "demo"}, ["run.requested"]),
        ({"since": "2026-03-11T12:00:01Z"}, []),
        ({"until": "2026-03-11T12:00:00Z"}, []),
        ({"actor": "\x00"}, []),
    ):
        assert [one["action"] for one in await entries(service, **query)] == actions, query
    page = (await service.http.get(AUDIT, params={"limit": 3})).json()
    rest = (await service.http.get(AUDIT, params={"limit": 3, "before": page["next"]})).json()
    assert [one["action"] for one in rest["items"]] == ["key.created"]
    assert rest["next"] is None
    is_problem(await service.http.get(AUDIT, params={"since": "0001-01-01T00:00:00+14:00"}), 422)


async def test_who_types_is_believed_only_with_a_key_of_the_settings(service: Service) -> None:
    key = await made(service, name="ops", role="admin")
    for headers, actor in (
        ({"X-Burnish-User": "alice"}, "CLI alice"),
        ({"X-Burnish-User": "alice; drop"}, "settings key"),
        ({"X-Burnish-User": "alice", **bearer(key)}, "key ops"),
    ):
        await service.http.post(f"{SITES}/demo/resume", headers=headers)
        assert (await entries(service))[0]["actor"] == actor
