"""REST v3: the site itself, its account, project, fields and statuses."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import Context, JiraError, page_of, paged, route
from .catalogue import STATUSES

_CATEGORY_ENUM = {"new": "TODO", "indeterminate": "IN_PROGRESS", "done": "DONE"}


def routes(context: Context) -> list[Route]:
    platform = Platform(context)
    return [
        route("/rest/api/{version:int}/serverInfo", get=platform.server_info),
        route("/rest/api/3/myself", get=platform.myself),
        route("/rest/api/3/project/search", get=platform.projects),
        route("/rest/api/3/project/{project}", get=platform.project),
        route("/rest/api/3/field", get=platform.fields),
        route("/rest/api/3/status", get=platform.all_statuses),
        route("/rest/api/3/statuses", get=platform.statuses),
        route("/rest/api/3/webhook", get=platform.dynamic_webhooks, post=platform.dynamic_webhooks),
    ]


class Platform:
    def __init__(self, context: Context) -> None:
        self._docs = context.docs
        self._site = context.site

    async def server_info(self, _: Request) -> Response:
        """Who the site is; the one answer that needs no account."""
        return JSONResponse(
            {
                "baseUrl": self._docs.base_url,
                "displayUrl": self._docs.base_url,
                "version": "1001.0.0-SNAPSHOT",
                "versionNumbers": [1001, 0, 0],
                "deploymentType": "Cloud",
                "buildNumber": 100287,
                "buildDate": self._docs.instant(self._site.clock.now()),
                "serverTime": self._docs.instant(self._site.clock.now()),
                "scmInfo": "0" * 40,
                "serverTitle": "Sandbox",
                "serverTimeZone": str(self._docs.zone),
            }
        )

    async def myself(self, _: Request) -> Response:
        document = self._docs.user(self._site.account, email=True) or {}
        more = {
            "locale": "en_GB",
            "groups": {"size": 2, "items": []},
            "applicationRoles": {"size": 1, "items": []},
        }
        return JSONResponse({**document, **more, "expand": "groups,applicationRoles"})

    async def projects(self, request: Request) -> Response:
        project, query = self._site.project, request.query_params
        keys, text = query.getlist("keys"), query.get("query", "").lower()
        found = [project] if not keys or project.key in keys else []
        found = [one for one in found if text in one.name.lower() or text in one.key.lower()]
        page = paged(page_of(request), found, self._docs.project)
        return JSONResponse({"self": str(request.url), **page})

    async def project(self, request: Request) -> Response:
        project, wanted = self._site.project, request.path_params["project"]
        if wanted.upper() not in {project.key, project.id}:
            raise JiraError(404, f"No project could be found with key '{wanted}'.")
        return JSONResponse(self._docs.project(project, whole=True))

    async def fields(self, _: Request) -> Response:
        return JSONResponse(self._docs.fields())

    async def all_statuses(self, _: Request) -> Response:
        return JSONResponse([self._docs.status(status) for status in STATUSES.values()])

    async def statuses(self, request: Request) -> Response:
        wanted = request.query_params.getlist("id")
        if not wanted:
            raise JiraError(400, "At least one status id must be given.")
        found = [
            {
                "id": status.id,
                "name": status.name,
                "description": "",
                "statusCategory": _CATEGORY_ENUM[status.category],
                "scope": {"type": "GLOBAL"},
            }
            for status in STATUSES.values()
            if status.id in wanted
        ]
        return JSONResponse(found)

    async def dynamic_webhooks(self, _: Request) -> Response:
        raise JiraError(403, "Only Connect and OAuth 2.0 apps can use this operation.")
