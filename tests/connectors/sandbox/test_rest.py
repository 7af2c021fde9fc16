import json
from datetime import datetime
from typing import Any

import httpx
import pytest

from connectors.sandbox.config import SandboxConfig
from tests.connectors.sandbox.support import START, adf, opened

SEARCH = "/rest/api/3/search/jql"
SPRINT, POINTS = "customfield_10020", "customfield_10034"


async def _search(jira: httpx.AsyncClient, jql: str, **params: Any) -> httpx.Response:
    return await jira.get(SEARCH, params={"jql": jql, **params})


async def _keys(jira: httpx.AsyncClient, jql: str) -> list[str]:
    found = (await _search(jira, jql, fields="key", maxResults=5000)).json()
    return [issue["key"] for issue in found["issues"]]


@pytest.mark.parametrize("credentials", [None, ("automation@example.com", "wrong"), ("x", "sandbox-token")])
async def test_without_the_right_token_there_is_nothing_to_see(
    jira: httpx.AsyncClient, credentials: Any
) -> None:
    jira.auth = httpx.BasicAuth(*credentials) if credentials else None  # type: ignore[assignment]
    for path in (
        "/rest/api/3/myself",
        "/rest/agile/1.0/board",
        f"{SEARCH}?jql=project=BURN",
        "/rest/api/3/no",
    ):
        answer = await jira.get(path)
        assert answer.status_code == 401
        assert answer.json()["status-code"] == 401
    assert (await jira.get("/rest/api/2/serverInfo")).json()["deploymentType"] == "Cloud"


async def test_a_search_answers_ids_only_unless_fields_are_asked_for(jira: httpx.AsyncClient) -> None:
    issue = (await _search(jira, "project = BURN")).json()["issues"][0]
    assert issue.keys() == {"id"}


async def test_a_search_is_walked_by_token_and_misses_nothing(jira: httpx.AsyncClient) -> None:
    seen: list[str] = []
    params: dict[str, Any] = {
        "jql": "project = BURN ORDER BY updated ASC",
        "fields": ["summary"],
        "maxResults": 7,
    }
    while True:
        page = (await jira.post(SEARCH, json=params)).json()
        seen += [issue["key"] for issue in page["issues"]]
        assert "total" not in page
        if page["isLast"]:
            assert "nextPageToken" not in page
            break
        params["nextPageToken"] = page["nextPageToken"]
    assert len(seen) == len(set(seen)) == (await jira.get("/_sandbox/state")).json()["issues"]


async def test_pages_with_fields_are_smaller_than_asked_for() -> None:
    async with opened(SandboxConfig(start=START, speed=0, backlog=300)) as jira:
        page = (await _search(jira, "project = BURN", fields="summary", maxResults=1000)).json()
        assert len(page["issues"]) == 100
        assert len((await _search(jira, "project = BURN", maxResults=5000)).json()["issues"]) > 300
        assert (await _search(jira, "project = BURN", maxResults=5001)).status_code == 400


async def test_a_big_site_is_ready_soon_and_walked_soon() -> None:
    async with opened(SandboxConfig(start=START, speed=0, backlog=10_000, closed_sprints=1)) as jira:
        page = (await _search(jira, "project = BURN ORDER BY key DESC", maxResults=5000)).json()
        assert len(page["issues"]) == 5000


@pytest.mark.parametrize(
    ("jql", "says"),
    [
        ("", "Unbounded"),
        ("ORDER BY created DESC", "Unbounded"),
        ("project = NOPE", "The value 'NOPE' does not exist for the field 'project'."),
        ("colour = red", "Field 'colour' does not exist"),
        ("project = BURN OR", "before the end of the query"),
        ("project = BURN AND (key = BURN-1", "Expecting ')' before the end"),
        ("project = BURN AND NOT", "before the end of the query"),
        ("status was Done", "'was' is not expected"),
        ("status = Nope", "The value 'Nope' does not exist for the field 'status'."),
        ("assignee = nobody-known", "The value 'nobody-known' does not exist"),
        ("sprint in lastSprints()", "The value 'lastSprints' does not exist"),
        ("summary = x", "The operator '=' is not supported by the 'summary' field."),
        ("updated >= 2026-01-01T10:00:00Z", "Date value"),
        ("updated ~ x", "The operator '~' is not supported by the 'updated' field."),
        ("key in (BURN-1, BURN-99999)", "An issue with key 'BURN-99999' does not exist"),
        ("sprint = 99", "The value '99' does not exist for the field 'sprint'."),
        ("project = BURN ORDER BY colour", "Field 'colour' does not exist"),
        ("project in ()", "not expected"),
        ("project =", "before the end of the query"),
    ],
)
async def test_jql_that_is_wrong_or_unknown_is_refused_in_words(
    jira: httpx.AsyncClient, jql: str, says: str
) -> None:
    answer = await _search(jira, jql)
    assert answer.status_code == 400
    assert says in answer.json()["errorMessages"][0]
    assert answer.json()["errors"] == {}


async def test_jql_dates_are_read_in_the_time_zone_of_the_account(jira: httpx.AsyncClient) -> None:
    issue = (await jira.get("/rest/api/3/issue/BURN-5", params={"fields": "updated"})).json()
    updated = datetime.fromisoformat(issue["fields"]["updated"])
    assert issue["fields"]["updated"][-5:] in {"+0100", "+0200"}
    minute = f"{updated:%Y-%m-%d %H:%M}"
    assert "BURN-5" in await _keys(jira, f'project = BURN AND updated >= "{minute}"')
    number = round(updated.timestamp() * 1000)
    assert "BURN-5" in await _keys(jira, f"updated >= {number}")
    assert "BURN-5" not in await _keys(jira, f"updated > {number}")


async def test_issues_are_found_by_sprint_key_and_id_and_sorted(jira: httpx.AsyncClient) -> None:
    assert await _keys(jira, "key in (burn-3, BURN-1) ORDER BY id DESC") == ["BURN-3", "BURN-1"]
    number = (await jira.get("/rest/api/3/issue/BURN-4")).json()["id"]
    assert await _keys(jira, f"id in ({number})") == ["BURN-4"]
    in_sprint = set(await _keys(jira, "project = BURN AND sprint = 1"))
    assert in_sprint
    assert in_sprint.isdisjoint(await _keys(jira, "sprint not in (1)"))
    assert "BURN-1" in await _keys(jira, "sprint is EMPTY")


async def test_the_old_search_is_gone_and_says_where_to_go(jira: httpx.AsyncClient) -> None:
    for answer in (await jira.get("/rest/api/3/search"), await jira.post("/rest/api/3/search", json={})):
        assert answer.status_code == 410
        assert "/rest/api/3/search/jql" in answer.json()["errorMessages"][0]


async def test_an_embedded_changelog_is_cut_and_newest_first_so_the_rest_must_be_paged(
    jira: httpx.AsyncClient,
) -> None:
    for number in range(45):
        await jira.put("/rest/api/3/issue/BURN-1", json={"fields": {"summary": f"Team reports {number}"}})
    log = (await jira.get("/rest/api/3/issue/BURN-1", params={"expand": "changelog"})).json()["changelog"]
    assert (len(log["histories"]), log["total"], log["maxResults"]) == (40, 45, 40)
    assert log["histories"][0]["items"][0]["toString"] == "Team reports 44"
    page = (await jira.get("/rest/api/3/issue/BURN-1/changelog", params={"maxResults": 2})).json()
    assert (page["values"][0]["items"][0]["toString"], page["isLast"]) == ("Team reports 0", False)


async def test_bulk_changelogs_tell_only_the_fields_asked_for_and_split_over_pages(
    jira: httpx.AsyncClient,
) -> None:
    body: dict[str, Any] = {
        "issueIdsOrKeys": await _keys(jira, "sprint = 1"),
        "fieldIds": ["status"],
        "maxResults": 5,
    }
    entries: list[dict[str, Any]] = []
    while True:
        page = (await jira.post("/rest/api/3/changelog/bulkfetch", json=body)).json()
        found = [entry for log in page["issueChangeLogs"] for entry in log["changeHistories"]]
        assert len(found) <= 5
        entries += found
        if "nextPageToken" not in page:
            break
        body["nextPageToken"] = page["nextPageToken"]
    assert len({entry["id"] for entry in entries}) == len(entries) > 10
    assert {item["field"] for entry in entries for item in entry["items"]} == {"status"}
    assert all(isinstance(entry["created"], int) for entry in entries)


async def test_what_an_issue_is_created_with_is_not_in_its_changelog(jira: httpx.AsyncClient) -> None:
    fields = {
        "project": {"key": "BURN"},
        "issuetype": {"name": "Story"},
        "summary": "Created over REST",
        "description": adf("Hello"),
        POINTS: 5,
        SPRINT: 3,
        "labels": ["checkout"],
    }
    created = await jira.post("/rest/api/3/issue", json={"fields": fields})
    assert created.status_code == 201
    assert created.json().keys() == {"id", "key", "self"}
    issue = (
        await jira.get(f"/rest/api/3/issue/{created.json()['key']}", params={"expand": "changelog"})
    ).json()
    assert issue["changelog"]["total"] == 0
    assert issue["fields"][SPRINT][0]["id"] == 3
    assert issue["fields"][POINTS] == 5.0
    assert issue["fields"]["description"]["type"] == "doc"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"fields": {"summary": ""}}, "summary"),
        ({"fields": {"status": {"id": "3"}}}, "status"),
        ({"fields": {"description": "a string"}}, "description"),
        ({"fields": {POINTS: "5"}}, POINTS),
        ({"fields": {"labels": ["two words"]}}, "labels"),
        ({"fields": {SPRINT: 1}}, SPRINT),
        ({"fields": {"labels": []}, "update": {"labels": [{"add": "x"}]}}, "labels"),
        ({"update": {"summary": [{"add": "x"}]}}, "summary"),
    ],
)
async def test_a_wrong_edit_is_refused_by_field_and_changes_nothing(
    jira: httpx.AsyncClient, body: dict[str, Any], field: str
) -> None:
    before = (await jira.get("/rest/api/3/issue/BURN-20")).json()
    answer = await jira.put("/rest/api/3/issue/BURN-20", json=body)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    assert (await jira.get("/rest/api/3/issue/BURN-20")).json() == before


async def test_labels_are_added_and_removed_one_by_one(jira: httpx.AsyncClient) -> None:
    body = {"update": {"labels": [{"add": "new"}, {"remove": "reports"}, {"add": "new"}]}}
    answer = await jira.put("/rest/api/3/issue/BURN-1", params={"returnIssue": "true"}, json=body)
    assert answer.json()["fields"]["labels"] == ["new"]
    assert (await jira.put("/rest/api/3/issue/BURN-1", json=body)).status_code == 204
    log = (await jira.get("/rest/api/3/issue/BURN-1/changelog")).json()
    assert log["total"] == 1
    item = log["values"][0]["items"][0]
    assert (item["from"], item["fromString"], item["toString"]) == (None, "reports", "new")


async def test_a_transition_goes_only_from_the_present_status(jira: httpx.AsyncClient) -> None:
    path = "/rest/api/3/issue/BURN-1/transitions"
    found = (await jira.get(path)).json()["transitions"]
    assert {one["id"]: one["to"]["name"] for one in found} == {"11": "In Progress", "51": "Won't do"}
    assert (await jira.post(path, json={"transition": {"id": "42"}})).status_code == 400
    for step in ("11", "31", "42"):
        assert (await jira.post(path, json={"transition": {"id": step}})).status_code == 204
    issue = (await jira.get("/rest/api/3/issue/BURN-1", params={"expand": "changelog"})).json()
    assert issue["fields"]["resolution"]["name"] == "Done"
    assert [item["field"] for item in issue["changelog"]["histories"][0]["items"]] == ["resolution", "status"]


async def test_comments_are_living_documents_with_properties(jira: httpx.AsyncClient) -> None:
    path = "/rest/api/3/issue/BURN-1/comment"
    body = {"body": adf("first"), "properties": [{"key": "marker", "value": {"run": 1}}]}
    comment = (await jira.post(path, json=body)).json()
    assert "properties" not in comment
    found = (await jira.get(path, params={"expand": "properties", "orderBy": "-created"})).json()
    assert found["comments"][0]["properties"] == body["properties"]
    edited = await jira.put(
        f"{path}/{comment['id']}", params={"notifyUsers": "false"}, json={"body": adf("second")}
    )
    assert edited.json()["body"] == adf("second")
    store = f"/rest/api/3/comment/{comment['id']}/properties/other"
    assert [(await jira.put(store, json=value)).status_code for value in (1, [2])] == [201, 200]
    assert (await jira.get(store)).json() == {"key": "other", "value": [2]}
    assert (await jira.delete(f"{path}/{comment['id']}")).status_code == 204
    assert (await jira.get(f"{path}/{comment['id']}")).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        "a string",
        None,
        {"type": "doc", "version": 1, "content": []},
        {"type": "paragraph", "content": []},
        {"type": "doc", "version": 1, "content": [{"type": "text", "text": "bare"}]},
        {
            "type": "doc",
            "version": 1,
            "content": [{"type": "paragraph", "content": [{"type": "text", "text": ""}]}],
        },
        {
            "type": "doc",
            "version": 1,
            "content": [{"type": "panel", "attrs": {}, "content": adf("x")["content"]}],
        },
        {"type": "doc", "version": 1, "content": [{"type": "table", "content": adf("x")["content"]}]},
        adf("x" * 32_700),
    ],
)
async def test_a_comment_that_is_no_valid_document_is_refused(jira: httpx.AsyncClient, body: object) -> None:
    answer = await jira.post("/rest/api/3/issue/BURN-1/comment", json={"body": body})
    assert answer.status_code == 400
    assert answer.json().keys() == {"errorMessages", "errors"}


async def test_the_limit_counts_the_serialised_document() -> None:
    async with opened(SandboxConfig(start=START, speed=0, closed_sprints=0)) as jira:
        room = 32_767 - len(json.dumps(adf(""), separators=(",", ":")))
        for length, status in ((room, 201), (room + 1, 400)):
            body = {"body": adf("x" * length)}
            answer = await jira.post("/rest/api/3/issue/BURN-1/comment", json=body)
            assert answer.status_code == status


async def test_an_upload_without_the_token_header_is_taken_for_a_forgery(jira: httpx.AsyncClient) -> None:
    path, content = "/rest/api/3/issue/BURN-1/attachments", bytes(range(256)) * 4 + b"\r\n--x\r\n"
    files = {"file": ("chart.png", content, "image/png")}
    assert (await jira.post(path, files=files)).status_code == 403
    (attachment,) = (await jira.post(path, files=files, headers={"X-Atlassian-Token": "no-check"})).json()
    assert (attachment["filename"], attachment["size"]) == ("chart.png", len(content))
    address = f"/rest/api/3/attachment/content/{attachment['id']}"
    moved = await jira.get(address)
    assert moved.status_code == 303
    assert moved.headers["location"].startswith("http://localhost/_media/file/")
    media = await jira.get(moved.headers["location"].replace("http://localhost", ""))
    assert media.content == content
    found = await jira.get(address, params={"redirect": "false"})
    assert (found.content, found.headers["content-type"]) == (content, "image/png")


async def test_a_kanban_board_has_no_sprints(jira: httpx.AsyncClient) -> None:
    assert (await jira.get("/rest/agile/1.0/board/2/sprint")).status_code == 400
    assert "estimation" not in (await jira.get("/rest/agile/1.0/board/2/configuration")).json()


async def test_an_issue_pulled_out_of_an_open_sprint_loses_its_id_and_keeps_the_closed_ones(
    jira: httpx.AsyncClient,
) -> None:
    for key in await _keys(jira, "sprint = 3"):
        issue = (await jira.get(f"/rest/api/3/issue/{key}")).json()["fields"]
        if issue["issuetype"]["subtask"]:
            continue
        before = [one["id"] for one in issue[SPRINT]]
        await jira.post("/rest/agile/1.0/backlog/issue", json={"issues": [key]})
        after = (await jira.get(f"/rest/api/3/issue/{key}")).json()["fields"][SPRINT] or []
        assert [one["id"] for one in after] == [number for number in before if number != 3]


async def test_a_sprint_is_made_started_and_closed_and_touches_no_issue(jira: httpx.AsyncClient) -> None:
    base = "/rest/agile/1.0/sprint"
    sprint = (await jira.post(base, json={"name": "Extra", "originBoardId": 1})).json()
    path = f"{base}/{sprint['id']}"
    assert (sprint["state"], "startDate" in sprint) == ("future", False)
    assert (await jira.post(f"{path}/issue", json={"issues": ["BURN-1"]})).status_code == 204
    updated = (await jira.get("/rest/api/3/issue/BURN-1")).json()["fields"]["updated"]
    assert (await jira.post(path, json={"state": "active"})).status_code == 400
    dates = {"startDate": "2026-11-18T10:00:00.000Z", "endDate": "2026-12-01T10:00:00.000+01:00"}
    assert (await jira.post(path, json={"state": "active", **dates})).json()["state"] == "active"
    closed = (await jira.post(path, json={"state": "closed"})).json()
    assert closed["completeDate"].endswith("Z")
    assert (await jira.post(path, json={"startDate": dates["startDate"]})).status_code == 400
    assert (await jira.post(f"{path}/issue", json={"issues": ["BURN-2"]})).status_code == 400
    issue = (await jira.get("/rest/api/3/issue/BURN-1")).json()["fields"]
    assert (issue["updated"], issue[SPRINT][0]["state"]) == (updated, "closed")


async def test_no_more_than_fifty_issues_are_moved_at_once(jira: httpx.AsyncClient) -> None:
    answer = await jira.post("/rest/agile/1.0/sprint/3/issue", json={"issues": ["BURN-1"] * 51})
    assert answer.status_code == 400


async def test_a_ranked_issue_stands_where_it_was_put(jira: httpx.AsyncClient) -> None:
    path = "/rest/agile/1.0/board/1/backlog"
    keys = [one["key"] for one in (await jira.get(path, params={"fields": "summary"})).json()["issues"]]
    body = {"issues": [keys[-1]], "rankBeforeIssue": keys[0]}
    assert (await jira.put("/rest/agile/1.0/issue/rank", json=body)).status_code == 204
    after = [one["key"] for one in (await jira.get(path, params={"fields": "summary"})).json()["issues"]]
    assert after == [keys[-1], *keys[:-1]]


async def test_what_is_unknown_is_missing_in_jiras_words(jira: httpx.AsyncClient) -> None:
    for path in (
        "/rest/api/3/issue/BURN-9999",
        "/rest/api/3/issue/BURN-1/comment/1",
        "/rest/agile/1.0/board/9",
        "/rest/agile/1.0/sprint/99",
        "/rest/api/3/project/NOPE",
        "/rest/api/3/issue/BURN-1/properties/none",
        "/rest/api/3/nowhere",
    ):
        answer = await jira.get(path)
        assert answer.status_code == 404, path
        assert answer.json().keys() == {"errorMessages", "errors"}


async def test_dynamic_webhooks_are_not_for_api_tokens(jira: httpx.AsyncClient) -> None:
    answer = await jira.post("/rest/api/3/webhook", json={"url": "https://x", "webhooks": []})
    assert answer.status_code == 403
    assert answer.json()["errorMessages"] == ["Only Connect and OAuth 2.0 apps can use this operation."]


async def test_issues_of_a_deleted_epic_have_no_parent_any_more(jira: httpx.AsyncClient) -> None:
    assert (await jira.delete("/rest/api/3/issue/BURN-2")).status_code == 204
    found = (await _search(jira, "project = BURN", fields="parent", maxResults=100)).json()["issues"]
    parents = {issue["fields"]["parent"]["key"] for issue in found if "parent" in issue["fields"]}
    assert parents
    assert "BURN-2" not in parents
    assert (await jira.post("/_sandbox/clock/advance", json={"days": 14})).status_code == 200
