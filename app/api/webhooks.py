"""The door that Jira knocks at. A plain Starlette route: it must be fast, and it parses by itself."""

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app import log
from app.api.problems import of_error
from app.api.state import state_of
from app.errors import BurnishError, NotFound, NotTrusted, TooLarge
from app.services.deliveries import receive

_log = log.get(__name__)
_ACCEPTED = 202


async def _body(request: Request, limit: int) -> bytes:
    """The whole body, read no further than the limit.

    Raises:
        TooLarge: there is more.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise TooLarge(limit)
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise TooLarge(limit)
        parts.append(part)
    return b"".join(parts)


async def _receive(request: Request) -> Response:
    state, name = state_of(request), request.path_params["site"]
    try:
        site = state.sites.get(name)
        if site is None:
            raise NotFound("site", name, "Sites are named in the settings, under [sites.<name>].")
        body = await _body(request, state.body_limit)
        received = receive(
            request.headers, body, site_id=site.id, secrets=site.webhook_secrets, now=state.now()
        )
        await state.inbox.put(received)
    except ClientDisconnect:
        return Response(status_code=400)  # nobody is there to read it
    except BurnishError as error:
        if isinstance(error, NotTrusted):
            _log.warning("delivery.not_trusted", site=name, reason=str(error))
        return of_error(error)
    _log.debug("delivery.accepted", site=name, identity=received.identity, webhook=received.event)
    return JSONResponse({"status": "accepted"}, _ACCEPTED)


route = Route("/webhooks/jira/{site}", _receive, methods=["POST"])
