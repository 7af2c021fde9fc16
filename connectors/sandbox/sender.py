"""Delivers webhooks as Jira does: signed, at least once on Cloud, tried again only where it may help.

Headers: `X-Atlassian-Webhook-Identifier` names a delivery and stays the same when it is tried again,
`X-Atlassian-Webhook-Retry` counts from 1 and is absent at first, `X-Hub-Signature` is WebSub's
`method=signature` over the raw body. Tried again, up to five times: 408, 409, 425, 429, 5xx, no connection,
no answer in time. Every other answer is final. Nothing promises an order. After half an hour of nothing but
failures a webhook gets single attempts until one succeeds. Dynamic webhooks carry a JWT (HS256, the app's
client secret) instead of a signature. Data Center sends the signature alone and tries once.
"""

import asyncio
import hashlib
import hmac
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Self

import httpx

from .disturbing import Disturber
from .edition import Edition
from .jwt import signed_token
from .webhooks import DYNAMIC, Webhook

MOST_RETRIES = 5
AT_ONCE = 4
RETRIED = frozenset({408, 409, 425, 429})
CONNECT_TIMEOUT = 5.0


@dataclass(slots=True)
class Delivery:
    webhook: Webhook
    identifier: str
    body: bytes
    flow: str
    retries: int = 0


def signature(secret: str, body: bytes) -> str:
    """WebSub's signature of the raw body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def headers(delivery: Delivery, edition: Edition, client_id: str = "") -> dict[str, str]:
    found = {"Content-Type": "application/json; charset=UTF-8"}
    if edition.cloud:
        found["User-Agent"] = "Atlassian Webhook HTTP Client"
        found["X-Atlassian-Webhook-Identifier"] = delivery.identifier
        found["X-Atlassian-Webhook-Flow"] = delivery.flow
    else:
        found["User-Agent"] = (
            f"Atlassian HttpClient / JIRA-{edition.version} ({edition.build_number}) / Default"
        )
    if delivery.retries:
        found["X-Atlassian-Webhook-Retry"] = str(delivery.retries)
    webhook = delivery.webhook
    if webhook.secret and webhook.kind == DYNAMIC:
        found["Authorization"] = f"Bearer {signed_token(webhook.secret, issuer=client_id)}"
    elif webhook.secret:
        found["X-Hub-Signature" if edition.cloud else "x-hub-signature"] = signature(
            webhook.secret, delivery.body
        )
    return found


def may_be_retried(status: int | None) -> bool:
    """None stands for no answer at all."""
    return status is None or status in RETRIED or status >= 500  # noqa: PLR2004 - every server error


@cache
def _trusted() -> ssl.SSLContext:
    """Whose certificates are believed; a process that starts many sandboxes reads them once."""
    return httpx.create_ssl_context()


class Sender:
    """The queue of deliveries and the few workers that empty it, oldest first."""

    def __init__(
        self,
        *,
        edition: Edition,
        identifier: Callable[[], str],
        retry_delay: float,
        timeout: float,
        degrade_after: float,
        elapsed: Callable[[], float],
        client_id: str = "",
    ) -> None:
        self._edition = edition
        self._identifier = identifier
        self._retry_delay = retry_delay
        self._timeout = httpx.Timeout(timeout, connect=CONNECT_TIMEOUT)
        self._degrade_after = degrade_after
        self._elapsed = elapsed
        self._client_id = client_id
        self._failing_since: dict[int, float] = {}
        self._waiting: deque[Delivery] = deque()
        self._wake = asyncio.Semaphore(0)
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = 0
        self.disturber = Disturber()
        self.counts = dict.fromkeys(("enqueued", "delivered", "failed", "abandoned", "retried", "lost"), 0)

    def enqueue(self, webhook: Webhook, body: bytes, secondary: bool) -> None:
        self.counts["enqueued"] += 1
        delivery = Delivery(webhook, self._identifier(), body, "Secondary" if secondary else "Primary")
        fate = self.disturber.fate()
        if fate.lost:
            self.counts["lost"] += 1
            return
        for copy in [delivery, replace(delivery)] if fate.doubled else [delivery]:
            self._open += 1
            if fate.late and self._tasks:
                self._later(copy)
            else:
                self._put(copy)

    def _put(self, delivery: Delivery) -> None:
        self._waiting.append(delivery)
        self._wake.release()

    def _later(self, delivery: Delivery) -> None:
        task = asyncio.create_task(self._wait_and_put(delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def state(self) -> dict[str, Any]:
        """`failed` got a final refusal, `abandoned` ran out of retries; drained when nothing is under way."""
        degraded = [number for number in self._failing_since if self._is_degraded(number)]
        return {**self.counts, "pending": self._open, "drained": self._open == 0, "degraded": degraded}

    def _is_degraded(self, webhook: int) -> bool:
        since = self._failing_since.get(webhook)
        return since is not None and self._elapsed() - since >= self._degrade_after

    async def __aenter__(self) -> Self:
        self._client = httpx.AsyncClient(timeout=self._timeout, follow_redirects=False, verify=_trusted())
        self._tasks |= {asyncio.create_task(self._work()) for _ in range(AT_ONCE)}
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    async def _work(self) -> None:
        while True:
            await self._wake.acquire()
            await self._deliver(self._waiting.popleft())

    async def _deliver(self, delivery: Delivery) -> None:
        status: int | None = None
        try:
            answer = await self._client.post(
                delivery.webhook.url,
                content=delivery.body,
                headers=headers(delivery, self._edition, self._client_id),
            )
            status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL):
            pass  # no answer is an outcome like any other
        if status is None or not httpx.codes.is_success(status):
            self._failing_since.setdefault(delivery.webhook.id, self._elapsed())
        else:
            self._failing_since.pop(delivery.webhook.id, None)
        if may_be_retried(status):
            self._try_later(delivery)
        else:
            self._settle("delivered" if status is not None and httpx.codes.is_success(status) else "failed")

    def _try_later(self, delivery: Delivery) -> None:
        degraded = self._is_degraded(delivery.webhook.id)
        if delivery.retries >= MOST_RETRIES or degraded or not self._edition.cloud:
            self._settle("abandoned")
            return
        delivery.retries += 1
        self.counts["retried"] += 1
        self._later(delivery)

    async def _wait_and_put(self, delivery: Delivery) -> None:
        await asyncio.sleep(self._retry_delay)
        self._put(delivery)

    def _settle(self, outcome: str) -> None:
        self.counts[outcome] += 1
        self._open -= 1
