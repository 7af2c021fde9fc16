"""Finding issues by JQL on Cloud: a walk by token, never by number, and a little behind what was written."""

import base64
import json
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import Context, JiraError, as_list, as_text, as_texts, body_of, listed, number, route
from .edition import Document
from .expands import expanded, schemas
from .issue_documents import chosen, names_of
from .jql import Query, SortKey
from .model import Issue

MOST = 5000
MOST_WITH_FIELDS = 100
"""Whoever asks for more than ids gets smaller pages than he asked for."""
ONLY_IDS = frozenset({"id", "key"})
MOST_RECONCILED = 50


@dataclass(frozen=True, slots=True)
class Search:
    jql: str
    size: int
    fields: list[str]
    expand: list[str]
    properties: list[str]
    token: str | None
    reconciled: list[int]


def routes(context: Context) -> list[Route]:
    searches, base = Searches(context), context.api
    return [
        route(f"{base}/search/jql", get=searches.get, post=searches.post),
        route(f"{base}/search", get=searches.removed, post=searches.removed),
        route(f"{base}/search/approximate-count", post=searches.count),
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
                listed(request, "expand"),
                listed(request, "properties"),
                query.get("nextPageToken"),
                reconciled([*listed(request, "reconcileIssues")]),
            )
        )

    async def post(self, request: Request) -> Response:
        body = await body_of(request)
        return self._answer(
            Search(
                as_text(body.get("jql")),
                _size(body.get("maxResults")),
                as_texts(body.get("fields")),
                as_text(body.get("expand")).split(","),
                as_texts(body.get("properties")),
                as_text(body.get("nextPageToken")) or None,
                reconciled(as_list(body.get("reconcileIssues"))),
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
        query = self._parse(as_text((await body_of(request)).get("jql")))
        return JSONResponse({"count": sum(map(query.matches, self._context.index.issues()))})

    def _parse(self, jql: str) -> Query:
        query = self._context.query(jql)
        if query.unbounded:
            raise JiraError(
                400,
                "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.",
            )
        return query

    def _answer(self, search: Search) -> Response:
        query = self._parse(search.jql)
        expand = [one for one in search.expand if one]
        only_ids = set(search.fields) <= ONLY_IDS and not expand
        size = search.size if only_ids else min(search.size, MOST_WITH_FIELDS)
        after = _place(search)
        found = query.page(self._context.index.issues(search.reconciled), size + 1, after)
        page = found[:size]
        issues = [self._document(issue, search, expand, only_ids=only_ids) for issue in page]
        answer: Document = {"issues": issues, "isLast": len(found) <= size}
        if not answer["isLast"]:
            answer["nextPageToken"] = _token(search, query.sort_key(page[-1]))
        return JSONResponse({**answer, **maps(self._context, search.fields, expand)})

    def _document(self, issue: Issue, search: Search, expand: list[str], *, only_ids: bool) -> Document:
        docs = self._context.docs
        if only_ids and "key" not in search.fields:
            return {"id": str(issue.id)}
        names = [] if only_ids else chosen(docs, search.fields, "id")
        inside = [one for one in expand if one not in {"names", "schema"}]
        return expanded(docs, issue, names, inside, properties=search.properties)


def maps(context: Context, fields: list[str], expand: list[str]) -> Document:
    """`names` and `schema` stand beside the issues of a page, once for all."""
    names = chosen(context.docs, fields, "id") if {"names", "schema"} & set(expand) else []
    found: Document = {}
    if "names" in expand:
        found["names"] = names_of(context.docs, names)
    if "schema" in expand:
        found["schema"] = schemas(context.docs, names)
    return found


def reconciled(numbers: list[object]) -> list[int]:
    """The ids that a search must see as they are now."""
    if len(numbers) > MOST_RECONCILED or not all(str(one).isdecimal() for one in numbers):
        raise JiraError(400, f"reconcileIssues takes up to {MOST_RECONCILED} issue ids.")
    return [int(str(one)) for one in numbers]


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
    except (ValueError, TypeError):
        raise JiraError(400, "The nextPageToken is invalid or has expired.") from None
    if jql != search.jql:
        raise JiraError(400, "The nextPageToken does not belong to this query.")
    return tuple(tuple(part) if isinstance(part, list) else part for part in place)
