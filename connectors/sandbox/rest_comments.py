"""Comments and everybody's properties (small JSON values that apps keep on things)."""

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import (
    Context,
    JiraError,
    as_list,
    as_object,
    as_text,
    body_of,
    no_content,
    page_of,
    paged,
    route,
)
from .changes import add_comment, delete_comment, edit_comment
from .edits import checked_text
from .expands import html
from .issue_documents import comment_document
from .model import Comment, Happening, Issue, Property, Text
from .properties import Find, PropertyStore, checked_property
from .rest_projects import ROLES
from .rest_users import EVERYBODY

MOST_LISTED = 1000
_GROUP_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
COMMENT_MISSING = "Can not find a comment for the id: {}."


def routes(context: Context) -> list[Route]:
    comments = Comments(context)
    path = f"{context.api}/issue/{{issue}}/comment"
    found = [
        route(path, get=comments.page, post=comments.add),
        route(path + "/{comment:int}", get=comments.get, put=comments.edit, delete=comments.delete),
    ]
    if context.cloud:
        found.append(route(f"{context.api}/comment/list", post=comments.some))
    stores: list[tuple[str, Find]] = [
        (f"{context.api}/comment/{{comment:int}}", lambda request: comments.find(request)[1].properties),
        (f"{context.api}/project/{{project}}", lambda request: _project_properties(context, request)),
    ]
    issues = PropertyStore(
        lambda request: context.issue(request).properties,
        f"{context.docs.base_url}{context.api}/issue/{{issue}}/properties",
        told=comments.tell_property,
    )
    return [*found, *issues.routes(f"{context.api}/issue/{{issue}}/properties"), *stores_of(context, stores)]


def agile_routes(context: Context) -> list[Route]:
    """Boards and sprints keep properties too."""
    stores: list[tuple[str, Find]] = [
        ("/rest/agile/1.0/sprint/{sprint:int}", lambda request: context.sprint(request).properties),
        ("/rest/agile/1.0/board/{board:int}", lambda request: context.board(request).properties),
    ]
    return stores_of(context, stores)


def stores_of(context: Context, stores: list[tuple[str, Find]]) -> list[Route]:
    found: list[Route] = []
    for base, find in stores:
        address = f"{base}/properties"
        found += PropertyStore(find, context.docs.base_url + address).routes(address)
    return found


def _project_properties(context: Context, request: Request) -> dict[str, Any]:
    return context.project(request.path_params["project"]).properties


class Comments:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._site = context.site

    def find(self, request: Request) -> tuple[Issue, Comment]:
        number = request.path_params["comment"]
        found = self._site.comments.get(number)
        if found is None or ("issue" in request.path_params and found[0] is not self._context.issue(request)):
            raise JiraError(404, COMMENT_MISSING.format(number))
        return found

    def _answer(self, request: Request, issue: Issue, comment: Comment, status: int = 200) -> Response:
        return JSONResponse(self._document(request, issue, comment), status_code=status)

    def _document(self, request: Request, issue: Issue, comment: Comment) -> dict[str, Any]:
        expanded = "properties" in request.query_params.get("expand", "")
        document = comment_document(self._context.docs, issue, comment, properties=expanded)
        if "renderedBody" in request.query_params.get("expand", ""):
            document["renderedBody"] = html(self._context.docs, comment.body)
        return document

    def tell_property(self, request: Request, event: str, key: str, value: object) -> None:
        """A property of an issue touches no `updated`, but is told."""
        site, issue = self._site, self._context.issue(request)
        subject = Property(key, value)
        site.emit(Happening(event, site.clock.now(), self._context.account, issue, subject=subject))

    async def some(self, request: Request) -> Response:
        """Comments by id, of any issue."""
        wanted = as_list((await body_of(request)).get("ids"))
        if not all(isinstance(one, int) for one in wanted) or not 0 < len(wanted) <= MOST_LISTED:
            raise JiraError(400, f"Between 1 and {MOST_LISTED} comment ids must be given.")
        found = [self._site.comments[one] for one in wanted if one in self._site.comments]
        page = page_of(request, default=1000, most=1000)
        return JSONResponse(paged(page, found, lambda pair: self._document(request, *pair)))

    async def page(self, request: Request) -> Response:
        issue, page = self._context.issue(request), page_of(request, default=100, most=5000)
        order = request.query_params.get("orderBy", "created")
        if order not in {"created", "+created", "-created"}:
            raise JiraError(400, f"The orderBy field '{order}' is not supported.")
        comments = issue.comments[::-1] if order.startswith("-") else issue.comments
        document = paged(page, comments, lambda one: self._document(request, issue, one), "comments")
        return JSONResponse(document)

    async def get(self, request: Request) -> Response:
        return self._answer(request, *self.find(request))

    def _text(self, body: dict[str, Any]) -> Text:
        return checked_text(self._context.docs.version, body.get("body"), "comment")

    def _visibility(self, body: dict[str, Any]) -> dict[str, Any] | None:
        """A role or a group that there is; Cloud knows groups by id, too, and roles by name as both."""
        given = as_object(body.get("visibility"))
        if not given:
            return None
        kind, named = given.get("type"), given.get("value")
        if self._context.cloud and given.get("identifier"):
            named = given["identifier"]
            if kind == "group" and _GROUP_ID.fullmatch(str(named)):
                return given
        if named not in {"role": set(ROLES.values()), "group": {EVERYBODY}}.get(str(kind), set()):
            raise JiraError(400, commentLevel=f"The {kind} '{named}' does not exist.")
        return given

    async def add(self, request: Request) -> Response:
        issue, body = self._context.issue(request), await body_of(request)
        text, properties = self._text(body), _properties(body)
        visibility = self._visibility(body)
        comment = add_comment(self._site, issue, text, self._context.account, properties, visibility)
        return self._answer(request, issue, comment, 201)

    async def edit(self, request: Request) -> Response:
        (issue, comment), body = self.find(request), await body_of(request)
        text, properties = self._text(body), _properties(body)
        # Jira's documents do not say whether an edit without keeps it; who relies on that is found out.
        comment.visibility = self._visibility(body)
        edit_comment(self._site, issue, comment, self._context.account, body=text, properties=properties)
        return self._answer(request, issue, comment)

    async def delete(self, request: Request) -> Response:
        delete_comment(self._site, *self.find(request), self._context.account)
        return no_content()


def _properties(body: dict[str, Any]) -> dict[str, Any]:
    pairs = [as_object(pair) for pair in as_list(body.get("properties"))]
    return {
        as_text(pair.get("key")): checked_property(as_text(pair.get("key")), pair.get("value"))
        for pair in pairs
    }
