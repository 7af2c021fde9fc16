"""Secrets of rules over HTTP: in, and never out."""

from typing import Any

import pytest

from app.services.secrets import new_key
from app.store import tables
from tests.api.keyed import bearer, made
from tests.api.support import SECRET_KEY, Service, is_problem, serving
from tests.stores import rows

RULES = "/api/v1/rules"
MINE = "/api/v1/sites/demo/rule-secrets"
PLANTED = "planted-deploy-token"
RULE: dict[str, Any] = {
    "name": "Tell the deployer",
    "trigger": {"type": "manual"},
    "actions": [
        {
            "type": "web_request",
            "url": "https://deploy.example.com/hook",
            "headers": {"Authorization": "Bearer {{ secrets.DEPLOY }}"},
        }
    ],
}


async def is_set(service: Service, name: str = "DEPLOY", **more: Any) -> dict[str, Any]:
    answer = await service.http.put(f"{MINE}/{name}", json={"value": PLANTED, **more})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_secret_goes_in_and_never_comes_out(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = await is_set(service, hosts=["deploy.example.com"])
    assert (shown["name"], shown["hosts"], shown["rules"]) == ("DEPLOY", ["deploy.example.com"], [])
    rule = (await service.http.post(RULES, json={"document": RULE})).json()
    said = [
        await service.http.get(path)
        for path in (
            MINE,
            f"{MINE}/DEPLOY",
            "/api/v1/secrets",
            "/api/v1/sites/demo",
            f"{RULES}/{rule['id']}",
            f"{RULES}/{rule['id']}/versions",
            "/api/v1/audit",
        )
    ]
    assert all(answer.status_code == 200 and PLANTED not in answer.text for answer in said)
    assert said[0].json()["items"][0]["rules"] == ["Tell the deployer"]
    assert [one["name"] for one in said[2].json()["items"]] == ["rule:DEPLOY"]
    assert [one["action"] for one in said[-1].json()["items"]] == ["rule.created", "rule_secret.set"]
    stored = await service.database.call_read(
        lambda tx: [rows(tx, table) for table in tables.metadata.sorted_tables]
    )
    assert PLANTED not in repr(stored)
    assert PLANTED not in capsys.readouterr().out


async def test_a_rule_without_its_secret_is_refused_with_place_and_way_out(service: Service) -> None:
    for path in (RULES, f"{RULES}/check", f"{RULES}/preview"):
        problem = is_problem(await service.http.post(path, json={"document": RULE}), 400)
        (fault,) = problem["errors"]
        assert fault["pointer"] == "/actions/0/headers/Authorization"
        assert "no secret 'DEPLOY'; there are: none yet" in fault["detail"]
        assert "burnish secrets set DEPLOY" in fault["detail"]
    await is_set(service)
    assert (await service.http.post(RULES, json={"document": RULE})).status_code == 201


async def test_a_secret_that_a_rule_needs_stays(service: Service) -> None:
    await is_set(service)
    rule = (await service.http.post(RULES, json={"document": RULE})).json()
    problem = is_problem(await service.http.delete(f"{MINE}/DEPLOY"), 409)
    assert "'Tell the deployer'" in problem["detail"]
    await service.http.delete(f"{RULES}/{rule['id']}", headers={"If-Match": "*"})
    assert (await service.http.delete(f"{MINE}/DEPLOY")).status_code == 204
    is_problem(await service.http.get(f"{MINE}/DEPLOY"), 404)


async def test_editors_see_names_and_only_admins_set_them(service: Service) -> None:
    await is_set(service)
    editor = bearer(await made(service, name="e", role="editor"))
    assert (await service.http.get(MINE, headers=editor)).json()["items"][0]["name"] == "DEPLOY"
    is_problem(await service.http.put(f"{MINE}/DEPLOY", json={"value": "x"}, headers=editor), 403)
    elsewhere = bearer(await made(service, name="a", role="admin", sites=["demo"]))
    is_problem(await service.http.get("/api/v1/sites/other/rule-secrets", headers=elsewhere), 403)


@pytest.mark.parametrize(
    ("name", "body", "status", "pointer"),
    [
        ("lower", {"value": "x"}, 422, "/path/secret"),
        ("A" * 51, {"value": "x"}, 422, "/path/secret"),
        ("OK", {"value": ""}, 422, "/body/value"),
        ("OK", {"value": "planted\nX-Other: 1"}, 400, "/body/value"),
        ("OK", {"value": "x", "hosts": ["https://deploy.example.com/"]}, 422, "/body/hosts/0"),
        ("OK", {"value": "x", "hosts": []}, 422, "/body/hosts"),
    ],
)
async def test_what_is_no_secret_is_refused(
    service: Service, name: str, body: dict[str, Any], status: int, pointer: str
) -> None:
    problem = is_problem(await service.http.put(f"{MINE}/{name}", json=body), status)
    assert problem["errors"][0]["pointer"] == pointer
    assert "planted" not in str(problem)


async def test_keys_are_replaced_without_a_gap(database_url: str) -> None:
    newest = new_key()
    async with serving(database_url) as service:
        await is_set(service)
    async with serving(database_url, secret_key=f"{newest} {SECRET_KEY}") as service:
        done = (await service.http.post("/api/v1/secrets/rotate")).json()
        assert (done["locked_anew"], done["not_opened"]) == (1, [])


async def test_a_token_in_plain_text_and_a_host_that_is_not_allowed_are_taken_with_warnings(
    service: Service,
) -> None:
    plain = {**RULE["actions"][0], "headers": {"Authorization": "Bearer abcdef1234567890"}}
    document = {**RULE, "actions": [plain]}
    for path, status in ((f"{RULES}/check", 200), (RULES, 201)):
        answer = await service.http.post(path, json={"document": document})
        assert answer.status_code == status, answer.text
        token, host = answer.json()["warnings"]
        assert token["pointer"] == "/actions/0/headers/Authorization"
        assert "burnish secrets set NAME" in token["detail"]
        assert host["pointer"] == "/actions/0/url"
        assert "deploy.example.com" in host["detail"]


async def test_without_a_key_a_rule_that_goes_on_with_an_answer_is_warned_of(database_url: str) -> None:
    """Its request would never be sent."""
    then = [{"type": "comment", "text": "{{ webResponse.status }}"}]
    plain = {name: held for name, held in RULE["actions"][0].items() if name != "headers"}
    document = {**RULE, "actions": [{**plain, "then": then, "body": None}]}
    for key, number in ((SECRET_KEY, 0), (None, 1)):
        async with serving(database_url, secret_key=key, web_request_hosts=["deploy.example.com"]) as service:
            answer = await service.http.post(f"{RULES}/check", json={"document": document})
            assert answer.status_code == 200, answer.text
            warnings = answer.json()["warnings"]
            assert [each["pointer"] for each in warnings] == ["/actions/0/then"] * number
