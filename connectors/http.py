"""The one place where an HTTP client is made, and where its failures become errors of ours."""

import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import quote

import httpx

from connectors import answers, deadline
from connectors.clock import Clock, SystemClock
from connectors.errors import ConnectorError, NotJira, RateLimited
from connectors.limits import Limiter, Request
from connectors.retry import JITTER, Retry
from connectors.tls import trusted
from connectors.watch import Nobody, Watch

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

Address = Callable[[], Awaitable[str]]
"""Tells the address below which requests go, where that is not the client's own base URL."""


def open_client(
    base_url: str,
    *,
    auth: httpx.Auth,
    transport: httpx.AsyncBaseTransport | None = None,
    user_agent: str = HEADERS["User-Agent"],
) -> httpx.AsyncClient:
    """A client for one site.

    Redirects are not followed: Jira's API has none, single sign-on does. Cookies are not kept: a session
    would outlive a token that was revoked.

    Args:
        base_url: of the site, with its context path if there is one ("https://host/jira").
        auth: how requests are signed.
        transport: in place of the network.
        user_agent: how we introduce ourselves; must not look like a browser.

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
        headers={**HEADERS, "User-Agent": user_agent},
        timeout=TIMEOUTS,
        limits=LIMITS,
        follow_redirects=False,
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
        transport=transport,
        verify=trusted(environment=True),
    )


class Where(str):
    """A path that remembers its template: endpoints are limited, not single paths."""

    __slots__ = ("segments", "template")
    template: str
    segments: tuple[str, ...]

    @property
    def issue(self) -> str | None:
        """The issue that the path belongs to: `…/issue/{}` and what is below it."""
        before, found, _ = self.template.partition("/issue/{}")
        return self.segments[before.count("{}")] if found else None


def path(template: str, *segments: str | int) -> Where:
    """`template` with each `{}` replaced by a quoted segment, so that no value can leave its place.

    Raises:
        ValueError: a segment is empty or made of dots, which would name another resource.
    """
    for segment in segments:
        if str(segment) in {"", ".", ".."}:
            message = f"{segment!r} does not name anything in {template}."
            raise ValueError(message)
    where = Where(template.format(*(quote(str(segment), safe="") for segment in segments)))
    where.template, where.segments = template, tuple(map(str, segments))
    return where


def _jitter() -> float:
    return random.uniform(*JITTER)  # noqa: S311 -- spreads callers out; nothing secret


class Http:
    """JSON in, JSON out, and every failure a `ConnectorError`.

    Requests wait for their turn (`limits`). Reads are repeated where that can help, writes only where Jira
    certainly did not carry them out (429, no connection). Immediately before a write is sent, whoever keeps
    the lease is asked (`connectors.deadline`).
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        address: Address | None = None,
        retry: Retry | None = None,
        limiter: Limiter | None = None,
        clock: Clock | None = None,
        jitter: Callable[[], float] = _jitter,
        watch: Watch | None = None,
    ) -> None:
        self._client = client
        self._address = address
        self._retry = retry or Retry()
        self._clock = clock or SystemClock()
        self._limiter = limiter or Limiter(clock=self._clock)
        self._jitter = jitter
        self._watch = watch or Nobody()

    async def read(
        self,
        method: str,
        where: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        for_anybody: bool = False,
        decode: answers.Decode | None = None,
    ) -> Any:
        """A request that changes nothing: GET, or a POST that only asks. `decode` as of `document`."""
        request = _request(method, where, changes=False)
        response = await self._sent(request, where, changes=False, params=params, json=json)
        asked = f"{method} {where}"
        return answers.document(response, asked=asked, changes=False, for_anybody=for_anybody, decode=decode)

    async def write(
        self,
        method: str,
        where: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        files: Any = None,
    ) -> Any:
        """A request that changes something: carried out once at most."""
        request = _request(method, where, changes=True)
        response = await self._sent(request, where, changes=True, params=params, json=json, files=files)
        return answers.document(response, asked=f"{method} {where}", changes=True)

    async def location(self, where: str) -> str | None:
        """Where a GET is redirected to; None if it is answered at once. May hold a secret: never show it."""
        request = _request("GET", where, changes=False)
        response = await self._sent(request, where, changes=False, redirects=True)
        return response.headers.get("location") if response.is_redirect else None

    async def _sent(
        self, request: Request, where: str, *, changes: bool, redirects: bool = False, **content: Any
    ) -> httpx.Response:
        """An answer that is no failure, after as many attempts as the policy allows."""
        attempt = 1
        while True:
            async with self._limiter.turn(request):
                try:
                    return await self._once(request, where, changes=changes, redirects=redirects, **content)
                except ConnectorError as error:
                    delay = self._retry.delay(error, attempt=attempt, jitter=self._jitter())
                    limited = isinstance(error, RateLimited)
                    if isinstance(error, RateLimited):
                        self._pause_others(request, error, delay)
                    if delay is None:
                        raise
            if not limited:
                await self._clock.sleep(delay.total_seconds())
            attempt += 1

    def _pause_others(self, request: Request, error: RateLimited, delay: timedelta | None) -> None:
        """Also when this call gives up: nobody else needs to run into the same limit."""
        waits = [wait for wait in (error.retry_after, delay) if wait is not None]
        if waits:
            self._limiter.pause(request, max(waits), error.reason)

    async def _once(
        self, request: Request, where: str, *, changes: bool, redirects: bool, **content: Any
    ) -> httpx.Response:
        asked = f"{request.method} {where}"
        base = "" if self._address is None else await self._address()
        try:
            response = await self._answer(request, base + where, changes=changes, **content)
        except httpx.RequestError as error:
            raise answers.transport_failure(error, asked=asked, changes=changes) from error
        self._limiter.learn(request, response.headers)
        if response.is_success or (redirects and response.is_redirect):
            return response
        raise answers.failure(response, asked=asked, changes=changes)

    async def _answer(self, request: Request, url: str, *, changes: bool, **content: Any) -> httpx.Response:
        """Send it and tell the onlooker what came of it."""
        if changes:
            deadline.check()  # not every transport tells of its steps
            content["extensions"] = {"trace": deadline.before_the_first_byte}
        started, outcome = self._clock.now(), ""
        try:
            response = await self._client.request(request.method, url, **content)
            # Its stream holds the answer in a circle: megabytes would stay until garbage is looked for.
            response.stream = httpx.ByteStream(b"")
            outcome = str(response.status_code)
        except BaseException as error:
            outcome = type(error).__name__
            raise
        finally:
            seconds = self._clock.now() - started
            self._watch.answered(request.method, request.template, outcome, seconds)
        return response


def _request(method: str, where: str, *, changes: bool) -> Request:
    if not isinstance(where, Where):
        return Request(method, where)
    return Request(method, where.template, where.issue if changes else None)


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
