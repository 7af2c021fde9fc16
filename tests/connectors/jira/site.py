"""The real client before a scripted Jira (respx), and what the tests say about both."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self

import httpx
import respx
from hypothesis import HealthCheck, settings

from connectors.jira.auth import ApiToken, Credentials
from connectors.jira.client import JiraClient, connect
from connectors.jira.deployment import Deployment
from tests.connectors.request_log import checker_of
from tests.connectors.specs import SPECS, CheckedTransport, SpecChecker

BASE = "https://burnish.test"
EMAIL = "bot@burnish.test"
TOKEN = "token-that-nobody-may-see"

ADF = {"version": 1, "type": "doc", "content": []}

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For @given: in a fresh clone, Hypothesis first spends a second on its table of Unicode."""

Handler = Callable[[httpx.Request], httpx.Response]


class FakeClock:
    """Moves only when somebody sleeps; remembers how long."""

    def __init__(self) -> None:
        self.at = 1_000.0
        self.pauses: list[float] = []

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.at += seconds


class Site:
    """`router` answers, `jira` asks, `pauses` are the seconds that the client wanted to wait.

    What is asked is always held against Atlassian's descriptions, what is answered only by a given checker.
    """

    jira: JiraClient

    def __init__(
        self,
        checker: SpecChecker | None,
        *,
        answers: bool = True,
        base: str = BASE,
        deployment: Deployment | None = Deployment.CLOUD,
        credentials: Credentials | None = None,
    ) -> None:
        self.router = respx.MockRouter(base_url=base, assert_all_called=False)
        self.clock = FakeClock()
        self._base = base
        self._deployment = deployment
        self._credentials = credentials or ApiToken(EMAIL, TOKEN)
        self._transport: httpx.AsyncBaseTransport = httpx.MockTransport(self.router.async_handler)
        if checker is None and SPECS.is_dir():
            edition = deployment or self._credentials.deployment
            checker = checker_of("datacenter" if edition is Deployment.DATA_CENTER else "cloud")
            answers = False
        if checker is not None:
            self._transport = CheckedTransport(self._transport, checker, answers=answers)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Self]:
        async with connect(
            self._base,
            self._credentials,
            deployment=self._deployment,
            transport=self._transport,
            clock=self.clock,
        ) as self.jira:
            yield self

    @property
    def pauses(self) -> list[float]:
        """Seconds that the client waited."""
        return self.clock.pauses

    def answers(self, method: str, path: str, *responses: httpx.Response | Exception) -> respx.Route:
        """The route answers with these, one after the other."""
        return self.router.route(method=method, path=path).mock(side_effect=list(responses))

    def serves(self, method: str, path: str, handler: Handler) -> respx.Route:
        """The route is answered by the handler."""
        return self.router.route(method=method, path=path).mock(side_effect=handler)

    @property
    def requests(self) -> list[httpx.Request]:
        return [call.request for call in self.router.calls]

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(request.content) for request in self.requests]


def ok(document: object, status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, json=document, headers=headers)


def offset_pages(
    pages: Sequence[Sequence[object]], *, key: str = "values", is_last: bool = True, total: bool = True
) -> Handler:
    """Serves lists of items by `startAt`, in portions of its own choice."""
    items = [item for page in pages for item in page]
    starts: dict[int, Sequence[object]] = {}
    at = 0
    for page in pages:
        starts[at] = page
        at += len(page)

    def handler(request: httpx.Request) -> httpx.Response:
        start = int(request.url.params.get("startAt", 0))
        page = starts.get(start, [])
        document: dict[str, object] = {"startAt": start, "maxResults": max(len(page), 1), key: page}
        if is_last:
            document["isLast"] = start + len(page) >= len(items)
        if total:
            document["total"] = len(items)
        return ok(document)

    return handler


def history(number: int) -> dict[str, Any]:
    """The entry that was made `number` minutes after ten."""
    return {
        "id": str(9_990 + number),
        "created": f"2026-11-02T{10 + number // 60:02}:{number % 60:02}:00.000+0000",
        "items": [{"field": "status", "fieldtype": "jira", "fieldId": "status", "from": "1", "to": None}],
    }
