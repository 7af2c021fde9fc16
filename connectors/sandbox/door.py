"""What every request passes: time catches up, it is logged, perhaps disturbed, its caller checked."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import format_datetime

from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import auth
from .auth import APP, NOBODY, Doorman
from .clock import SandboxClock
from .config import SandboxConfig
from .faults import Disturbances, Fault
from .journal import Journal
from .limits import Headers, Limiter

ADMIN = "/_sandbox"
OPEN = re.compile(
    r"^/(_sandbox|browse|_media|_edge|oauth|authorize)(/|$)|^/$|^/rest/api/\d/serverInfo$|^/secure/attachment/"
)
"""The operator's own pages, and the answers Jira gives to everybody. (Attachments of Data Center are not
among them on a real site; here a browser shows them to people who look at a report.)"""
GATEWAY = "/ex/jira/"
_BROWSER = re.compile(r"Mozilla/|Chrome/|Safari/|Firefox/")
CALLER = "sandbox.caller"
REPLAYED = "sandbox.replayed"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request leads: a path of the site itself, by which address it came."""

    path: str
    gateway: bool = False


class Door:
    """The outermost layer of the site."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        config: SandboxConfig,
        clock: SandboxClock,
        catch_up: Callable[[], None],
        doorman: Doorman,
        disturbances: Disturbances,
        limiter: Limiter,
        journal: Journal,
    ) -> None:
        self._app = app
        self._config = config
        self._clock = clock
        self._catch_up = catch_up
        self._doorman = doorman
        self._disturbances = disturbances
        self._limiter = limiter
        self._journal = journal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or REPLAYED in scope:
            await self._app(scope, receive, send)
            return
        body = await _read(receive)
        if scope["path"].startswith(ADMIN):
            self._journal.note(scope, body, self._clock.now())
            await self._app(scope, _replay(body), send)
            return
        self._catch_up()
        entry = self._disturbances.add_request(scope, body)
        place = self._place(scope["path"])
        hits = self._disturbances.hits(scope["method"], place.path)
        entry["faults"] = [fault.kind for fault in hits]
        try:
            messages, headers = await self._answer(scope, body, place, hits)
        except Exception:
            entry["status"] = 500  # as whoever serves the site will answer
            raise
        self._disturbances.add_answer(entry, messages)
        await asyncio.sleep(sum(fault.seconds for fault in hits if fault.kind == "delay_after"))
        _add(messages[0], {**headers, "Date": format_datetime(self._clock.shown(), usegmt=True)})
        cut = any(fault.kind == "cut" for fault in hits)
        for message in _halved(messages) if cut else messages:
            await send(message)

    def _place(self, path: str) -> Place:
        """Without the context path, and without the gateway's prefix."""
        context, gateway = self._config.context_path.rstrip("/"), f"{GATEWAY}{self._config.cloud_id}"
        if path.startswith(f"{gateway}/"):
            return Place(_versioned(path.removeprefix(gateway)), gateway=True)
        if context and not path.startswith("/browse"):
            inside = path.startswith(f"{context}/")
            return Place(_versioned(path.removeprefix(context)) if inside else f"/outside{path}")
        return Place(_versioned(path))

    async def _answer(
        self, scope: Scope, body: bytes, place: Place, hits: list[Fault]
    ) -> tuple[list[Message], Headers]:
        """The whole answer; a request is executed at one instant, however long the answer is held back."""
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        app, headers = self._answering(scope, place, hits)
        inner = {**scope, "path": place.path, "raw_path": place.path.encode()}
        at = self._clock.now()
        if app is self._app:
            self._journal.note(inner, body, at)
        with self._clock.pinned(at):
            await app(inner, _replay(body), keep)
        return messages, headers

    def _answering(self, scope: Scope, place: Place, hits: list[Fault]) -> tuple[ASGIApp, Headers]:
        """Who answers: the site, a fault in its place, or whoever turns the caller away."""
        given = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        replaced = next((answer for fault in hits if (answer := _faulty(fault)) is not None), None)
        if not OPEN.search(place.path):
            caller = self._doorman.admit(given.get("authorization", ""), gateway=place.gateway)
            if isinstance(caller, Response):
                return caller, {}
            if caller.kind == NOBODY:
                return auth.nothing_for_nobody(place.path), {}
            scope[CALLER] = caller.kind
            if place.gateway and not place.path.startswith(("/rest/api/", "/rest/agile/", "/rest/software/")):
                return _out_of_scope(), {}
        if replaced is not None:
            return replaced, {}
        if self._is_forged(scope["method"], given):
            return PlainTextResponse("XSRF check failed", status_code=403), {}
        headers, refusal = self._limiter.admit(scope["method"], place.path, self._clock.now())
        return (refusal or self._app), headers

    def _is_forged(self, method: str, headers: dict[str, str]) -> bool:
        """Data Center takes a write by a browser's name for a forgery, unless told not to check."""
        if self._config.deployment == "cloud" or method in {"GET", "HEAD", "OPTIONS"}:
            return False
        checked = headers.get("x-atlassian-token", "") not in {"no-check", "nocheck"}
        return checked and _BROWSER.search(headers.get("user-agent", "")) is not None


def is_app(scope: Scope) -> bool:
    """Whether an OAuth app calls."""
    return scope.get(CALLER) == APP


def _versioned(path: str) -> str:
    return path.replace("/rest/api/latest/", "/rest/api/2/", 1)


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


def _add(start: Message, headers: Headers) -> None:
    start["headers"] = [
        *start["headers"],
        *((name.lower().encode(), value.encode()) for name, value in headers.items()),
    ]


def _halved(messages: list[Message]) -> list[Message]:
    """The beginning of an answer whose end never comes: the server closes the connection on it."""
    start, first = messages[0], messages[1].get("body", b"")
    return [start, {"type": "http.response.body", "body": first[: len(first) // 2], "more_body": True}]


def _out_of_scope() -> Response:
    return JSONResponse({"code": 401, "message": "Unauthorized; scope does not match"}, status_code=401)


def _faulty(fault: Fault) -> Response | None:
    """The answer in the site's place; None where the fault lets it answer."""
    match fault.kind:
        case "fail_next":
            body = {"errorMessages": ["The sandbox was told to fail this request."], "errors": {}}
            return JSONResponse(body, status_code=fault.status, headers=fault.headers)
        case "login_page":
            return auth.login_page()
        case "expired_token":
            return auth.expired()
        case "captcha":
            return auth.captcha("")
        case "redirect":
            return RedirectResponse("/login.jsp", status_code=302)
        case _:
            return None
