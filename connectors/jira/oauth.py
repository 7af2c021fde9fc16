"""OAuth 2.0 (3LO) of Jira Cloud with rotating refresh tokens.

A refresh token works once. So the new pair is saved before its access token signs anything, and requests
that find the token expired at the same time share one refresh. Source: Atlassian's page on OAuth 2.0 (3LO).
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpx

from connectors.errors import (
    ConnectorError,
    NotJira,
    RateLimited,
    ReconnectRequired,
    TokensNotSaved,
    Unreachable,
)
from connectors.jira.auth import GATEWAY, Credentials
from connectors.jira.deployment import Deployment
from connectors.jira.tokens import Tokens, TokenStore

TOKEN_URL = "https://auth.atlassian.com/oauth/token"  # noqa: S105 -- an address
EARLY = timedelta(seconds=60)
"""An access token that expires so soon is not used any more: the request takes time, and clocks differ."""
_ASKED = "POST /oauth/token"
_LAPSED = frozenset({"invalid_grant", "unauthorized_client", "invalid_client", "access_denied"})


class OAuth(Credentials):
    """Signs with an access token, and buys a new one when it has expired or is refused.

    Args:
        client_id: of the app.
        client_secret: of the app.
        store: keeps the tokens; several processes may share one.
        now: the clock, in UTC.
        cloud_id: of the site; None to ask the site.
        gateway: base address of the gateway.
        token_url: where tokens are bought.
    """

    deployment = Deployment.CLOUD
    admin_webhooks = False
    dynamic_webhooks = True
    requires_response_body = True

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        store: TokenStore,
        *,
        now: Callable[[], datetime],
        cloud_id: str | None = None,
        gateway: str = GATEWAY,
        token_url: str = TOKEN_URL,
    ) -> None:
        self._client = {"client_id": client_id, "client_secret": client_secret}
        self._store = store
        self._now = now
        self.cloud_id = cloud_id
        self.gateway = gateway.rstrip("/")
        self._token_url = token_url
        self._turn = asyncio.Lock()
        self._tokens: Tokens | None = None
        self._unsaved: Tokens | None = None

    def limits(self, deployment: Deployment) -> str:  # noqa: ARG002 -- Cloud only
        """Webhooks that expire, hourly points, a consent that lapses."""
        return (
            "An OAuth app cannot register admin webhooks (its dynamic ones tell nothing of boards, links and "
            "worklogs and expire after 30 days), pays for each call with points of an hourly quota, and "
            "loses the site if it is idle for 90 days."
        )

    def __repr__(self) -> str:
        return f"OAuth({self._client['client_id']!r}, …)"

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Sign; once more with new tokens where Jira refuses the old ones (a 401 was not carried out)."""
        used = None
        for _ in range(2):
            async with self._turn:
                tokens = await self._known(refused=used)
                if tokens is None:
                    answer = yield self._refresh_request()
                    tokens = await self._bought(answer)
            request.headers["Authorization"] = f"Bearer {tokens.access_token}"
            response = yield request
            if response.status_code != HTTPStatus.UNAUTHORIZED:
                return
            used = tokens.access_token

    async def _known(self, *, refused: str | None) -> Tokens | None:
        """A pair that can be used; None if a new one has to be bought."""
        if self._unsaved is not None:
            await self._keep(self._unsaved)
        if not self._usable(self._tokens, refused):
            self._tokens = await self._load()  # another process may have bought one
            if self._tokens is None:
                raise ReconnectRequired(_ASKED, reason="never connected")
        return self._tokens if self._usable(self._tokens, refused) else None

    async def _load(self) -> Tokens | None:
        try:
            return await self._store.load()
        except (OSError, ValueError) as error:
            raise ReconnectRequired(_ASKED, reason=f"the tokens cannot be read: {error}") from None

    def _usable(self, tokens: Tokens | None, refused: str | None) -> bool:
        if tokens is None or tokens.access_token == refused:
            return False
        return tokens.expires_at - EARLY > self._now()

    def _refresh_request(self) -> httpx.Request:
        if self._tokens is None:
            raise ReconnectRequired(_ASKED, reason="never connected")
        body = {"grant_type": "refresh_token", **self._client, "refresh_token": self._tokens.refresh_token}
        return httpx.Request("POST", self._token_url, json=body, headers={"Accept": "application/json"})

    async def _bought(self, answer: httpx.Response) -> Tokens:
        """The new pair, kept before anybody uses it."""
        document = _json(answer)
        if not answer.is_success:
            meanwhile = await self._load()
            if meanwhile is not None and meanwhile != self._tokens:
                self._tokens = meanwhile  # another process was faster with the same refresh token
                return meanwhile
            raise _refusal(answer, str(document.get("error") or ""))
        try:
            tokens = Tokens(
                access_token=str(document["access_token"]),
                refresh_token=str(document["refresh_token"]),
                expires_at=self._now() + timedelta(seconds=int(document.get("expires_in", 3600))),
            )
        except (KeyError, ValueError, TypeError):
            reason = "an answer without tokens; the app needs the scope offline_access"
            raise NotJira(_ASKED, reason) from None
        await self._keep(tokens)
        return tokens

    async def _keep(self, tokens: Tokens) -> None:
        self._unsaved = tokens
        try:
            await self._store.save(tokens)
        except OSError as error:
            raise TokensNotSaved(_ASKED, error.strerror or type(error).__name__) from None
        self._unsaved, self._tokens = None, tokens


def _refusal(answer: httpx.Response, error: str) -> ConnectorError:
    """What a refusal of new tokens means."""
    if error not in _LAPSED and answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimited(_ASKED)
    if error not in _LAPSED and answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        status = answer.status_code
        return Unreachable(_ASKED, f"HTTP {status}", maybe_executed=False, status=status)
    return ReconnectRequired(_ASKED, reason=error or f"HTTP {answer.status_code}")


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        document = answer.json()
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
