"""What is sent to do harm, or by mistake: it is refused in a sentence, and nothing is worse afterwards."""

import asyncio
from typing import Any

import pytest

from app.api.auth import DEEPEST, USER
from app.domain.effects import WebRequest, payload_of
from app.store import boards, sites
from tests.api.queued import EFFECTS, RUNS, effect
from tests.api.support import BEARER, Service, is_problem, serving
from tests.api.test_rules import RULE, RULES, made
from tests.conftest import NOW
from tests.factories import a_board

ANY = {"If-Match": "*"}


def deep(levels: int) -> Any:
    """So many lists in each other."""
    found: Any = []
    for _ in range(levels - 1):
        found = [found]
    return found


async def test_a_document_that_is_too_deep_is_refused_before_it_can_spoil_the_audit(service: Service) -> None:
    """Once stored it could not be shown any more, nor could any page of the audit with the edit."""
    number = await effect(service, state="dead")
    document = {"type": "doc", "version": 1, "content": deep(900)}
    answer = await service.http.patch(f"{EFFECTS}/{number}", json={"body": document}, headers=ANY)
    assert "levels" in is_problem(answer, 422)["detail"]
    assert (await service.http.get("/api/v1/audit")).json()["items"] == []
    for where in ("", "/check", "/preview"):
        action = {"type": "set_property", "key": "a", "value": deep(900)}
        answer = await service.http.post(f"{RULES}{where}", json={"document": {**RULE, "actions": [action]}})
        is_problem(answer, 422)
    answer = await service.http.post(
        f"{RULES}/import", content=b'{"export":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    )
    is_problem(answer, 422)
    document["content"] = [{"type": "paragraph", "text": "[" * DEEPEST + "{"}, deep(DEEPEST - 4)]
    answer = await service.http.patch(f"{EFFECTS}/{number}", json={"body": document}, headers=ANY)
    assert answer.status_code == 200, "signs in a text are no levels"
    assert len((await service.http.get("/api/v1/audit")).json()["items"]) == 1


async def test_numbers_and_signs_that_json_cannot_hold_never_fail_an_answer(service: Service) -> None:
    number = await effect(service, state="dead")
    for content in ("NaN", "1e999", "9" * 400, '"\\ud800\\u0000"', '{"\\u0000":1}'):
        body = '{"body":{"type":"doc","content":[' + content + "]}}"
        sent = {"content-type": "application/json", **ANY}
        answer = await service.http.patch(f"{EFFECTS}/{number}", content=body, headers=sent)
        assert answer.status_code == 200, (content, answer.text)
        for path in (f"{EFFECTS}/{number}", EFFECTS, "/api/v1/audit"):
            assert (await service.http.get(path)).status_code == 200, (content, path)


async def test_what_is_no_comment_is_not_given_the_body_of_one(service: Service) -> None:
    request = WebRequest("BURN-1", "POST", "https://hooks.test/x", {}, "{}")
    number = await effect(service, kind=request.kind, payload=payload_of(request), state="dead")
    document = {"type": "doc", "version": 1, "content": []}
    answer = await service.http.patch(f"{EFFECTS}/{number}", json={"body": document}, headers=ANY)
    assert "writes no comment" in is_problem(answer, 400)["detail"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "", {"mode": "live", "verson": 1}),
        ("PUT", "", {"document": RULE, "note": "", "mode": "live"}),
        ("POST", "/rollback", {"version": 1, "note": "x"}),
        ("POST", "/resume", {"held": "drop", "all": True}),
        ("POST", "/run", {"issues": ["BURN-1"], "issue": "BURN-2"}),
    ],
)
async def test_a_word_that_is_misspelt_is_refused_before_another_version_is_live(
    service: Service, method: str, path: str, body: dict[str, Any]
) -> None:
    rule = await made(service)
    answer = await service.http.request(method, f"{RULES}/{rule['id']}{path}", json=body, headers=ANY)
    assert "There is no such part" in is_problem(answer, 422)["detail"]
    assert (await service.http.get(f"{RULES}/{rule['id']}")).json()["mode"] == "shadow"


async def test_no_answer_with_content_is_kept_and_no_page_is_framed(service: Service) -> None:
    for path in (RUNS, f"{RUNS}/999", "/api/v1/nowhere"):
        assert (await service.http.get(path)).headers["cache-control"] == "no-store"
    assert (await service.http.get(RUNS, headers={"Authorization": ""})).headers[
        "cache-control"
    ] == "no-store"


async def test_who_asks_under_other_names_asks_no_more_often(database_url: str) -> None:
    async with serving(database_url, api_requests_per_minute=3, api_keys=["one", "two"]) as service:
        one = {"Authorization": "Bearer one"}
        answers = [
            await service.http.get(RUNS, headers={**one, USER: f"user{number}"}) for number in range(4)
        ]
        assert [each.status_code for each in answers] == [200, 200, 200, 429]
        assert (await service.http.get(RUNS, headers={"Authorization": "Bearer two"})).status_code == 200


async def test_what_a_key_may_not_do_counts_as_asked(database_url: str) -> None:
    async with serving(database_url, api_requests_per_minute=5) as service:
        key = (await service.http.post("/api/v1/keys", json={"name": "v", "role": "viewer"})).json()["key"]
        headers = {"Authorization": f"Bearer {key}"}
        answers = [await service.http.post(RUNS, json={}, headers=headers) for _ in range(6)]
        assert [each.status_code for each in answers] == [403] * 5 + [429]
        assert is_problem(answers[-1], 429)["detail"].startswith("A key may ask 5 times")
        assert (await service.http.get(RUNS, headers=BEARER)).status_code == 200


async def test_runs_of_rules_can_be_listed(service: Service) -> None:
    answer = await service.http.get(RUNS, params={"kind": "rule"})
    assert (answer.status_code, answer.json()["items"]) == (200, [])


async def test_of_many_who_make_the_same_at_once_one_does_and_the_others_are_told(service: Service) -> None:
    """On PostgreSQL each has a connection of its own: all found the name free; some failed then."""
    site = {"name": "third", "url": "https://third.test", "email": "a@third.test", "token": "t"}
    policies = "/api/v1/grooming-policies?site=demo"
    policy = {"source": "name: Stale\nboard: 1\nchecks: {stale: {}}\nladder: [{step: report}]\n"}
    for path, body, others in (
        (RULES, {"document": RULE}, 409),
        ("/api/v1/keys", {"name": "same", "role": "viewer"}, 409),
        ("/api/v1/sites", site, 409),
        (policies, policy, 428),
    ):
        answers = await asyncio.gather(*(service.http.post(path, json=body) for _ in range(5)))
        assert sorted(each.status_code for each in answers) == [201, *[others] * 4], path
    seen = {"If-Match": '"1"'}
    answers = await asyncio.gather(
        *(service.http.post(policies, json=policy, headers=seen) for _ in range(5))
    )
    assert sorted(each.status_code for each in answers) == [201, 412, 412, 412, 412]


async def test_a_rule_that_was_taken_away_tells_no_more_of_its_versions(service: Service) -> None:
    rule = await made(service)
    await service.http.delete(f"{RULES}/{rule['id']}", headers=ANY)
    for path in ("/versions", "/diff?before=1&after=1"):
        is_problem(await service.http.get(f"{RULES}/{rule['id']}{path}"), 404)


async def test_whoever_forgets_to_say_that_it_is_json_is_told(service: Service) -> None:
    """What `curl -d` sends unless told otherwise."""
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = await service.http.post(RUNS, content=b'{"kind": "sync"}', headers=form)
    problem = is_problem(answer, 422)
    assert "Content-Type: application/json" in problem["detail"]
    assert [fault["pointer"] for fault in problem["errors"]] == ["/body"]


async def test_boards_are_listed_and_one_that_is_not_there_is_told_which_are(service: Service) -> None:
    boards_of = "/api/v1/boards"
    nothing_yet = is_problem(await service.http.get(f"{boards_of}/42/velocity"), 404)
    assert "`burnish sync`" in nothing_yet["detail"]
    await service.database.call_write(
        lambda tx: boards.save_board(tx, sites.get_site(tx, "demo").id, a_board(), heard_at=NOW)
    )
    (found,) = (await service.http.get(boards_of, params={"site": "demo"})).json()["items"]
    assert (found["id"], found["site"], found["report_issue"]) == (1, "demo", "BURN-1")
    assert found["done_column"] == found["columns"][-1]
    assert f"There are: 1 ({found['name']})." in (await service.http.get(f"{boards_of}/42/velocity")).text
