"""One issue: read, create, edit, assign, delete; many at once."""

from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import (
    ISSUE_MISSING,
    Context,
    JiraError,
    as_list,
    as_object,
    as_text,
    as_texts,
    body_of,
    listed,
    no_content,
    route,
)
from .changes import add_comment, change_issue, create_issue, delete_issue
from .edition import Document
from .edits import Edits, checked_text
from .expands import expanded
from .issue_documents import chosen
from .model import Happening, Issue, Property
from .properties import checked_property

MOST_CREATED = 50
BULK_MOST = 100


def routes(context: Context) -> list[Route]:
    issues, base = Issues(context), context.api
    found = [
        route(f"{base}/issue", post=issues.create),
        route(f"{base}/issue/bulk", post=issues.create_many),
    ]
    if context.cloud:
        found.append(route(f"{base}/issue/bulkfetch", post=issues.bulk))
    else:
        found.append(route(f"{base}/issue/{{issue}}/subtask", get=issues.subtasks))
    return [
        *found,
        route(f"{base}/issue/{{issue}}", get=issues.get, put=issues.edit, delete=issues.delete),
        route(f"{base}/issue/{{issue}}/assignee", put=issues.assign),
        route(f"{base}/issue/{{issue}}/notify", post=issues.notify),
    ]


class Issues:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._site = context.site
        self._docs = context.docs
        self._edits = Edits(context)

    async def get(self, request: Request) -> Response:
        issue = self._context.issue(request)
        return JSONResponse(self._document(issue, request, listed(request, "fields")))

    def _document(self, issue: Issue, request: Request, wanted: Iterable[str] = ()) -> Document:
        names, properties = chosen(self._docs, wanted, "*all"), listed(request, "properties")
        return expanded(self._docs, issue, names, listed(request, "expand"), properties=properties)

    async def create(self, request: Request) -> Response:
        return JSONResponse(self._created(await body_of(request)), status_code=201)

    def _created(self, body: dict[str, Any]) -> Document:
        fields = body.get("fields")
        if not isinstance(fields, dict):
            raise JiraError(400, "The fields of the issue must be given.")
        draft = self._edits.draft(dict(fields))
        properties = _properties(body)
        issue = create_issue(self._site, draft, self._context.account)
        issue.properties.update(properties)
        return {"id": str(issue.id), "key": issue.key, "self": f"{self._docs.api}/issue/{issue.id}"}

    async def create_many(self, request: Request) -> Response:
        """What is right is created, what is wrong is told by its place; 400 if nothing was right."""
        try:
            wanted = _to_create(await body_of(request))
        except JiraError as error:
            return JSONResponse({"issues": [], "errors": [_not_created(error)]}, status_code=error.status)
        issues: list[Document] = []
        errors: list[Document] = []
        for place, one in enumerate(wanted):
            try:
                issues.append(self._created(as_object(one)))
            except JiraError as error:
                errors.append({**_not_created(error), "failedElementNumber": place})
        return JSONResponse({"issues": issues, "errors": errors}, status_code=201 if issues else 400)

    async def edit(self, request: Request) -> Response:
        issue, body = self._context.issue(request), await body_of(request)
        values, properties = self._edits.values(issue, body), _properties(body)
        comments = [
            checked_text(self._docs.version, as_object(as_object(verb).get("add")).get("body"), "comment")
            for verb in as_list(as_object(body.get("update")).get("comment"))
        ]
        change_issue(self._site, issue, self._context.account, values)
        for comment in comments:
            add_comment(self._site, issue, comment, self._context.account)
        self._set_properties(issue, properties)
        if request.query_params.get("returnIssue") == "true" and self._context.cloud:
            return JSONResponse(self._document(issue, request))
        return no_content()

    def _set_properties(self, issue: Issue, properties: dict[str, Any]) -> None:
        for key, value in properties.items():
            issue.properties[key] = value
            subject = Property(key, value)
            now, account = self._site.clock.now(), self._context.account
            self._site.emit(Happening("issue_property_set", now, account, issue, subject=subject))

    async def delete(self, request: Request) -> Response:
        issue = self._context.issue(request)
        if issue.subtasks and request.query_params.get("deleteSubtasks") != "true":
            message = (
                f"The issue '{issue.key}' has subtasks. You must specify the 'deleteSubtasks' parameter."
            )
            raise JiraError(400, message)
        delete_issue(self._site, issue, self._context.account)
        return no_content()

    async def assign(self, request: Request) -> Response:
        """`null` takes the assignee away; `-1` means the project's default, which is nobody here."""
        issue, body = self._context.issue(request), await body_of(request)
        name = "accountId" if self._context.cloud else "name"
        if name not in body:
            raise JiraError(400, f"The {name} must be given.")
        given = body[name]
        assignee = None if given in (None, "-1") else self._edits.person("assignee", {name: given})
        values = {"assignee": assignee}
        change_issue(self._site, issue, self._context.account, values, event_type="issue_assigned")
        return no_content()

    async def notify(self, request: Request) -> Response:
        """Mail goes nowhere in a sandbox; the request is checked as far as it must be."""
        self._context.issue(request)
        body = await body_of(request)
        if not as_object(body.get("to")):
            raise JiraError(400, "No recipients were defined for notification.")
        return no_content()

    async def subtasks(self, request: Request) -> Response:
        issue = self._context.issue(request)
        return JSONResponse([self._docs.brief(self._site.issues[child]) for child in issue.subtasks])

    async def bulk(self, request: Request) -> Response:
        """Up to 100 issues by id or key, always fresh; those that do not exist are told, not refused."""
        body = await body_of(request)
        wanted = body.get("issueIdsOrKeys")
        if not isinstance(wanted, list) or not 0 < len(wanted) <= BULK_MOST:
            raise JiraError(400, f"Between 1 and {BULK_MOST} issue ids or keys must be given.")
        names = chosen(self._docs, as_texts(body.get("fields")), "*navigable")
        given = body.get("expand")
        expand = as_text(given).split(",") if isinstance(given, str) else as_texts(given)
        properties = as_texts(body.get("properties"))
        found = {str(key): self._site.find(str(key)) for key in wanted}
        issues = [
            expanded(self._docs, issue, names, expand, properties=properties)
            for issue in found.values()
            if issue is not None
        ]
        errors = [{"id": key, "errorMessage": ISSUE_MISSING} for key, issue in found.items() if issue is None]
        return JSONResponse({"issues": issues, "issueErrors": errors})


def _to_create(body: dict[str, Any]) -> list[Any]:
    wanted = as_list(body.get("issueUpdates"))
    if not 0 < len(wanted) <= MOST_CREATED:
        raise JiraError(400, f"Between 1 and {MOST_CREATED} issues must be given.")
    return wanted


def _not_created(error: JiraError) -> Document:
    said = {"errorMessages": list(error.messages), "errors": error.errors}
    return {"status": 400, "elementErrors": said}


def _properties(body: dict[str, Any]) -> dict[str, Any]:
    pairs = [as_object(pair) for pair in as_list(body.get("properties"))]
    return {
        as_text(pair.get("key")): checked_property(as_text(pair.get("key")), pair.get("value"))
        for pair in pairs
    }
