"""People: one by id, and those that a search finds."""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import Context, JiraError, listed, page_of, paged, route
from .model import Person

MOST_FOUND = 1000
EVERYBODY = "jira-software-users"
MOST_PICKED = 20
"""`jira.ajax.autocomplete.limit`, unless an administrator of Data Center changed it."""
GROUP_ID = "276f955c-63d7-42c8-9520-92d01dca0625"


def routes(context: Context) -> list[Route]:
    users, base = Users(context), f"{context.api}/user"
    found = [
        route(base, get=users.get),
        route(f"{base}/search", get=users.search),
        route(f"{base}/assignable/search", get=users.search),
        route(f"{base}/assignable/multiProjectSearch", get=users.search),
        route(f"{base}/viewissue/search", get=users.search),
        route(f"{base}/picker", get=users.picker),
        route(f"{context.api}/groups/picker", get=users.groups),
        route(f"{context.api}/group/member", get=users.members),
    ]
    if context.cloud:
        return [
            *found,
            route(f"{base}/bulk", get=users.bulk),
            route(f"{context.api}/group/bulk", get=users.all_groups),
            route(f"{context.api}/users", get=users.everybody),
            route(f"{context.api}/users/search", get=users.everybody),
        ]
    return [*found, route(f"{base}/list", get=users.listed)]


class Users:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._site = context.site
        self._groups = [EVERYBODY, *context.site.groups]
        self._docs = context.docs

    async def get(self, request: Request) -> Response:
        query, edition = request.query_params, self._site.edition
        given = query.get(edition.user_key) or query.get("key")
        if not given:
            raise JiraError(400, f"The query parameter '{edition.user_key}' must be given.")
        person = edition.find(self._site.people.values(), given)
        if person is None:
            raise JiraError(404, "Specified user does not exist or you do not have required permissions")
        return JSONResponse({**self._document(person), "expand": "groups,applicationRoles"})

    def _document(self, person: Person) -> dict[str, object]:
        own = person.account_id == self._site.account.account_id
        return self._docs.user(person, email=own) or {}

    def _found(self, request: Request) -> list[Person]:
        """By the beginning of any word of the name, by address, or by id."""
        query = request.query_params
        sought = (query.get("query") or query.get("username") or "").casefold().strip()
        account = query.get("accountId")
        everything = sought in {"", ".", "%", "_"}
        return [
            person
            for person in self._site.people.values()
            if (account is None or person.account_id == account)
            and (everything or any(one.startswith(sought) for one in _names(person)))
        ]

    async def search(self, request: Request) -> Response:
        query = request.query_params
        if (
            not {"query", "accountId", "username", "property", "project", "issueKey", "projectKeys"}
            & query.keys()
        ):
            name = "query" if self._context.cloud else "username"
            raise JiraError(400, f"The {name} query parameter was not provided")
        page = page_of(request, most=MOST_FOUND)
        part = self._found(request)[page.start : page.start + page.size]
        return JSONResponse([self._document(person) for person in part])

    async def everybody(self, request: Request) -> Response:
        page = page_of(request, most=MOST_FOUND)
        part = [*self._site.people.values()][page.start : page.start + page.size]
        return JSONResponse([self._document(person) for person in part])

    async def bulk(self, request: Request) -> Response:
        wanted = listed(request, "accountId")
        if not wanted:
            raise JiraError(400, "At least one accountId must be given.")
        found = [person for person in self._site.people.values() if person.account_id in wanted]
        return JSONResponse(
            {"self": str(request.url), **paged(page_of(request, default=10), found, self._document)}
        )

    async def listed(self, request: Request) -> Response:
        page = page_of(request, most=MOST_FOUND)
        found = [*self._site.people.values()]
        values = [self._document(person) for person in found[page.start : page.start + page.size]]
        last = page.start + len(values) >= len(found)
        return JSONResponse({"isLast": last, "maxResults": page.size, "values": values})

    async def picker(self, request: Request) -> Response:
        found = [self._picked(person) for person in self._found(request)]
        header = f"Showing {len(found)} of {len(found)} matching users"
        return JSONResponse({"users": found, "total": len(found), "header": header})

    def _picked(self, person: Person) -> dict[str, object]:
        shown = self._site.edition.identity(person, email=False)
        shown = {name: value for name, value in shown.items() if name != "emailAddress"}
        return {**shown, "displayName": person.name, "html": person.name}

    async def groups(self, request: Request) -> Response:
        """As many as the picker shows at most, whatever is asked for, and how many there are."""
        asked = request.query_params.get("query", "").casefold()
        found = [name for name in self._groups if asked in name.casefold()]
        shown = [{"name": name, "html": name, "labels": []} for name in found[:MOST_PICKED]]
        header = f"Showing {len(shown)} of {len(found)} matching groups"
        return JSONResponse({"header": header, "total": len(found), "groups": shown})

    async def all_groups(self, request: Request) -> Response:
        def document(name: str) -> dict[str, str]:
            return {"name": name, "groupId": GROUP_ID}

        return JSONResponse(paged(page_of(request, default=50, most=50), self._groups, document))

    async def members(self, request: Request) -> Response:
        """In the group of everybody are all people whose account is not our own; in others nobody is."""
        name = request.query_params.get("groupname")
        if name not in self._groups:
            raise JiraError(404, "Group does not exist")
        own = self._site.account.account_id
        people = [one for one in self._site.people.values() if one.account_id != own and name == EVERYBODY]
        page = page_of(request, default=50, most=50)
        return JSONResponse({"self": str(request.url), **paged(page, people, self._document)})


def _names(person: Person) -> Iterable[str]:
    yield from (part.casefold() for part in (person.name, *person.name.split()))
    yield from (part.casefold() for part in (person.email or "", person.user_name, person.key) if part)
