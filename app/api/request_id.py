"""A name for every request, so that what was logged for it can be found."""

import re
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import log

HEADER = b"x-request-id"
_SANE = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")
_WEBHOOKS = "/webhooks/"


class RequestIds:
    """Takes over the caller's `X-Request-ID` or makes one, logs with it, and answers with it.

    Deliveries of webhooks are left alone: they have a name of their own, and must be fast.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Name the request and let it through."""
        if scope["type"] != "http" or scope["path"].startswith(_WEBHOOKS):
            await self._app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == HEADER), b"")
        named = given if _SANE.fullmatch(given) else uuid4().hex.encode()
        scope["request_id"] = named.decode()

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (HEADER, named)]
            await send(message)

        with log.bound(request_id=scope["request_id"]):
            await self._app(scope, receive, send_named)
