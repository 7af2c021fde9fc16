"""REST v3: one issue: read, create, edit, move through the workflow, its changelog."""

from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import Context, JiraError, body_of, listed, no_content, page_of, paged, route
from .catalogue import LINK_TYPES, RESOLUTIONS, STATUSES, TRANSITIONS
from .changes import (
    Draft,
    add_comment,
    change_issue,
    create_issue,
    delete_issue,
    link_issues,
    transition_issue,
)
from .documents import Document, items
from .edits import Edits, checked_document
from .issue_documents import chosen, issue_document
from .model import History, Issue, Transition

MOST_CHANGELOGS = 1000
MOST_FIELD_IDS = 10
MOST_HISTORIES = 10_000


def routes(context: Context) -> list[Route]:
    issues = Issues(context)
    return [
        route("/rest/api/3/issue", post=issues.create),
        route("/rest/api/3/changelog/bulkfetch", post=issues.changelogs),
        route("/rest/api/3/issueLink", post=issues.link),
        route("/rest/api/3/issue/{issue}", get=issues.get, put=issues.edit, delete=issues.delete),
        route("/rest/api/3/issue/{issue}/changelog", get=issues.changelog),
        route("/rest/api/3/issue/{issue}/transitions", get=issues.transitions, post=issues.transition),
        route("/rest/api/3/issue/{issue}/assignee", put=issues.assign),
    ]


class Issues:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._site = context.site
        self._docs = context.docs
        self._edits = Edits(context.site)

    async def get(self, request: Request) -> Response:
        issue = self._context.issue(request)
        return JSONResponse(self._document(issue, request, listed(request, "fields")))

    def _document(self, issue: Issue, request: Request, wanted: Iterable[str] = ()) -> Document:
        changelog = "changelog" in request.query_params.get("expand", "")
        names, properties = chosen(wanted, "*all"), listed(request, "properties")
        return issue_document(self._docs, issue, names, changelog=changelog, properties=properties)

    async def create(self, request: Request) -> Response:
        body = await body_of(request)
        fields = body.get("fields")
        if not isinstance(fields, dict):
            raise JiraError(400, "The fields of the issue must be given.")
        draft: Draft = self._edits.draft(dict(fields))
        issue = create_issue(self._site, draft, self._context.account)
        for pair in body.get("properties", []):
            issue.properties[pair["key"]] = pair["value"]
        address = f"{self._docs.api}/issue/{issue.id}"
        return JSONResponse({"id": str(issue.id), "key": issue.key, "self": address}, status_code=201)

    async def edit(self, request: Request) -> Response:
        issue, body = self._context.issue(request), await body_of(request)
        values = self._edits.values(issue, body)
        change_issue(self._site, issue, self._context.account, values)
        for pair in body.get("properties", []):
            issue.properties[pair["key"]] = pair["value"]
        if request.query_params.get("returnIssue") == "true":
            return JSONResponse(self._document(issue, request))
        return no_content()

    async def delete(self, request: Request) -> Response:
        issue = self._context.issue(request)
        if issue.subtasks and request.query_params.get("deleteSubtasks") != "true":
            message = (
                f"The issue '{issue.key}' has subtasks. You must specify the 'deleteSubtasks' parameter."
            )
            raise JiraError(400, message)
        delete_issue(self._site, issue, self._context.account)
        return no_content()

    async def changelog(self, request: Request) -> Response:
        issue, page = self._context.issue(request), page_of(request, default=100)
        document = paged(page, issue.histories, self._docs.history)
        return JSONResponse({"self": str(request.url), **document})

    async def changelogs(self, request: Request) -> Response:
        """Histories of many issues, by time; one issue's may be split over pages, instants are numbers."""
        body = await body_of(request)
        wanted, only = body.get("issueIdsOrKeys"), frozenset(body.get("fieldIds") or [])
        if not isinstance(wanted, list) or not 0 < len(wanted) <= MOST_CHANGELOGS:
            raise JiraError(400, f"Between 1 and {MOST_CHANGELOGS} issue ids or keys must be given.")
        if len(only) > MOST_FIELD_IDS:
            raise JiraError(400, f"No more than {MOST_FIELD_IDS} field ids may be given.")
        size = body.get("maxResults", 1000)
        if not isinstance(size, int) or not 1 <= size <= MOST_HISTORIES:
            raise JiraError(400, f"maxResults must be between 1 and {MOST_HISTORIES}.")
        start = _start(body.get("nextPageToken"))
        found = {issue.id: issue for issue in map(self._site.find, map(str, wanted)) if issue}
        entries = [
            (entry, issue) for issue in found.values() for entry in issue.histories if items(entry, only)
        ]
        entries.sort(key=lambda pair: (pair[0].at, pair[1].id, pair[0].id))
        answer: Document = {"issueChangeLogs": self._grouped(entries[start : start + size], only)}
        if start + size < len(entries):
            answer["nextPageToken"] = str(start + size)
        return JSONResponse(answer)

    def _grouped(self, entries: list[tuple[History, Issue]], only: frozenset[str]) -> list[Document]:
        groups: dict[int, list[Document]] = {}
        for entry, issue in entries:
            document = {
                **self._docs.history(entry),
                "created": round(entry.at.timestamp() * 1000),
                "items": items(entry, only),
            }
            groups.setdefault(issue.id, []).append(document)
        return [{"issueId": str(number), "changeHistories": found} for number, found in groups.items()]

    async def transitions(self, request: Request) -> Response:
        issue = self._context.issue(request)
        wanted = request.query_params.get("transitionId")
        fields = "transitions.fields" in request.query_params.get("expand", "")
        found = [
            self._transition_document(edge, fields=fields)
            for edge in TRANSITIONS.values()
            if edge.source == issue.status.id and (not wanted or edge.id == wanted)
        ]
        return JSONResponse({"expand": "transitions", "transitions": found})

    def _transition_document(self, edge: Transition, *, fields: bool) -> Document:
        document: Document = {
            "id": edge.id,
            "name": edge.name,
            "to": self._docs.status(STATUSES[edge.target]),
            "hasScreen": edge.asks_resolution,
            "isGlobal": False,
            "isInitial": False,
            "isAvailable": True,
            "isConditional": False,
            "looped": False,
        }
        if fields:
            document["fields"] = {"resolution": self._resolution_field()} if edge.asks_resolution else {}
        return document

    def _resolution_field(self) -> Document:
        return {
            "required": False,
            "schema": {"type": "resolution", "system": "resolution"},
            "name": "Resolution",
            "key": "resolution",
            "hasDefaultValue": True,
            "operations": ["set"],
            "allowedValues": [self._docs.named("resolution", one) for one in RESOLUTIONS.values()],
        }

    async def transition(self, request: Request) -> Response:
        """Only from the present status; only fields on the transition's screen."""
        issue, body = self._context.issue(request), await body_of(request)
        edge = TRANSITIONS.get(str((body.get("transition") or {}).get("id", "")))
        if edge is None or edge.source != issue.status.id:
            wanted = (body.get("transition") or {}).get("id")
            message = (
                f"It seems that you have tried to perform a workflow operation ({wanted}) that is not valid"
            )
            raise JiraError(400, f"{message} for the current state of this issue ({issue.key}).")
        fields: dict[str, Any] = dict(body.get("fields") or {})
        resolution = self._edits.resolution(fields.pop("resolution", None)) if edge.asks_resolution else None
        for name in fields:
            raise JiraError(400, **{name: _NOT_ON_SCREEN.format(name)})
        comments = [
            checked_document(verb["add"].get("body"), "comment")
            for verb in (body.get("update") or {}).get("comment", [])
        ]
        transition_issue(self._site, issue, edge, self._context.account, resolution)
        for comment in comments:
            add_comment(self._site, issue, comment, self._context.account)
        return no_content()

    async def assign(self, request: Request) -> Response:
        """`null` takes the assignee away; `-1` means the project's default, which is nobody here."""
        issue, body = self._context.issue(request), await body_of(request)
        if "accountId" not in body:
            raise JiraError(400, "The accountId must be given.")
        number = body["accountId"]
        assignee = (
            self._edits.person("assignee", {"accountId": number}) if number not in {None, "-1"} else None
        )
        values = {"assignee": assignee}
        change_issue(self._site, issue, self._context.account, values, event_type="issue_assigned")
        return no_content()

    async def link(self, request: Request) -> Response:
        """201 without a body: the id of the link is not told."""
        body = await body_of(request)
        wanted = body.get("type") or {}
        kind = next(
            (one for one in LINK_TYPES if wanted.get("name") == one.name or wanted.get("id") == one.id), None
        )
        if kind is None:
            raise JiraError(404, f"No issue link type with name '{wanted.get('name')}' found.")
        ends = []
        for name in ("inwardIssue", "outwardIssue"):
            given = body.get(name) or {}
            ends += self._context.issues([given.get("key") or given.get("id")])
        link_issues(self._site, kind, ends[0], ends[1], self._context.account)
        return Response(status_code=201)


_NOT_ON_SCREEN = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."


def _start(token: object) -> int:
    if token is None:
        return 0
    if not str(token).isdecimal():
        raise JiraError(400, "The nextPageToken is invalid.")
    return int(str(token))
