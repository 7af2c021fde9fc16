"""Who may use the API: whoever has a key, as far as the key reaches.

The key is asked for before anything of the request's body is read: this door stands beside the one for Jira's
webhooks, which the internet can reach. So is its role, which `app.api.permissions` knows by method and path.
"""

import hmac
import re
from collections.abc import Iterable
from typing import Annotated, cast

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import log
from app.api.permissions import check_site, is_question, noun_of, role_for
from app.api.problems import answer, of_error
from app.api.state import State, StateDep, state_of
from app.api.veil import Veil
from app.errors import BurnishError, StoreUnavailable, Unauthorized
from app.services import keys
from app.services.access import USER, Caller, Role

PREFIX = "/api/"
BODY_LIMIT = 256 * 1024
"""Bytes; the largest that is asked of the API is a comment of 32,767 characters."""
DEEPEST = 100
"""Lists and objects in each other; no document needs as many, and far more can be stored but not shown."""

_USER = re.compile(r"[\w.@+-]{1,64}", re.ASCII)
_bearer = HTTPBearer(auto_error=False, description="A key from `burnish keys create`, or one of `api_keys`.")
_log = log.get(__name__)


def caller_of(request: Request) -> Caller:
    """Who asks; `KeyRequired` has found out."""
    return cast("Caller", request.scope["caller"])


CallerDep = Annotated[Caller, Depends(caller_of)]


async def within_sites(
    request: Request,
    state: StateDep,
    caller: CallerDep,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> None:
    """Keep a key that is for some sites to them; refuse what is too deep; and tell OpenAPI of the key."""
    del given
    await check_site(request, state, caller)
    await _refuse_deep(request)


async def _refuse_deep(request: Request) -> None:
    """What was taken in is also shown again, in the audit for one: there it must not fail.

    Raises:
        RequestValidationError: the body has too many levels.
    """
    body = await request.body()
    if body.count(b"[") + body.count(b"{") <= DEEPEST:
        return
    try:
        level = [await request.json()]
    except (ValueError, RecursionError):
        return  # the route refuses it
    for _ in range(DEEPEST):
        level = [part for each in level for part in _parts(each)]
    if level:
        fault = {"loc": ("body",), "type": "depth", "msg": f"More than {DEEPEST} levels in each other"}
        raise RequestValidationError([fault])


def _parts(document: object) -> Iterable[object]:
    if isinstance(document, dict):
        return document.values()
    return document if isinstance(document, list) else ()


class KeyRequired:
    """Answers every request below `/api/` that no good enough key came with.

    401 without one, 403 where it does not reach so far, 429 where it asks too often; 413 to a body that
    announces too much.

    A body that does not announce its length is measured by the router while it is read. No answer is to be
    kept by whatever stands between: it has a site's content.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or refuse it."""
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            send = _not_kept(send)
            connection = HTTPConnection(scope)
            state = state_of(connection)
            try:
                caller = await recognise(connection.headers, state)
                await state.rate_limits.count(caller, now=state.now())
                caller.need(role_for(scope["method"], scope["path"]))
            except BurnishError as error:
                await of_error(error)(scope, receive, send)
                return
            scope["caller"] = caller
            # The answer to a draft repeats it: which keys are replaced would tell which issues there are.
            if not caller.sees_restricted and not is_question(scope["method"], scope["path"]):
                send = Veil(send, state.database, noun_of(scope["path"]))
            announced = connection.headers.get("content-length", "")
            if announced.isdecimal() and int(announced) > BODY_LIMIT:
                refusal = answer(413, f"The body is larger than {BODY_LIMIT} bytes.", kind="too-large")
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _not_kept(send: Send) -> Send:
    async def send_with_header(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).setdefault("Cache-Control", "no-store")
        await send(message)

    return send_with_header


async def recognise(headers: Headers, state: State) -> Caller:
    """Who sent these.

    Raises:
        Unauthorized: nobody whom we know.
        StoreUnavailable: we cannot look.
    """
    scheme, _, given = headers.get("authorization", "").partition(" ")
    token = given.strip()
    if scheme.lower() != "bearer" or not token:
        raise Unauthorized("Send a key: `Authorization: Bearer <key>`.")
    # All are compared, in constant time.
    fits = [hmac.compare_digest(token.encode(), key.encode()) for key in state.api_keys]
    if any(fits):
        user = headers.get(USER, "")
        name = f"CLI {user}" if _USER.fullmatch(user) else "settings key"
        return Caller(name, Role.ADMIN, key_id=-1 - fits.index(True))
    if not token.startswith(keys.PREFIX):
        raise Unauthorized(
            "The key is not one of `api_keys` (BURNISH_API_KEYS), and none that `burnish keys create` made."
        )
    now = state.now()
    found = await state.database.call_read(lambda tx: keys.recognise(tx, token, now=now))
    if found.to_note:
        await _note_use(found.caller, state)
    return found.caller


async def _note_use(caller: Caller, state: State) -> None:
    """A store that cannot be written can still be looked at."""
    now = state.now()
    try:
        await state.database.call_write(lambda tx: keys.note_use(tx, caller, now=now))
    except StoreUnavailable as error:
        _log.warning("key.use_not_noted", key=caller.name, reason=str(error))
