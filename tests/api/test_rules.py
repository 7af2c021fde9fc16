"""The way of an admin with a rule, over HTTP."""

import json
import re
import shlex
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from app.store import tables
from tests.api.support import Service, is_problem
from tests.api.test_issues import a_store
from tests.conftest import NOW

RULES = "/api/v1/rules"
RULE: dict[str, Any] = {
    "name": "By hand",
    "trigger": {"type": "manual"},
    "actions": [{"type": "comment", "text": "Hello, {{ issue.key }}."}],
}


async def made(service: Service, **change: Any) -> dict[str, Any]:
    answer = await service.http.post(RULES, json={"document": {**RULE, **change}, "note": "first"})
    assert answer.status_code == 201, answer.text
    return {**answer.json(), "etag": answer.headers["etag"]}


async def test_a_rule_from_its_first_version_to_its_last(service: Service) -> None:
    rule = await made(service)
    path = f"{RULES}/{rule['id']}"
    assert (rule["mode"], rule["shadow_version"], rule["live_version"]) == ("shadow", 1, None)
    live = await service.http.patch(path, json={"mode": "live"}, headers={"If-Match": rule["etag"]})
    assert (live.json()["mode"], live.json()["live_version"]) == ("live", 1)
    second = {"document": {**RULE, "description": "more"}, "note": "clearer"}
    written = await service.http.put(path, json=second, headers={"If-Match": live.headers["etag"]})
    assert (written.json()["live_version"], written.json()["shadow_version"]) == (1, 2)
    same = await service.http.put(path, json=second, headers={"If-Match": "*"})
    assert same.json()["last_version"] == 2, "the same document is no new version"
    diff = (await service.http.get(f"{path}/diff", params={"before": 1, "after": 2})).json()["diff"]
    assert "+description: more" in diff
    back = await service.http.post(f"{path}/rollback", json={"version": 1}, headers={"If-Match": "*"})
    assert back.json()["last_version"] == 3
    listed = (await service.http.get(f"{path}/versions")).json()["items"]
    assert [(one["number"], one["note"]) for one in listed] == [
        (3, "back to version 1"),
        (2, "clearer"),
        (1, "first"),
    ]
    assert listed[0]["document"] == listed[2]["document"]
    assert (await service.http.delete(path, headers={"If-Match": "*"})).status_code == 204
    is_problem(await service.http.get(path), 404)
    assert (await service.http.get(RULES)).json()["items"] == []


async def test_the_way_that_the_manual_shows_can_be_gone_as_it_is_printed(service: Service) -> None:
    await a_store(service)
    page = (Path(__file__).parents[2] / "docs" / "rules.md").read_text("utf-8")
    shown = re.findall(r"^curl .*$", page, re.MULTILINE)
    rule = {**RULE, "trigger": {"type": "issue_created"}}
    past = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-02T00:00:00Z"}
    files = {"draft": {"document": rule}, "past": {"document": rule, **past}}
    files["edited"] = {"document": {**rule, "description": "more"}, "note": "less of it"}
    done = []
    for line in shown:
        words = shlex.split(line, comments=True)
        (address,) = (word for word in words if word.startswith("$api/"))
        headers = dict(word.split(": ") for word in words if word.startswith("If-Match: "))
        body = words[words.index("--json") + 1] if "--json" in words else None
        method = words[words.index("-X") + 1] if "-X" in words else "POST" if body else "GET"
        content = files[body[1:-5]] if body and body.startswith("@") else body and json.loads(body)
        answer = await service.http.request(
            method, address.replace("$api", "/api/v1"), headers=headers, json=content
        )
        assert answer.is_success, (line, answer.text)
        done.append(f"{method} {answer.status_code}")
    assert done[3:7:3] == ["POST 201", "GET 200"]
    assert len(done) == 12


async def test_two_admins_edit_one_rule_and_the_second_loses_nothing(service: Service) -> None:
    rule = await made(service)
    path, seen = f"{RULES}/{rule['id']}", {"If-Match": rule["etag"]}
    first = {"document": {**RULE, "description": "by the first"}}
    assert (await service.http.put(path, json=first, headers=seen)).status_code == 200
    second = {"document": {**RULE, "description": "by the second"}}
    problem = is_problem(await service.http.put(path, json=second, headers=seen), 412)
    assert "nothing was written" in problem["detail"]
    present = await service.http.get(path)
    assert present.json()["document"]["description"] == "by the first"
    again = await service.http.put(path, json=second, headers={"If-Match": present.headers["etag"]})
    assert again.json()["last_version"] == 3
    is_problem(await service.http.put(path, json=second), 428)


async def test_a_document_that_is_wrong_says_all_of_it_and_is_not_kept(service: Service) -> None:
    wrong = {**RULE, "trigger": {"type": "nope"}, "actions": [], "colour": "red"}
    for path in (RULES, f"{RULES}/check"):
        problem = is_problem(await service.http.post(path, json={"document": wrong}), 400)
        assert {one["pointer"] for one in problem["errors"]} == {"/trigger", "/actions", "/colour"}
    assert (await service.http.get(RULES)).json()["items"] == []


@pytest.mark.parametrize(
    "body", [{}, {"document": RULE, "yaml": "name: x"}, {"yaml": "a: [1"}, {"yaml": "*a"}]
)
async def test_a_body_that_is_no_rule_is_refused(service: Service, body: dict[str, Any]) -> None:
    is_problem(await service.http.post(f"{RULES}/check", json=body), 400)


async def test_two_rules_of_a_site_have_two_names(service: Service) -> None:
    await made(service)
    problem = is_problem(await service.http.post(RULES, json={"document": RULE}), 409)
    assert "'By hand'" in problem["detail"]


async def test_a_rule_that_is_off_cannot_be_run_and_a_strange_issue_is_named(service: Service) -> None:
    rule = await made(service)
    path = f"{RULES}/{rule['id']}"
    is_problem(await service.http.post(f"{path}/run", json={"issues": ["BURN-404"]}), 404)
    await service.http.patch(path, json={"mode": "off"}, headers={"If-Match": "*"})
    is_problem(await service.http.post(f"{path}/run", json={"issues": ["BURN-1"]}), 409)
    is_problem(
        await service.http.post(f"{path}/resume", json={"held": "drop"}, headers={"If-Match": "*"}), 409
    )


async def test_a_span_that_is_none_cannot_be_replayed(service: Service) -> None:
    rule = {**RULE, "trigger": {"type": "issue_created"}}
    body = {"document": rule, "from": "2026-03-02T00:00:00Z", "to": "2026-03-01T00:00:00Z"}
    is_problem(await service.http.post(f"{RULES}/replay", json=body), 400)
    by_hand = {**body, "document": RULE, "to": "2026-03-03T00:00:00Z"}
    is_problem(await service.http.post(f"{RULES}/replay", json=by_hand), 409)
    fine = {**body, "to": "2026-03-03T00:00:00Z"}
    answer = await service.http.post(f"{RULES}/replay", json=fine)
    assert (answer.status_code, answer.json()["events"], answer.json()["differences"]) == (200, 0, None)


async def test_a_draft_is_compared_with_no_rule_of_another_site(service: Service) -> None:
    """A key for one site would read in the differences what was done on another."""
    draft = {**RULE, "trigger": {"type": "issue_created"}}
    rule = await made(service, trigger={"type": "issue_created"})
    second = {"name": "second", "url": "https://second.test", "email": "a@second.test", "token": "t"}
    assert (await service.http.post("/api/v1/sites", json=second)).status_code == 201
    span = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-02T00:00:00Z"}
    asked = {"document": draft, "rule": rule["id"], **span}
    own = await service.http.post(f"{RULES}/replay", json={**asked, "site": "demo"})
    assert (own.status_code, own.json()["differences"]) == (200, [])
    problem = is_problem(await service.http.post(f"{RULES}/replay", json={**asked, "site": "second"}), 404)
    assert f"no rule {rule['id']}" in problem["detail"]


CALLED = {
    "trigger": {"type": "incoming_webhook"},
    "actions": [{"type": "log", "text": "Build {{ webhook.build }}."}],
}


async def test_others_call_a_rule_by_its_own_token_which_can_be_replaced(service: Service) -> None:
    silent = await made(service, name="Not called")
    is_problem(await service.http.post(f"{RULES}/{silent['id']}/webhook-token"), 409)
    rule = await made(service, **CALLED)
    first = (await service.http.post(f"{RULES}/{rule['id']}/webhook-token")).json()
    second = (await service.http.post(f"{RULES}/{rule['id']}/webhook-token")).json()
    assert first["token"] != second["token"]

    async def call(token: str, body: Any) -> Any:
        return await service.http.post(
            second["path"], json=body, headers={"Authorization": f"Bearer {token}"}
        )

    for wrong in (first["token"], "", "burnish_rule_x"):
        is_problem(await call(wrong, {}), 401)
    answer = await call(second["token"], {"issues": ["BURN-1"], "build": 7})
    assert answer.status_code == 202
    (run,) = answer.json()["runs"]
    assert answer.json()["not_found"] == ["BURN-1"]
    assert answer.json()["note"] == "Not in the store: BURN-1."
    shown = (await service.http.get(f"/api/v1/runs/{run}")).json()
    assert shown["requested_by"] == "incoming webhook"
    audit = (await service.http.get("/api/v1/audit")).text
    assert "rule.webhook_token_made" in audit
    assert second["token"] not in audit
    await service.http.delete(f"{RULES}/{rule['id']}", headers={"If-Match": "*"})
    is_problem(await call(second["token"], {}), 401)


async def test_each_version_and_each_decision_can_be_read_alone(service: Service) -> None:
    rule = await made(service)
    path = f"{RULES}/{rule['id']}/versions"
    found = (await service.http.get(f"{path}/1")).json()
    assert (found["number"], found["note"], found["document"]) == (1, "first", RULE)
    is_problem(await service.http.get(f"{path}/7"), 404)
    is_problem(await service.http.get(f"{RULES}/99/versions/1"), 404)
    is_problem(await service.http.get("/api/v1/decisions/7"), 404)


async def test_rules_are_found_by_name_and_mode(service: Service) -> None:
    await made(service)
    other = await made(service, name="Other")
    await service.http.patch(f"{RULES}/{other['id']}", json={"mode": "live"}, headers={"If-Match": "*"})

    async def names(**asked: Any) -> list[str]:
        answer = await service.http.get(RULES, params=asked)
        return [one["name"] for one in answer.json()["items"]]

    assert await names() == ["Other", "By hand"]
    assert await names(mode="live") == ["Other"]
    assert await names(mode="shadow") == ["By hand"]
    assert await names(mode="off") == []
    assert await names(name="By hand") == ["By hand"]
    assert await names(paused="true") == []


async def test_an_address_that_does_not_fit_says_what_was_given(service: Service) -> None:
    problem = is_problem(await service.http.get(RULES, params={"mode": "dead"}), 422)
    assert problem["errors"][0]["pointer"] == "/query/mode"
    assert "'dead'" in problem["detail"]
    assert "'live'" in problem["detail"]


async def test_the_list_counts_what_failed_in_the_last_day(service: Service) -> None:
    quiet, failing = await made(service), await made(service, name="Fails")
    row = {"site_id": 1, "rule_id": failing["id"], "version": 1, "shadow": False, "issue_id": "2"}
    row |= {"issue_key": "WEB-2", "happened": "manual", "at": NOW, "reason": "x", "steps": [], "effects": []}
    ages = [("failed", 1), ("failed", 23), ("failed", 25), ("acted", 1)]

    def decide(tx: Connection) -> None:
        for number, (outcome, hours) in enumerate(ages):
            taken = {"outcome": outcome, "decided_at": NOW - timedelta(hours=hours), "event_key": str(number)}
            tx.execute(tables.rule_decisions.insert().values(**row, **taken, effect_count=0))

    await service.database.call_write(decide)
    listed = (await service.http.get(RULES)).json()["items"]
    assert {one["id"]: one["failed_last_day"] for one in listed} == {quiet["id"]: 0, failing["id"]: 2}


async def test_values_in_its_queries_that_nothing_has_are_warned_of_and_taken(service: Service) -> None:
    await a_store(service)
    odd = {
        "when": {"any": ["type = Bug", "status WAS Dnoe"]},
        "actions": [
            {"type": "branch", "to": "children", "when": "key = NOPE-1", "actions": [{"type": "stop"}]}
        ],
    }
    rule = await made(service, **odd)
    checked = await service.http.post(f"{RULES}/check", json={"document": {**RULE, **odd}})
    shown = await service.http.get(f"{RULES}/{rule['id']}")
    asked = {"document": {**RULE, **odd}, "jql": "labels = nobodys"}
    previewed = (await service.http.post(f"{RULES}/preview", json=asked)).json()["warnings"]
    assert rule["warnings"] == checked.json()["warnings"] == shown.json()["warnings"] == previewed[:2]
    assert [each["pointer"] for each in previewed] == ["/when/any/1", "/actions/0/when", "/"]
    assert "No status is or was called Dnoe" in previewed[0]["detail"]
    assert "Did you mean Done?" in previewed[0]["detail"]
    assert "character 7: There is no such issue" in previewed[1]["detail"]


async def test_a_text_is_called_source_or_yaml_for_rules_and_policies_alike(service: Service) -> None:
    text = json.dumps(RULE)
    for name in ("source", "yaml"):
        checked = await service.http.post(f"{RULES}/check", json={name: text})
        assert checked.json()["document"] == RULE, checked.text
        policy = await service.http.post("/api/v1/grooming-policies", json={name: "name: x"})
        assert "board" in is_problem(policy, 400)["detail"], "it is read, and lacks its board"
    both = await service.http.post(f"{RULES}/check", json={"source": text, "yaml": text})
    assert "yaml" in str(is_problem(both, 422)["errors"])


async def test_the_query_of_a_branch_condition_is_held_against_the_site(service: Service) -> None:
    branch = {"type": "branch", "to": "children", "when": "asignee = x", "actions": [{"type": "stop"}]}
    answer = await service.http.post(RULES, json={"document": {**RULE, "actions": [branch]}})
    assert "Did you mean assignee" in is_problem(answer, 400)["detail"]
