"""What the operator can make go wrong: limits, faults, a slow search, silent changes, lost webhooks."""

import time
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest

from connectors.sandbox.config import WebhookSetting
from tests.connectors.sandbox.support import CONFIG, START, Receiver, adf, drained, opened, served

ISSUE = "/rest/api/3/issue/BURN-1"


async def test_a_burst_is_refused_with_everything_that_jira_says(jira: httpx.AsyncClient) -> None:
    await jira.put("/_sandbox/limits", json={"burst": {"GET": 3}})
    answers = [await jira.get(f"/rest/api/3/issue/BURN-{number}") for number in (1, 2, 3, 4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["x-ratelimit-remaining"] == "2"
    refused = answers[3].headers
    assert refused["ratelimit-reason"] == "jira-burst-based"
    assert (refused["retry-after"], refused["x-ratelimit-nearlimit"]) == ("1", "true")
    assert datetime.fromisoformat(refused["x-ratelimit-reset"])
    assert (await jira.get("/rest/api/3/myself")).status_code == 200
    assert (await jira.delete("/_sandbox/limits")).json()["burst"] is None
    assert (await jira.get(ISSUE)).status_code == 200


async def test_writes_to_one_issue_are_limited(jira: httpx.AsyncClient) -> None:
    await jira.put("/_sandbox/limits", json={"perIssue": True})
    answers = [await jira.put(ISSUE, json={"fields": {"summary": f"{number}"}}) for number in range(21)]
    assert [answer.status_code for answer in answers] == [204] * 20 + [429]
    assert answers[20].headers["ratelimit-reason"] == "jira-per-issue-on-write"
    other = await jira.put("/rest/api/3/issue/BURN-2", json={"fields": {"summary": "x"}})
    assert other.status_code == 204


async def test_a_quota_lasts_until_the_hour_is_over(jira: httpx.AsyncClient) -> None:
    await jira.put("/_sandbox/limits", json={"quota": 2})
    assert [(await jira.get(ISSUE)).status_code for _ in range(3)] == [200, 200, 429]
    refused = await jira.get(ISSUE)
    assert refused.headers["ratelimit-reason"] == "jira-quota-tenant-based"
    assert int(refused.headers["retry-after"]) == 1800
    await jira.post("/_sandbox/clock/advance", json={"minutes": 31})
    assert (await jira.get(ISSUE)).status_code == 200


async def test_data_center_has_a_bucket_for_each_user() -> None:
    async with opened(replace(CONFIG, deployment="datacenter")) as server:
        server.auth = httpx.BasicAuth("automation", "sandbox-password")
        await server.put("/_sandbox/limits", json={"bucket": [2, 1, 60]})
        answers = [await server.get("/rest/api/2/myself") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[2].text == "Rate limit exceeded."
        assert answers[2].headers["x-ratelimit-interval-seconds"] == "60"


async def test_every_second_request_fails_in_a_storm(jira: httpx.AsyncClient) -> None:
    storm = {
        "kind": "fail_next",
        "path": "/rest/",
        "status": 429,
        "every": 2,
        "headers": {"Retry-After": "1"},
    }
    await jira.post("/_sandbox/faults", json=storm)
    assert [(await jira.get(ISSUE)).status_code for _ in range(4)] == [200, 429, 200, 429]


@pytest.mark.parametrize(
    ("kind", "status"), [("login_page", 200), ("expired_token", 401), ("captcha", 403), ("redirect", 302)]
)
async def test_other_faces_of_a_refusal(jira: httpx.AsyncClient, kind: str, status: int) -> None:
    await jira.post("/_sandbox/faults", json={"kind": kind, "path": "/rest/api"})
    answer = await jira.get(ISSUE)
    assert answer.status_code == status
    if kind == "login_page":
        assert answer.headers["content-type"].startswith("text/html")


async def test_a_skewed_clock_shows_everywhere(jira: httpx.AsyncClient) -> None:
    await jira.put("/_sandbox/clock/skew", json={"seconds": -3600})
    answer = await jira.get("/rest/api/3/serverInfo")
    shown = START - timedelta(hours=1)
    assert parsedate_to_datetime(answer.headers["date"]) == shown
    assert datetime.fromisoformat(answer.json()["serverTime"]) == shown
    await jira.put(ISSUE, json={"fields": {"summary": "x"}})
    assert datetime.fromisoformat((await jira.get(ISSUE)).json()["fields"]["updated"]) == shown
    jql = {"jql": f"updated >= {round(shown.timestamp() * 1000)}"}
    assert len((await jira.get("/rest/api/3/search/jql", params=jql)).json()["issues"]) == 1


async def test_a_search_is_behind_unless_it_is_told_to_reconcile(jira: httpx.AsyncClient) -> None:
    await jira.put("/_sandbox/search", json={"delay": 0.3})
    fields = {"project": {"key": "BURN"}, "issuetype": {"name": "Task"}, "summary": "brandnew"}
    made = (await jira.post("/rest/api/3/issue", json={"fields": fields})).json()

    async def found(**more: str) -> int:
        params = {"jql": 'summary ~ "brandnew"', **more}
        return len((await jira.get("/rest/api/3/search/jql", params=params)).json()["issues"])

    assert await found() == 0
    assert await found(reconcileIssues=made["id"]) == 1
    assert (await jira.get(f"/rest/api/3/issue/{made['key']}")).status_code == 200
    time.sleep(0.35)  # noqa: ASYNC251 - the delay is one of real time
    assert await found() == 1
    await jira.put(f"/rest/api/3/issue/{made['key']}", json={"fields": {"summary": "renamed"}})
    assert await found() == 1


async def test_what_vanishes_silently_is_told_to_nobody(told: httpx.AsyncClient, receiver: Receiver) -> None:
    for name, key in (
        ("delete", "BURN-30"),
        ("hide", "BURN-31"),
        ("archive", "BURN-32"),
        ("move", "BURN-33"),
    ):
        body = {"issues": [key], "project": "NEW"}
        assert (await told.post(f"/_sandbox/silently/{name}", json=body)).status_code == 200
    keys = [f"BURN-{number}" for number in (30, 31, 32, 33)]
    statuses = [(await told.get(f"/rest/api/3/issue/{key}")).status_code for key in keys]
    assert statuses == [404, 404, 200, 200]
    assert (await told.get("/rest/api/3/issue/BURN-33")).json()["key"] == "NEW-1"
    body = {"jql": "project in (BURN, NEW)", "fields": ["key"], "maxResults": 5000}
    found = {one["key"] for one in (await told.post("/rest/api/3/search/jql", json=body)).json()["issues"]}
    assert found.isdisjoint(keys)
    assert "NEW-1" in found
    await told.post("/_sandbox/silently/show", json={"issues": ["BURN-31"]})
    assert (await told.get("/rest/api/3/issue/BURN-31")).status_code == 200
    await drained(told)
    assert receiver.deliveries == []


async def test_webhooks_can_be_doubled_lost_and_reordered(
    told: httpx.AsyncClient, receiver: Receiver
) -> None:
    await told.put(
        "/_sandbox/webhooks/disturb", json={"duplicate": 0.5, "reorder": 0.5, "lose": 0.2, "seed": 5}
    )
    for number in range(30):
        await told.put(ISSUE, json={"fields": {"summary": f"{number}"}})
    state = await drained(told)
    identifiers = [headers["x-atlassian-webhook-identifier"] for headers, _ in receiver.deliveries]
    assert 0 < state["lost"] < 30
    assert len(set(identifiers)) == 30 - state["lost"] < len(identifiers)
    order = [int(body["issue"]["fields"]["summary"]) for body in receiver.bodies]
    assert order != sorted(order)


async def test_a_webhook_that_only_fails_gets_single_attempts(receiver: Receiver) -> None:

    receiver.answers = [500] * 2
    config = replace(CONFIG, webhooks=(WebhookSetting(receiver.url),), degrade_after=0)
    async with opened(config) as jira:
        for summary in ("a", "b", "c"):
            await jira.put(ISSUE, json={"fields": {"summary": summary}})
        state = await drained(jira)
    assert (state["abandoned"], state["delivered"], state["retried"], state["degraded"]) == (2, 1, 0, [])


def test_a_connection_is_cut_in_the_middle_of_the_answer() -> None:
    cut = {"kind": "cut", "path": "/comment$", "method": "POST", "times": 1}
    with served(CONFIG) as jira:
        jira.post("/_sandbox/faults", json=cut)
        with pytest.raises(httpx.RemoteProtocolError):
            jira.post(f"{ISSUE}/comment", json={"body": adf("once")})
        assert jira.get(f"{ISSUE}/comment").json()["total"] == 1
