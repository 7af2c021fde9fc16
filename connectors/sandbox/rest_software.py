"""`/rest/software/1.0`: the lists of issues that took the place of the agile API's on Cloud in 2026.

They go by token, are behind like every search, and each has an approximate count.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .answers import Context, Handler, route
from .issue_lists import IssueLists

BASE = "/rest/software/1.0"
LISTS = {
    "board/{board:int}/issue": "board",
    "board/{board:int}/backlog": "backlog",
    "board/{board:int}/sprint/{sprint:int}/issue": "sprint",
    "board/{board:int}/epic/none/issue": "no_epic",
    "board/{board:int}/epic/{epic}/issue": "epic",
    "sprint/{sprint:int}/issue": "sprint",
    "epic/none/issue": "no_epic",
    "epic/{epic}/issue": "epic",
}


def routes(context: Context) -> list[Route]:
    lists = IssueLists(context)
    found: list[Route] = []
    for path, name in LISTS.items():
        page, count = _page(lists, name), _count(lists, name)
        found.append(route(f"{BASE}/{path}/approximate-count", get=count, post=count))
        found.append(route(f"{BASE}/{path}", get=page))
    return found


def _page(lists: IssueLists, name: str) -> Handler:
    keep = getattr(lists, name)

    async def answer(request: Request) -> Response:
        return lists.by_token(request, keep(request))

    return answer


def _count(lists: IssueLists, name: str) -> Handler:
    keep = getattr(lists, name)

    async def answer(request: Request) -> Response:
        return await lists.count(request, keep(request))

    return answer
