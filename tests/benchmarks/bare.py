"""The peer of the webhook door: Starlette, the same signature checked, nothing stored."""

import hmac

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.payloads import SECRET

_KEY = SECRET.encode()


async def _receive(request: Request) -> Response:
    body = await request.body()
    expected = "sha256=" + hmac.digest(_KEY, body, "sha256").hex()
    trusted = hmac.compare_digest(request.headers.get("x-hub-signature", ""), expected)
    return Response(status_code=200 if trusted else 401)


app = Starlette(routes=[Route("/webhooks/jira/{site}", _receive, methods=["POST"])])
