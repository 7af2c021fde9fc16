"""REST v3: finding issues by JQL, and reading many by id. Searching is a walk by token, never by number."""

import base64
import json
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import Context, JiraError, body_of, listed, number, route
from .documents import Document
from .issue_documents import chosen, issue_document
from .jql import JqlNotUnderstoodError, Query, SortKey, parse

MOST = 5000
MOST_WITH_FIELDS = 100
"""Whoever asks for more than ids gets smaller pages than he asked for."""
ONLY_IDS = frozenset({"id", "key"})
BULK_MOST = 100


@dataclass(frozen=True, slots=True)
class Search:
    jql: str
    size: int
    fields: list[str]
    expand: str
    properties: list[str]
    token: str | None


def routes(context: Context) -> list[Route]:
    searches = Searches(context)
    return [
        route("/rest/api/3/search/jql", get=searches.get, post=searches.post),
        route("/rest/api/{version:int}/search", get=searches.removed, post=searches.removed),
        route("/rest/api/3/search/approximate-count", post=searches.count),
        route("/rest/api/3/issue/bulkfetch", post=searches.bulk),
    ]


class Searches:
    def __init__(self, context: Context) -> None:
        self._context = context

    async def get(self, request: Request) -> Response:
        query = request.query_params
        return self._answer(
            Search(
                query.get("jql", ""),
                _size(query.get("maxResults")),
                listed(request, "fields"),
                query.get("expand", ""),
                listed(request, "properties"),
                query.get("nextPageToken"),
            )
        )

    async def post(self, request: Request) -> Response:
        body = await body_of(request)
        return self._answer(
            Search(
                str(body.get("jql") or ""),
                _size(body.get("maxResults")),
                list(body.get("fields") or []),
                str(body.get("expand") or ""),
                list(body.get("properties") or []),
                body.get("nextPageToken"),
            )
        )

    async def removed(self, _: Request) -> Response:
        message = (
            "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. "
            "A full migration guideline is available at "
            "https://developer.atlassian.com/changelog/#CHANGE-2046"
        )
        raise JiraError(410, message)

    async def count(self, request: Request) -> Response:
        query = self._parse(str((await body_of(request)).get("jql") or ""))
        issues = self._context.site.issues.values()
        return JSONResponse({"count": sum(query.matches(issue) for issue in issues)})

    def _parse(self, jql: str) -> Query:
        try:
            query = parse(jql, self._context.site, self._context.zone)
        except JqlNotUnderstoodError as error:
            raise JiraError(400, str(error)) from None
        if query.unbounded:
            raise JiraError(
                400,
                "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.",
            )
        return query

    def _answer(self, search: Search) -> Response:
        query = self._parse(search.jql)
        only_ids = set(search.fields) <= ONLY_IDS and not search.expand
        size = search.size if only_ids else min(search.size, MOST_WITH_FIELDS)
        after = _place(search)
        found = query.page(tuple(self._context.site.issues.values()), size + 1, after)
        page = found[:size]
        issues = [self._document(issue, search, only_ids=only_ids) for issue in page]
        answer: Document = {"issues": issues, "isLast": len(found) <= size}
        if not answer["isLast"]:
            answer["nextPageToken"] = _token(search, query.sort_key(page[-1]))
        return JSONResponse(answer)

    def _document(self, issue: Any, search: Search, *, only_ids: bool) -> Document:
        docs = self._context.docs
        if only_ids and "key" not in search.fields:
            return {"id": str(issue.id)}
        names = [] if only_ids else chosen(search.fields, "id")
        changelog = "changelog" in search.expand
        return issue_document(docs, issue, names, changelog=changelog, properties=search.properties)

    async def bulk(self, request: Request) -> Response:
        """Up to 100 issues by id or key; those that do not exist are told as errors, not refused."""
        body = await body_of(request)
        wanted = body.get("issueIdsOrKeys")
        if not isinstance(wanted, list) or not 0 < len(wanted) <= BULK_MOST:
            raise JiraError(400, f"Between 1 and {BULK_MOST} issue ids or keys must be given.")
        names = chosen(body.get("fields") or [], "*navigable")
        changelog = "changelog" in (body.get("expand") or [])
        site, docs = self._context.site, self._context.docs
        found = {str(key): site.find(str(key)) for key in wanted}
        issues = [
            issue_document(docs, issue, names, changelog=changelog, properties=body.get("properties") or [])
            for issue in found.values()
            if issue is not None
        ]
        errors = [
            {"id": key, "errorMessage": "Issue does not exist or you do not have permission to see it."}
            for key, issue in found.items()
            if issue is None
        ]
        return JSONResponse({"issues": issues, "issueErrors": errors})


def _size(value: object) -> int:
    size = number(value, 50, most=1 << 40)
    if not 1 <= size <= MOST:
        raise JiraError(400, f"The value of maxResults must be between 1 and {MOST}.")
    return size


def _token(search: Search, place: SortKey) -> str:
    """Where the next page begins: opaque to the caller, good for this query only."""
    return base64.urlsafe_b64encode(json.dumps([search.jql, place]).encode()).decode()


def _place(search: Search) -> SortKey | None:
    if not search.token:
        return None
    try:
        jql, place = json.loads(base64.urlsafe_b64decode(search.token.encode()))
    except ValueError:
        raise JiraError(400, "The nextPageToken is invalid or has expired.") from None
    if jql != search.jql:
        raise JiraError(400, "The nextPageToken does not belong to this query.")
    return tuple(place)
