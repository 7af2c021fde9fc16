"""Asking about JQL itself: does it parse, which issues does it match, which fields are there."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import Context, JiraError, as_list, as_text, as_texts, body_of, route

MOST_ISSUES = 1000
MOST_QUERIES = 100


def routes(context: Context) -> list[Route]:
    questions, base = Questions(context), f"{context.api}/jql"
    found = [route(f"{base}/autocompletedata", get=questions.fields)]
    if context.cloud:
        found += [route(f"{base}/parse", post=questions.parse), route(f"{base}/match", post=questions.match)]
    return found


class Questions:
    def __init__(self, context: Context) -> None:
        self._context = context

    async def parse(self, request: Request) -> Response:
        """Errors by query; the tree of a right one is not drawn."""
        queries = as_texts((await body_of(request)).get("queries"))
        if not queries:
            raise JiraError(400, "At least one query must be given.")
        return JSONResponse({"queries": [self._parsed(query) for query in queries]})

    def _parsed(self, jql: str) -> dict[str, Any]:
        try:
            self._context.query(jql)
        except JiraError as error:
            return {"query": jql, "errors": list(error.messages)}
        return {"query": jql, "structure": {}}

    async def match(self, request: Request) -> Response:
        """Which of some issues each query finds; never behind."""
        body = await body_of(request)
        numbers, queries = as_list(body.get("issueIds")), as_texts(body.get("jqls"))
        if not 0 < len(numbers) <= MOST_ISSUES or not 0 < len(queries) <= MOST_QUERIES:
            raise JiraError(400, "Both issueIds and jqls must be given.")
        issues = [issue for one in numbers if (issue := self._context.site.find(as_text(str(one))))]
        return JSONResponse({"matches": [self._matched(query, issues) for query in queries]})

    def _matched(self, jql: str, issues: list[Any]) -> dict[str, Any]:
        try:
            query = self._context.query(jql)
        except JiraError as error:
            return {"matchedIssues": [], "errors": list(error.messages)}
        return {"matchedIssues": [issue.id for issue in issues if query.matches(issue)], "errors": []}

    async def fields(self, _: Request) -> Response:
        found = [
            {
                "value": one["clauseNames"][0],
                "displayName": one["name"],
                "orderable": "true" if one["orderable"] else "false",
                "searchable": "true",
                "auto": "true",
                "operators": ["=", "!=", "in", "not in", "is", "is not"],
                "types": ["java.lang.String"],
                **({"cfid": one["clauseNames"][0]} if one["custom"] else {}),
            }
            for one in self._context.docs.fields()
        ]
        functions = [
            {"value": f"{name}()", "displayName": f"{name}()", "types": ["java.util.Date"]}
            for name in ("now", "startOfDay", "endOfDay", "startOfWeek", "endOfWeek")
        ]
        words = ["and", "or", "not", "in", "is", "empty", "null", "order", "by", "asc", "desc"]
        return JSONResponse(
            {"visibleFieldNames": found, "visibleFunctionNames": functions, "jqlReservedWords": words}
        )
