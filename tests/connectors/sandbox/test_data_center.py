import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from connectors.sandbox.config import WebhookSetting
from connectors.sandbox.sender import signature
from connectors.sandbox.texts import from_wiki
from tests.connectors.sandbox.support import CONFIG, SECRET, Receiver, drained, opened

DATA_CENTER = replace(CONFIG, deployment="datacenter")
BASIC = httpx.BasicAuth("automation", "sandbox-password")
SPRINT, EPIC = "customfield_10020", "customfield_10014"


@pytest.fixture
async def server() -> AsyncIterator[httpx.AsyncClient]:
    async with opened(DATA_CENTER) as client:
        client.auth = BASIC
        yield client


async def test_it_says_server_and_knows_version_two_only(server: httpx.AsyncClient) -> None:
    info = (await server.get("/rest/api/2/serverInfo")).json()
    assert (info["deploymentType"], info["versionNumbers"][:2]) == ("Server", [10, 3])
    for path in (
        "/rest/api/3/myself",
        "/rest/api/2/search/jql?jql=project=BURN",
        "/rest/api/2/issue/BURN-1/changelog",
    ):
        assert (await server.get(path)).status_code == 404
    assert (await server.get("/rest/api/latest/myself")).json()["name"] == "automation"


async def test_people_have_names_and_keys_and_addresses(server: httpx.AsyncClient) -> None:
    issue = (await server.get("/rest/api/2/issue/BURN-1")).json()
    reporter = issue["fields"]["reporter"]
    assert {"name", "key", "emailAddress"} <= reporter.keys()
    assert "accountId" not in reporter
    answer = await server.put("/rest/api/2/issue/BURN-1/assignee", json={"name": "aiko.tanabe"})
    assert answer.status_code == 204
    log = (await server.get("/rest/api/2/issue/BURN-1?expand=changelog")).json()["changelog"]
    item = log["histories"][-1]["items"][0]
    assert (item["to"], item["toString"], "tmpToAccountId" in item) == ("JIRAUSER10103", "Aiko Tanabe", False)


async def test_the_sprint_field_is_strings_and_epics_are_linked_by_key(server: httpx.AsyncClient) -> None:
    params = {"jql": "sprint in openSprints()", "maxResults": 1000, "fields": "*all", "expand": "changelog"}
    found = (await server.get("/rest/api/2/search", params=params)).json()
    assert found["total"] == len(found["issues"]) > 10
    for issue in found["issues"]:
        assert re.match(
            r"com\.atlassian\.greenhopper\S+Sprint@[0-9a-f]+\[id=\d+,rapidViewId=1,",
            issue["fields"][SPRINT][0],
        )
        assert ("parent" in issue["fields"]) is issue["fields"]["issuetype"]["subtask"]
        created = [entry["created"] for entry in issue["changelog"]["histories"]]
        assert issue["changelog"]["total"] == len(created)
        assert created == sorted(created)
    assert any(issue["fields"][EPIC] for issue in found["issues"])


async def test_pages_go_by_number_and_are_capped(server: httpx.AsyncClient) -> None:
    first = (
        await server.post("/rest/api/2/search", json={"jql": "ORDER BY key ASC", "maxResults": 5})
    ).json()
    page = {"jql": "ORDER BY key ASC", "startAt": 5, "maxResults": 5000}
    rest = (await server.post("/rest/api/2/search", json=page)).json()
    assert rest["maxResults"] == 1000
    assert len(first["issues"]) + len(rest["issues"]) == rest["total"]
    warned = await server.get("/rest/api/2/search", params={"jql": "colour = red", "validateQuery": "false"})
    assert (warned.status_code, warned.json()["total"]) == (200, 0)


async def test_texts_are_wiki_markup(server: httpx.AsyncClient) -> None:
    path = "/rest/api/2/issue/BURN-1/comment"
    made = await server.post(path, json={"body": "h2. Title\n* *one*\n* [two|https://two.example]"})
    assert made.json()["body"].startswith("h2. Title")
    assert (await server.post(path, json={"body": {"type": "doc"}})).status_code == 400
    page = (await server.get("/browse/BURN-1")).text
    assert "<h2>Title</h2>" in page
    assert "<strong>one</strong>" in page


async def test_tokens_passwords_and_the_captcha() -> None:
    async with opened(replace(DATA_CENTER, captcha_after=2)) as server:
        wrong = httpx.BasicAuth("automation", "wrong")
        answers = [await server.get("/rest/api/2/myself", auth=wrong) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [401, 401, 403]
        assert answers[2].headers["x-authentication-denied-reason"].startswith("CAPTCHA_CHALLENGE")
        assert (await server.get("/rest/api/2/myself", auth=BASIC)).status_code == 403
        server.auth = None  # type: ignore[assignment]
        bearer = {"Authorization": "Bearer sandbox-token"}
        assert (await server.get("/rest/api/2/myself", headers=bearer)).status_code == 200


async def test_a_write_by_a_browsers_name_is_taken_for_a_forgery(server: httpx.AsyncClient) -> None:
    browser, body = {"User-Agent": "Mozilla/5.0"}, {"body": "x"}
    path = "/rest/api/2/issue/BURN-1/comment"
    answer = await server.post(path, json=body, headers=browser)
    assert (answer.status_code, answer.text) == (403, "XSRF check failed")
    unchecked = {**browser, "X-Atlassian-Token": "no-check"}
    assert (await server.post(path, json=body, headers=unchecked)).status_code == 201


async def test_everything_is_below_the_context_path() -> None:
    async with opened(replace(DATA_CENTER, context_path="/jira", base_url="http://jira.test")) as server:
        server.auth = BASIC
        issue = (await server.get("/jira/rest/api/2/issue/BURN-1")).json()
        assert issue["self"].startswith("http://jira.test/jira/rest/api/2/issue/")
        assert (await server.get("/rest/api/2/issue/BURN-1")).status_code in {401, 404}


async def test_webhooks_are_registered_the_new_way_and_come_without_a_name(receiver: Receiver) -> None:
    hook = WebhookSetting(receiver.url, secret=SECRET)
    async with opened(replace(DATA_CENTER, webhooks=(hook,))) as server:
        server.auth = BASIC
        base = "/rest/jira-webhook/1.0/webhooks"
        document: dict[str, Any] = {
            "name": "x",
            "url": receiver.url,
            "events": ["sprint_closed"],
            "active": True,
        }
        made = (await server.post(base, json=document)).json()
        assert (
            await server.put(f"{base}/{made['id']}", json={**document, "active": False})
        ).status_code == 200
        assert (await server.get("/rest/webhooks/1.0/webhook")).status_code == 404
        await server.post("/rest/api/2/issue/BURN-1/comment", json={"body": "hello"})
        await drained(server)
    (comment,), (update,) = receiver.named("comment_created"), receiver.named("jira:issue_updated")
    assert comment.keys() == {"timestamp", "webhookEvent", "comment"}
    assert update["comment"]["body"] == "hello"
    assert update["issue"]["fields"]["summary"]
    headers, raw = receiver.deliveries[0]
    assert headers["x-hub-signature"] == signature(SECRET, raw)
    assert not [name for name in headers if name.startswith("x-atlassian")]


async def test_a_failed_delivery_is_lost(receiver: Receiver) -> None:
    receiver.answers = [500]
    async with opened(replace(DATA_CENTER, webhooks=(WebhookSetting(receiver.url),))) as server:
        server.auth = BASIC
        await server.put("/rest/api/2/issue/BURN-1", json={"fields": {"summary": "x"}})
        assert (await drained(server))["abandoned"] == 1
    assert len(receiver.deliveries) == 1


def test_an_escaped_mark_inside_strong_text_is_shown_as_itself() -> None:
    (paragraph,) = from_wiki("*half \\(of it\\)*")["content"]
    assert paragraph["content"] == [{"type": "text", "text": "half (of it)", "marks": [{"type": "strong"}]}]


def test_a_character_reference_is_shown_as_what_it_stands_for() -> None:
    (paragraph,) = from_wiki("a&#124;b *c&#92;d* &#55296;")["content"]
    assert [node["text"] for node in paragraph["content"]] == ["a|b ", "c\\d", " \ufffd"]
