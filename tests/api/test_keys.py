"""API keys: who gets in with one, how far it reaches, and when it ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.errors import TooManyRequests
from app.services import keys as key_service
from app.services.access import Caller, Role
from app.services.rate_limits import RateLimits
from app.store import tables
from app.store.database import Database
from tests.api.queued import DELIVERIES, EFFECTS, RUNS, SITES, another_site, delivery, effect, run
from tests.api.support import BEARER, Service, is_problem, serving
from tests.api.test_rules import RULE
from tests.conftest import NOW
from tests.stores import read_only, rows

KEYS = "/api/v1/keys"
ROOT = Caller("settings key", Role.ADMIN)


async def made(service: Service, **wanted: Any) -> dict[str, Any]:
    """A key by the API, as its answer has it."""
    answer = await service.http.post(KEYS, json={"name": "ci", "role": "viewer", **wanted})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def bearer(key: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {key['key']}"}


def operations(service: Service) -> list[tuple[str, str]]:
    """Method and template of every route below /api/v1."""
    paths = service.app.openapi()["paths"]
    return [
        (method.upper(), path)
        for path, methods in paths.items()
        for method in methods
        if path.startswith("/api/v1")
    ]


def filled(template: str) -> str:
    """An address that the template fits; ids are of what is not there."""
    return (
        template.replace("{name}", "demo")
        .replace("{board}", "1")
        .replace("{key}", "BURN-1")
        .replace("{", "")
        .replace("}", "")
    )


ADMINS_OWN = {
    ("GET", KEYS),
    ("POST", KEYS),
    ("GET", f"{KEYS}/{{key_id}}"),
    ("POST", f"{KEYS}/{{key_id}}/revoke"),
    ("GET", "/api/v1/audit"),
    ("GET", "/api/v1/audit/{entry_id}"),
    ("POST", "/api/v1/audit"),
    ("GET", "/api/v1/secrets"),
    ("GET", "/api/v1/secrets/{secret_id}"),
    ("POST", "/api/v1/secrets/rotate"),
    ("POST", SITES),
    ("PATCH", f"{SITES}/{{name}}"),
    ("DELETE", f"{SITES}/{{name}}"),
    ("POST", f"{SITES}/{{name}}/webhook-secret"),
    ("PUT", f"{SITES}/{{name}}/rule-secrets/{{secret}}"),
    ("DELETE", f"{SITES}/{{name}}/rule-secrets/{{secret}}"),
    ("PUT", f"{SITES}/{{name}}/oauth-tokens"),
    ("POST", f"{SITES}/{{name}}/pause"),
    ("POST", f"{SITES}/{{name}}/resume"),
}


# Asked by POST, because the question is long.
QUESTIONS = {
    *(("POST", f"/api/v1/rules/{what}") for what in ("check", "preview", "replay", "import")),
    ("POST", "/api/v1/grooming-policies/preview"),
}


async def everything(service: Service) -> dict[str, Any]:
    """All that is stored, besides who works, and how often who asked."""

    def read(tx: Any) -> dict[str, Any]:
        all_tables = [
            table for table in tables.metadata.sorted_tables if table.name not in {"workers", "rate_shares"}
        ]
        return {table.name: rows(tx, table) for table in all_tables}

    return await service.database.call_read(read)


async def test_a_viewers_key_changes_nothing_and_an_editors_reaches_nothing_of_the_admins(
    service: Service,
) -> None:
    """Every route there is, also those that are added later."""
    await effect(service, state="dead")
    await delivery(service, state="dead")
    viewer, editor = await made(service, name="v"), await made(service, name="e", role="editor")
    for key in (viewer, editor):  # the first use is noted
        assert (await service.http.get(SITES, headers=bearer(key))).status_code == 200
    before = await everything(service)
    for method, template in operations(service):
        path, admins = filled(template), (method, template) in ADMINS_OWN
        answer = await service.http.request(method, path, headers=bearer(viewer), json={})
        if (method == "GET" or (method, template) in QUESTIONS) and not admins:
            assert answer.status_code not in {401, 403, 405}, (method, path, answer.text)
        else:
            problem = is_problem(answer, 403)
            assert problem["type"] == "urn:burnish:problem:forbidden"
            assert "key v is viewer, which only looks" in problem["detail"]
        if admins:
            is_problem(await service.http.request(method, path, headers=bearer(editor), json={}), 403)
    assert await everything(service) == before


async def test_an_editor_changes_content_and_an_admin_all(service: Service) -> None:
    editor, admin = await made(service, name="e", role="editor"), await made(service, name="a", role="admin")
    for key in (editor, admin):
        for method, template in operations(service):
            if method == "GET" or (key is editor and (method, template) in ADMINS_OWN):
                continue
            answer = await service.http.request(method, filled(template), headers=bearer(key), json={})
            assert answer.status_code not in {401, 403, 405}, (method, template, answer.text)
    body = {"kind": "sync"}
    answer = await service.http.post(RUNS, json=body, headers=bearer(editor))
    assert (answer.status_code, answer.json()["requested_by"]) == (202, "key e")


async def test_a_key_is_shown_once_and_only_its_digest_is_stored(service: Service) -> None:
    key = await made(service)
    assert key["key"].startswith("burnish_")
    assert len(key["key"]) > 40
    assert key["hint"] == key["key"][: len("burnish_") + 6]
    listed = (await service.http.get(KEYS)).json()["items"]
    assert [one["name"] for one in listed] == ["ci"]
    assert "key" not in listed[0]
    assert (listed[0]["created_by"], listed[0]["last_used_at"]) == ("settings key", None)
    assert key["key"] not in repr(await everything(service))


@pytest.mark.parametrize("token", ["burnish_", "burnish_wrong", "wrong", "\xff", "burnish_" + "x" * 4000])
async def test_what_is_no_key_opens_nothing(service: Service, token: str) -> None:
    await made(service)
    headers = [(b"authorization", b"Bearer " + token.encode("latin-1"))]
    answer = await service.http.get(RUNS, headers=headers)
    is_problem(answer, 401)
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_revoked_key_opens_nothing_from_the_next_request_on(service: Service) -> None:
    key = await made(service)
    assert (await service.http.get(RUNS, headers=bearer(key))).status_code == 200
    gone = (await service.http.post(f"{KEYS}/{key['id']}/revoke")).json()
    assert (gone["revoked_at"], gone["revoked_by"]) == ("2026-03-11T12:00:00Z", "settings key")
    problem = is_problem(await service.http.get(RUNS, headers=bearer(key)), 401)
    assert "'ci' was revoked at 2026-03-11 12:00 UTC" in problem["detail"]
    assert (await service.http.post(f"{KEYS}/{key['id']}/revoke")).json() == gone, "no harm in asking twice"
    assert (await made(service))["id"] != key["id"], "its name is free again"
    lists = {
        revoked: [
            one["id"] for one in (await service.http.get(KEYS, params={"revoked": revoked})).json()["items"]
        ]
        for revoked in (True, False)
    }
    assert lists[True] == [key["id"]]
    assert key["id"] not in lists[False]


async def test_a_name_in_use_is_refused(service: Service) -> None:
    await made(service)
    answer = await service.http.post(KEYS, json={"name": "ci", "role": "admin"})
    assert "A key 'ci' is in use" in is_problem(answer, 409)["detail"]


@pytest.mark.parametrize(
    ("wanted", "status", "pointer"),
    [
        ({"role": "owner"}, 422, "/body/role"),
        ({"name": ""}, 422, "/body/name"),
        ({"name": "a b"}, 422, "/body/name"),
        ({"sites": []}, 422, "/body/sites"),
        ({"sites": ["demo", "nowhere"]}, 400, "/body/sites/1"),
        ({"expires_at": "2026-03-11T12:00:00Z"}, 400, "/body/expires_at"),
        ({"expires_at": "9999-12-31T23:59:59-14:00"}, 400, "/body/expires_at"),
        ({"expires_at": "0001-01-01T00:00:00+14:00"}, 400, "/body/expires_at"),
        ({"expires_at": "2026-04-01"}, 422, "/body/expires_at"),
        ({"colour": "red"}, 422, "/body/colour"),
    ],
)
async def test_a_wrong_key_is_refused_with_a_pointer_to_what_is_wrong(
    service: Service, wanted: dict[str, Any], status: int, pointer: str
) -> None:
    answer = await service.http.post(KEYS, json={"name": "ci", "role": "viewer", **wanted})
    assert pointer in [fault["pointer"] for fault in is_problem(answer, status)["errors"]]


def test_a_key_ends_at_its_instant_and_its_use_is_noted_to_a_minute(database: Any) -> None:
    end = NOW + timedelta(days=1)

    def look(now: datetime) -> key_service.Recognised:
        with database.write() as tx:
            found = key_service.recognise(tx, new.token, now=now)
            if found.to_note:
                key_service.note_use(tx, found.caller, now=now)
            return found

    with database.write() as tx:
        new = key_service.create(
            tx, name="ci", role=Role.EDITOR, site_names=None, expires_at=end, by=ROOT, now=NOW
        )
    noted = [look(NOW + timedelta(seconds=seconds)).to_note for seconds in (0, 59, 60, 61)]
    assert noted == [True, False, True, False]
    assert look(end - timedelta(microseconds=1)).caller == Caller("key ci", Role.EDITOR, None, new.row["id"])
    with pytest.raises(key_service.Unauthorized, match="'ci' ended at 2026-03-12 12:00 UTC"):
        look(end)


async def test_who_only_looks_may_do_so_while_the_store_cannot_be_written(service: Service) -> None:
    key = await made(service)
    with read_only(service.database, service.url):
        assert (await service.http.get(RUNS, headers=bearer(key))).status_code == 200


async def test_without_a_store_a_key_is_neither_good_nor_bad(service: Service) -> None:
    key = await made(service)
    service.lose_the_store()
    is_problem(await service.http.get(RUNS, headers=bearer(key)), 503)


async def test_a_key_from_the_store_opens_the_api_where_the_settings_have_none(database_url: str) -> None:
    async with serving(database_url) as service:
        key = await made(service, role="admin")
    async with serving(database_url, api_keys=[]) as service:
        assert (await service.http.get(KEYS, headers=bearer(key))).status_code == 200
        is_problem(await service.http.get(KEYS, headers=BEARER), 401)


# --- keys for some sites --------------------------------------------------------------------------


@asynccontextmanager
async def two_sites(service: Service) -> AsyncIterator[tuple[dict[str, Any], dict[str, Any]]]:
    await service.database.call_write(lambda tx: another_site(tx, "other"))
    yield (
        await made(service, name="demo", role="editor", sites=["demo"]),
        await made(service, name="other", role="admin", sites=["other"]),
    )


async def test_a_key_for_a_site_does_only_what_is_about_it(service: Service) -> None:
    rows_of = {RUNS: await run(service), EFFECTS: await effect(service, state="dead")}
    rows_of[DELIVERIES] = await delivery(service, state="dead")
    async with two_sites(service) as (own, others):
        for path, number in rows_of.items():
            for method, where in (("GET", f"{path}/{number}"), ("POST", f"{path}/{number}/retry")):
                assert (await service.http.request(method, where, headers=bearer(own))).status_code in {
                    200,
                    409,
                }
                problem = is_problem(await service.http.request(method, where, headers=bearer(others)), 403)
                assert problem["detail"] == "key other is for these sites only: other; this is of another."
            for query, status in (({"site": "demo"}, 200), ({}, 403), ({"site": "other"}, 403)):
                answer = await service.http.get(path, params=query, headers=bearer(own))
                assert answer.status_code == status, (path, query, answer.text)
            is_problem(await service.http.get(f"{path}/999", headers=bearer(own)), 404)
            is_problem(await service.http.get(f"{path}/x", headers=bearer(own)), 422)
        for body, status in (({"kind": "sync", "site": "demo"}, 202), ({"kind": "sync"}, 403), ([], 403)):
            answer = await service.http.post(RUNS, json=body, headers=bearer(own))
            assert answer.status_code == status, answer.text


async def test_a_key_for_a_site_sees_no_other_and_makes_no_keys(service: Service) -> None:
    async with two_sites(service) as (own, others):
        for key, names in ((own, ["demo"]), (others, ["other"])):
            found = (await service.http.get(SITES, headers=bearer(key))).json()["items"]
            assert [one["name"] for one in found] == names
            ready = (await service.http.get("/health/ready", headers=bearer(key))).json()
            assert [one["name"] for one in ready["sites"]] == (["demo"] if key is own else [None])
        for method, path in (("GET", KEYS), ("POST", KEYS), ("GET", "/api/v1/audit")):
            body = {"name": "more", "role": "admin"}
            is_problem(await service.http.request(method, path, json=body, headers=bearer(others)), 403)
        pause = {"minutes": 1, "reason": "r"}
        is_problem(await service.http.post(f"{SITES}/demo/pause", json=pause, headers=bearer(others)), 403)
        answer = await service.http.post(f"{SITES}/other/pause", json=pause, headers=bearer(others))
        assert answer.status_code == 200


async def test_a_site_that_is_named_where_the_route_does_not_look_opens_nothing(service: Service) -> None:
    """Else an admin of one site makes a key for all, and an editor starts what is of another."""
    async with two_sites(service) as (_, others):
        before = await everything(service)
        new_site = {"name": "third", "url": "https://x.test", "email": "a@x.test", "token": "t"}
        for method, path, body in (
            ("GET", KEYS, None),
            ("POST", KEYS, {"name": "more", "role": "admin"}),
            ("GET", "/api/v1/secrets", None),
            ("POST", "/api/v1/secrets/rotate", None),
            ("POST", SITES, new_site),
            ("POST", RUNS, {"kind": "sync", "site": "demo"}),
            ("POST", RUNS, {"kind": "sync"}),
            ("POST", "/api/v1/rules", {"document": RULE, "site": "demo"}),
            ("POST", "/api/v1/rules/preview", {"document": RULE, "site": "demo"}),
        ):
            answer = await service.http.request(
                method, path, params={"site": "other"}, json=body, headers=bearer(others)
            )
            is_problem(answer, 403)
        after = await everything(service)
        noted = {one["id"]: one["last_used_at"] for one in after["api_keys"]}
        before["api_keys"] = [{**one, "last_used_at": noted[one["id"]]} for one in before["api_keys"]]
        assert after == before


async def test_every_route_says_which_site_it_is_about_or_is_for_those_that_see_all(service: Service) -> None:
    """One that is added and does neither is closed to keys for some sites."""
    async with two_sites(service) as (own, _):
        admin = await made(service, name="admin", role="admin", sites=["demo"])
        closed = set()
        for method, template in operations(service):
            answer = await service.http.request(
                method,
                filled(template),
                params={"site": "demo"},
                json={"site": "demo"},
                headers=bearer(admin),
            )
            if answer.status_code == 403:
                closed.add((method, template))
        assert closed == {
            ("GET", KEYS),
            ("POST", KEYS),
            ("GET", f"{KEYS}/{{key_id}}"),
            ("POST", f"{KEYS}/{{key_id}}/revoke"),
            ("GET", "/api/v1/secrets"),
            ("GET", "/api/v1/audit/{entry_id}"),
            ("POST", "/api/v1/secrets/rotate"),
            ("POST", SITES),
        }
        for path in ("/api/v1/rules/schema", "/api/v1/grooming-checks"):
            assert (await service.http.get(path, headers=bearer(own))).status_code == 200, "of no site"


async def test_nothing_tells_a_key_for_a_site_of_the_others(service: Service) -> None:
    await delivery(service, state="dead")
    await effect(service, state="dead")
    draft = {**RULE, "trigger": {"type": "issue_created"}}
    rule = (await service.http.post("/api/v1/rules", json={"document": draft, "site": "demo"})).json()["id"]
    async with two_sites(service) as (own, others):
        counts = {
            key["name"]: (
                await service.http.get(DELIVERIES, params={"site": site}, headers=bearer(key))
            ).json()["counts"]["dead"]
            for key, site in ((own, "demo"), (others, "other"))
        }
        assert counts == {"demo": 1, "other": 0}
        for path in (f"{RUNS}/1", f"{EFFECTS}/1", f"{DELIVERIES}/1", f"/api/v1/rules/{rule}"):
            answer = await service.http.get(path, headers=bearer(others))
            assert "demo" not in is_problem(answer, 403)["detail"]
        answer = await service.http.get(
            "/api/v1/boards/1/velocity", params={"site": "other"}, headers=bearer(others)
        )
        assert "demo" not in is_problem(answer, 404)["detail"], "it is in the store, and nobody serves it"
        for digits in (19, 30, 5000):
            is_problem(await service.http.get(f"{RUNS}/{'9' * digits}", headers=bearer(others)), 422)


# --- how often ------------------------------------------------------------------------------------


async def test_who_asks_too_often_is_told_for_how_long_to_wait(database_url: str) -> None:
    async with serving(database_url, api_requests_per_minute=3) as service:
        key = await made(service)
        answers = [await service.http.get(RUNS, headers=bearer(key)) for _ in range(5)]
        assert [one.status_code for one in answers] == [200, 200, 200, 429, 429]
        problem = is_problem(answers[-1], 429)
        assert problem["detail"].startswith("A key may ask 3 times a minute. Wait 20 s")
        assert answers[-1].headers["retry-after"] == "20"
        assert (await service.http.get(RUNS)).status_code == 200, "each key by itself"


async def test_requests_come_back_evenly_and_refused_ones_do_not_count() -> None:
    waits: set[int] = set()
    limits, caller = RateLimits(60), Caller("key a", Role.VIEWER, None, 1)

    async def allowed(after: float, times: int) -> int:
        done, waited = await count(limits, caller, times, now=NOW + timedelta(seconds=after))
        waits.update(waited)
        return done

    assert [await allowed(after, 100) for after in (0, 0, 0.5, 1, 10, 1000)] == [60, 0, 0, 1, 9, 60]
    assert waits == {1}


async def count(limits: RateLimits, caller: Caller, times: int, *, now: datetime) -> tuple[int, set[int]]:
    """How many of so many requests at once may come, and how long the others have to wait."""

    async def one() -> int:
        try:
            await limits.count(caller, now=now)
        except TooManyRequests as error:
            return error.retry_after_seconds
        return 0

    waits = await asyncio.gather(*(one() for _ in range(times)))
    return waits.count(0), {wait for wait in waits if wait}


async def test_replicas_share_what_a_key_may_ask_and_write_little_for_it(
    postgresql_only: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never more than was said; less by what single ones hold and do not use."""
    store, writes = postgresql_only, 0
    write = store.call_write

    async def counted(work: Any) -> Any:
        nonlocal writes
        writes += 1
        return await write(work)

    monkeypatch.setattr(store, "call_write", counted)
    replicas = [RateLimits(100, shared=store, store_now=lambda _: NOW) for _ in range(3)]
    key, other = Caller("key a", Role.VIEWER, None, 1), Caller("key b", Role.VIEWER, None, 2)
    done = [await count(one, key, 15, now=NOW) for one in replicas]
    assert [number for number, _ in done] == [15, 15, 15]
    done += [await count(one, key, 50, now=NOW) for one in replicas]
    total = sum(number for number, _ in done)
    assert 90 <= total <= 100
    assert max(wait for _, waits in done for wait in waits) <= 60
    assert writes <= 10 + len(replicas)
    assert (await count(replicas[0], other, 50, now=NOW))[0] == 50, "each key by itself"
    later = NOW + timedelta(minutes=2)
    replicas = [RateLimits(100, shared=store, store_now=lambda _: later) for _ in range(3)]
    assert (await count(replicas[0], key, 200, now=later))[0] == 100, "the next minute is another"


async def test_without_its_store_a_replica_counts_alone() -> None:
    gone = Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    limits = RateLimits(20, shared=gone, store_now=lambda _: NOW)
    try:
        assert (await count(limits, Caller("key a", Role.VIEWER, None, 1), 30, now=NOW))[0] == 20
    finally:
        gone.close()


async def test_who_guesses_a_rules_token_hinders_nobody_who_has_one() -> None:
    limits = RateLimits(2)
    guessing, rule = Caller("calls without a token", Role.VIEWER), Caller("rule 7", Role.VIEWER)
    assert (await count(limits, guessing, 9, now=NOW))[0] == 2
    assert (await count(limits, rule, 9, now=NOW))[0] == 2
    assert (await count(limits, Caller("rule 8", Role.VIEWER), 9, now=NOW))[0] == 2
