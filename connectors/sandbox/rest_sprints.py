"""The agile API: sprints themselves. POST changes what is given, PUT replaces everything."""

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import Context, JiraError, as_text, body_of, no_content, route
from .model import Sprint
from .sprints import close_sprint, create_sprint, delete_sprint, start_sprint, update_sprint

NAME_LIMIT = 30
_ATTRIBUTES = {"name": "name", "goal": "goal", "startDate": "start", "endDate": "end"}


def routes(context: Context) -> list[Route]:
    sprints = Sprints(context)
    base = "/rest/agile/1.0/sprint"
    return [
        route(base, post=sprints.create),
        route(
            base + "/{sprint:int}",
            get=sprints.get,
            post=sprints.change,
            put=sprints.replace,
            delete=sprints.delete,
        ),
    ]


class Sprints:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._site = context.site

    def _answer(self, sprint: Sprint, status: int = 200) -> Response:
        return JSONResponse(self._context.docs.sprint(sprint), status_code=status)

    async def create(self, request: Request) -> Response:
        body = await body_of(request)
        number = body.get("originBoardId")
        board = self._site.boards.get(number) if isinstance(number, int) else None
        if board is None or board.type != "scrum":
            raise JiraError(400, originBoardId="The board does not exist or does not support sprints.")
        values = {"goal": "", **_values(body)}
        if "name" not in values:
            raise JiraError(400, name="The sprint name is required.")
        return self._answer(create_sprint(self._site, board, **values), 201)

    async def get(self, request: Request) -> Response:
        return self._answer(self._context.sprint(request))

    async def change(self, request: Request) -> Response:
        body = await body_of(request)
        return self._change(self._context.sprint(request), _values(body), body.get("state"))

    async def replace(self, request: Request) -> Response:
        """What a full update leaves out is emptied."""
        sprint, body = self._context.sprint(request), await body_of(request)
        empty: dict[str, Any] = {"goal": "", "start": None, "end": None}
        if "name" not in body or "state" not in body:
            raise JiraError(400, "A full update needs the name and the state.")
        values = _values(body) if sprint.state == "closed" else {**empty, **_values(body)}
        return self._change(sprint, values, body["state"])

    def _change(self, sprint: Sprint, values: dict[str, Any], state: str | None) -> Response:
        if sprint.state == "closed" and {"start", "end"} & values.keys():
            raise JiraError(400, "Only the name and the goal of a closed sprint can be changed.")
        step = (sprint.state, state or sprint.state)
        match step:
            case ("future", "active"):
                self._start(sprint, values)
            case ("active", "closed"):
                update_sprint(self._site, sprint, **values)
                close_sprint(self._site, sprint)
            case (before, after) if before == after:
                update_sprint(self._site, sprint, **values)
            case _:
                raise JiraError(400, state=f"A sprint cannot go from {step[0]} to {step[1]}.")
        return self._answer(sprint)

    def _start(self, sprint: Sprint, values: dict[str, Any]) -> None:
        start, end = values.pop("start", sprint.start), values.pop("end", sprint.end)
        if start is None or end is None:
            raise JiraError(400, "A sprint needs a start date and an end date before it can be started.")
        update_sprint(self._site, sprint, **values)
        start_sprint(self._site, sprint, start=start, end=end)

    async def delete(self, request: Request) -> Response:
        delete_sprint(self._site, self._context.sprint(request))
        return no_content()


def _values(body: dict[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, attribute in _ATTRIBUTES.items():
        if name in body:
            values[attribute] = _instant(name, body[name]) if name.endswith("Date") else as_text(body[name])
    if not 0 < len(values.get("name", "x")) <= NAME_LIMIT:
        raise JiraError(400, name=f"The sprint name must be between 1 and {NAME_LIMIT} characters.")
    if values.get("start") and values.get("end") and values["start"] >= values["end"]:
        raise JiraError(400, endDate="The sprint end date must be after its start date.")
    return values


def _instant(name: str, text: object) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC)
    except ValueError:
        raise JiraError(400, **{name: f"The date '{text}' is not in ISO 8601."}) from None
