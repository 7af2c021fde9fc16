"""Finding issues by JQL on Data Center: pages by number, up to a thousand issues each, always fresh."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import Context, JiraError, as_text, as_texts, body_of, listed, number, route
from .expands import expanded
from .issue_documents import chosen
from .rest_search import maps

MOST = 1000
"""`jira.search.views.default.max` as it comes out of the box."""


def routes(context: Context) -> list[Route]:
    searches = OffsetSearches(context)
    return [route(f"{context.api}/search", get=searches.get, post=searches.post)]


class OffsetSearches:
    def __init__(self, context: Context) -> None:
        self._context = context

    async def get(self, request: Request) -> Response:
        query = request.query_params
        return self._answer(
            query.get("jql", ""),
            number(query.get("startAt"), 0, most=1 << 40, name="startAt"),
            number(query.get("maxResults"), 50, most=MOST),
            listed(request, "fields"),
            listed(request, "expand"),
            strict=query.get("validateQuery", "true") not in {"false", "none", "warn"},
        )

    async def post(self, request: Request) -> Response:
        body = await body_of(request)
        return self._answer(
            as_text(body.get("jql")),
            number(body.get("startAt"), 0, most=1 << 40, name="startAt"),
            number(body.get("maxResults"), 50, most=MOST),
            as_texts(body.get("fields")),
            as_texts(body.get("expand")),
            strict=body.get("validateQuery") is not False,
        )

    def _answer(
        self, jql: str, start: int, size: int, fields: list[str], expand: list[str], *, strict: bool
    ) -> Response:
        context = self._context
        page = {"startAt": start, "maxResults": size}
        try:
            found = context.query(jql).all(context.index.issues())
        except JiraError as error:
            if strict:
                raise
            warnings = {"warningMessages": list(error.messages)}
            return JSONResponse({**page, "total": 0, "issues": [], **warnings})
        names = chosen(context.docs, fields, "*navigable")
        inside = [one for one in expand if one not in {"names", "schema"}]
        issues = [expanded(context.docs, issue, names, inside) for issue in found[start : start + size]]
        more = maps(context, fields or ["*navigable"], expand)
        return JSONResponse({"expand": "schema,names", **page, "total": len(found), "issues": issues, **more})
