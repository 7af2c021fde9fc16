"""Lists of issues on boards: the agile API pages them by number, the newer software API by token."""

import base64
from collections.abc import Callable, Iterable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from .answers import Context, Handler, JiraError, as_text, body_of, listed, number, page_of, paged
from .expands import expanded
from .issue_documents import chosen
from .model import Board, Issue, Sprint
from .rest_search import reconciled

MOST_LISTED = 1000
MOST_BY_TOKEN = 5000
Keep = Callable[[Issue], bool]


class IssueLists:
    """Which issues a list has; the pages are made by who asks."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._site = context.site

    def board(self, request: Request) -> Keep:
        return self._context.shown_by(self._context.board(request))

    def backlog(self, request: Request) -> Keep:
        """Not done, in no active or future sprint, no epic."""
        board = self._context.board(request)
        shown = self._context.shown_by(board)
        return lambda issue: shown(issue) and self._waits(board, issue)

    def _waits(self, board: Board, issue: Issue) -> bool:
        if issue.type.level > 0 or issue.status.id in board.done_statuses:
            return False
        sprints = self._site.sprints
        return all(sprints[number].state == "closed" for number in self._site.sprints_of(issue))

    def sprint(self, request: Request) -> Keep:
        sprint: Sprint = self._context.sprint(request)
        if "board" in request.path_params and self._context.board(request).type != "scrum":
            raise JiraError(400, "The board does not support sprints")
        return lambda issue: sprint.id in self._site.sprints_of(issue)

    def epic(self, request: Request) -> Keep:
        epic = self._context.epic(request)
        keep = self.board(request) if "board" in request.path_params else lambda _: True
        return lambda issue: issue.parent == epic.id and keep(issue)

    def no_epic(self, request: Request) -> Keep:
        """Standard issues without a parent."""
        keep = self.board(request) if "board" in request.path_params else lambda _: True
        return lambda issue: issue.parent is None and issue.type.level == 0 and keep(issue)

    def found(self, keep: Keep, issues: Iterable[Issue], jql: str) -> list[Issue]:
        """In the order of the query, or by rank."""
        wanted = self._context.query(jql)
        found = [issue for issue in issues if keep(issue) and wanted.matches(issue)]
        found.sort(key=wanted.sort_key if wanted.order else lambda issue: issue.rank)
        return found

    def numbered(self, name: str) -> Handler:
        """The agile API's door to the list of that name."""
        keep: Callable[[Request], Keep] = getattr(self, name)

        async def answer(request: Request) -> Response:
            return self._by_number(request, keep(request))

        return answer

    def _by_number(self, request: Request, keep: Keep) -> Response:
        """The agile API: always fresh."""
        jql = request.query_params.get("jql", "")
        found = self.found(keep, self._site.visible(), jql)
        page = page_of(request, most=MOST_LISTED)
        document = paged(page, found, self._writer(request), "issues")
        return JSONResponse({"expand": "schema,names", **document})

    def _writer(self, request: Request) -> Callable[[Issue], object]:
        docs, expand = self._context.docs, listed(request, "expand")
        names = chosen(docs, listed(request, "fields"), "*navigable")

        def write(issue: Issue) -> object:
            document = expanded(docs, issue, names, expand)
            return {**document, "self": f"{docs.agile}/issue/{issue.id}"}

        return write

    def by_token(self, request: Request, keep: Keep) -> Response:
        """The software API of Cloud: sequential, and behind like every search."""
        query = request.query_params
        size = number(query.get("maxResults"), 50, most=1 << 40)
        if not 1 <= size <= MOST_BY_TOKEN:
            raise JiraError(400, f"The value of maxResults must be between 1 and {MOST_BY_TOKEN}.")
        fresh = reconciled([*listed(request, "reconcileIssues")])
        found = self.found(keep, self._context.index.issues(fresh), query.get("jql", ""))
        start = _place(query.get("nextPageToken"))
        docs, expand = self._context.docs, listed(request, "expand")
        names = chosen(docs, listed(request, "fields"), "*navigable")
        end = start + (size if not names else min(size, 100))
        document = {
            "issues": [expanded(docs, issue, names, expand) for issue in found[start:end]],
            "isLast": end >= len(found),
        }
        return JSONResponse(document if end >= len(found) else {**document, "nextPageToken": _token(end)})

    async def count(self, request: Request, keep: Keep) -> Response:
        jql = request.query_params.get("jql", "")
        if request.method == "POST":
            jql = as_text((await body_of(request)).get("jql"))
        return JSONResponse({"count": len(self.found(keep, self._context.index.issues(), jql))})


def _token(place: int) -> str:
    return base64.urlsafe_b64encode(f"place {place}".encode()).decode()


def _place(token: str | None) -> int:
    if not token:
        return 0
    try:
        word, _, place = base64.urlsafe_b64decode(token.encode()).decode().partition(" ")
    except ValueError:
        word, place = "", ""
    if word != "place" or not place.isdecimal():
        raise JiraError(400, "The nextPageToken is invalid or has expired.")
    return int(place)
