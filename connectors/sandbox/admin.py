"""The operator's address, under a path that Jira does not have."""

import re
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .agenda import Agenda
from .answers import Context, JiraError, body_of, no_content, route
from .disturbing import Disturbance
from .door import ADMIN
from .edition import zulu
from .faults import KINDS, Disturbances
from .ledger import Ledger
from .limits import Limiter, Limits
from .sender import Sender
from .webhooks import Webhooks

_STEPS = frozenset({"days", "hours", "minutes", "seconds"})


def routes(admin: "Admin") -> list[Route]:
    return [
        route(f"{ADMIN}/state", get=admin.state),
        route(f"{ADMIN}/clock", get=admin.clock),
        route(f"{ADMIN}/clock/advance", post=admin.advance),
        route(f"{ADMIN}/clock/skew", put=admin.skew),
        route(f"{ADMIN}/webhooks", get=admin.deliveries),
        route(f"{ADMIN}/webhooks/disturb", get=admin.disturbance, put=admin.disturb, delete=admin.disturb),
        route(f"{ADMIN}/limits", get=admin.limits, put=admin.set_limits, delete=admin.set_limits),
        route(f"{ADMIN}/board/{{board:int}}/filter", put=admin.set_filter),
        route(f"{ADMIN}/search", get=admin.search, put=admin.set_search),
        route(f"{ADMIN}/ledger", get=admin.accounts),
        route(f"{ADMIN}/requests", get=admin.requests, delete=admin.forget_requests),
        route(f"{ADMIN}/faults", get=admin.faults, post=admin.add_fault, delete=admin.clear_faults),
        route(f"{ADMIN}/faults/{{fault:int}}", delete=admin.remove_fault),
    ]


class Admin:
    """What the operator may see and do; no account is asked for, as nothing here is worth one."""

    def __init__(
        self,
        context: Context,
        agenda: Agenda,
        ledger: Ledger,
        webhooks: Webhooks,
        sender: Sender,
        disturbances: Disturbances,
        limiter: Limiter,
    ) -> None:
        self._context = context
        self._limiter = limiter
        self._index = context.index
        self._site = context.site
        self._agenda = agenda
        self._ledger = ledger
        self._webhooks = webhooks
        self._sender = sender
        self._disturbances = disturbances

    async def state(self, _: Request) -> Response:
        site = self._site
        reports = next((issue.key for issue in site.issues.values() if "reports" in issue.labels), None)
        active = [sprint.id for sprint in site.sprints.values() if sprint.state == "active"]
        return JSONResponse(
            {
                "now": zulu(site.clock.now()),
                "deployment": site.edition.name,
                "project": site.project.key if site.projects else None,
                "projects": [project.key for project in site.projects.values()],
                "boards": {board.type: board.id for board in site.boards.values()},
                "issues": len(site.issues),
                "histories": sum(len(issue.histories) for issue in site.issues.values()),
                "comments": len(site.comments),
                "sprints": len(site.sprints),
                "activeSprints": active,
                "reportsIssue": reports,
                "webhooks": [webhook.url for webhook in self._webhooks.registered.values()],
                "deliveries": self._sender.state,
            }
        )

    async def clock(self, _: Request) -> Response:
        return JSONResponse({"now": zulu(self._site.clock.now())})

    async def advance(self, request: Request) -> Response:
        """Play the team forward: `{"days": 2}`; hours, minutes and seconds add up."""
        body = await body_of(request)
        steps = {name: value for name, value in body.items() if name in _STEPS}
        if not steps or len(steps) != len(body) or not all(_is_amount(value) for value in steps.values()):
            raise JiraError(400, f"Give amounts of {', '.join(sorted(_STEPS))}.")
        before = self._site.clock.now()
        until = before + timedelta(**steps)
        self._agenda.play_until(until)
        self._site.clock.move_to(until)
        return JSONResponse({"before": zulu(before), "now": zulu(self._site.clock.now())})

    async def skew(self, request: Request) -> Response:
        """`{"seconds": 90}`: every clock that the site shows is ahead by so much; negative is behind."""
        seconds = (await body_of(request)).get("seconds")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise JiraError(400, "Give a number of seconds.")
        self._site.clock.skew = timedelta(seconds=seconds)
        return JSONResponse({"now": zulu(self._site.clock.shown())})

    async def limits(self, _: Request) -> Response:
        return JSONResponse({**self._limiter.limits.document(), "refused": self._limiter.counts})

    async def set_limits(self, request: Request) -> Response:
        """PUT replaces all limits, DELETE lifts them."""
        try:
            limits = Limits.read(await body_of(request)) if request.method == "PUT" else Limits()
        except (TypeError, ValueError, AttributeError, IndexError) as error:
            raise JiraError(400, f"These limits cannot be read: {error}") from None
        self._limiter.set(limits)
        return JSONResponse(limits.document())

    async def search(self, _: Request) -> Response:
        return JSONResponse({"delay": self._index.delay})

    async def set_search(self, request: Request) -> Response:
        """`{"delay": 5}`: searching is so many real seconds behind."""
        delay = (await body_of(request)).get("delay")
        if not _is_amount(delay):
            raise JiraError(400, "Give a delay in seconds.")
        self._index.set_delay(float(str(delay)))
        return JSONResponse({"delay": self._index.delay})

    async def set_filter(self, request: Request) -> Response:
        """`{"jql": "project = BURN AND labels = web", "shared": false}`: a board's filter from now on."""
        board, body = self._context.board(request), await body_of(request)
        jql = body.get("jql", board.jql)
        if not (jql is None or isinstance(jql, str)) or not isinstance(body.get("shared", True), bool):
            raise JiraError(400, "Give the filter as `jql`, and whether the account may see it as `shared`.")
        self._context.query(jql or "")
        board.jql, board.filter_shared = jql, body.get("shared", board.filter_shared)
        return JSONResponse({"id": board.filter_id, "jql": jql, "shared": board.filter_shared})

    async def disturbance(self, _: Request) -> Response:
        return JSONResponse(self._sender.disturber.disturbance.document())

    async def disturb(self, request: Request) -> Response:
        """`{"duplicate": 0.2, "reorder": 0.5, "lose": 0.1, "seed": 1}`: shares of the deliveries to come."""
        try:
            body = await body_of(request) if request.method == "PUT" else {}
            self._sender.disturber.set(Disturbance.read(body))
        except (TypeError, ValueError) as error:
            raise JiraError(400, f"This cannot be read: {error}") from None
        return JSONResponse(self._sender.disturber.disturbance.document())

    async def deliveries(self, _: Request) -> Response:
        return JSONResponse(self._sender.state)

    async def accounts(self, _: Request) -> Response:
        return JSONResponse({"sprints": self._ledger.document()})

    async def requests(self, request: Request) -> Response:
        """What was asked after the request `after`; with `expand=answers` also what was answered."""
        after = int(request.query_params.get("after", "0"))
        left_out = set() if "answers" in request.query_params.get("expand", "") else {"answer"}
        log = [
            {name: value for name, value in entry.items() if name not in left_out}
            for entry in self._disturbances.log
            if entry["id"] > after
        ]
        return JSONResponse({"requests": log, "forgotten": self._disturbances.forgotten})

    async def forget_requests(self, _: Request) -> Response:
        self._disturbances.forget()
        return no_content()

    async def faults(self, _: Request) -> Response:
        return JSONResponse({"faults": [fault.document() for fault in self._disturbances.faults.values()]})

    async def add_fault(self, request: Request) -> Response:
        body = await body_of(request)
        try:
            path = re.compile(str(body["path"]))
            if body["kind"] not in KINDS:
                raise JiraError(400, f"The kind must be one of {', '.join(sorted(KINDS))}.")
        except (KeyError, re.error) as error:
            raise JiraError(
                400, f"A fault needs a kind and a path that is a regular expression: {error}"
            ) from None
        every = int(body.get("every", 1))
        once = body["kind"] == "fail_next" and every == 1
        times = body.get("times", 1 if once else None)
        fault = self._disturbances.add_fault(
            kind=body["kind"],
            method=str(body.get("method", "*")).upper(),
            path=path,
            seconds=float(body.get("seconds", 0)),
            status=int(body.get("status", 503)),
            times=times,
            every=max(1, every),
            headers={str(name): str(value) for name, value in (body.get("headers") or {}).items()},
        )
        return JSONResponse(fault.document(), status_code=201)

    async def clear_faults(self, _: Request) -> Response:
        self._disturbances.faults.clear()
        return no_content()

    async def remove_fault(self, request: Request) -> Response:
        if self._disturbances.faults.pop(request.path_params["fault"], None) is None:
            raise JiraError(404, "There is no such fault.")
        return no_content()


def _is_amount(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
