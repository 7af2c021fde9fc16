"""Every address in every edition and version of REST, each answer held against Atlassian's descriptions."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from connectors.sandbox.config import SandboxConfig
from tests.connectors.request_log import LOG, operation_of
from tests.connectors.sandbox import calls
from tests.connectors.sandbox.calls import Call
from tests.connectors.sandbox.support import CONFIG, opened
from tests.connectors.specs import cloud_specs, data_center_specs

DATA_CENTER = replace(CONFIG, deployment="datacenter")
FAILING = 500


def _calls(version: str, *, cloud: bool) -> list[Call]:
    own = calls.CLOUD_ONLY if cloud else calls.DATA_CENTER_ONLY
    more = calls.CLOUD_AGILE if cloud else []
    return [*own, *calls.AGILE, *more, *calls.platform(version, cloud=cloud)]


async def _ask(jira: httpx.AsyncClient, method: str, path: str, body: Any) -> httpx.Response:
    headers = {"X-Atlassian-Token": "no-check"}
    if body == "FILE":
        return await jira.post(path, files={"file": ("a.png", b"x", "image/png")}, headers=headers)
    return await jira.request(method, path, json=body, headers=headers)


async def _drive(config: SandboxConfig, version: str) -> set[str]:
    """Ask for everything; the operations that were asked for. (`opened` looks at the answers.)"""
    cloud = config.deployment == "cloud"
    known = {"API": f"/rest/api/{version}"}
    async with opened(config) as jira:
        if not cloud:
            jira.auth = None  # type: ignore[assignment]
            jira.headers["Authorization"] = f"Bearer {config.token}"
        for method, template, body in _calls(version, cloud=cloud):
            path = template
            for name, value in known.items():
                path = path.replace(name, value)
            answer = await _ask(jira, method, path, body)
            assert answer.status_code < FAILING, (method, path, answer.text)
            if template.endswith("/comment") and answer.status_code == 201:
                known["COMMENT"] = answer.json()["id"]
            elif template.endswith("/issueLink"):
                issue = (await jira.get(f"/rest/api/{version}/issue/BURN-30")).json()
                known["LINK"] = issue["fields"]["issuelinks"][-1]["id"]
            elif body == "FILE":
                known["ATTACHMENT"] = answer.json()[0]["id"]
        log = (await jira.get(LOG)).json()["requests"]
    return {operation for entry in log if (operation := operation_of(config.deployment, entry))}


OPERATIONS = {"cloud": 165, "datacenter": 141}
"""At least so many operations of the descriptions are driven here; some more are in other tests."""


@pytest.mark.parametrize("version", ["2", "3"])
async def test_every_answer_of_cloud_is_as_described(version: str) -> None:
    cloud_specs()
    assert len(await _drive(CONFIG, version)) >= OPERATIONS["cloud"]


async def test_every_answer_of_data_center_is_as_described() -> None:
    data_center_specs()
    assert len(await _drive(DATA_CENTER, "2")) >= OPERATIONS["datacenter"]


async def test_the_newer_lists_of_issues_go_by_token_and_find_what_the_old_ones_find() -> None:
    """They stand in none of the descriptions that are at hand."""
    paths = ("board/1/issue", "board/1/backlog", "board/1/sprint/3/issue", "sprint/3/issue")
    epics = ("board/1/epic/none/issue", "board/1/epic/BURN-2/issue", "epic/none/issue", "epic/BURN-2/issue")
    async with opened(CONFIG) as jira:
        for path in (*paths, *epics):
            old = (await jira.get(f"/rest/agile/1.0/{path}", params={"maxResults": 1000})).json()["issues"]
            seen: list[str] = []
            params = {"maxResults": "20", "fields": "summary"}
            while True:
                page = (await jira.get(f"/rest/software/1.0/{path}", params=params)).json()
                seen += [issue["key"] for issue in page["issues"]]
                if page["isLast"]:
                    break
                params["nextPageToken"] = page["nextPageToken"]
            assert seen == [issue["key"] for issue in old], path
            count = (await jira.get(f"/rest/software/1.0/{path}/approximate-count")).json()
            assert count == {"count": len(seen)}
