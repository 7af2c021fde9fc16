"""A site that is made from imported issues, and a site that survives a restart."""

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.sandbox.config import OAuthSetting, SandboxConfig
from connectors.sandbox.importing import NotAnIssueError
from connectors.sandbox.journal import JournalError, held
from connectors.sandbox.main import create_sandbox
from tests.connectors.sandbox.support import CONFIG, START, adf, opened

RECORDED = Path(__file__).parents[3].parent / "shared" / "data" / "rest" / "devlake" / "raw"
SPRINT = "customfield_10104"
ITEM = {"field": "status", "fieldtype": "jira", "fieldId": "status", "from": "1", "fromString": "Open"}
ENTRIES = [
    {
        "id": "501",
        "created": "2026-03-02T09:00:00.000+0000",
        "author": {"name": "ann", "key": "JIRAUSER1", "displayName": "Ann"},
        "items": [{**ITEM, "to": "5", "toString": "Resolved"}],
    },
    {
        "id": "502",
        "created": 1772528400000,
        "items": [
            {"field": "Story Points", "fieldtype": "custom", "fieldId": "customfield_10006", "toString": "5"},
            {
                "field": "Sprint",
                "fieldId": SPRINT,
                "from": "",
                "fromString": "",
                "to": "7",
                "toString": "Gone, 7",
            },
        ],
    },
]


def _issue(number: int, **fields: Any) -> dict[str, Any]:
    values = "id=8,rapidViewId=3,state=ACTIVE,name=A, b,goal=<null>"
    sprint = f"com.atlassian.greenhopper.service.sprint.Sprint@1[{values}]"
    known = {
        "summary": f"Issue {number}",
        "project": {"id": "77", "key": "OLD", "name": "Old things"},
        "issuetype": {"id": "9", "name": "Story", "subtask": False},
        "status": {"id": "5", "name": "Resolved", "statusCategory": {"key": "done"}},
        "priority": {"id": "2", "name": "Critical"},
        "reporter": {"name": "ann", "key": "JIRAUSER1", "displayName": "Ann"},
        "created": "2026-03-01T09:00:00.000+0000",
        "updated": "2026-03-03T09:00:00.000+0000",
        "description": "h1. Title",
        "labels": ["a"],
        SPRINT: [sprint],
        "customfield_10006": 5.0,
        "customfield_10999": {"value": "Blue", "id": "1"},
        **fields,
    }
    return {
        "id": str(9000 + number),
        "key": f"OLD-{number}",
        "fields": known,
        "changelog": {"histories": ENTRIES},
    }


def _file(folder: Path, documents: list[dict[str, Any]]) -> Path:
    path = folder / "issues.jsonl"
    path.write_text("\n".join(json.dumps(one) for one in documents), encoding="utf-8")
    return path


async def test_imported_issues_are_served_with_their_history(tmp_path: Path) -> None:
    parent = {
        "issuetype": {"id": "10", "name": "Sub-task", "subtask": True},
        "parent": {"key": "OLD-1"},
        SPRINT: None,
    }
    path = _file(tmp_path, [_issue(1), _issue(2, **parent)])
    async with opened(SandboxConfig(import_file=path, start=START, speed=0)) as jira:
        issue = (await jira.get("/rest/api/2/issue/OLD-1?expand=changelog")).json()
        fields, histories = issue["fields"], issue["changelog"]["histories"]
        assert (issue["id"], fields["summary"], fields["description"]) == ("9001", "Issue 1", "h1. Title")
        assert fields[SPRINT] == [{"id": 8, "name": "A, b", "state": "active", "boardId": 3, "goal": ""}]
        assert (fields["customfield_10006"], fields["customfield_10999"]["value"]) == (5.0, "Blue")
        assert [one["id"] for one in histories] == ["502", "501"]
        assert histories[1]["items"][0]["toString"] == "Resolved"
        names = {
            one["id"]: one["schema"].get("custom", "") for one in (await jira.get("/rest/api/3/field")).json()
        }
        assert names[SPRINT].endswith(":gh-sprint")
        found = (await jira.get("/rest/api/2/search/jql?jql=sprint=8 AND cf[10999]=blue&fields=key")).json()
        assert {one["key"] for one in found["issues"]} == {"OLD-1", "OLD-2"}
        board = (await jira.get("/rest/agile/1.0/board/3/configuration")).json()
        assert board["estimation"]["field"]["fieldId"] == "customfield_10006"
        sprints = (await jira.get("/rest/agile/1.0/board/1/sprint?state=closed")).json()["values"]
        assert [(one["id"], one["name"]) for one in sprints] == [(7, "7")]
        new = {"project": {"key": "OLD"}, "issuetype": {"name": "Story"}, "summary": "New"}
        made = (await jira.post("/rest/api/3/issue", json={"fields": new})).json()
        assert (made["key"], int(made["id"]) > 9002) == ("OLD-3", True)
        edge = (await jira.get("/rest/api/3/issue/OLD-1/transitions")).json()["transitions"][0]
        answer = await jira.post(
            "/rest/api/3/issue/OLD-1/transitions", json={"transition": {"id": edge["id"]}}
        )
        assert answer.status_code == 204


@pytest.mark.parametrize("line", ["{", "[]", '{"key": "A-1"}'])
def test_a_line_that_is_no_issue_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(line)
    with pytest.raises(NotAnIssueError, match="line 1"):
        create_sandbox(SandboxConfig(import_file=path, start=START))


def _recorded() -> Iterator[dict[str, Any]]:
    csv.field_size_limit(sys.maxsize)
    with (RECORDED / "_raw_jira_api_issues.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield json.loads(row["data"])


@pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
async def test_recorded_issues_of_a_real_site_are_served_again(tmp_path: Path, deployment: str) -> None:
    if not RECORDED.is_dir():
        pytest.skip("recorded answers are not at hand")
    documents = [*{one["key"]: one for one in _recorded()}.values()]
    path = _file(tmp_path, documents)
    config = SandboxConfig(import_file=path, start=START, speed=0, deployment=deployment)
    async with opened(config) as jira:
        if deployment == "datacenter":
            jira.auth = httpx.BasicAuth("automation", "sandbox-password")
        for document in documents:
            issue = (await jira.get(f"/rest/api/2/issue/{document['key']}?expand=changelog")).json()
            assert issue["id"] == document["id"]
            assert issue["fields"]["status"]["name"] == document["fields"]["status"]["name"]
            recorded = len(document["changelog"]["histories"])
            assert issue["changelog"]["total"] == recorded


async def _picture(jira: httpx.AsyncClient) -> Any:
    """All that a caller can see of the site."""
    body = {
        "jql": "project = BURN ORDER BY id",
        "fields": ["*all"],
        "expand": "changelog",
        "maxResults": 5000,
    }
    issues = []
    while True:
        page = (await jira.post("/rest/api/3/search/jql", json=body)).json()
        issues += page["issues"]
        if page["isLast"]:
            break
        body["nextPageToken"] = page["nextPageToken"]
    sprints = (await jira.get("/rest/agile/1.0/board/1/sprint")).json()
    hooks = (await jira.get("/rest/webhooks/1.0/webhook")).json()
    ledger = (await jira.get("/_sandbox/ledger")).json()
    return issues, sprints, hooks, ledger, (await jira.get("/_sandbox/clock")).json()


async def test_a_site_goes_on_where_it_was_after_a_restart(tmp_path: Path) -> None:
    config = replace(CONFIG, state_file=tmp_path / "site.jsonl", oauth=OAuthSetting())
    app = {"client_id": "sandbox-client", "client_secret": "sandbox-client-secret"}
    async with opened(config) as jira:
        await jira.post("/rest/api/3/issue/BURN-1/comment", json={"body": adf("kept")})
        await jira.post("/_sandbox/clock/advance", json={"days": 3})
        await jira.put("/rest/api/3/issue/BURN-2", json={"fields": {"summary": "Renamed"}})
        files, headers = {"file": ("a.png", b"\x00\xff", "image/png")}, {"X-Atlassian-Token": "no-check"}
        await jira.post("/rest/api/3/issue/BURN-2/attachments", files=files, headers=headers)
        await jira.post("/_sandbox/silently/delete", json={"issues": ["BURN-30"]})
        await jira.post("/rest/webhooks/1.0/webhook", json={"name": "x", "url": "http://127.0.0.1:9/x"})
        refresh = {"grant_type": "refresh_token", "refresh_token": "sandbox-refresh-0", **app}
        tokens = (await jira.post("/oauth/token", json=refresh)).json()
        before = await _picture(jira)
    async with opened(config) as jira:
        assert await _picture(jira) == before
        again = {**refresh, "refresh_token": tokens["refresh_token"]}
        assert (await jira.post("/oauth/token", json=again)).status_code == 200
        await jira.put("/rest/api/3/issue/BURN-1", json={"fields": {"summary": "Again"}})
        after = await _picture(jira)
    async with opened(config) as jira:
        assert await _picture(jira) == after


async def test_a_line_that_a_crash_cut_off_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "site.jsonl"
    config = replace(CONFIG, state_file=path)
    async with opened(config) as jira:
        await jira.put("/rest/api/3/issue/BURN-1", json={"fields": {"summary": "Kept"}})
    path.write_text(path.read_text() + '{"at": "2026-')
    async with opened(config) as jira:
        assert (await jira.get("/rest/api/3/issue/BURN-1")).json()["fields"]["summary"] == "Kept"


async def test_the_memory_of_another_site_is_refused(tmp_path: Path) -> None:
    config = replace(CONFIG, state_file=tmp_path / "site.jsonl")
    async with opened(config):
        pass
    with pytest.raises(JournalError, match="another site"):
        async with opened(replace(config, seed=99)):
            pass


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("This is a diary.\n", "line 1: this is no memory"),
        ("[1]\n", "line 1: this is no memory"),
        ('{"a": 1}\n', "line 1: this is no memory"),
        ('{"at": "2026-11-18T10:30:00+00:00"}\n', "is no memory"),
        (b"\xff\x00", "cannot be read"),
    ],
)
def test_a_file_that_is_no_memory_is_refused_and_left_as_it_was(
    tmp_path: Path, written: str | bytes, why: str
) -> None:
    path, content = tmp_path / "diary", written.encode() if isinstance(written, str) else written
    path.write_bytes(content)
    with pytest.raises(JournalError, match=why):
        create_sandbox(replace(CONFIG, state_file=path))
    assert path.read_bytes() == content


async def test_a_memory_that_is_damaged_in_the_middle_is_refused_rather_than_cut_there(
    tmp_path: Path,
) -> None:
    config = replace(CONFIG, state_file=tmp_path / "site.jsonl")
    async with opened(config) as jira:
        for summary in ("a", "b"):
            await jira.put("/rest/api/3/issue/BURN-1", json={"fields": {"summary": summary}})
    lines = (tmp_path / "site.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "site.jsonl").write_text("".join([lines[0], lines[1][:20] + "\n", *lines[2:]]))
    with pytest.raises(JournalError, match="line 2"):
        create_sandbox(config)


def test_one_file_is_the_memory_of_one_process_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "site.jsonl"
    with held(path), pytest.raises(JournalError, match="in use by another sandbox"), held(path):
        pass
    with held(path):
        pass


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(JournalError, match="cannot be written"), held(tmp_path / "file" / "site.jsonl"):
        pass


def test_the_command_refuses_such_a_file_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "diary"
    path.write_text("This is a diary.\n")
    command = [sys.executable, "-m", "app.cli", "sandbox", "--state", str(path), "--port", "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("burnish: ")
    assert "line 1" in done.stderr
    assert "Traceback" not in done.stderr
