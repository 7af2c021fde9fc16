"""A Jira in memory that answers as told; tests change what it holds and say what it refuses."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from app.store.database import Database
from jobs.context import Context, JiraSite
from jobs.sync import run as sync
from tests.factories import DONE, POINTS_FIELD, SPRINT_FIELD, day
from tests.jobs.support import Clock, context_of, scripted, silent
from tests.payloads import issue
from tests.stores import a_site

# --- a Jira that answers as told ----------------------------------------------------------------------

AT = day(8)
BOARD = {"id": 1, "name": "Payments", "type": "scrum"}
CONFIGURATION = {
    **BOARD,
    "columnConfig": {"columns": [{"name": "Done", "statuses": [{"id": DONE}]}]},
    "estimation": {"field": {"fieldId": POINTS_FIELD, "displayName": "Story Points"}},
}
SPRINT = {
    "id": 7,
    "name": "Sprint 7",
    "state": "active",
    "startDate": "2026-03-02T09:00:00.000Z",
    "endDate": "2026-03-13T17:00:00.000Z",
    "activatedDate": "2026-03-02T09:00:00.000Z",
    "originBoardId": 1,
}
SPRINT_FIELDS = [
    {
        "id": SPRINT_FIELD,
        "name": "Sprint",
        "custom": True,
        "schema": {"type": "array", "custom": "com.pyxis.greenhopper.jira:gh-sprint"},
    }
]


LISTS = ("/priority", "/resolution", "/issuetype", "/versions", "/components")


@dataclass
class Jira:
    """A small Jira in memory; tests change what it holds and say what it refuses.

    Attributes:
        listed: ids of the issues that it lists for a sprint; None for all.
        refusing: statuses by path, instead of what there is.
    """

    issues: list[dict[str, Any]] = field(default_factory=list)
    projects: dict[str, str] = field(default_factory=lambda: {"BURN": "1"})
    boards: list[dict[str, Any]] = field(default_factory=lambda: [BOARD])
    sprints: list[dict[str, Any]] = field(default_factory=lambda: [SPRINT])
    listed: list[str] | None = None
    browsable: bool = True
    server_time: str | None = None
    fields: list[dict[str, Any]] = field(default_factory=lambda: SPRINT_FIELDS)
    refusing: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(path)
        if path in self.refusing:
            return httpx.Response(self.refusing[path], json={"errorMessages": ["No."]})
        if path.startswith("/rest/api/3/issue/"):
            return self._issue(path)
        found = self._found(path, request)
        assert found is not None, path
        return httpx.Response(200, content=json.dumps(found), headers={"content-type": "application/json"})

    def _found(self, path: str, request: httpx.Request) -> Any:
        projects = [{"id": number, "key": key, "name": key} for key, number in self.projects.items()]
        boards = self.boards if request.url.params.get("projectKeyOrId") == "BURN" else []
        return {
            "/rest/api/3/serverInfo": {"deploymentType": "Cloud", "serverTime": self.server_time},
            "/rest/api/3/myself": {"accountId": "bot"},
            "/rest/api/3/mypermissions": {
                "permissions": {"BROWSE_PROJECTS": {"havePermission": self.browsable}}
            },
            "/rest/api/3/field": self.fields,
            "/rest/api/3/status": [],
            "/rest/api/3/project/search": {"isLast": True, "values": projects},
            "/rest/agile/1.0/board": {"isLast": True, "values": boards},
            "/rest/agile/1.0/board/1/configuration": CONFIGURATION,
            "/rest/agile/1.0/board/1/sprint": {"isLast": True, "values": self.sprints},
            "/rest/api/3/search/jql": self._search(request),
            "/rest/api/3/search/approximate-count": self._count(request),
            "/rest/api/3/issueLinkType": {"issueLinkTypes": []},
            "/rest/api/3/group/bulk": {"values": [], "isLast": True},
        }.get(path, [] if path.endswith(LISTS) else {} if path.endswith("/role") else None)

    def _count(self, request: httpx.Request) -> Any:
        found = self._search(request)
        return None if found is None else {"count": len(found["issues"])}

    def _search(self, request: httpx.Request) -> Any:
        if not request.content or not request.url.path.startswith("/rest/api/3/search/"):
            return None
        jql = json.loads(request.content)["jql"]
        if jql.startswith("sprint ="):
            found = [each for each in self.issues if self.listed is None or each["id"] in self.listed]
        else:
            found = [each for each in self.issues if f'"{each["fields"]["project"]["key"]}"' in jql]
        return {"issues": found, "isLast": True}

    def _issue(self, path: str) -> httpx.Response:
        wanted = path.removeprefix("/rest/api/3/issue/")
        for each in self.issues:
            if each["id"] == wanted:
                return httpx.Response(200, json=each)
        return httpx.Response(404, json={"errorMessages": ["Issue does not exist."]})


def whole(number: int, **fields: Any) -> dict[str, Any]:
    """An issue with its history."""
    return {
        **issue(number, **fields),
        "changelog": {"startAt": 0, "maxResults": 0, "total": 0, "histories": []},
    }


@dataclass
class Told:
    """Burnish's side of it."""

    site: JiraSite
    context: Context


@asynccontextmanager
async def connected(
    database: Database, jira: Jira, *, projects: tuple[str, ...] = ("BURN",), at: datetime = AT
) -> AsyncIterator[Told]:
    async with scripted(jira.answer) as client:
        row = await database.call_write(a_site)
        site = JiraSite(row.id, row.name, client, projects, {})
        yield Told(site, context_of(database, site, clock=Clock(at)))


async def read(told: Told) -> sync.Reading:
    return await sync.sync(told.context, told.site, report=silent)
