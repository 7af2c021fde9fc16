import asyncio
import time
from dataclasses import replace
from datetime import datetime, timedelta

import httpx
import pytest

from connectors.sandbox.config import SandboxConfig, backlog_for
from connectors.sandbox.faults import Disturbances
from connectors.sandbox.main import create_sandbox
from tests.connectors.sandbox.support import CONFIG, START, adf, opened, served


async def test_every_request_is_on_record_without_its_credentials(jira: httpx.AsyncClient) -> None:
    await jira.delete("/_sandbox/requests")
    await jira.post("/rest/api/3/issue/BURN-1/comment?expand=properties", json={"body": adf("x")})
    await jira.get("/rest/api/3/issue/BURN-9999")
    first, second = (await jira.get("/_sandbox/requests")).json()["requests"]
    assert (first["method"], first["status"]) == ("POST", 201)
    assert first["path"] == "/rest/api/3/issue/BURN-1/comment?expand=properties"
    assert '"body"' in first["body"]
    assert first["headers"]["content-type"] == "application/json"
    assert "authorization" not in first["headers"]
    assert second["status"] == 404
    found = (await jira.get("/_sandbox/requests", params={"after": first["id"]})).json()["requests"]
    assert found == [second]


async def test_every_answer_is_on_record_too_for_those_who_ask_for_it(jira: httpx.AsyncClient) -> None:
    said = await jira.get("/rest/api/3/issue/BURN-1?fields=summary")
    await jira.get("/browse/BURN-1")
    issue, page = (await jira.get("/_sandbox/requests?expand=answers")).json()["requests"]
    assert issue["answer"] == {"headers": {"content-type": "application/json"}, "body": said.text}
    assert page["answer"]["body"] is None, "no description is about pages"
    assert all("answer" not in one for one in (await jira.get("/_sandbox/requests")).json()["requests"])


def test_the_log_forgets_its_oldest_requests_and_says_how_many() -> None:
    log = Disturbances(most_requests=3, most_bytes=100)
    scope = {"query_string": b"", "headers": [], "method": "GET", "path": "/rest/api/3/field"}
    headers = [(b"content-type", b"application/json")]
    for size in (1, 1, 1, 1, 90, 90):
        body = b"x" * size
        log.add_answer(log.add_request(scope, b""), [{"status": 200, "headers": headers}, {"body": body}])
    assert [entry["id"] for entry in log.log] == [6]
    assert log.forgotten == 5


async def test_an_answer_held_back_was_executed_all_the_same(jira: httpx.AsyncClient) -> None:
    fault = {"kind": "delay_after", "method": "POST", "path": "/comment$", "seconds": 5}
    number = (await jira.post("/_sandbox/faults", json=fault)).json()["id"]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await jira.post("/rest/api/3/issue/BURN-1/comment", json={"body": adf("once")})
    assert (await jira.get("/rest/api/3/issue/BURN-1/comment")).json()["total"] == 1
    await jira.delete(f"/_sandbox/faults/{number}")
    assert (await jira.get("/_sandbox/faults")).json() == {"faults": []}


async def test_the_next_requests_fail_unexecuted_as_often_as_told(jira: httpx.AsyncClient) -> None:
    fault = {
        "kind": "fail_next",
        "path": "/comment$",
        "status": 429,
        "times": 2,
        "headers": {"Retry-After": "3"},
    }
    await jira.post("/_sandbox/faults", json=fault)
    body = {"body": adf("x")}
    answers = [await jira.post("/rest/api/3/issue/BURN-1/comment", json=body) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 201]
    assert answers[0].headers["retry-after"] == "3"
    assert (await jira.get("/rest/api/3/issue/BURN-1/comment")).json()["total"] == 1


async def test_two_days_are_played_in_less_than_two_seconds() -> None:
    async with opened(replace(CONFIG, backlog=80, closed_sprints=6)) as jira:
        before = time.monotonic()
        clock = (await jira.post("/_sandbox/clock/advance", json={"days": 2})).json()
        assert time.monotonic() - before < 2
    assert datetime.fromisoformat(clock["now"]) == START + timedelta(days=2)


async def test_a_sprint_closes_and_the_next_one_starts_when_their_time_comes(jira: httpx.AsyncClient) -> None:
    await jira.post("/_sandbox/clock/advance", json={"days": 14})
    accounts = (await jira.get("/_sandbox/ledger")).json()["sprints"]
    assert [account["state"] for account in accounts] == ["closed", "closed", "closed", "active"]
    assert set(accounts[2]["carriedOver"]) >= set(accounts[2]["carriedOver"]) & set(accounts[3]["commitment"])


@pytest.mark.parametrize("body", [{}, {"weeks": 1}, {"days": -1}, {"days": "2"}])
async def test_the_clock_moves_only_forward(jira: httpx.AsyncClient, body: dict[str, object]) -> None:
    assert (await jira.post("/_sandbox/clock/advance", json=body)).status_code == 400


async def test_by_default_the_clock_stays_two_days_behind_until_it_is_moved() -> None:
    now = START
    app = create_sandbox(SandboxConfig(backlog=10, closed_sprints=1), now=lambda: now)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://jira.test") as jira:
        clock = datetime.fromisoformat((await jira.get("/_sandbox/clock")).json()["now"])
        assert timedelta() <= clock - (now - timedelta(days=2)) < timedelta(minutes=1)


def test_the_size_of_a_site_can_be_asked_for_in_issues() -> None:
    assert backlog_for(1000, 6) > 800
    assert backlog_for(10, 6) == 10


async def test_a_person_can_read_what_was_posted_and_nothing_of_it_is_executed(
    jira: httpx.AsyncClient,
) -> None:
    text = {"type": "text", "text": "<script>alert(1)</script>"}
    bad = {"type": "text", "text": "click", "marks": [{"type": "link", "attrs": {"href": "javascript:x"}}]}
    panel = {
        "type": "panel",
        "attrs": {"panelType": "warning"},
        "content": [{"type": "paragraph", "content": [text]}],
    }
    lozenge = {"type": "status", "attrs": {"text": "AT RISK", "color": "yellow"}}
    content = [panel, {"type": "paragraph", "content": [lozenge, bad]}, {"type": "rule"}]
    body = {"body": {"type": "doc", "version": 1, "content": content}}
    assert (await jira.post("/rest/api/3/issue/BURN-1/comment", json=body)).status_code == 201
    page = (await jira.get("/browse/BURN-1")).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>" not in page
    assert "javascript:" not in page
    assert '<div class="panel warning">' in page
    assert '<span class="lozenge yellow">AT RISK</span>' in page


def test_the_site_is_spoken_to_over_a_real_socket() -> None:
    with served(CONFIG) as jira:
        assert jira.get("/rest/api/3/myself").json()["timeZone"] == "Europe/Berlin"
        assert jira.post("/_sandbox/clock/advance", json={"hours": 5}).status_code == 200
        assert jira.get("/browse/BURN-1").headers["content-type"].startswith("text/html")


async def test_a_board_can_be_given_another_filter_and_shows_what_it_finds(jira: httpx.AsyncClient) -> None:
    shown = (await jira.get("/rest/agile/1.0/board/1/issue?maxResults=1000")).json()["issues"]
    key = shown[0]["key"]
    given = {"jql": f"key = {key} ORDER BY Rank"}
    number = (await jira.put("/_sandbox/board/1/filter", json=given)).json()["id"]
    assert (await jira.get(f"/rest/api/3/filter/{number}")).json()["jql"] == given["jql"]
    found = (await jira.get("/rest/agile/1.0/board/1/issue")).json()["issues"]
    assert [issue["key"] for issue in found] == [key] != [issue["key"] for issue in shown]
    await jira.put("/_sandbox/board/1/filter", json={"shared": False})
    assert (await jira.get(f"/rest/api/3/filter/{number}")).status_code == 400
    assert (await jira.get("/rest/agile/1.0/board/1/configuration")).json()["filter"]["id"] == number
    assert (await jira.put("/_sandbox/board/1/filter", json={"jql": "nonsense ="})).status_code == 400
