"""The one place where an HTTP client is made, and where its failures become errors of ours."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import quote

import httpx

from connectors import answers
from connectors.errors import ConnectorError, NotJira
from connectors.retry import JITTER, Retry

TIMEOUTS = httpx.Timeout(connect=5, read=30, write=30, pool=30)
"""Seconds."""
LIMITS = httpx.Limits(max_connections=10, max_keepalive_connections=10)
"""Atlassian advises 5 to 10 requests at once."""
HEADERS = {
    "Accept": "application/json",
    # Plain on purpose: Data Center refuses POSTs of what looks like a browser ("XSRF check failed").
    "User-Agent": "burnish",
    "X-Atlassian-Token": "no-check",
}

Sleep = Callable[[float], Awaitable[None]]


def open_client(
    base_url: str, *, auth: httpx.Auth, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """A client for one site.

    Redirects are not followed: Jira's API has none, single sign-on does. Cookies are not kept: a session
    would outlive a token that was revoked.

    Args:
        base_url: of the site, with its context path if there is one ("https://host/jira").
        auth: how requests are signed.
        transport: in place of the network.

    Raises:
        ValueError: the base URL is not plain http(s), or carries credentials, a query or a fragment.
    """
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        message = "The base URL of the Jira site is not a URL."
        raise ValueError(message) from None  # the reason may quote a password
    if url.scheme not in {"http", "https"} or not url.host:
        message = "The base URL of a Jira site starts with https:// or http:// and names a host."
        raise ValueError(message)
    if url.userinfo or url.query or url.fragment:
        message = "The base URL of a Jira site has no credentials, query or fragment."
        raise ValueError(message)
    return httpx.AsyncClient(
        base_url=url,
        auth=auth,
        headers=HEADERS,
        timeout=TIMEOUTS,
        limits=LIMITS,
        follow_redirects=False,
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
        transport=transport,
    )


def path(template: str, *segments: str | int) -> str:
    """`template` with each `{}` replaced by a quoted segment, so that no value can leave its place.

    Raises:
        ValueError: a segment is empty or made of dots, which would name another resource.
    """
    for segment in segments:
        if str(segment) in {"", ".", ".."}:
            message = f"{segment!r} does not name anything in {template}."
            raise ValueError(message)
    return template.format(*(quote(str(segment), safe="") for segment in segments))


class Http:
    """JSON in, JSON out, and every failure a `ConnectorError`."""

    def __init__(
        self, client: httpx.AsyncClient, *, retry: Retry | None = None, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._client = client
        self._retry = retry or Retry()
        self._sleep = sleep

    async def read(
        self,
        method: str,
        where: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
    ) -> Any:
        """A request that changes nothing (GET, or a POST that only asks): repeated where that can help."""
        attempt = 1
        while True:
            try:
                return await self._once(method, where, changes=False, params=params, json=json)
            except ConnectorError as error:
                jitter = random.uniform(*JITTER)  # noqa: S311 -- spreads callers out; nothing secret
                delay = self._retry.delay(error, attempt=attempt, jitter=jitter)
                if delay is None:
                    raise
            await self._pause(delay)
            attempt += 1

    async def write(
        self,
        method: str,
        where: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        files: Any = None,
    ) -> Any:
        """A request that changes something: sent once, whatever happens."""
        return await self._once(method, where, changes=True, params=params, json=json, files=files)

    async def _pause(self, delay: timedelta) -> None:
        await self._sleep(delay.total_seconds())

    async def _once(self, method: str, where: str, *, changes: bool, **content: Any) -> Any:
        asked = f"{method} {where}"
        try:
            response = await self._client.request(method, where, **content)
        except httpx.RequestError as error:
            raise answers.transport_failure(error, asked=asked, changes=changes) from error
        return answers.document(response, asked=asked, changes=changes)


def an_object(answer: Any, *, asked: str, changes: bool = False) -> Any:
    """The answer, which must be a JSON object; which one is the endpoint's promise."""
    return _of(dict, answer, asked=asked, changes=changes)


def a_list(answer: Any, *, asked: str, changes: bool = False) -> Any:
    """The answer, which must be a JSON array."""
    return _of(list, answer, asked=asked, changes=changes)


def _of(kind: type, answer: Any, *, asked: str, changes: bool) -> Any:
    if not isinstance(answer, kind):
        got = f"{type(answer).__name__} where {kind.__name__} is expected"
        raise NotJira(asked, got, maybe_executed=changes)
    return answer
