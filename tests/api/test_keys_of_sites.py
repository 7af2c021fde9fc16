"""A key for some sites does what is about them, and is told nothing of the others."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.api.keyed import KEYS, bearer, everything, filled, made, operations
from tests.api.queued import DELIVERIES, EFFECTS, RUNS, SITES, another_site, delivery, effect, run
from tests.api.support import Service, is_problem
from tests.api.test_rules import RULE


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
        for path in ("/api/v1/rules/schema", "/api/v1/grooming-checks", "/api/v1/grooming-policy-schema"):
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
