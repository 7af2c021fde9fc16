"""Every answer of every endpoint is held against Atlassian's own descriptions."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.connectors.request_log import violations_of
from tests.connectors.sandbox.support import CONFIG, adf, opened
from tests.connectors.specs import cloud_specs

Calls = list[tuple[str, str, dict[str, Any]]]
POINTS = "customfield_10034"
DATES = {"startDate": "2026-11-18T10:00:00.000Z", "endDate": "2026-12-01T10:00:00.000Z"}

READS = [
    "/rest/api/3/serverInfo",
    "/rest/api/3/myself",
    "/rest/api/3/project/search",
    "/rest/api/3/project/BURN",
    "/rest/api/3/field",
    "/rest/api/3/status",
    "/rest/api/3/statuses?id=10000&id=3",
    "/rest/api/3/search/jql?jql=project%20%3D%20BURN&maxResults=3&fields=*all&expand=changelog",
    "/rest/api/3/search/jql?jql=project%20%3D%20BURN",
    "/rest/api/3/search/jql?jql=colour%20%3D%20red",
    "/rest/api/3/issue/BURN-2",
    "/rest/api/3/issue/BURN-9999",
    "/rest/api/3/issue/BURN-2?expand=changelog&fields=summary",
    "/rest/api/3/issue/BURN-20/changelog?maxResults=3",
    "/rest/api/3/issue/BURN-2/transitions?expand=transitions.fields",
    "/rest/api/3/issue/BURN-2/comment?expand=properties&maxResults=5",
    "/rest/api/3/issue/BURN-2/properties",
    "/rest/api/3/attachment/meta",
    "/rest/agile/1.0/board?type=scrum,kanban&projectKeyOrId=BURN",
    "/rest/agile/1.0/board/1",
    "/rest/agile/1.0/board/1/configuration",
    "/rest/agile/1.0/board/2/configuration",
    "/rest/agile/1.0/board/1/sprint?state=closed,active",
    "/rest/agile/1.0/board/2/sprint",
    "/rest/agile/1.0/board/1/sprint/3/issue?fields=summary&expand=changelog",
    "/rest/agile/1.0/board/1/issue?maxResults=5",
    "/rest/agile/1.0/board/1/backlog?maxResults=5",
    "/rest/agile/1.0/board/1/properties",
    "/rest/agile/1.0/sprint/3",
    "/rest/agile/1.0/sprint/3/issue?maxResults=5",
    "/rest/agile/1.0/sprint/3/properties",
    "/rest/agile/1.0/issue/BURN-2/estimation?boardId=1",
]

NEW = {"project": {"key": "BURN"}, "issuetype": {"name": "Task"}, "summary": "New", "description": adf("x")}
LINK = {"type": {"name": "Blocks"}, "inwardIssue": {"key": "BURN-2"}, "outwardIssue": {"key": "BURN-3"}}
WRITES: Calls = [
    (
        "POST",
        "/rest/api/3/search/jql",
        {"json": {"jql": "sprint = 3", "fields": ["summary"], "maxResults": 2}},
    ),
    ("POST", "/rest/api/3/search/approximate-count", {"json": {"jql": "project = BURN"}}),
    ("POST", "/rest/api/3/issue/bulkfetch", {"json": {"issueIdsOrKeys": ["BURN-2", "BURN-9999"]}}),
    ("POST", "/rest/api/3/changelog/bulkfetch", {"json": {"issueIdsOrKeys": ["BURN-20", "BURN-21"]}}),
    ("POST", "/rest/api/3/issue", {"json": {"fields": NEW}}),
    ("POST", "/rest/api/3/issue", {"json": {"fields": {"summary": "no project"}}}),
    ("PUT", "/rest/api/3/issue/BURN-2", {"json": {"fields": {POINTS: 3}}}),
    ("PUT", "/rest/api/3/issue/BURN-2?returnIssue=true", {"json": {"update": {"labels": [{"add": "x"}]}}}),
    ("PUT", "/rest/api/3/issue/BURN-2", {"json": {"fields": {"status": {}}}}),
    ("PUT", "/rest/api/3/issue/BURN-2/assignee", {"json": {"accountId": None}}),
    ("POST", "/rest/api/3/issue/BURN-1/transitions", {"json": {"transition": {"id": "11"}}}),
    ("POST", "/rest/api/3/issue/BURN-2/comment", {"json": {"body": adf("hi")}}),
    ("POST", "/rest/api/3/issue/BURN-2/comment", {"json": {"body": {}}}),
    ("POST", "/rest/api/3/issueLink", {"json": LINK}),
    ("PUT", "/rest/api/3/issue/BURN-2/properties/a", {"json": {"b": 1}}),
    ("GET", "/rest/api/3/issue/BURN-2/properties/a", {}),
    ("DELETE", "/rest/api/3/issue/BURN-2/properties/a", {}),
    ("GET", "/rest/api/3/issue/BURN-2?fields=*all", {}),
    (
        "POST",
        "/rest/api/3/webhook",
        {"json": {"url": "https://x", "webhooks": [{"events": [], "jqlFilter": ""}]}},
    ),
    ("POST", "/rest/agile/1.0/sprint", {"json": {"name": "Extra", "originBoardId": 1}}),
    ("POST", "/rest/agile/1.0/sprint/4", {"json": {"state": "active", **DATES}}),
    ("PUT", "/rest/agile/1.0/sprint/4", {"json": {"name": "E", "state": "active", **DATES}}),
    ("POST", "/rest/agile/1.0/sprint/4/issue", {"json": {"issues": ["BURN-2"]}}),
    ("POST", "/rest/agile/1.0/backlog/issue", {"json": {"issues": ["BURN-2"]}}),
    ("PUT", "/rest/agile/1.0/issue/rank", {"json": {"issues": ["BURN-2"], "rankBeforeIssue": "BURN-3"}}),
    ("PUT", "/rest/agile/1.0/issue/BURN-2/estimation?boardId=1", {"json": {"value": "8"}}),
    ("PUT", "/rest/agile/1.0/sprint/3/properties/a", {"json": {"b": 1}}),
    ("GET", "/rest/agile/1.0/sprint/3/properties/a", {}),
    ("PUT", "/rest/agile/1.0/board/1/properties/a", {"json": {"b": 1}}),
    ("DELETE", "/rest/agile/1.0/board/1/properties/a", {}),
    ("DELETE", "/rest/agile/1.0/sprint/4", {}),
    ("DELETE", "/rest/api/3/issue/BURN-2?deleteSubtasks=true", {}),
]


@pytest.fixture
async def jira() -> AsyncIterator[httpx.AsyncClient]:
    cloud_specs()
    async with opened(CONFIG) as client:
        yield client


@pytest.mark.parametrize("path", READS)
async def test_what_is_read_is_as_described(jira: httpx.AsyncClient, path: str) -> None:
    await jira.get(path)
    assert await violations_of(jira) == []


async def test_what_writes_answer_is_as_described(jira: httpx.AsyncClient) -> None:
    for method, path, sent in WRITES:
        await jira.request(method, path, **sent)
    assert await violations_of(jira) == []


async def test_comments_and_attachments_are_as_described(jira: httpx.AsyncClient) -> None:
    base = "/rest/api/3/issue/BURN-2"
    comment = await jira.post(f"{base}/comment", json={"body": adf("hi")})
    path, properties = f"{base}/comment/{comment.json()['id']}", f"/rest/api/3/comment/{comment.json()['id']}"
    files, headers = {"file": ("a.png", b"x", "image/png")}, {"X-Atlassian-Token": "no-check"}
    attached = await jira.post(f"{base}/attachments", files=files, headers=headers)
    number = attached.json()[0]["id"]
    await jira.post(f"{base}/attachments", files=files)
    await jira.get(f"/rest/api/3/attachment/{number}")
    await jira.get(f"/rest/api/3/attachment/content/{number}")
    await jira.get(path)
    await jira.put(path, json={"body": adf("ho")})
    await jira.put(f"{properties}/properties/a", json=1)
    await jira.get(f"{properties}/properties")
    await jira.get(f"{properties}/properties/a")
    await jira.delete(path)
    assert await violations_of(jira) == []
