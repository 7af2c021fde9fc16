"""The site itself: who it is, the calling account, what it may do, fields, saved filters, labels."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import Context, JiraError, listed, page_of, paged, route

PERMISSIONS = {
    "BROWSE_PROJECTS": ("10", "Browse Projects", "PROJECT"),
    "CREATE_ISSUES": ("11", "Create Issues", "PROJECT"),
    "EDIT_ISSUES": ("12", "Edit Issues", "PROJECT"),
    "ASSIGN_ISSUES": ("13", "Assign Issues", "PROJECT"),
    "RESOLVE_ISSUES": ("14", "Resolve Issues", "PROJECT"),
    "ADD_COMMENTS": ("15", "Add Comments", "PROJECT"),
    "DELETE_ISSUES": ("16", "Delete Issues", "PROJECT"),
    "CREATE_ATTACHMENTS": ("19", "Create Attachments", "PROJECT"),
    "LINK_ISSUES": ("21", "Link Issues", "PROJECT"),
    "ADMINISTER_PROJECTS": ("23", "Administer Projects", "PROJECT"),
    "MOVE_ISSUES": ("25", "Move Issues", "PROJECT"),
    "SCHEDULE_ISSUES": ("28", "Schedule Issues", "PROJECT"),
    "TRANSITION_ISSUES": ("46", "Transition Issues", "PROJECT"),
    "MANAGE_SPRINTS_PERMISSION": ("50", "Manage sprints", "PROJECT"),
    "DELETE_OWN_COMMENTS": ("51", "Delete Own Comments", "PROJECT"),
    "EDIT_OWN_COMMENTS": ("52", "Edit Own Comments", "PROJECT"),
    "WORK_ON_ISSUES": ("20", "Work On Issues", "PROJECT"),
    "USER_PICKER": ("27", "Browse users and groups", "GLOBAL"),
    "BULK_CHANGE": ("33", "Bulk Change", "GLOBAL"),
    "ADMINISTER": ("0", "Administer Jira", "GLOBAL"),
}


def routes(context: Context) -> list[Route]:
    platform, base = Platform(context), context.api
    found = [
        route(f"{base}/serverInfo", get=platform.server_info),
        route(f"{base}/myself", get=platform.myself),
        route(f"{base}/mypermissions", get=platform.permissions),
        route(f"{base}/configuration", get=platform.configuration),
        route(f"{base}/field", get=platform.fields),
        route(f"{base}/filter/{{filter:int}}", get=platform.filter),
    ]
    if context.cloud:
        found += [
            route(f"{base}/field/search", get=platform.fields_page),
            route(f"{base}/label", get=platform.labels),
        ]
    return found


class Platform:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._docs = context.docs
        self._site = context.site

    async def server_info(self, _: Request) -> Response:
        """Who the site is; the one answer that needs no account."""
        edition, now = self._site.edition, self._docs.instant(self._site.clock.now())
        document: dict[str, Any] = {
            "baseUrl": self._docs.base_url,
            "version": edition.version,
            "versionNumbers": list(edition.version_numbers),
            "deploymentType": edition.deployment_type,
            "buildNumber": edition.build_number,
            "buildDate": now,
            "serverTime": now,
            "scmInfo": "0" * 40,
            "serverTitle": "Sandbox",
        }
        if edition.cloud:
            document |= {"displayUrl": self._docs.base_url, "serverTimeZone": str(self._docs.zone)}
        return JSONResponse(document)

    async def myself(self, _: Request) -> Response:
        document = self._docs.user(self._site.account, email=True) or {}
        more = {
            "locale": "en_GB",
            "groups": {"size": 2, "items": []},
            "applicationRoles": {"size": 1, "items": []},
        }
        return JSONResponse({**document, **more, "expand": "groups,applicationRoles"})

    async def permissions(self, request: Request) -> Response:
        """The account may do everything that the sandbox can; Cloud wants to be asked for each by name."""
        wanted = listed(request, "permissions")
        if self._context.cloud and not wanted:
            raise JiraError(400, "The 'permissions' query parameter is required.")
        for name in wanted:
            if name not in PERMISSIONS:
                raise JiraError(400, f"Unrecognized permission: {name}")
        if key := request.query_params.get("projectKey"):
            self._context.project(key)
        found = {name: _permission(name) for name in wanted or PERMISSIONS}
        return JSONResponse({"permissions": found})

    async def configuration(self, _: Request) -> Response:
        switches = (
            "voting",
            "watching",
            "subTasks",
            "issueLinking",
            "timeTracking",
            "attachments",
        )
        time = {
            "workingHoursPerDay": 8.0,
            "workingDaysPerWeek": 5.0,
            "timeFormat": "pretty",
            "defaultUnit": "minute",
        }
        found: dict[str, Any] = {f"{name}Enabled": True for name in switches}
        return JSONResponse({**found, "unassignedIssuesAllowed": True, "timeTrackingConfiguration": time})

    async def fields(self, _: Request) -> Response:
        return JSONResponse(self._docs.fields())

    async def fields_page(self, request: Request) -> Response:
        query, kinds, numbers = (
            request.query_params.get("query", "").lower(),
            listed(request, "type"),
            listed(request, "id"),
        )
        found = [
            {"id": one["id"], "name": one["name"], "schema": one["schema"], "key": one["id"]}
            for one in self._docs.fields()
            if query in one["name"].lower()
            and (not kinds or ("custom" if one["custom"] else "system") in kinds)
            and (not numbers or one["id"] in numbers)
        ]
        page = paged(page_of(request), found, lambda one: one)
        return JSONResponse({"self": str(request.url), **page})

    async def filter(self, request: Request) -> Response:
        """The saved filter behind a board."""
        number = str(request.path_params["filter"])
        board = next((one for one in self._site.boards.values() if one.filter_id == number), None)
        if board is None or not board.filter_shared:
            raise JiraError(400, f"The selected filter with id '{number}' does not exist.")
        keys = ", ".join(self._site.projects[one].key for one in board.projects)
        return JSONResponse(
            {
                "self": f"{self._docs.api}/filter/{number}",
                "id": number,
                "name": f"Filter for {board.name}",
                "owner": self._docs.user(self._site.project.lead),
                "jql": board.jql or f"project in ({keys}) ORDER BY Rank ASC",
                "favourite": False,
                "sharePermissions": [],
            }
        )

    async def labels(self, request: Request) -> Response:
        found = sorted({label for issue in self._site.visible() for label in issue.labels})
        return JSONResponse(paged(page_of(request, default=1000, most=1000), found, lambda one: one))


def _permission(name: str) -> dict[str, Any]:
    number, title, kind = PERMISSIONS[name]
    return {
        "id": number,
        "key": name,
        "name": title,
        "type": kind,
        "description": title,
        "havePermission": True,
    }
