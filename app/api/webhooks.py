"""The door that Jira knocks at. Plain ASGI before the framework: it must be fast, and it parses by itself."""

import logging
from time import perf_counter

from fastapi import FastAPI
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from app import log
from app.api.problems import answer, of_error, of_unforeseen
from app.api.state import SiteDoor, State
from app.errors import BurnishError, NotFound, NotTrusted, TooManyBodies
from app.services.deliveries import receive as take

PREFIX = "/webhooks/jira/"
_ACCEPTED = 202
# Jira reads the status alone, and a body would be a second write to the socket, for each delivery.
_START: Message = {
    "type": "http.response.start",
    "status": _ACCEPTED,
    "headers": [(b"content-length", b"0")],
}
_END: Message = {"type": "http.response.body", "body": b""}

_log = log.get(__name__)
# Asked first: structlog renders a line before it finds that nobody wants it.
_level = logging.getLogger(__name__)


class WithWebhookDoor(FastAPI):
    """An application that answers `/webhooks/jira/{site}` before anything of the framework costs it time."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a delivery in, or leave the request to the framework."""
        if scope["type"] != "http" or not (path := scope["path"]).startswith(PREFIX):
            await super().__call__(scope, receive, send)
            return
        name = path[len(PREFIX) :]
        if not name or "/" in name:
            await super().__call__(scope, receive, send)
            return
        begun, state = perf_counter(), self.state.doors
        refusal = await _refusal(scope, receive, state, name)
        if refusal is None:
            await send(_START)
            await send(_END)
        else:
            await refusal(scope, receive, send)
        status = _ACCEPTED if refusal is None else refusal.status_code
        state.metrics.webhook_answered(name, status, perf_counter() - begun)


async def _refusal(scope: Scope, receive: Receive, state: State, name: str) -> Response | None:
    """Why the delivery is not accepted; None: it is, and is durable."""
    if scope["method"] != "POST":
        return answer(405, "Jira's webhooks are posted.", headers={"Allow": "POST"})
    try:
        site = _site(state, name)
        # The first of several with one name counts.
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"][::-1]}
        body = await state.bodies.read(headers, receive)
        taken = take(headers, body, site_id=site.id, secrets=site.webhook_secrets, now=state.now())
        await state.inbox.put(taken)
    except ClientDisconnect:
        return Response(status_code=400)  # nobody is there to read it
    except BurnishError as error:
        if isinstance(error, NotTrusted):
            _log.warning("delivery.not_trusted", site=name, reason=str(error))
        elif isinstance(error, TooManyBodies):
            _log.warning("delivery.no_room", site=name, reason=str(error))
        return of_error(error)
    except Exception as error:  # noqa: BLE001 - nothing behind us would answer
        return of_unforeseen(error, scope["path"])
    if _level.isEnabledFor(logging.DEBUG):
        _log.debug("delivery.accepted", site=name, identity=taken.identity)
    return None


def _site(state: State, name: str) -> SiteDoor:
    """The site of that name.

    Raises:
        NotFound: none in the settings.
    """
    site = state.sites.get(name)
    if site is None:
        raise NotFound("site", name, "Sites are named in the settings, under [sites.<name>].")
    return site
