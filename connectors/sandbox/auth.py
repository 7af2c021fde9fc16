"""Who is let in, and in which words others are turned away.

Cloud: `email:token` (Basic) at the site; a scoped token (Basic) and OAuth's access tokens (Bearer) at the
gateway only, which does not lead to the admin webhooks. Data Center: a personal access token (Bearer) or
`name:password` (Basic), and a CAPTCHA after too many wrong passwords.
"""

import base64
import binascii
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response

from .config import SandboxConfig
from .oauth import OAuth

ACCOUNT, APP, NOBODY = "account", "app", "nobody"
"""Who calls: the account itself, an OAuth app on its behalf, or somebody without credentials."""

NOT_AUTHENTICATED = "Client must be authenticated to access this resource."


@dataclass(frozen=True, slots=True)
class Caller:
    kind: str


class Doorman:
    def __init__(self, config: SandboxConfig, oauth: OAuth | None, now: Callable[[], datetime]) -> None:
        self._config = config
        self._cloud = config.deployment == "cloud"
        self._oauth = oauth
        self._now = now
        self._wrong = 0

    def admit(self, authorization: str, *, gateway: bool) -> Caller | Response:
        scheme, _, credentials = authorization.partition(" ")
        credentials = credentials.strip()
        if not scheme:
            return Caller(NOBODY) if self._config.anonymous and not gateway else _unauthorized()
        if self._cloud:
            return self._cloud_caller(scheme.lower(), credentials, gateway=gateway)
        return self._data_center_caller(scheme.lower(), credentials)

    def _cloud_caller(self, scheme: str, credentials: str, *, gateway: bool) -> Caller | Response:
        if gateway:
            if scheme == "bearer" and self._oauth and self._oauth.admits(credentials, self._now()):
                return Caller(APP)
            scoped = self._config.scoped_token
            if scheme == "basic" and scoped and _same(credentials, f"{self._config.email}:{scoped}"):
                return Caller(ACCOUNT)
            return JSONResponse({"code": 401, "message": "Unauthorized"}, status_code=401)
        if scheme == "basic" and _same(credentials, f"{self._config.email}:{self._config.token}"):
            return Caller(ACCOUNT)
        return _unauthorized()

    def _data_center_caller(self, scheme: str, credentials: str) -> Caller | Response:
        if scheme == "bearer":
            return (
                Caller(ACCOUNT) if hmac.compare_digest(credentials, self._config.token) else _unauthorized()
            )
        if scheme != "basic":
            return _unauthorized()
        most = self._config.captcha_after
        if most and self._wrong >= most:
            return captcha(self._config.base_url or "")
        if _same(credentials, f"{self._config.user_name}:{self._config.password}"):
            self._wrong = 0
            return Caller(ACCOUNT)
        self._wrong += 1
        return _unauthorized()


def _same(credentials: str, expected: str) -> bool:
    try:
        given = base64.b64decode(credentials, validate=True)
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(given, expected.encode())


def _unauthorized() -> Response:
    headers = {"WWW-Authenticate": 'OAuth realm="sandbox"', "X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}
    body = {"message": NOT_AUTHENTICATED, "status-code": 401}
    return JSONResponse(body, status_code=401, headers=headers)


def expired() -> Response:
    """What a token that was good yesterday gets."""
    return _unauthorized()


def captcha(base_url: str) -> Response:
    """Even the right password does not help until a person has solved the riddle."""
    headers = {
        "X-Authentication-Denied-Reason": f"CAPTCHA_CHALLENGE; login-url={base_url}/login.jsp",
        "X-Seraph-LoginReason": "AUTHENTICATION_DENIED",
    }
    return HTMLResponse(
        "<html><body>Basic Authentication Failure - Reason : AUTHENTICATION_DENIED</body></html>",
        403,
        headers,
    )


def login_page() -> Response:
    """What a single sign-on in front of Data Center answers to programs too: 200, and a form for people."""
    form = '<form id="login-form" action="/login.jsp" method="post"><input name="os_username"></form>'
    return HTMLResponse(f"<!doctype html><html><head><title>Log in</title></head><body>{form}</body></html>")


_PAGE = {"startAt": 0, "maxResults": 50, "total": 0}
_NOTHING: tuple[tuple[tuple[str, ...], Any], ...] = (
    (("/search/jql",), {"issues": [], "isLast": True}),
    (("/project/search", "/board"), {**_PAGE, "isLast": True, "values": []}),
    (("/search",), {**_PAGE, "issues": []}),
    (("/project", "/field", "/filter"), []),
)


def nothing_for_nobody(path: str) -> Response:
    """What somebody without an account finds on a site that lets them in: nothing, not a refusal."""
    for tails, body in _NOTHING:
        if path.endswith(tails):
            return JSONResponse(body)
    if "/issue/" not in path:
        return _unauthorized()
    missing = "Issue does not exist or you do not have permission to see it."
    return JSONResponse({"errorMessages": [missing], "errors": {}}, status_code=404)
