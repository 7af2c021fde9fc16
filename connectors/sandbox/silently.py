"""What happens behind a service's back: deleted, moved, archived, hidden, and no webhook tells it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import Context, Handler, JiraError, as_texts, body_of, route
from .changes import delete_issue, move_issue, record
from .door import ADMIN
from .model import Issue, Item, Named
from .ranks import spread

_LEVEL = Named("10010", "Team only", "Seen by the team.")
Deed = Callable[[Issue, dict[str, Any]], None]


def routes(context: Context) -> list[Route]:
    silent = Silently(context)
    deeds: dict[str, Deed] = {
        "delete": silent.delete,
        "move": silent.move,
        "archive": silent.archive,
        "secure": silent.secure,
        "hide": silent.hide,
        "show": silent.show,
    }
    return [
        *(route(f"{ADMIN}/silently/{name}", post=silent.do(deed)) for name, deed in deeds.items()),
        route(f"{ADMIN}/silently/rank", post=silent.rank),
        route(f"{ADMIN}/silently/person", post=silent.person),
    ]


class Silently:
    """`{"issues": ["BURN-1"]}`, and `"project": "NEW"` for a move; an unknown project is made."""

    def __init__(self, context: Context) -> None:
        self._site = context.site

    def do(self, deed: Deed) -> Handler:
        async def answer(request: Request) -> Response:
            body = await body_of(request)
            issues = [self._find(key) for key in as_texts(body.get("issues"))]
            with self._site.silence():
                for issue in issues:
                    if issue.id in self._site.issues:
                        deed(issue, body)
            return JSONResponse({"issues": [issue.key for issue in issues]})

        return answer

    async def rank(self, _: Request) -> Response:
        """Every issue gets another rank, in the same order: Jira makes room between two."""
        spread(self._site, after=self._site.lowest_rank)
        return JSONResponse({"issues": len(self._site.issues)})

    async def person(self, request: Request) -> Response:
        """`{"account": id}` with a new `name`, with `active`, or `deleted`."""
        body = await body_of(request)
        was = self._site.edition.find(self._site.people.values(), str(body.get("account")))
        if was is None:
            raise JiraError(404, f"There is nobody of the account {body.get('account')}.")
        now = replace(
            was, name=str(body.get("name") or was.name), active=body.get("active", was.active) is True
        )
        self._site.people[was.account_id] = now
        for issue in self._site.issues.values():
            for place in ("assignee", "reporter", "creator"):
                if getattr(issue, place) == was:
                    setattr(issue, place, now)
        if body.get("deleted") is True:
            del self._site.people[was.account_id]
        return JSONResponse({"account": was.account_id})

    def _find(self, key: str) -> Issue:
        """Also what is hidden already."""
        number = int(key) if key.isdecimal() else self._site.ids_by_key.get(key.upper(), -1)
        if number not in self._site.issues:
            raise JiraError(404, f"There is no issue {key}.")
        return self._site.issues[number]

    def delete(self, issue: Issue, _: dict[str, Any]) -> None:
        delete_issue(self._site, issue, self._site.account)

    def move(self, issue: Issue, body: dict[str, Any]) -> None:
        key = str(body.get("project") or "")
        if not key.isalnum():
            raise JiraError(400, "Give the key of the project to move to.")
        project = self._site.find_project(key) or self._site.add_project(key, f"Project {key.upper()}")
        move_issue(self._site, issue, project, self._site.account)

    def archive(self, issue: Issue, _: dict[str, Any]) -> None:
        """Readable by its key, found by no search."""
        issue.concealed = "archived"

    def secure(self, issue: Issue, _: dict[str, Any]) -> None:
        """A security level that the account may still see; `hide` then takes it out of that level."""
        item = Item("security", "jira", "security", None, None, _LEVEL.id, _LEVEL.name)
        issue.security = _LEVEL
        record(self._site, issue, self._site.account, (item,))

    def hide(self, issue: Issue, _: dict[str, Any]) -> None:
        """As a security level does it: for the account the issue is not there."""
        issue.concealed = "hidden"

    def show(self, issue: Issue, _: dict[str, Any]) -> None:
        issue.concealed = ""
