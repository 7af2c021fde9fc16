from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from connectors.sandbox.agenda import ENDS_AFTER, SPRINT_LENGTH, STARTS_AT, running_monday
from tests.connectors.sandbox.support import CONFIG, START, opened

SPRINT, POINTS = "customfield_10020", "customfield_10034"
DONE = {"10002", "10037"}
FIELDS = f"status,created,issuetype,{SPRINT},{POINTS}"


async def _everything(jira: httpx.AsyncClient) -> list[dict[str, Any]]:
    """All issues with their whole changelogs, oldest entry first, over REST alone."""
    issues: list[dict[str, Any]] = []
    token: str | None = None
    while True:
        params = {"jql": "project = BURN ORDER BY id ASC", "fields": FIELDS, "maxResults": "100"}
        page = (
            await jira.get(
                "/rest/api/3/search/jql", params=params | ({"nextPageToken": token} if token else {})
            )
        ).json()
        issues += page["issues"]
        token = page.get("nextPageToken")
        if page["isLast"]:
            break
    for issue in issues:
        issue["histories"] = [entry async for entry in _changelog(jira, issue["id"])]
    return issues


async def _changelog(jira: httpx.AsyncClient, issue: str) -> AsyncIterator[dict[str, Any]]:
    start = 0
    while True:
        page = (await jira.get(f"/rest/api/3/issue/{issue}/changelog", params={"startAt": start})).json()
        for entry in page["values"]:
            yield entry
        start += len(page["values"])
        if page["isLast"]:
            return


def _items(issue: dict[str, Any], field: str) -> Iterator[tuple[datetime, dict[str, Any]]]:
    for entry in issue["histories"]:
        for item in entry["items"]:
            if item.get("fieldId") == field:
                yield datetime.fromisoformat(entry["created"]), item


async def test_the_same_seed_start_and_advances_make_the_same_history() -> None:
    histories = []
    for _ in range(2):
        async with opened(CONFIG) as jira:
            await jira.post("/_sandbox/clock/advance", json={"days": 4})
            histories.append(await _everything(jira))
    assert histories[0] == histories[1]


async def test_one_long_advance_plays_the_same_as_many_short_ones() -> None:
    async with opened(CONFIG) as once, opened(CONFIG) as often:
        await once.post("/_sandbox/clock/advance", json={"days": 3})
        for _ in range(9):
            await often.post("/_sandbox/clock/advance", json={"hours": 8})
        assert await _everything(once) == await _everything(often)


async def test_walking_a_changelog_back_from_the_present_never_breaks_the_chain(
    jira: httpx.AsyncClient,
) -> None:
    for issue in await _everything(jira):
        fields = issue["fields"]
        points = fields[POINTS]
        present = {
            "status": ("to", fields["status"]["id"]),
            SPRINT: ("to", ", ".join(str(sprint["id"]) for sprint in fields[SPRINT] or [])),
            POINTS: ("toString", None if points is None else f"{points:g}"),
        }
        for field, (side, value) in present.items():
            expected = value
            for _, item in reversed(list(_items(issue, field))):
                assert item[side] == expected, (issue["key"], field)
                expected = item[side.replace("to", "from", 1)]


async def test_histories_have_growing_ids_and_never_leave_working_hours(jira: httpx.AsyncClient) -> None:
    for issue in await _everything(jira):
        ids = [int(entry["id"]) for entry in issue["histories"]]
        assert ids == sorted(set(ids))
        for entry in issue["histories"]:
            at = datetime.fromisoformat(entry["created"]).astimezone(UTC)
            assert at.weekday() < 5
            assert 8 <= at.hour <= 17


async def test_a_closed_sprint_keeps_its_id_on_carried_over_issues(jira: httpx.AsyncClient) -> None:
    accounts = (await jira.get("/_sandbox/ledger")).json()["sprints"]
    issues = {issue["key"]: issue for issue in await _everything(jira)}
    carried = [
        (account["sprintId"], key) for account in accounts for key in account["carriedOver"] if key in issues
    ]
    assert carried
    for sprint, key in carried:
        assert sprint in [one["id"] for one in issues[key]["fields"][SPRINT]]
    assert any(len(issues[key]["fields"][SPRINT]) > 1 for _, key in carried)


def _at(issue: dict[str, Any], field: str, present: Any, when: datetime, side: str) -> Any:
    """The value of a field at an instant, rewound from the present."""
    value = present
    for at, item in reversed(list(_items(issue, field))):
        if at > when:
            value = item[side]
    return value


def _state(issue: dict[str, Any], sprint: str, when: datetime) -> tuple[bool, bool, float | None]:
    """Whether the issue was in the sprint, whether it was done, and its points."""
    fields = issue["fields"]
    sprints = ", ".join(str(one["id"]) for one in fields[SPRINT] or [])
    points = None if fields[POINTS] is None else str(fields[POINTS])
    inside = sprint in _at(issue, SPRINT, sprints, when, "from").split(", ")
    done = _at(issue, "status", fields["status"]["id"], when, "from") in DONE
    value = _at(issue, POINTS, points, when, "fromString")
    return inside, done, None if value is None else float(value)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
async def test_the_ledger_that_was_counted_forward_agrees_with_the_changelog_read_backward(seed: int) -> None:
    config = type(CONFIG)(seed=seed, closed_sprints=4, backlog=30, start=START, speed=0)
    async with opened(config) as jira:
        accounts = (await jira.get("/_sandbox/ledger")).json()["sprints"]
        issues = [one for one in await _everything(jira) if not one["fields"]["issuetype"]["subtask"]]
    for account in accounts[:-1]:
        start, end = (datetime.fromisoformat(account[name]) for name in ("startedAt", "completedAt"))
        sets: dict[str, dict[str, float | None]] = {"commitment": {}, "completed": {}, "notCompleted": {}}
        for issue in issues:
            fields, state = issue["fields"], partial(_state, issue, str(account["sprintId"]))
            if datetime.fromisoformat(fields["created"]) <= start:
                inside, done, value = state(start)
                if inside and not done:
                    sets["commitment"][issue["key"]] = value
            if datetime.fromisoformat(fields["created"]) <= end:
                inside, done, value = state(end)
                if inside:
                    sets["completed" if done else "notCompleted"][issue["key"]] = value
        for name, found in sets.items():
            assert account[name] == found, (account["name"], name)


async def test_the_points_of_a_closed_sprint_add_up(jira: httpx.AsyncClient) -> None:
    """Commitment + added + re-estimated = completed + not completed + removed, issue by issue."""
    for account in (await jira.get("/_sandbox/ledger")).json()["sprints"]:
        reached = {**account["completed"], **account["notCompleted"], **account["removed"]}
        known = {**account["commitment"], **account["added"]}
        assert known.keys() == reached.keys() - account["completedElsewhere"].keys()
        changes: dict[str, float] = {}
        for event in account["events"]:
            key = event["key"]
            if event["what"] == "reestimated":
                step = (event["points"] or 0) - (event["before"] or 0)
                changes[key] = changes.get(key, 0) + step
        for key, points in reached.items():
            entered = [
                event for event in account["events"] if event["key"] == key and event["what"] == "added"
            ]
            if len(entered) <= 1:
                assert (known[key] or 0) + changes.get(key, 0) == (points or 0), (account["name"], key)


@pytest.mark.parametrize("day", range(14))
def test_the_present_always_falls_into_the_middle_of_a_sprint(day: int) -> None:
    start = START + timedelta(days=day)
    present = start + timedelta(days=2)
    began = running_monday(start)
    assert began.weekday() == 0
    assert began + STARTS_AT < start < present < began + ENDS_AFTER
    assert (present - began).days in {3, 4, 5, 6, 7, 8, 9}
    assert ENDS_AFTER < SPRINT_LENGTH


async def test_the_default_site_is_big_and_varied(jira: httpx.AsyncClient) -> None:
    async with opened(type(CONFIG)(start=START, speed=0)) as big:
        state = (await big.get("/_sandbox/state")).json()
        assert state["issues"] > 200
        params = {"jql": "project = BURN", "fields": "summary,issuetype", "maxResults": 100}
        issues = (await big.get("/rest/api/3/search/jql", params=params)).json()["issues"]
        summaries = {issue["fields"]["summary"] for issue in issues}
        assert len(summaries) == len(issues)
        assert state["reportsIssue"] == "BURN-1"
        accounts = (await big.get("/_sandbox/ledger")).json()["sprints"]
        assert [account["state"] for account in accounts] == ["closed"] * 6 + ["active"]
        for name in ("added", "removed", "completed", "notCompleted"):
            assert any(account[name] for account in accounts), name
