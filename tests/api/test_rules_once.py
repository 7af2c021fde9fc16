"""Rules that are decided once, over HTTP: by hand, tried out, listed, and what a viewer's key is shown."""

from typing import Any

from app.api.veil import veiled
from tests.api.support import Service, is_problem
from tests.api.test_restricted import HIDDEN, PLANTED, a_restricted_store
from tests.api.test_rules import RULE, RULES, made

ONCE: dict[str, Any] = {
    "trigger": {"type": "manual", "once": True},
    "actions": [
        {"type": "create", "project": "WEB", "issue_type": "Bug", "summary": "A bug"},
        {"type": "lookup_issues", "jql": "project = WEB"},
        {"type": "log", "text": "{{ lookupIssues | length }}"},
    ],
}


async def test_by_hand_it_takes_no_issues_and_others_need_some(service: Service) -> None:
    each = await made(service)
    is_problem(await service.http.post(f"{RULES}/{each['id']}/run", json={"issues": []}), 409)
    once = await made(
        service, name="Once", trigger={"type": "manual", "once": True}, actions=[{"type": "stop"}]
    )
    path = f"{RULES}/{once['id']}/run"
    problem = is_problem(await service.http.post(path, json={"issues": ["BURN-1"]}), 409)
    assert "name none" in problem["detail"]
    answer = await service.http.post(path, json={})
    assert answer.status_code == 202
    run = (await service.http.get(f"/api/v1/runs/{answer.json()['run']}")).json()
    assert run["kind"] == "rule"


async def test_what_needs_an_issue_is_a_problem_that_points_at_it(service: Service) -> None:
    document = {**RULE, "trigger": {"type": "manual", "once": True}}
    problem = is_problem(await service.http.post(RULES, json={"document": document}), 400)
    (error,) = problem["errors"]
    assert error["pointer"].endswith("/actions/0")
    assert "`branch` with `jql`" in error["detail"]


async def test_a_preview_tries_it_once_without_an_issue(service: Service) -> None:
    await a_restricted_store(service)
    document = {**RULE, **ONCE, "actions": ONCE["actions"][1:]}
    draft = {"document": document, "site": "demo"}
    found = (await service.http.post(f"{RULES}/preview", json=draft)).json()
    assert (found["issues"], found["effects"], len(found["decisions"])) == (0, 0, 1)
    (decision,) = found["decisions"]
    assert (decision["issue"], decision["outcome"]) == (None, "nothing to do")
    assert decision["steps"][0]["step"] == "lookup_issues"
    assert "issue" not in decision["steps"][0]
    refused = await service.http.post(f"{RULES}/preview", json={**draft, "jql": "project = WEB"})
    assert "leave `jql` out" in is_problem(refused, 400)["errors"][0]["detail"]


def test_of_a_decision_without_an_issue_a_viewers_key_sees_nothing_that_a_restricted_one_says() -> None:
    """What a lookup found may stand in any of its texts."""
    told = {
        "issue": None,
        "outcome": "acted",
        "reason": None,
        "steps": [{"step": "lookup_issues", "issues": [HIDDEN]}, {"step": "log", "says": PLANTED}],
        "effects": [{"kind": "create_issue", "payload": {"issue_key": "", "fields": {"summary": PLANTED}}}],
    }
    seen = veiled(told, {HIDDEN: "restricted-1"})
    assert PLANTED not in str(seen)
    assert HIDDEN not in str(seen)
    assert (seen["issue"], seen["outcome"], seen["steps"]) == (None, "acted", [])
    branch = {**told, "steps": [{"step": "branch", "issues": [HIDDEN]}], "effects": []}
    assert veiled(branch, {HIDDEN: "restricted-1"})["steps"][0]["issues"] == ["restricted-1"]
