"""The agile API: boards, their configuration, and the lists of issues on them."""

from collections.abc import Callable, Iterable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import Context, JiraError, body_of, listed, no_content, page_of, paged, route
from .catalogue import POINTS_FIELD
from .changes import change_issue
from .issue_documents import chosen, issue_document
from .jql import JqlNotUnderstoodError, parse
from .model import Board, Issue, Sprint
from .ranks import rank_issues
from .sprints import move_to_sprint

MOST_MOVED = 50
MOST_LISTED = 1000
_STATES = ("closed", "active", "future")


def routes(context: Context) -> list[Route]:
    boards = Boards(context)
    base = "/rest/agile/1.0"
    return [
        route(f"{base}/board", get=boards.page),
        route(f"{base}/board/{{board:int}}", get=boards.get),
        route(f"{base}/board/{{board:int}}/configuration", get=boards.configuration),
        route(f"{base}/board/{{board:int}}/sprint", get=boards.sprints),
        route(f"{base}/board/{{board:int}}/sprint/{{sprint:int}}/issue", get=boards.sprint_issues),
        route(f"{base}/board/{{board:int}}/issue", get=boards.issues),
        route(f"{base}/board/{{board:int}}/backlog", get=boards.backlog),
        route(f"{base}/sprint/{{sprint:int}}/issue", get=boards.sprint_issues, post=boards.to_sprint),
        route(f"{base}/backlog/issue", post=boards.to_backlog),
        route(f"{base}/backlog/{{board:int}}/issue", post=boards.to_backlog),
        route(f"{base}/issue/rank", put=boards.rank),
        route(f"{base}/issue/{{issue}}/estimation", get=boards.estimation, put=boards.estimate),
    ]


class Boards:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._site = context.site
        self._docs = context.docs

    async def page(self, request: Request) -> Response:
        kinds, project = listed(request, "type"), request.query_params.get("projectKeyOrId")
        name = request.query_params.get("name", "").lower()
        if project is not None and project.upper() not in {self._site.project.key, self._site.project.id}:
            raise JiraError(400, f"No project could be found with key or id '{project}'.")
        found = [
            board
            for board in self._site.boards.values()
            if (not kinds or board.type in kinds) and name in board.name.lower()
        ]
        return JSONResponse(paged(page_of(request, most=50), found, self._docs.board))

    async def get(self, request: Request) -> Response:
        return JSONResponse(self._docs.board(self._context.board(request)))

    async def configuration(self, request: Request) -> Response:
        return JSONResponse(self._docs.board_configuration(self._context.board(request)))

    async def sprints(self, request: Request) -> Response:
        """Closed, active, future; by start, then by place in the backlog."""
        board = self._context.board(request)
        if board.type != "scrum":
            raise JiraError(400, "The board does not support sprints")
        states = listed(request, "state") or list(_STATES)
        if not set(states) <= set(_STATES):
            raise JiraError(400, f"The sprint state must be one of {', '.join(_STATES)}.")
        found = [
            sprint
            for sprint in self._site.sprints.values()
            if sprint.board_id == board.id and sprint.state in states
        ]
        found.sort(key=_order)
        document = paged(page_of(request, most=50), found, self._docs.sprint)
        return JSONResponse({name: value for name, value in document.items() if name != "total"})

    async def issues(self, request: Request) -> Response:
        self._context.board(request)
        return self._list(request, lambda _: True)

    async def backlog(self, request: Request) -> Response:
        """Not done, in no active or future sprint, no epic."""
        done = self._context.board(request).done_statuses
        return self._list(request, lambda issue: issue.status.id not in done and self._waits(issue))

    def _waits(self, issue: Issue) -> bool:
        if issue.type.level > 0:
            return False
        return all(self._site.sprints[number].state == "closed" for number in self._site.sprints_of(issue))

    async def sprint_issues(self, request: Request) -> Response:
        sprint = self._context.sprint(request)
        if "board" in request.path_params and self._context.board(request).type != "scrum":
            raise JiraError(400, "The board does not support sprints")
        return self._list(request, lambda _: True, self._site.in_sprint(sprint.id))

    def _list(
        self, request: Request, keep: Callable[[Issue], bool], among: Iterable[Issue] | None = None
    ) -> Response:
        query = request.query_params
        issues = self._site.issues.values() if among is None else among
        try:
            wanted = parse(query.get("jql", ""), self._site, self._context.zone)
        except JqlNotUnderstoodError as error:
            raise JiraError(400, str(error)) from None
        found = [issue for issue in issues if keep(issue) and wanted.matches(issue)]
        found.sort(key=wanted.sort_key if wanted.order else lambda issue: issue.rank)
        names, changelog = (
            chosen(listed(request, "fields"), "*navigable"),
            "changelog" in query.get("expand", ""),
        )
        page = page_of(request, most=MOST_LISTED)
        document = paged(
            page, found, lambda issue: issue_document(self._docs, issue, names, changelog=changelog), "issues"
        )
        return JSONResponse({"expand": "schema,names", **document})

    async def to_sprint(self, request: Request) -> Response:
        sprint, body = self._context.sprint(request), await body_of(request)
        if sprint.state == "closed":
            raise JiraError(400, "Issues can only be moved to an open or active sprint.")
        move_to_sprint(self._site, self._standard(body), sprint, self._context.account)
        return no_content()

    async def to_backlog(self, request: Request) -> Response:
        move_to_sprint(self._site, self._standard(await body_of(request)), None, self._context.account)
        return no_content()

    def _standard(self, body: dict[str, object]) -> list[Issue]:
        issues = self._context.issues(body.get("issues"), most=MOST_MOVED)
        for issue in issues:
            if issue.type.subtask:
                raise JiraError(400, f"The issue {issue.key} is a sub-task: it goes where its parent goes.")
        return issues

    async def rank(self, request: Request) -> Response:
        body = await body_of(request)
        issues = self._context.issues(body.get("issues"), most=MOST_MOVED)
        before, after = body.get("rankBeforeIssue"), body.get("rankAfterIssue")
        if (before is None) == (after is None):
            raise JiraError(400, "Either rankBeforeIssue or rankAfterIssue must be given.")
        (neighbour,) = self._context.issues([before or after])
        if neighbour in issues:
            raise JiraError(400, "An issue cannot be ranked relative to itself.")
        rank_issues(self._site, issues, neighbour, self._context.account, before=before is not None)
        return no_content()

    def _estimating_board(self, request: Request) -> Board:
        number = request.query_params.get("boardId", "")
        board = self._site.boards.get(int(number)) if number.isdecimal() else None
        if board is None:
            raise JiraError(400, "The boardId must be given." if not number else "The board does not exist.")
        if board.type != "scrum":
            raise JiraError(400, "The board has no estimation field.")
        return board

    async def estimation(self, request: Request) -> Response:
        self._estimating_board(request)
        return JSONResponse(_estimation(self._context.issue(request)))

    async def estimate(self, request: Request) -> Response:
        """Values are strings here; `null` takes the estimate away."""
        self._estimating_board(request)
        issue, value = self._context.issue(request), (await body_of(request)).get("value")
        try:
            points = None if value in {None, ""} else float(str(value))
        except ValueError:
            raise JiraError(400, f"'{value}' is not a valid estimate.") from None
        change_issue(self._site, issue, self._context.account, {"points": points})
        return JSONResponse(_estimation(issue))


def _estimation(issue: Issue) -> dict[str, str | None]:
    return {"fieldId": POINTS_FIELD, "value": None if issue.points is None else str(issue.points)}


def _order(sprint: Sprint) -> tuple[int, float, int]:
    start = sprint.start.timestamp() if sprint.start else 0.0
    return _STATES.index(sprint.state), start, sprint.id
