"""The agile API: epics, the issues under them, and those under none. Not for team-managed projects."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import Context, JiraError, as_text, body_of, listed, no_content, page_of, route
from .changes import change_issue
from .issue_lists import IssueLists
from .model import Issue

MOST_MOVED = 50


def routes(context: Context) -> list[Route]:
    epics, lists, base = Epics(context), IssueLists(context), "/rest/agile/1.0"
    board = f"{base}/board/{{board:int}}/epic"
    return [
        route(board, get=epics.page),
        route(f"{board}/none/issue", get=lists.numbered("no_epic")),
        route(f"{board}/{{epic}}/issue", get=lists.numbered("epic")),
        route(f"{base}/epic/none/issue", get=lists.numbered("no_epic"), post=epics.take_out),
        route(f"{base}/epic/{{epic}}", get=epics.get, post=epics.edit),
        route(f"{base}/epic/{{epic}}/issue", get=lists.numbered("epic"), post=epics.put_in),
    ]


class Epics:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._site = context.site
        self._docs = context.docs

    async def page(self, request: Request) -> Response:
        shown = self._context.shown_by(self._context.board(request))
        done = listed(request, "done")
        found = [
            issue
            for issue in self._site.visible()
            if issue.type.level > 0
            and shown(issue)
            and (not done or str(issue.status.category == "done").lower() in done)
        ]
        page = page_of(request, most=50)
        part = found[page.start : page.start + page.size]
        return JSONResponse(
            {
                "maxResults": page.size,
                "startAt": page.start,
                "isLast": page.start + len(part) >= len(found),
                "values": [self._docs.epic(one) for one in part],
            }
        )

    async def get(self, request: Request) -> Response:
        return JSONResponse(self._docs.epic(self._context.epic(request)))

    async def edit(self, request: Request) -> Response:
        epic, body = self._context.epic(request), await body_of(request)
        if summary := as_text(body.get("summary")) or as_text(body.get("name")):
            change_issue(self._site, epic, self._context.account, {"summary": summary})
        return JSONResponse(self._docs.epic(epic))

    async def put_in(self, request: Request) -> Response:
        epic = self._context.epic(request)
        for issue in await self._standard(request):
            change_issue(self._site, issue, self._context.account, {"parent": epic.id})
        return no_content()

    async def take_out(self, request: Request) -> Response:
        for issue in await self._standard(request):
            change_issue(self._site, issue, self._context.account, {"parent": None})
        return no_content()

    async def _standard(self, request: Request) -> list[Issue]:
        issues = self._context.issues((await body_of(request)).get("issues"), most=MOST_MOVED)
        for issue in issues:
            if issue.type.level != 0:
                raise JiraError(400, f"The issue {issue.key} cannot belong to an epic.")
        return issues
