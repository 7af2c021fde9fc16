import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.sandbox.sender import may_be_retried, signature
from tests.connectors.sandbox.support import SECRET, Receiver, adf, drained

CAPTURES = Path(__file__).parents[3].parent / "shared" / "data" / "webhooks" / "pinpoint"
NEVER_SENT = {
    "board_configuration_changed",
    "board_created",
    "board_deleted",
    "board_updated",
    "project_created",
    "project_deleted",
    "project_updated",
    "user_created",
    "user_updated",
}
"""The sandbox has one project, two boards and one team for good."""
HOOKS = "/rest/webhooks/1.0/webhook"


def test_the_signature_is_the_one_of_atlassians_own_example() -> None:
    expected = "a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
    assert signature(SECRET, b"Hello World!") == f"sha256={expected}"


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 503, None])
def test_what_may_pass_is_tried_again(status: int | None) -> None:
    assert may_be_retried(status)


@pytest.mark.parametrize("status", [200, 202, 301, 400, 401, 403, 404, 410, 413])
def test_every_other_answer_is_final(status: int) -> None:
    assert not may_be_retried(status)


async def test_an_edit_over_rest_is_told_signed_and_in_the_v2_view(
    told: httpx.AsyncClient, receiver: Receiver
) -> None:
    await told.put("/rest/api/3/issue/BURN-1", json={"fields": {"description": adf("*stars*")}})
    assert (await drained(told))["delivered"] == 1
    ((headers, raw),) = receiver.deliveries
    (body,) = receiver.bodies
    assert headers["x-hub-signature"] == signature(SECRET, raw)
    assert headers["x-atlassian-webhook-flow"] == "Primary"
    assert "x-atlassian-webhook-retry" not in headers
    assert body["webhookEvent"] == "jira:issue_updated"
    assert body["user"].keys().isdisjoint({"emailAddress"})
    assert body["issue"]["fields"]["description"] == "*stars*"
    log = (await told.get("/rest/api/3/issue/BURN-1/changelog")).json()["values"]
    assert body["changelog"]["id"] == log[0]["id"]


async def test_a_comment_is_told_twice_and_shows_six_fields_and_no_user(
    told: httpx.AsyncClient, receiver: Receiver
) -> None:
    await told.post("/rest/api/3/issue/BURN-1/comment", json={"body": adf("hello")})
    await drained(told)
    (comment,) = receiver.named("comment_created")
    (update,) = receiver.named("jira:issue_updated")
    assert comment.keys() == {"timestamp", "webhookEvent", "comment", "issue"}
    shown = {"summary", "issuetype", "project", "assignee", "priority", "status"}
    assert comment["issue"]["fields"].keys() == shown
    assert comment["comment"]["body"] == "hello"
    assert update["issue_event_type_name"] == "issue_commented"
    assert "changelog" not in update


async def test_a_retry_keeps_its_identifier_and_counts(told: httpx.AsyncClient, receiver: Receiver) -> None:
    receiver.answers = [503, 429]
    await told.put("/rest/api/3/issue/BURN-1", json={"fields": {"summary": "Again"}})
    state = await drained(told)
    assert (state["delivered"], state["retried"]) == (1, 2)
    assert len({headers["x-atlassian-webhook-identifier"] for headers, _ in receiver.deliveries}) == 1
    assert len({body for _, body in receiver.deliveries}) == 1
    retries = [headers.get("x-atlassian-webhook-retry") for headers, _ in receiver.deliveries]
    assert retries == [None, "1", "2"]


async def test_after_five_retries_a_delivery_is_given_up(told: httpx.AsyncClient, receiver: Receiver) -> None:
    receiver.answers = [500] * 6
    await told.put("/rest/api/3/issue/BURN-1", json={"fields": {"summary": "Never"}})
    state = await drained(told)
    assert (state["abandoned"], state["delivered"], len(receiver.deliveries)) == (1, 0, 6)


async def test_a_refusal_is_lost_for_good(told: httpx.AsyncClient, receiver: Receiver) -> None:
    receiver.answers = [401]
    await told.put("/rest/api/3/issue/BURN-1", json={"fields": {"summary": "Refused"}})
    state = await drained(told)
    assert (state["failed"], len(receiver.deliveries)) == (1, 1)


async def test_the_life_of_a_sprint_is_told(told: httpx.AsyncClient, receiver: Receiver) -> None:
    base = "/rest/agile/1.0/sprint"
    number = (await told.post(base, json={"name": "Extra", "originBoardId": 1})).json()["id"]
    dates = {"startDate": "2026-11-18T10:00:00.000Z", "endDate": "2026-12-01T10:00:00.000Z"}
    await told.post(f"{base}/{number}", json={"state": "active", **dates})
    await told.post(f"{base}/{number}", json={"state": "closed"})
    await drained(told)
    (created,), (updated,) = receiver.named("sprint_created"), receiver.named("sprint_updated")
    (started,), (closed,) = receiver.named("sprint_started"), receiver.named("sprint_closed")
    assert created["sprint"].keys() == {"id", "self", "state", "name", "originBoardId"}
    assert (updated["oldValue"]["state"], updated["sprint"]["state"]) == ("future", "active")
    assert started["sprint"]["startDate"] == dates["startDate"]
    assert "completeDate" in closed["sprint"]
    assert "user" not in closed


async def test_links_are_told_as_ids_and_deletions_without_a_changelog(
    told: httpx.AsyncClient, receiver: Receiver
) -> None:
    body = {"type": {"name": "Blocks"}, "inwardIssue": {"key": "BURN-1"}, "outwardIssue": {"key": "BURN-2"}}
    for _ in range(2):
        assert (await told.post("/rest/api/3/issueLink", json=body)).status_code == 201
    await told.delete("/rest/api/3/issue/BURN-1")
    await drained(told)
    (link,) = receiver.named("issuelink_created")
    assert link["issueLink"]["sourceIssueId"] == 10100
    (deleted,) = receiver.named("jira:issue_deleted")
    assert deleted.keys() == {"timestamp", "webhookEvent", "user", "issue"}


async def test_two_days_of_the_team_are_all_told_and_end_drained(
    told: httpx.AsyncClient, receiver: Receiver
) -> None:
    await told.post("/_sandbox/clock/advance", json={"days": 2})
    state = await drained(told)
    assert state["delivered"] == state["enqueued"] == len(receiver.deliveries) > 10
    identifiers = {headers["x-atlassian-webhook-identifier"] for headers, _ in receiver.deliveries}
    assert len(identifiers) == len(receiver.deliveries)
    statuses = [
        item
        for body in receiver.named("jira:issue_updated")
        for item in body.get("changelog", {}).get("items", [])
        if item["field"] == "status"
    ]
    assert statuses


async def test_a_registered_webhook_never_shows_its_secret_again(jira: httpx.AsyncClient) -> None:
    document: dict[str, Any] = {"name": "Ours", "url": "http://127.0.0.1:9/x", "events": ["sprint_closed"]}
    created = (await jira.post(HOOKS, json={**document, "secret": "hush"})).json()
    assert "id" not in created
    assert (created["isSigned"], "secret" in created) == (True, False)
    path = created["self"].replace("http://localhost", "")
    assert (await jira.put(path, json={"name": "Renamed"})).json()["isSigned"]
    assert [one["name"] for one in (await jira.get(HOOKS)).json()] == ["Renamed"]
    assert (await jira.delete(path)).status_code == 204
    assert (await jira.get(path)).status_code == 404


async def test_a_webhook_hears_only_the_events_and_issues_it_asked_for(
    jira: httpx.AsyncClient, receiver: Receiver
) -> None:
    filters = {"issue-related-events-section": "key = BURN-2"}
    hook = {"name": "Some", "url": receiver.url, "events": ["jira:issue_updated"], "filters": filters}
    assert (await jira.post(HOOKS, json=hook)).status_code == 201
    for key in ("BURN-1", "BURN-2"):
        await jira.put(f"/rest/api/3/issue/{key}", json={"fields": {"summary": "Changed"}})
        await jira.post(f"/rest/api/3/issue/{key}/comment", json={"body": adf("hello")})
    await drained(jira)
    assert [(body["webhookEvent"], body["issue"]["key"]) for body in receiver.bodies] == [
        ("jira:issue_updated", "BURN-2"),
        ("jira:issue_updated", "BURN-2"),
    ]
    assert "x-hub-signature" not in receiver.deliveries[0][0]


def _without_custom_fields(document: dict[str, Any]) -> set[str]:
    return {name for name in document if not name.startswith("customfield_")}


async def test_events_have_the_shape_of_recorded_deliveries(
    told: httpx.AsyncClient, receiver: Receiver
) -> None:
    if not CAPTURES.is_dir():
        pytest.skip("recorded deliveries are not at hand")
    path = "/rest/api/3/issue/BURN-2/comment"
    comment = (await told.post(path, json={"body": adf("x")})).json()["id"]
    await told.put(f"{path}/{comment}", json={"body": adf("y")})
    await told.delete(f"{path}/{comment}")
    link = {"type": {"name": "Blocks"}, "inwardIssue": {"key": "BURN-2"}, "outwardIssue": {"key": "BURN-3"}}
    await told.post("/rest/api/3/issueLink", json=link)
    await told.delete("/rest/api/3/issue/BURN-2", params={"deleteSubtasks": "true"})
    sprint = (await told.post("/rest/agile/1.0/sprint", json={"name": "X", "originBoardId": 1})).json()["id"]
    await told.delete(f"/rest/agile/1.0/sprint/{sprint}")
    await told.post("/_sandbox/clock/advance", json={"days": 14})
    await drained(told)
    ours = {body["webhookEvent"]: body for body in reversed(receiver.bodies)}
    for file in CAPTURES.glob("*.json"):
        recorded = json.loads(file.read_text())
        event = recorded.get("webhookEvent")
        if event is None or event in NEVER_SENT:
            continue
        # An update that a comment caused has no changelog; all else is there, and nothing besides.
        assert ours[event].keys() >= recorded.keys() - {"changelog"}, file.name
        for part in recorded.keys() & {"comment", "sprint", "issueLink", "oldValue", "user"}:
            assert ours[event][part].keys() - {"goal"} <= recorded[part].keys() | {"startDate"}, file.name
        if "issue" in recorded:
            shown = _without_custom_fields(ours[event]["issue"]["fields"])
            missing = _without_custom_fields(recorded["issue"]["fields"]) - shown
            assert missing <= {"comment", "worklog"}, file.name
