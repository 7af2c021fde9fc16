"""The short lists that a site is set up with: statuses, types, priorities, resolutions, kinds of links."""

from collections.abc import Callable, Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import Context, Handler, JiraError, page_of, paged, route
from .documents import CATEGORIES

_CATEGORY_ENUM = {"new": "TODO", "indeterminate": "IN_PROGRESS", "done": "DONE"}
Document = dict[str, Any]
Kind = tuple[Callable[[], Iterable[Any]], Callable[[Any], Document | None]]


def routes(context: Context) -> list[Route]:
    lists, base = Lists(context), context.api
    found = [
        route(f"{base}/{name}{tail}", get=handler)
        for name in ("status", "issuetype", "priority", "resolution", "statuscategory")
        for tail, handler in (("", lists.all_of(name)), ("/{wanted}", lists.one_of(name)))
    ]
    found += [
        route(f"{base}/issueLinkType", get=lists.link_types),
        route(f"{base}/issueLinkType/{{wanted}}", get=lists.link_type),
    ]
    if context.cloud:
        return [
            route(f"{base}/statuses", get=lists.statuses),
            route(f"{base}/statuses/search", get=lists.statuses_page),
            route(f"{base}/priority/search", get=lists.page_of("priority")),
            route(f"{base}/resolution/search", get=lists.page_of("resolution")),
            *found,
        ]
    pages = [
        route(f"{base}/{name}/page", get=lists.page_of(name)) for name in ("priority", "resolution", "status")
    ]
    return [*pages, *found]


class Lists:
    def __init__(self, context: Context) -> None:
        docs, catalogue = context.docs, context.site.catalogue
        self._context = context
        self._kinds: dict[str, Kind] = {
            "status": (catalogue.statuses.values, docs.status),
            "issuetype": (catalogue.types.values, docs.issue_type),
            "priority": (catalogue.priorities.values, lambda one: docs.named("priority", one)),
            "resolution": (catalogue.resolutions.values, lambda one: docs.named("resolution", one)),
            "statuscategory": (CATEGORIES.keys, docs.category),
        }

    def _documents(self, name: str) -> list[Document]:
        things, write = self._kinds[name]
        return [document for document in map(write, things()) if document]

    def all_of(self, name: str) -> Handler:
        async def answer(_: Request) -> Response:
            return JSONResponse(self._documents(name))

        return answer

    def one_of(self, name: str) -> Handler:
        """By id; a status also by name, a category by key."""

        async def answer(request: Request) -> Response:
            wanted = request.path_params["wanted"]
            for document in self._documents(name):
                if wanted in {str(document["id"]), document.get("key")}:
                    return JSONResponse(document)
                if name == "status" and wanted.casefold() == document["name"].casefold():
                    return JSONResponse(document)
            raise JiraError(404, f"The {name} with id '{wanted}' does not exist")

        return answer

    def page_of(self, name: str) -> Handler:
        async def answer(request: Request) -> Response:
            return JSONResponse(paged(page_of(request), self._documents(name), lambda one: one))

        return answer

    async def link_types(self, _: Request) -> Response:
        kinds = self._context.site.catalogue.link_types.values()
        return JSONResponse({"issueLinkTypes": [self._context.docs.link_type(kind) for kind in kinds]})

    async def link_type(self, request: Request) -> Response:
        kind = self._context.site.catalogue.link_types.get(request.path_params["wanted"])
        if kind is None:
            raise JiraError(404, "No link type with this id found.")
        return JSONResponse(self._context.docs.link_type(kind))

    async def statuses(self, request: Request) -> Response:
        wanted = request.query_params.getlist("id")
        if not wanted:
            raise JiraError(400, "At least one status id must be given.")
        return JSONResponse([one for one in self._bulk() if one["id"] in wanted])

    async def statuses_page(self, request: Request) -> Response:
        sought = request.query_params.get("searchString", "").casefold()
        found = [one for one in self._bulk() if sought in one["name"].casefold()]
        return JSONResponse({"self": str(request.url), **paged(page_of(request), found, lambda one: one)})

    def _bulk(self) -> list[Document]:
        return [
            {
                "id": status.id,
                "name": status.name,
                "description": "",
                "statusCategory": _CATEGORY_ENUM[status.category],
                "scope": {"type": "GLOBAL"},
            }
            for status in self._context.site.catalogue.statuses.values()
        ]
