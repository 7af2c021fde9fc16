"""How the site answers: Jira's error bodies, what a request asks for, and pages."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .documents import Documents
from .index import SearchIndex
from .jql import JqlNotUnderstoodError, Query, parse
from .model import Board, Issue, Person, Project, Sprint
from .site import Site

Handler = Callable[[Request], Awaitable[Response]]
T = TypeVar("T")


class JiraError(Exception):
    """An answer that says no, in the shape of Jira's error collections."""

    def __init__(self, status: int, /, *messages: str, **errors: str) -> None:
        self.status = status
        self.messages = messages
        self.errors = errors
        super().__init__(status, messages, errors)

    def response(self) -> Response:
        return JSONResponse(
            {"errorMessages": list(self.messages), "errors": self.errors}, status_code=self.status
        )


ISSUE_HIDDEN = "You do not have the permission to see the specified issue."
"""Data Center tells what is hidden (403) from what is not there; Cloud answers 404 to both."""
ISSUE_MISSING = "Issue does not exist or you do not have permission to see it."


@dataclass(frozen=True, slots=True)
class Context:
    """What every route needs: the site, and documents for the calling account in one version of the API."""

    site: Site
    docs: Documents
    zone: ZoneInfo
    index: SearchIndex

    @property
    def account(self) -> Person:
        return self.site.account

    @property
    def api(self) -> str:
        return f"/rest/api/{self.docs.version}"

    @property
    def cloud(self) -> bool:
        return self.site.edition.cloud

    def query(self, jql: str) -> Query:
        try:
            return parse(jql, self.site, self.zone)
        except JqlNotUnderstoodError as error:
            raise JiraError(400, str(error)) from None

    def shown_by(self, board: Board) -> Callable[[Issue], bool]:
        """Which issues the filter of a board finds."""
        if board.jql is None:
            return lambda issue: self.site.on_board(board, issue)
        return self.query(board.jql).matches

    def project(self, id_or_key: object) -> Project:
        project = self.site.find_project(id_or_key)
        if project is None:
            raise JiraError(404, f"No project could be found with key '{id_or_key}'.")
        return project

    def issue(self, request: Request) -> Issue:
        id_or_key = request.path_params["issue"]
        issue = self.site.find(id_or_key)
        if issue is None and not self.cloud and self.site.hides(id_or_key):
            raise JiraError(403, ISSUE_HIDDEN)
        if issue is None:
            raise JiraError(404, ISSUE_MISSING)
        return issue

    def board(self, request: Request) -> Board:
        board = self.site.boards.get(request.path_params["board"])
        if board is None:
            raise JiraError(404, "The requested board cannot be viewed because it either does not exist.")
        return board

    def sprint(self, request: Request) -> Sprint:
        sprint = self.site.sprints.get(request.path_params["sprint"])
        if sprint is None:
            raise JiraError(404, "The requested sprint either does not exist.")
        return sprint

    def epic(self, request: Request) -> Issue:
        epic = self.site.find(request.path_params["epic"])
        if epic is None or epic.type.level <= 0:
            raise JiraError(
                404, "The requested epic does not exist or you do not have permission to view it."
            )
        return epic

    def issues(self, keys: object, *, most: int | None = None, missing_is: int = 404) -> list[Issue]:
        """The issues named in a body; one that does not exist fails them all, with status `missing_is`."""
        if not isinstance(keys, list) or not keys:
            raise JiraError(400, "At least one issue must be given.")
        if most is not None and len(keys) > most:
            raise JiraError(400, f"The maximum number of issues is {most}.")
        found = [self.site.find(str(key)) for key in keys]
        missing = [str(key) for key, issue in zip(keys, found, strict=True) if issue is None]
        if missing:
            raise JiraError(missing_is, f"{ISSUE_MISSING} ({', '.join(missing)})")
        return [issue for issue in found if issue is not None]


def route(path: str, **handlers: Handler) -> Route:
    """One path with a handler for each method; other methods get 405."""

    async def answer(request: Request) -> Response:
        method = "get" if request.method == "HEAD" else request.method.lower()
        return await handlers[method](request)

    return Route(path, answer, methods=[method.upper() for method in handlers])


BAD_PAYLOAD = "Invalid request payload. Refer to the REST API documentation and try again."


async def json_of(request: Request) -> Any:
    """The JSON value in the body."""
    try:
        return json.loads(await request.body())
    except (ValueError, RecursionError):
        raise JiraError(
            400, "There was an error parsing JSON. Check that your request body is valid."
        ) from None


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object in the body."""
    return as_object(await json_of(request))


def as_object(value: object) -> dict[str, Any]:
    """A JSON object, or 400; null is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise JiraError(400, BAD_PAYLOAD)
    return value


def as_list(value: object) -> list[Any]:
    """A JSON array, or 400; null is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise JiraError(400, BAD_PAYLOAD)
    return value


def as_texts(value: object) -> list[str]:
    """An array of strings, or 400."""
    found = as_list(value)
    if not all(isinstance(one, str) for one in found):
        raise JiraError(400, BAD_PAYLOAD)
    return found


def as_text(value: object) -> str:
    """A string, or 400; null is an empty one."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise JiraError(400, BAD_PAYLOAD)
    return value


def number(value: object, default: int, *, most: int, name: str = "maxResults") -> int:
    """A page number or size; more than the most is cut, not refused."""
    if value is None:
        return default
    try:
        wanted = int(str(value))
    except ValueError:
        raise JiraError(400, f"The value '{value}' for '{name}' is not a number.") from None
    if wanted < 0:
        raise JiraError(400, f"The value '{value}' for '{name}' must not be negative.")
    return min(wanted, most)


@dataclass(frozen=True, slots=True)
class Page:
    start: int
    size: int


def page_of(request: Request, *, default: int = 50, most: int = 100) -> Page:
    query = request.query_params
    start = number(query.get("startAt"), 0, most=1 << 40, name="startAt")
    return Page(start, number(query.get("maxResults"), default, most=most))


def paged(
    page: Page, things: Sequence[T], write: Callable[[T], object], name: str = "values"
) -> dict[str, Any]:
    """Jira's page of a list."""
    part = things[page.start : page.start + page.size]
    document: dict[str, Any] = {"startAt": page.start, "maxResults": page.size, "total": len(things)}
    if name == "values":
        document["isLast"] = page.start + len(part) >= len(things)
    return {**document, name: [write(thing) for thing in part]}


def listed(request: Request, name: str) -> list[str]:
    """A query parameter given once with commas, or several times."""
    return [part for value in request.query_params.getlist(name) for part in value.split(",") if part]


def no_content() -> Response:
    return Response(status_code=204)
