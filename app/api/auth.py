"""Who may use the API: whoever has one of the keys.

The key is asked for before anything of the request's body is read: this door stands beside the one for Jira's
webhooks, which the internet can reach.
"""

import hmac
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.problems import answer, of_error
from app.api.state import State, state_of
from app.errors import Unauthorized

PREFIX = "/api/"
BODY_LIMIT = 256 * 1024
"""Bytes; the largest that is asked of the API is a comment of 32,767 characters."""
_bearer = HTTPBearer(auto_error=False, description="One of the keys in `api_keys`.")


def documents_key(given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> None:
    """Tells OpenAPI of the key; `KeyRequired` has already seen it."""
    del given


class KeyRequired:
    """Answers 401 to every request below `/api/` that carries no key, and 413 to one that announces too much.

    A body that does not announce its length is measured by the router while it is read.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or refuse it."""
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            connection = HTTPConnection(scope)
            try:
                check_key(connection.headers.get("authorization", ""), state_of(connection))
            except Unauthorized as error:
                await of_error(error)(scope, receive, send)
                return
            announced = connection.headers.get("content-length", "")
            if announced.isdecimal() and int(announced) > BODY_LIMIT:
                refusal = answer(413, f"The body is larger than {BODY_LIMIT} bytes.", kind="too-large")
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)


def check_key(authorization: str, state: State) -> None:
    """Compare the header with the keys.

    Raises:
        Unauthorized: it carries none of them.
    """
    if not state.api_keys:
        raise Unauthorized("The API is closed: set BURNISH_API_KEYS (or `api_keys`) to open it.")
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() != "bearer" or not given.strip():
        raise Unauthorized("Send a key: `Authorization: Bearer <key>`.")
    # All are compared, in constant time.
    fits = [hmac.compare_digest(given.strip().encode(), key.encode()) for key in state.api_keys]
    if not any(fits):
        raise Unauthorized("The key is not one of `api_keys`.")
