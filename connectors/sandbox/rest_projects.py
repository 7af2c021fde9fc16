"""Projects with their components and versions."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import Context, JiraError, as_text, body_of, listed, no_content, page_of, paged, route
from .model import Component, Happening, Person, Project, Version
from .rest_users import EVERYBODY

DEVELOPERS = "Developers"
ROLES = {10002: "Administrators", 10001: DEVELOPERS}
"""Names of the roles that people have in every project, by number."""


def routes(context: Context) -> list[Route]:
    projects, parts, base = Projects(context), Parts(context), context.api
    one = f"{base}/project/{{project}}"
    found = [
        route(f"{base}/project", get=projects.all),
        route(one, get=projects.get),
        route(f"{one}/statuses", get=projects.statuses),
        route(f"{one}/role", get=projects.roles),
        route(f"{one}/role/{{role}}", get=projects.role),
        route(f"{one}/components", get=parts.components),
        route(f"{one}/versions", get=parts.versions),
        route(f"{one}/version", get=parts.versions_page),
        route(f"{base}/component", post=parts.add_component),
        route(
            f"{base}/component/{{component}}",
            get=parts.component,
            put=parts.edit_component,
            delete=parts.drop_component,
        ),
        route(f"{base}/version", post=parts.add_version),
        route(f"{base}/version/{{version}}", get=parts.version, put=parts.edit_version),
        route(f"{base}/version/{{version}}/removeAndSwap", post=parts.drop_version),
    ]
    if context.cloud:
        more = [
            route(f"{base}/project/search", get=projects.page),
            route(f"{one}/component", get=parts.components_page),
            route(
                f"{base}/version/{{version}}",
                delete=parts.drop_version,
                get=parts.version,
                put=parts.edit_version,
            ),
        ]
        return [*more, *found]
    return found


class Projects:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._docs = context.docs
        self._site = context.site

    async def all(self, _: Request) -> Response:
        return JSONResponse([self._docs.project(one) for one in self._site.projects.values()])

    async def page(self, request: Request) -> Response:
        query = request.query_params
        keys, numbers, text = listed(request, "keys"), listed(request, "id"), query.get("query", "").lower()
        found = [
            one
            for one in self._site.projects.values()
            if (not keys or one.key in keys)
            and (not numbers or one.id in numbers)
            and (text in one.name.lower() or text in one.key.lower())
        ]
        page = paged(page_of(request), found, self._docs.project)
        return JSONResponse({"self": str(request.url), **page})

    async def get(self, request: Request) -> Response:
        return JSONResponse(
            self._docs.project(self._context.project(request.path_params["project"]), whole=True)
        )

    async def roles(self, request: Request) -> Response:
        project = self._context.project(request.path_params["project"])
        return JSONResponse({name: self._address_of(project, number) for number, name in ROLES.items()})

    async def role(self, request: Request) -> Response:
        """Everybody develops, as a group; the first of the team administers, by name."""
        project, asked = self._context.project(request.path_params["project"]), request.path_params["role"]
        number = int(asked) if asked.isdecimal() else -1
        if number not in ROLES:
            raise JiraError(404, f"Can not retrieve a role actor for a null project role ({asked}).")
        if ROLES[number] == DEVELOPERS:
            actors = [self._group_actor(number)]
        else:
            own = self._site.account.account_id
            first = next(one for one in self._site.people.values() if one.account_id != own)
            actors = [self._user_actor(first)]
        about = {"self": self._address_of(project, number), "name": ROLES[number], "id": number}
        return JSONResponse({**about, "description": f"{ROLES[number]} of the project.", "actors": actors})

    def _address_of(self, project: Project, role: int) -> str:
        return f"{self._docs.api}/project/{project.id}/role/{role}"

    def _group_actor(self, number: int) -> dict[str, Any]:
        actor = {"id": number, "displayName": EVERYBODY, "type": "atlassian-group-role-actor"}
        if self._context.cloud:
            return {**actor, "actorGroup": {"name": EVERYBODY, "displayName": EVERYBODY}}
        return {**actor, "name": EVERYBODY}

    def _user_actor(self, person: Person) -> dict[str, Any]:
        actor = {"id": 10240, "displayName": person.name, "type": "atlassian-user-role-actor"}
        if self._context.cloud:
            return {**actor, "actorUser": {"accountId": person.account_id}}
        return {**actor, "name": person.user_name}

    async def statuses(self, request: Request) -> Response:
        """For each type of issue its statuses: the same for all, as there is one workflow."""
        self._context.project(request.path_params["project"])
        catalogue = self._site.catalogue
        statuses = [self._docs.status(status) for status in catalogue.statuses.values()]
        return JSONResponse(
            [
                {
                    "self": f"{self._docs.api}/issuetype/{kind.id}",
                    "id": kind.id,
                    "name": kind.name,
                    "subtask": kind.subtask,
                    "statuses": statuses,
                }
                for kind in catalogue.types.values()
            ]
        )


class Parts:
    """What a project is divided into."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._docs = context.docs
        self._site = context.site

    def _project(self, request: Request) -> Project:
        return self._context.project(request.path_params["project"])

    async def components(self, request: Request) -> Response:
        return JSONResponse([self._docs.component(one) for one in self._project(request).components.values()])

    async def components_page(self, request: Request) -> Response:
        found = [*self._project(request).components.values()]
        return JSONResponse(paged(page_of(request), found, self._counted))

    def _counted(self, component: Component) -> dict[str, Any]:
        count = sum(component in issue.components for issue in self._site.visible())
        return {**self._docs.component(component), "issueCount": count}

    async def versions(self, request: Request) -> Response:
        return JSONResponse([self._docs.version_of(one) for one in self._project(request).versions.values()])

    async def versions_page(self, request: Request) -> Response:
        found = [*self._project(request).versions.values()]
        return JSONResponse(paged(page_of(request), found, self._docs.version_of))

    async def add_component(self, request: Request) -> Response:
        body = await body_of(request)
        project = self._site.find_project(body.get("project"))
        if project is None:
            raise JiraError(404, "The project does not exist or you do not have permission to see it.")
        name = _name(body, (one.name for one in project.components.values()), "component")
        number = str(next(self._site.next_thing))
        edition = self._site.edition
        led_by = body.get("leadAccountId" if edition.cloud else "leadUserName")
        lead = edition.find(self._site.people.values(), led_by)
        component = Component(number, name, project.id, as_text(body.get("description")), lead)
        project.components[number] = component
        return JSONResponse(self._docs.component(component), status_code=201)

    def _component(self, request: Request) -> tuple[Project, Component]:
        wanted = request.path_params["component"]
        for project in self._site.projects.values():
            if wanted in project.components:
                return project, project.components[wanted]
        raise JiraError(404, f"The component with id {wanted} does not exist.")

    async def component(self, request: Request) -> Response:
        return JSONResponse(self._docs.component(self._component(request)[1]))

    async def edit_component(self, request: Request) -> Response:
        (_, component), body = self._component(request), await body_of(request)
        component.name = as_text(body.get("name")) or component.name
        component.description = as_text(body.get("description", component.description))
        return JSONResponse(self._docs.component(component))

    async def drop_component(self, request: Request) -> Response:
        project, component = self._component(request)
        del project.components[component.id]
        for issue in self._site.issues.values():
            issue.components = tuple(one for one in issue.components if one is not component)
        return no_content()

    async def add_version(self, request: Request) -> Response:
        body = await body_of(request)
        project = self._site.find_project(body.get("projectId") or body.get("project"))
        if project is None:
            raise JiraError(404, "The project does not exist or you do not have permission to see it.")
        name = _name(body, (one.name for one in project.versions.values()), "version")
        version = Version(str(next(self._site.next_thing)), name, project.id)
        _change(version, body)
        project.versions[version.id] = version
        self._site.emit(Happening("jira:version_created", self._site.clock.now(), subject=version))
        return JSONResponse(self._docs.version_of(version), status_code=201)

    def _version(self, request: Request) -> tuple[Project, Version]:
        wanted = request.path_params["version"]
        for project in self._site.projects.values():
            if wanted in project.versions:
                return project, project.versions[wanted]
        raise JiraError(404, f"Could not find version for id '{wanted}'")

    async def version(self, request: Request) -> Response:
        return JSONResponse(self._docs.version_of(self._version(request)[1]))

    async def edit_version(self, request: Request) -> Response:
        (_, version), body = self._version(request), await body_of(request)
        before = version.released
        _change(version, body)
        events = ["updated"]
        if before != version.released:
            events.append("released" if version.released else "unreleased")
        for event in events:
            self._site.emit(Happening(f"jira:version_{event}", self._site.clock.now(), subject=version))
        return JSONResponse(self._docs.version_of(version))

    async def drop_version(self, request: Request) -> Response:
        project, version = self._version(request)
        del project.versions[version.id]
        for issue in self._site.issues.values():
            issue.fix_versions = tuple(one for one in issue.fix_versions if one is not version)
            issue.versions = tuple(one for one in issue.versions if one is not version)
        self._site.emit(Happening("jira:version_deleted", self._site.clock.now(), subject=version))
        return no_content()


def _name(body: dict[str, Any], taken: Iterable[str], kind: str) -> str:
    name = as_text(body.get("name"))
    if not name:
        raise JiraError(400, name=f"The {kind} name must be given.")
    if name in taken:
        raise JiraError(
            400 if kind == "version" else 409, name=f"A {kind} with this name already exists in this project."
        )
    return name


def _change(version: Version, body: dict[str, Any]) -> None:
    version.name = as_text(body.get("name")) or version.name
    version.description = as_text(body.get("description", version.description))
    version.released = bool(body.get("released", version.released))
    version.archived = bool(body.get("archived", version.archived))
    for field, attribute in (("startDate", "start"), ("releaseDate", "release")):
        if field in body:
            setattr(version, attribute, _date(field, body[field]))


def _date(field: str, value: object) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise JiraError(400, **{field: f"'{value}' is not a date of the form yyyy-MM-dd."}) from None
