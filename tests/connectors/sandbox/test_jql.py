from typing import Any

import httpx
import pytest

from tests.connectors.sandbox.support import CONFIG, opened

SEARCH = "/rest/api/3/search/jql"
FIELDS = ["*all"]


async def _issues(jira: httpx.AsyncClient, jql: str) -> list[dict[str, Any]]:
    body: dict[str, Any] = {"jql": jql, "fields": FIELDS, "maxResults": 100}
    found: list[dict[str, Any]] = []
    while True:
        answer = await jira.post(SEARCH, json=body)
        assert answer.status_code == 200, answer.text
        found += answer.json()["issues"]
        if answer.json()["isLast"]:
            return found
        body["nextPageToken"] = answer.json()["nextPageToken"]


def _status(issue: dict[str, Any]) -> str:
    return str(issue["fields"]["status"]["name"])


def _points(issue: dict[str, Any]) -> float | None:
    return issue["fields"]["customfield_10034"]  # type: ignore[no-any-return]


def _assignee(issue: dict[str, Any]) -> str | None:
    return (issue["fields"]["assignee"] or {}).get("displayName")


def _open(issue: dict[str, Any]) -> bool:
    return any(one["state"] == "active" for one in issue["fields"]["customfield_10020"] or [])


@pytest.mark.parametrize(
    ("jql", "holds"),
    [
        ('status = "In Progress" OR status = Done', lambda one: _status(one) in {"In Progress", "Done"}),
        ("status in (3, 10002)", lambda one: _status(one) in {"In Progress", "Done"}),
        ("NOT statusCategory = Done", lambda one: one["fields"]["status"]["statusCategory"]["key"] != "done"),
        ("! (status = Done) && project = BURN", lambda one: _status(one) != "Done"),
        ('assignee = "Aiko Tanabe"', lambda one: _assignee(one) == "Aiko Tanabe"),
        ("assignee != 5e2f9c1b7d40a80e8a1c3d03", lambda one: _assignee(one) not in {None, "Aiko Tanabe"}),
        ("assignee is EMPTY", lambda one: _assignee(one) is None),
        ("assignee = currentUser()", lambda _: False),
        ("labels in (checkout, search)", lambda one: {"checkout", "search"} & set(one["fields"]["labels"])),
        ("labels is not EMPTY", lambda one: one["fields"]["labels"]),
        ("issuetype in (Bug, Task)", lambda one: one["fields"]["issuetype"]["name"] in {"Bug", "Task"}),
        ("type = Sub-task", lambda one: one["fields"]["issuetype"]["subtask"]),
        ("priority > Medium", lambda one: one["fields"]["priority"]["name"] in {"High", "Highest"}),
        ("resolution = Unresolved", lambda one: one["fields"]["resolution"] is None),
        ("resolution is not EMPTY", lambda one: one["fields"]["resolution"] is not None),
        ("sprint in openSprints()", _open),
        ("parent = BURN-2", lambda one: (one["fields"].get("parent") or {}).get("key") == "BURN-2"),
        ("parent is EMPTY", lambda one: "parent" not in one["fields"]),
        ("cf[10034] >= 5", lambda one: (_points(one) or 0) >= 5),
        ('"Story Points" is EMPTY', lambda one: _points(one) is None),
        ("Flagged = Impediment", lambda one: one["fields"]["customfield_10021"]),
        ('summary ~ "cart"', lambda one: "cart" in one["fields"]["summary"].lower()),
        ("text ~ cart", lambda _: True),
        ("updated >= -7d", lambda one: one["fields"]["updated"] >= "2026-11-11"),
        ("created < startOfWeek()", lambda one: one["fields"]["created"] < "2026-11-16"),
        ("due is EMPTY", lambda _: True),
        ("fixVersion is EMPTY AND component is EMPTY", lambda _: True),
    ],
)
async def test_a_query_finds_exactly_what_it_says(jql: str, holds: Any) -> None:
    async with opened(CONFIG) as jira:
        everything = await _issues(jira, "project = BURN")
        found = {one["key"] for one in await _issues(jira, jql)}
    if jql != "text ~ cart":
        assert found == {one["key"] for one in everything if holds(one)}
    if jql not in {"assignee = currentUser()", "Flagged = Impediment"}:
        assert found


async def test_issues_come_in_the_order_asked_for_on_every_page() -> None:
    async with opened(CONFIG) as jira:
        jql = "project = BURN ORDER BY status ASC, priority DESC, summary DESC, key ASC"
        found, seen = await _issues(jira, jql), []
        body: dict[str, Any] = {"jql": jql, "fields": ["key"], "maxResults": 7}
        while True:
            page = (await jira.post(SEARCH, json=body)).json()
            seen += [one["key"] for one in page["issues"]]
            if page["isLast"]:
                break
            body["nextPageToken"] = page["nextPageToken"]
    assert seen == [one["key"] for one in found]
    statuses = [_status(one).casefold() for one in found]
    assert statuses == sorted(statuses)
    first = [one["fields"]["summary"].casefold() for one in found if _status(one) == "To Do"]
    by_priority = [one["fields"]["priority"]["id"] for one in found if _status(one) == "To Do"]
    assert by_priority == sorted(by_priority)
    medium = [text for text, one in zip(first, by_priority, strict=True) if one == "3"]
    assert medium == sorted(medium, reverse=True)
