"""Who watches an issue and who votes for it. Neither is told to webhooks, nor touches `updated`."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import Context, JiraError, json_of, no_content, route
from .model import Person


def routes(context: Context) -> list[Route]:
    watching, issue = Watching(context), f"{context.api}/issue/{{issue}}"
    return [
        route(f"{issue}/watchers", get=watching.watchers, post=watching.watch, delete=watching.unwatch),
        route(f"{issue}/votes", get=watching.votes, post=watching.vote, delete=watching.unvote),
    ]


class Watching:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._docs = context.docs
        self._site = context.site

    def _address(self, request: Request, name: str) -> str:
        return f"{self._docs.api}/issue/{self._context.issue(request).key}/{name}"

    async def watchers(self, request: Request) -> Response:
        people = self._context.issue(request).watchers
        return JSONResponse(
            {
                "self": self._address(request, "watchers"),
                "isWatching": self._context.account.account_id in people,
                "watchCount": len(people),
                "watchers": [self._docs.user(person) for person in people.values()],
            }
        )

    def _person(self, given: object) -> Person:
        person = self._site.edition.find(self._site.people.values(), given)
        if person is None:
            raise JiraError(404, "Specified user does not exist or you do not have required permissions")
        return person

    async def watch(self, request: Request) -> Response:
        """The body is a bare JSON string; without one it is the caller who watches."""
        issue = self._context.issue(request)
        given = await json_of(request) if await request.body() else None
        if given is not None and not isinstance(given, str):
            raise JiraError(400, "The watcher must be given as a JSON string.")
        person = self._person(given) if given else self._context.account
        issue.watchers[person.account_id] = person
        return no_content()

    async def unwatch(self, request: Request) -> Response:
        issue, given = self._context.issue(request), request.query_params.get(self._site.edition.user_key)
        if not given:
            raise JiraError(400, f"The query parameter '{self._site.edition.user_key}' must be given.")
        issue.watchers.pop(self._person(given).account_id, None)
        return no_content()

    async def votes(self, request: Request) -> Response:
        people = self._context.issue(request).voters
        return JSONResponse(
            {
                "self": self._address(request, "votes"),
                "votes": len(people),
                "hasVoted": self._context.account.account_id in people,
                "voters": [self._docs.user(person) for person in people.values()],
            }
        )

    async def vote(self, request: Request) -> Response:
        issue, account = self._context.issue(request), self._context.account
        if issue.reporter is account:
            raise JiraError(404, "You cannot vote for an issue you have reported.")
        issue.voters[account.account_id] = account
        return no_content()

    async def unvote(self, request: Request) -> Response:
        self._context.issue(request).voters.pop(self._context.account.account_id, None)
        return no_content()
