"""Delivers webhooks as Jira Cloud does: signed, at least once, tried again only where it may help.

Headers: `X-Atlassian-Webhook-Identifier` names a delivery and stays the same when it is tried again,
`X-Atlassian-Webhook-Retry` counts from 1 and is absent at first, `X-Hub-Signature` is WebSub's
`method=signature` over the raw body. Tried again, up to five times: 408, 409, 425, 429, 5xx, no connection,
no answer in time. Every other answer is final. Nothing promises an order.
"""

import asyncio
import hashlib
import hmac
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import httpx

from .webhooks import Webhook

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


def headers(delivery: Delivery) -> dict[str, str]:
    found = {
        "Content-Type": "application/json; charset=UTF-8",
        "User-Agent": "Atlassian Webhook HTTP Client",
        "X-Atlassian-Webhook-Identifier": delivery.identifier,
        "X-Atlassian-Webhook-Flow": delivery.flow,
    }
    if delivery.retries:
        found["X-Atlassian-Webhook-Retry"] = str(delivery.retries)
    if delivery.webhook.secret:
        found["X-Hub-Signature"] = signature(delivery.webhook.secret, delivery.body)
    return found


def may_be_retried(status: int | None) -> bool:
    """None stands for no answer at all."""
    return status is None or status in RETRIED or status >= 500  # noqa: PLR2004 - every server error


class Sender:
    """The queue of deliveries and the few workers that empty it, oldest first."""

    def __init__(self, *, identifier: Callable[[], str], retry_delay: float, timeout: float) -> None:
        self._identifier = identifier
        self._retry_delay = retry_delay
        self._timeout = httpx.Timeout(timeout, connect=CONNECT_TIMEOUT)
        self._waiting: deque[Delivery] = deque()
        self._wake = asyncio.Semaphore(0)
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = 0
        self.counts = {"enqueued": 0, "delivered": 0, "failed": 0, "abandoned": 0, "retried": 0}

    def enqueue(self, webhook: Webhook, body: bytes, secondary: bool) -> None:
        flow = "Secondary" if secondary else "Primary"
        self.counts["enqueued"] += 1
        self._open += 1
        self._put(Delivery(webhook, self._identifier(), body, flow))

    def _put(self, delivery: Delivery) -> None:
        self._waiting.append(delivery)
        self._wake.release()

    @property
    def state(self) -> dict[str, Any]:
        """`failed` got a final refusal, `abandoned` ran out of retries; drained when nothing is under way."""
        return {**self.counts, "pending": self._open, "drained": self._open == 0}

    async def __aenter__(self) -> Self:
        self._client = httpx.AsyncClient(timeout=self._timeout, follow_redirects=False)
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
                delivery.webhook.url, content=delivery.body, headers=headers(delivery)
            )
            status = answer.status_code
        except httpx.HTTPError:
            pass  # no answer is an outcome like any other
        if may_be_retried(status):
            self._try_later(delivery)
        else:
            self._settle("delivered" if status is not None and httpx.codes.is_success(status) else "failed")

    def _try_later(self, delivery: Delivery) -> None:
        if delivery.retries >= MOST_RETRIES:
            self._settle("abandoned")
            return
        delivery.retries += 1
        self.counts["retried"] += 1
        task = asyncio.create_task(self._wait_and_put(delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _wait_and_put(self, delivery: Delivery) -> None:
        await asyncio.sleep(self._retry_delay)
        self._put(delivery)

    def _settle(self, outcome: str) -> None:
        self.counts[outcome] += 1
        self._open -= 1
