"""What every request passes: time catches up, the account is checked, it is logged, perhaps disturbed."""

import asyncio
import base64
import hmac
import json
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ADMIN = "/_sandbox"
OPEN = re.compile(r"^/(_sandbox|browse)(/|$)|^/rest/api/\d/serverInfo$")
"""The operator's own pages, and the one answer Jira gives to everybody."""
LOGGED_REQUESTS = 20_000


@dataclass(slots=True)
class Fault:
    """A disturbance for requests of a method to paths that match.

    `delay_after` executes the request and holds the answer back; `fail_next` answers with a status instead of
    executing, as often as `times` says.
    """

    id: int
    kind: str
    method: str
    path: re.Pattern[str]
    seconds: float = 0.0
    status: int = 503
    times: int | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def hits(self, method: str, path: str) -> bool:
        if self.times == 0 or self.method not in {"*", method} or not self.path.search(path):
            return False
        if self.times is not None:
            self.times -= 1
        return True


class Disturbances:
    """What the operator sees and sets: the log of requests, and the faults in force."""

    def __init__(self) -> None:
        self.log: deque[dict[str, Any]] = deque(maxlen=LOGGED_REQUESTS)
        self.faults: dict[int, Fault] = {}
        self._requests = count(1)
        self._fault_ids = count(1)

    def add_fault(self, **values: Any) -> Fault:
        fault = Fault(next(self._fault_ids), **values)
        self.faults[fault.id] = fault
        return fault

    def add_request(self, scope: Scope, body: bytes) -> dict[str, Any]:
        """Log a request, so that it can be held against Atlassian's API descriptions; no credentials."""
        query = scope["query_string"].decode()
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        entry: dict[str, Any] = {
            "id": next(self._requests),
            "method": scope["method"],
            "path": scope["path"] + (f"?{query}" if query else ""),
            "headers": {name: value for name, value in headers.items() if name != "authorization"},
            "body": body.decode("utf-8", "replace"),
            "status": None,
        }
        self.log.append(entry)
        return entry


class Door:
    """The outermost layer of the site."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        email: str,
        token: str,
        catch_up: Callable[[], None],
        disturbances: Disturbances,
    ) -> None:
        self._app = app
        self._catch_up = catch_up
        self._credentials = base64.b64encode(f"{email}:{token}".encode())
        self._disturbances = disturbances

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(ADMIN):
            await self._app(scope, receive, send)
            return
        self._catch_up()
        body = await _read(receive)
        entry = self._disturbances.add_request(scope, body)
        faults = self._disturbances.faults.values()
        hits = [fault for fault in faults if fault.hits(scope["method"], scope["path"])]
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._answering(scope, hits)(scope, _replay(body), keep)
        entry["status"] = messages[0]["status"]
        await asyncio.sleep(sum(fault.seconds for fault in hits if fault.kind == "delay_after"))
        for message in messages:
            await send(message)

    def _answering(self, scope: Scope, hits: list[Fault]) -> ASGIApp:
        """Who answers: the site, a fault in its place, or nobody to whom the site is not open."""
        if not OPEN.search(scope["path"]) and not self._may_enter(scope):
            return _refusing
        failure = next((fault for fault in hits if fault.kind == "fail_next"), None)
        return self._app if failure is None else _failing(failure)

    def _may_enter(self, scope: Scope) -> bool:
        given = dict(scope["headers"]).get(b"authorization", b"")
        scheme, _, credentials = given.partition(b" ")
        return scheme.lower() == b"basic" and hmac.compare_digest(credentials.strip(), self._credentials)


async def _read(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _replay(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _refusing(scope: Scope, receive: Receive, send: Send) -> None:
    message = "Client must be authenticated to access this resource."
    headers = {"WWW-Authenticate": 'OAuth realm="sandbox"', "X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}
    body = {"message": message, "status-code": 401}
    await JSONResponse(body, status_code=401, headers=headers)(scope, receive, send)


def _failing(fault: Fault) -> ASGIApp:
    body = json.dumps({"errorMessages": ["The sandbox was told to fail this request."], "errors": {}})
    return Response(body, fault.status, fault.headers, "application/json")
