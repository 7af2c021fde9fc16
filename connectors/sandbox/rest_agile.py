"""The agile API: boards, their configuration, and the lists of issues on them."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import (
    Context,
    JiraError,
    as_text,
    body_of,
    listed,
    no_content,
    page_of,
    paged,
    route,
)
from .changes import change_issue
from .expands import expanded
from .issue_documents import chosen
from .issue_lists import IssueLists
from .model import Board, Happening, Issue, Sprint
from .ranks import rank_issues
from .sprints import move_to_sprint

MOST_MOVED = 50
_TYPES = frozenset({"scrum", "kanban", "simple"})
_STATES = ("closed", "active", "future")


def routes(context: Context) -> list[Route]:
    """Only Cloud moves to the backlog of one board, and tells a board's features."""
    boards, moves, lists = Boards(context), Moves(context), IssueLists(context)
    base, board = "/rest/agile/1.0", "/rest/agile/1.0/board/{board:int}"
    found = [
        route(f"{base}/board", get=boards.page, post=boards.create),
        route(board, get=boards.get, delete=boards.delete),
        route(f"{board}/configuration", get=boards.configuration),
        route(f"{board}/sprint", get=boards.sprints),
        route(f"{board}/project", get=boards.projects),
        route(f"{board}/version", get=boards.versions),
        route(f"{board}/sprint/{{sprint:int}}/issue", get=lists.numbered("sprint")),
        route(f"{board}/issue", get=lists.numbered("board")),
        route(f"{board}/backlog", get=lists.numbered("backlog")),
        route(f"{base}/sprint/{{sprint:int}}/issue", get=lists.numbered("sprint"), post=moves.to_sprint),
        route(f"{base}/backlog/issue", post=moves.to_backlog),
        route(f"{base}/issue/rank", put=moves.rank),
        route(f"{base}/issue/{{issue}}", get=boards.issue),
        route(f"{base}/issue/{{issue}}/estimation", get=moves.estimation, put=moves.estimate),
    ]
    if context.cloud:
        found += [
            route(f"{base}/board/filter/{{filter:int}}", get=boards.of_filter),
            route(f"{board}/features", get=boards.features),
            route(f"{base}/backlog/{{board:int}}/issue", post=moves.to_backlog),
        ]
    return found


class Boards:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._site = context.site
        self._docs = context.docs

    async def page(self, request: Request) -> Response:
        kinds, project = listed(request, "type"), request.query_params.get("projectKeyOrId")
        name = request.query_params.get("name", "").lower()
        if project is not None and self._site.find_project(project) is None:
            raise JiraError(400, f"No project could be found with key or id '{project}'.")
        wanted = self._site.find_project(project) if project else None
        found = [
            board
            for board in self._site.boards.values()
            if (not kinds or board.type in kinds)
            and name in board.name.lower()
            and (wanted is None or wanted.id in board.projects)
        ]
        return JSONResponse(paged(page_of(request, most=50), found, self._docs.board))

    async def of_filter(self, request: Request) -> Response:
        number = str(request.path_params["filter"])
        found = [board for board in self._site.boards.values() if board.filter_id == number]
        return JSONResponse(paged(page_of(request, most=50), found, self._brief))

    def _brief(self, board: Board) -> dict[str, object]:
        return {"id": board.id, "name": board.name, "self": f"{self._docs.agile}/board/{board.id}"}

    async def create(self, request: Request) -> Response:
        """A board over a saved filter; here it shows the projects of the board that has the filter."""
        body = await body_of(request)
        name, kind, number = as_text(body.get("name")), body.get("type"), str(body.get("filterId"))
        model = next((one for one in self._site.boards.values() if one.filter_id == number), None)
        if not name or str(kind) not in _TYPES or model is None:
            raise JiraError(400, "A board needs a name, a type and the id of a filter that exists.")
        board = Board(next(self._site.next_board), name, str(kind), number, model.columns, model.projects)
        self._site.boards[board.id] = board
        self._tell("board_created", board)
        return JSONResponse(self._docs.board(board), status_code=201)

    async def delete(self, request: Request) -> Response:
        board = self._context.board(request)
        del self._site.boards[board.id]
        self._tell("board_deleted", board)
        return no_content()

    def _tell(self, event: str, board: Board) -> None:
        self._site.emit(Happening(event, self._site.clock.now(), self._context.account, subject=board))

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

    async def projects(self, request: Request) -> Response:
        found = [self._site.projects[one] for one in self._context.board(request).projects]
        return JSONResponse(paged(page_of(request), found, self._docs.project))

    async def versions(self, request: Request) -> Response:
        projects = [self._site.projects[one] for one in self._context.board(request).projects]
        found = [version for project in projects for version in project.versions.values()]
        page = paged(page_of(request), found, lambda one: {**self._docs.version_of(one), "id": int(one.id)})
        return JSONResponse({name: value for name, value in page.items() if name != "total"})

    async def features(self, request: Request) -> Response:
        board = self._context.board(request)
        kinds = {"scrum": ("SPRINTS", "ESTIMATION"), "simple": ("SPRINTS", "ESTIMATION")}
        enabled = kinds.get(board.type, ())
        names = ("SPRINTS", "ESTIMATION", "BACKLOG")
        return JSONResponse({"features": [_feature(board, name, name in enabled) for name in names]})

    async def issue(self, request: Request) -> Response:
        """The agile view: sprint, epic and flag as JSON under plain names, whatever the edition."""
        issue = self._context.issue(request)
        names = chosen(self._docs, listed(request, "fields"), "*all")
        document = expanded(self._docs, issue, names, listed(request, "expand"))
        document["fields"] |= self._agile_fields(issue)
        return JSONResponse({**document, "self": f"{self._docs.agile}/issue/{issue.id}"})

    def _agile_fields(self, issue: Issue) -> dict[str, object]:
        sprints = [self._site.sprints[number] for number in self._site.sprints_of(issue)]
        open_sprint = next((one for one in sprints if one.state != "closed"), None)
        epic = self._site.issues.get(issue.parent or 0)
        found: dict[str, object] = {
            "flagged": issue.flagged,
            "sprint": self._docs.sprint(open_sprint) if open_sprint else None,
            "closedSprints": [self._docs.sprint(one) for one in sprints if one.state == "closed"],
        }
        if epic is not None and epic.type.level > 0:
            found["epic"] = self._docs.epic(epic)
        return found


def _feature(board: Board, name: str, enabled: bool) -> dict[str, object]:
    return {
        "boardFeature": name,
        "boardId": board.id,
        "featureId": f"jsw.agility.{name.lower()}",
        "featureType": "BASIC",
        "imageUri": "",
        "learnMoreArticleId": "",
        "learnMoreLink": "",
        "localisedDescription": "",
        "localisedGroup": "",
        "localisedName": name.capitalize(),
        "permissibleEstimationTypes": [],
        "state": "ENABLED" if enabled else "DISABLED",
        "toggleLocked": True,
    }


class Moves:
    """Putting issues elsewhere: into a sprint, into the backlog, up and down; and estimating them."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._site = context.site

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
        issues = self._context.issues(body.get("issues"), most=MOST_MOVED, missing_is=400)
        before, after = body.get("rankBeforeIssue"), body.get("rankAfterIssue")
        if (before is None) == (after is None):
            raise JiraError(400, "Either rankBeforeIssue or rankAfterIssue must be given.")
        (neighbour,) = self._context.issues([before or after], missing_is=400)
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
        return JSONResponse(self._estimation(self._context.issue(request)))

    async def estimate(self, request: Request) -> Response:
        """Values are strings here; `null` takes the estimate away."""
        self._estimating_board(request)
        issue, value = self._context.issue(request), (await body_of(request)).get("value")
        try:
            points = None if value in (None, "") else float(str(value))
        except ValueError:
            raise JiraError(400, f"'{value}' is not a valid estimate.") from None
        change_issue(self._site, issue, self._context.account, {"points": points})
        return JSONResponse(self._estimation(issue))

    def _estimation(self, issue: Issue) -> dict[str, str | None]:
        value = None if issue.points is None else str(issue.points)
        return {"fieldId": self._site.catalogue.role("points"), "value": value}


def _order(sprint: Sprint) -> tuple[int, float, int]:
    start = sprint.start.timestamp() if sprint.start else 0.0
    return _STATES.index(sprint.state), start, sprint.id
