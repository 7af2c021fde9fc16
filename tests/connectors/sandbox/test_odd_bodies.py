"""Bodies and parameters of the wrong kind are the caller's fault (4xx), never the site's (5xx)."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.connectors.sandbox import calls
from tests.connectors.sandbox.support import CONFIG, opened

ODD: tuple[Any, ...] = (None, 0, "x", [], {}, [None], {"x": None}, [[]], True)


def _bent(body: Any) -> list[Any]:
    """The body with something odd in the place of each of its parts, and odd altogether."""
    found = list(ODD)
    if isinstance(body, dict):
        for key, value in body.items():
            found += [{**body, key: odd} for odd in ODD]
            found += (
                [{**body, key: inner} for inner in _bent(value)] if isinstance(value, dict | list) else []
            )
    elif isinstance(body, list) and body:
        found += [[inner] for inner in _bent(body[0])]
    return found


def _calls(version: str, *, cloud: bool) -> list[calls.Call]:
    own = calls.CLOUD_ONLY if cloud else calls.DATA_CENTER_ONLY
    found = [*own, *calls.AGILE, *calls.platform(version, cloud=cloud)]
    return [call for call in found if call[2] is not None and call[2] != "FILE" and call[0] != "DELETE"]


@pytest.mark.parametrize(("deployment", "version"), [("cloud", "3"), ("cloud", "2"), ("datacenter", "2")])
async def test_odd_bodies_are_refused(deployment: str, version: str) -> None:
    cloud, failed = deployment == "cloud", []
    async with opened(replace(CONFIG, deployment=deployment)) as jira:
        if not cloud:
            jira.auth = httpx.BasicAuth("automation", "sandbox-password")
        comment = {"body": calls.text(version, "x")}
        made = await jira.post(f"/rest/api/{version}/issue/BURN-30/comment", json=comment)
        for method, template, body in _calls(version, cloud=cloud):
            path = template.replace("API", f"/rest/api/{version}").replace("COMMENT", made.json()["id"])
            for odd in _bent(body):
                try:
                    await jira.request(method, path, json=odd, headers={"X-Atlassian-Token": "no-check"})
                except Exception as error:  # noqa: BLE001 - any that comes through is a 500
                    failed.append(f"{method} {path} {odd}: {error!r}")
    assert not failed, "\n".join(failed)


@pytest.mark.parametrize(
    "query",
    ["startAt=x", "maxResults=x", "maxResults=-1", "startAt=-1", "nextPageToken=x", "reconcileIssues=x"],
)
async def test_odd_parameters_are_refused(jira: httpx.AsyncClient, query: str) -> None:
    for path in (
        "/rest/api/3/search/jql?jql=project=BURN&",
        "/rest/api/3/issue/BURN-1/comment?",
        "/rest/agile/1.0/board?",
        "/rest/agile/1.0/board/1/issue?",
        "/rest/software/1.0/board/1/issue?",
    ):
        assert (await jira.get(path + query)).status_code in {200, 400}
