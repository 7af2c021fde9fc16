"""How an issue moves and has moved: transitions, changelogs, and the meta-data of its screens."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import (
    Context,
    JiraError,
    as_list,
    as_object,
    as_texts,
    body_of,
    listed,
    no_content,
    page_of,
    paged,
    route,
)
from .changes import add_comment, transition_issue
from .edition import Document
from .edits import Edits, checked_text
from .meta import create_meta, edit_meta
from .model import History, Issue, IssueType, Project
from .workflow import transition_document

MOST_CHANGELOGS = 1000
MOST_FIELD_IDS = 10
MOST_HISTORIES = 10_000
_SHOWN = frozenset({"self", "id", "key", "name", "avatarUrls"})
_NOT_ON_SCREEN = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."


def routes(context: Context) -> list[Route]:
    """Data Center has no changelog of its own address: only `expand=changelog`."""
    workflow, logs, screens = Workflow(context), Changelogs(context), Screens(context)
    issue = f"{context.api}/issue/{{issue}}"
    meta = f"{context.api}/issue/createmeta"
    found = [
        route(f"{meta}/{{project}}/issuetypes", get=screens.types),
        route(f"{meta}/{{project}}/issuetypes/{{kind}}", get=screens.fields),
        route(f"{issue}/editmeta", get=screens.edit),
        route(f"{issue}/transitions", get=workflow.transitions, post=workflow.transition),
    ]
    if context.cloud:
        found += [
            route(meta, get=screens.everything),
            route(f"{issue}/changelog", get=logs.page),
            route(f"{issue}/changelog/list", post=logs.some),
            route(f"{context.api}/changelog/bulkfetch", post=logs.bulk),
        ]
    return found


class Workflow:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._site = context.site
        self._docs = context.docs
        self._edits = Edits(context)

    async def transitions(self, request: Request) -> Response:
        issue = self._context.issue(request)
        wanted = request.query_params.get("transitionId")
        fields = "transitions.fields" in request.query_params.get("expand", "")
        found = [
            transition_document(self._docs, edge, fields=fields)
            for edge in self._site.catalogue.ways(issue)
            if not wanted or edge.id == wanted
        ]
        return JSONResponse({"expand": "transitions", "transitions": found})

    async def transition(self, request: Request) -> Response:
        """Only from the present status; only fields on the transition's screen."""
        issue, body = self._context.issue(request), await body_of(request)
        wanted = str(as_object(body.get("transition")).get("id", ""))
        edge = next((one for one in self._site.catalogue.ways(issue) if one.id == wanted), None)
        if edge is None:
            message = (
                f"It seems that you have tried to perform a workflow operation ({wanted}) that is not valid"
            )
            raise JiraError(400, f"{message} for the current state of this issue ({issue.key}).")
        fields: dict[str, Any] = dict(as_object(body.get("fields")))
        resolution = self._edits.resolution(fields.pop("resolution", None)) if edge.asks_resolution else None
        for name in fields:
            raise JiraError(400, **{name: _NOT_ON_SCREEN.format(name)})
        comments = [
            checked_text(self._docs.version, as_object(as_object(verb).get("add")).get("body"), "comment")
            for verb in as_list(as_object(body.get("update")).get("comment"))
        ]
        transition_issue(self._site, issue, edge, self._context.account, resolution)
        for comment in comments:
            add_comment(self._site, issue, comment, self._context.account)
        return no_content()


class Changelogs:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._site = context.site
        self._docs = context.docs

    async def page(self, request: Request) -> Response:
        issue, page = self._context.issue(request), page_of(request, default=100)
        document = paged(page, issue.histories, self._docs.history)
        return JSONResponse({"self": str(request.url), **document})

    async def some(self, request: Request) -> Response:
        """Entries by id."""
        issue = self._context.issue(request)
        wanted = {str(one) for one in as_list((await body_of(request)).get("changelogIds"))}
        found = [one for one in issue.histories if str(one.id) in wanted]
        return JSONResponse(
            {
                "startAt": 0,
                "maxResults": len(found),
                "total": len(found),
                "histories": [self._docs.history(one) for one in found],
            }
        )

    async def bulk(self, request: Request) -> Response:
        """Histories of many issues, by time; one issue's may be split over pages, instants are numbers."""
        body = await body_of(request)
        wanted, only = body.get("issueIdsOrKeys"), frozenset(as_texts(body.get("fieldIds")))
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
            (entry, issue)
            for issue in found.values()
            for entry in issue.histories
            if self._docs.items(entry, only)
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
                "items": self._docs.items(entry, only),
            }
            groups.setdefault(issue.id, []).append(document)
        return [{"issueId": str(number), "changeHistories": found} for number, found in groups.items()]


class Screens:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._site = context.site
        self._docs = context.docs

    async def types(self, request: Request) -> Response:
        self._project(request)
        kinds = [*self._site.catalogue.types.values()]
        name = "issueTypes" if self._context.cloud else "values"
        document = paged(page_of(request), kinds, self._docs.issue_type, name)
        return JSONResponse(document)

    def _project(self, request: Request) -> Project:
        """A project that is not there is a bad request on Data Center, says its description."""
        try:
            return self._context.project(request.path_params["project"])
        except JiraError as error:
            raise JiraError(404 if self._context.cloud else 400, *error.messages) from None

    async def fields(self, request: Request) -> Response:
        project, wanted = self._project(request), request.path_params["kind"]
        kind = self._site.catalogue.types.get(wanted)
        if kind is None:
            raise JiraError(
                404 if self._context.cloud else 400, f"Issue type with id '{wanted}' does not exist."
            )
        known = create_meta(self._docs, project, kind)
        found = [{**one, "fieldId": name} for name, one in known.items()]
        key = "fields" if self._context.cloud else "values"
        return JSONResponse(paged(page_of(request), found, lambda one: one, key))

    async def edit(self, request: Request) -> Response:
        return JSONResponse(edit_meta(self._docs, self._context.issue(request)))

    async def everything(self, request: Request) -> Response:
        """The old answer for all projects at once: deprecated on Cloud, gone from Data Center since 9."""
        keys, numbers = listed(request, "projectKeys"), listed(request, "projectIds")
        whole = "projects.issuetypes.fields" in request.query_params.get("expand", "")
        found = [
            {
                **{name: value for name, value in self._docs.project(project).items() if name in _SHOWN},
                "issuetypes": [self._kind(project, kind, whole=whole) for kind in self._kinds(request)],
            }
            for project in self._site.projects.values()
            if (not keys or project.key in keys) and (not numbers or project.id in numbers)
        ]
        return JSONResponse({"expand": "projects", "projects": found})

    def _kinds(self, request: Request) -> list[IssueType]:
        names, numbers = request.query_params.getlist("issuetypeNames"), listed(request, "issuetypeIds")
        return [
            kind
            for kind in self._site.catalogue.types.values()
            if (not names or kind.name in names) and (not numbers or kind.id in numbers)
        ]

    def _kind(self, project: Project, kind: IssueType, *, whole: bool) -> Document:
        document = {**self._docs.issue_type(kind), "expand": "fields"}
        return {**document, "fields": create_meta(self._docs, project, kind)} if whole else document


def _start(token: object) -> int:
    if token is None:
        return 0
    if not str(token).isdecimal():
        raise JiraError(400, "The nextPageToken is invalid.")
    return int(str(token))
