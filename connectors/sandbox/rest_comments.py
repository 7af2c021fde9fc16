"""REST v3: comments and everybody's properties (small JSON values that apps keep on things)."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import Context, JiraError, body_of, no_content, page_of, paged, route
from .changes import add_comment, delete_comment, edit_comment
from .edits import checked_document
from .issue_documents import comment_document
from .model import Comment, Issue
from .properties import Find, PropertyStore, checked_property

COMMENT_MISSING = "Can not find a comment for the id: {}."


def routes(context: Context) -> list[Route]:
    comments = Comments(context)
    path = "/rest/api/3/issue/{issue}/comment"
    stores: list[tuple[str, Find]] = [
        (
            "/rest/api/3/comment/{comment:int}/properties",
            lambda request: comments.find(request)[1].properties,
        ),
        ("/rest/api/3/issue/{issue}/properties", lambda request: context.issue(request).properties),
        (
            "/rest/agile/1.0/sprint/{sprint:int}/properties",
            lambda request: context.sprint(request).properties,
        ),
        ("/rest/agile/1.0/board/{board:int}/properties", lambda request: context.board(request).properties),
    ]
    found = [
        route(path, get=comments.page, post=comments.add),
        route(path + "/{comment:int}", get=comments.get, put=comments.edit, delete=comments.delete),
    ]
    for base, find in stores:
        store = PropertyStore(find, context.docs.base_url + base)
        found += [
            route(base, get=store.keys),
            route(base + "/{key}", get=store.get, put=store.put, delete=store.delete),
        ]
    return found


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
        return comment_document(self._context.docs, issue, comment, properties=expanded)

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

    async def add(self, request: Request) -> Response:
        issue, body = self._context.issue(request), await body_of(request)
        document, properties = checked_document(body.get("body"), "comment"), _properties(body)
        comment = add_comment(self._site, issue, document, self._context.account, properties)
        return self._answer(request, issue, comment, 201)

    async def edit(self, request: Request) -> Response:
        (issue, comment), body = self.find(request), await body_of(request)
        document, properties = checked_document(body.get("body"), "comment"), _properties(body)
        edit_comment(self._site, issue, comment, self._context.account, body=document, properties=properties)
        return self._answer(request, issue, comment)

    async def delete(self, request: Request) -> Response:
        delete_comment(self._site, *self.find(request), self._context.account)
        return no_content()


def _properties(body: dict[str, Any]) -> dict[str, Any]:
    return {
        pair["key"]: checked_property(pair["key"], pair["value"]) for pair in body.get("properties") or []
    }
