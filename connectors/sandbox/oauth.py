"""OAuth 2.0 (3LO) as Atlassian Cloud has it: consent, tokens with a rotating refresh token, the site's id.

A refresh token is good for one use: whoever loses the answer must ask for consent again. Tokens are derived,
not thrown, so that a site that is played again gives out the same ones.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from .answers import Context, JiraError, as_object, json_of, route
from .config import OAuthSetting

SCOPES = (
    "read:jira-work",
    "write:jira-work",
    "manage:jira-webhook",
    "read:jira-user",
    "offline_access",
)


@dataclass(slots=True)
class OAuth:
    """The tokens in circulation."""

    setting: OAuthSetting
    refresh: str = ""
    access: dict[str, datetime] = field(default_factory=dict)
    _given: int = 0
    _codes: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.refresh = self.setting.refresh_token

    def derived(self, kind: str) -> str:
        self._given += 1
        text = f"{kind} {self._given}"
        return hmac.new(self.setting.client_secret.encode(), text.encode(), hashlib.sha256).hexdigest()

    def consent(self) -> str:
        code = self.derived("code")
        self._codes.add(code)
        return code

    def redeem(self, code: object) -> bool:
        known = code in self._codes
        self._codes.discard(str(code))
        return known

    def issue(self, now: datetime) -> dict[str, object]:
        access, self.refresh = self.derived("access"), self.derived("refresh")
        self.access[access] = now + timedelta(seconds=self.setting.lifetime)
        return {
            "access_token": access,
            "refresh_token": self.refresh,
            "expires_in": self.setting.lifetime,
            "token_type": "Bearer",
            "scope": " ".join(SCOPES),
        }

    def admits(self, token: str, now: datetime) -> bool:
        return self.access.get(token, now) > now


def routes(context: Context, oauth: OAuth | None, cloud_id: str) -> list[Route]:
    doors = OAuthDoors(context, oauth, cloud_id)
    found = [route("/_edge/tenant_info", get=doors.tenant)]
    if oauth is None:
        return found
    return [
        *found,
        route("/authorize", get=doors.authorize),
        route("/oauth/token", post=doors.token),
        route("/oauth/token/accessible-resources", get=doors.resources),
    ]


class OAuthDoors:
    """What auth.atlassian.com and api.atlassian.com answer, under the sandbox's own address."""

    def __init__(self, context: Context, oauth: OAuth | None, cloud_id: str) -> None:
        self._context = context
        self._oauth = oauth
        self._cloud_id = cloud_id

    def _tokens(self) -> OAuth:
        assert self._oauth is not None
        return self._oauth

    async def tenant(self, _: Request) -> Response:
        return JSONResponse({"cloudId": self._cloud_id})

    async def authorize(self, request: Request) -> Response:
        """Nobody is asked: consent is given at once."""
        query, oauth = request.query_params, self._tokens()
        if query.get("client_id") != oauth.setting.client_id or "redirect_uri" not in query:
            raise JiraError(400, "The client_id or the redirect_uri is not known.")
        answer = urlencode({"code": oauth.consent(), "state": query.get("state", "")})
        return RedirectResponse(f"{query['redirect_uri']}?{answer}", status_code=302)

    async def token(self, request: Request) -> Response:
        body, oauth = await _form(request), self._tokens()
        known = (body.get("client_id"), body.get("client_secret"))
        if known != (oauth.setting.client_id, oauth.setting.client_secret):
            return _refused(401, "access_denied", "Unauthorized")
        match body.get("grant_type"):
            case "refresh_token" if body.get("refresh_token") == oauth.refresh:
                return JSONResponse(oauth.issue(self._context.site.clock.now()))
            case "refresh_token":
                return _refused(403, "unauthorized_client", "refresh_token is invalid")
            case "authorization_code" if oauth.redeem(body.get("code")):
                return JSONResponse(oauth.issue(self._context.site.clock.now()))
            case "authorization_code":
                return _refused(403, "invalid_grant", "Invalid authorization code")
            case other:
                return _refused(400, "unsupported_grant_type", f"Unsupported grant type: {other}")

    async def resources(self, request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not self._tokens().admits(token, self._context.site.clock.now()):
            return JSONResponse({"code": 401, "message": "Unauthorized"}, status_code=401)
        docs = self._context.docs
        site = {"id": self._cloud_id, "url": docs.base_url, "name": "sandbox", "scopes": list(SCOPES)}
        return JSONResponse([{**site, "avatarUrl": f"{docs.base_url}/avatar.png"}])


async def _form(request: Request) -> dict[str, object]:
    """JSON, or a form as other OAuth servers take it."""
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl((await request.body()).decode()))
    return as_object(await json_of(request))


def _refused(status: int, error: str, description: str) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status_code=status)
