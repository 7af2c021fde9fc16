"""Take in what Jira pushes: trust it, name it, make it durable, and only then say so."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Literal

from sqlalchemy import Connection

from app.errors import NotTrusted, NotUnderstood, StoreUnavailable
from app.store import arrivals, inbox
from app.store.arrivals import Arrived
from app.store.database import Database
from app.store.types import storable
from connectors.jira.webhook import DeliveryNotUnderstood, check_document, identity, is_signed, is_trusted

DeliveryState = Literal["waiting", "claimed", "applied", "ignored", "unknown", "dead", "discarded"]
"""How far they are, as they can be listed over HTTP and on the command line."""

_RETRY_HEADER = "x-atlassian-webhook-retry"
_MOST_RETRIES = 1000
_STEP, _LONGEST_STEP = 0.08, 0.002
_HEARD_TO, _NEVER = timedelta(seconds=5), datetime(1970, 1, 1, tzinfo=UTC)


def receive(
    headers: Mapping[str, str], body: bytes, *, site_id: int, secrets: Sequence[str], now: datetime
) -> Arrived:
    """Trust a delivery and tell it from others; what it says is read when it is filed. Pure.

    Raises:
        NotTrusted: the signature fits none of the secrets.
        NotUnderstood: trusted, but not a JSON object.
    """
    if not is_trusted(headers, body, secrets):
        raise NotTrusted(_why_not_trusted(headers, secrets))
    try:
        check_document(body)
    except DeliveryNotUnderstood as error:
        raise NotUnderstood(str(error)) from error
    return Arrived(
        site_id=site_id,
        identity=storable(identity(headers, body))[:255],
        retry=_count(headers.get(_RETRY_HEADER, "")),
        received_at=now,
        body=body,
    )


def _why_not_trusted(headers: Mapping[str, str], secrets: Sequence[str]) -> str:
    if not secrets:
        return "This site has no `webhook_secrets`, so no delivery is trusted. Set one, here and in Jira."
    give = "Give Jira's webhook one of the secrets in `webhook_secrets` of this site"
    if not is_signed(headers):
        return f"The delivery is not signed: there is no X-Hub-Signature. {give} (Data Center from 10 on)."
    return f"X-Hub-Signature does not fit the body. {give}."


def _count(header: str) -> int:
    """A header that anybody may have written; Jira counts to five."""
    return min(int(header), _MOST_RETRIES) if header.isdecimal() else 0


class Inbox:
    """Makes deliveries durable, all that wait at a moment in one transaction.

    One fsync then serves many requests. A delivery that fails takes only those of its batch with it, and
    they all get the error: nothing is acknowledged that is not on disk.

    Args:
        database: where they are stored.
        wake: is called when some are.
        most_waiting: deliveries that may wait.
        most_bytes: that the bodies of those that wait or are being stored may have together.
    """

    def __init__(
        self,
        database: Database,
        *,
        wake: Callable[[], None],
        most_waiting: int = 2000,
        most_bytes: int = 64 * 2**20,
    ) -> None:
        self._database = database
        self._wake = wake
        self._most_waiting = most_waiting
        self._most_bytes = most_bytes
        self._held_bytes = 0
        self._waiting: list[tuple[Arrived, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._took = 0.0
        self._heard: dict[int, datetime] = {}

    async def put(self, received: Arrived) -> None:
        """Return when the delivery is durable.

        Raises:
            StoreUnavailable: it is not; Jira should send it again.
        """
        size = len(received.body)
        # One that is larger than all that may wait is taken where nothing else waits.
        is_full = self._held_bytes > 0 and self._held_bytes + size > self._most_bytes
        if is_full or len(self._waiting) >= self._most_waiting:
            raise StoreUnavailable("Too many deliveries are waiting to be stored; send it again later.")
        self._held_bytes += size
        stored = asyncio.get_running_loop().create_future()
        self._waiting.append((received, stored))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())
        await stored

    async def _write_all(self) -> None:
        while self._waiting:
            await self._gather()
            batch, self._waiting = self._waiting, []
            began = time.perf_counter()
            try:
                await self._database.call_write(partial(self._store, received=[one for one, _ in batch]))
            except Exception as error:  # noqa: BLE001 - every waiting request must hear of it, whatever it is
                for _, stored in batch:
                    _answer(stored, error)
            else:
                for _, stored in batch:
                    _answer(stored, None)
                self._wake()
            self._held_bytes -= sum(len(one.body) for one, _ in batch)
            self._took = time.perf_counter() - began

    async def _gather(self) -> None:
        """Wait while more keep coming, in steps that are short beside what a commit takes.

        A commit costs nearly the same for one as for sixty, so on a slow disk it pays to set out full.
        """
        step, seen = min(self._took * _STEP, _LONGEST_STEP), 0
        while seen < len(self._waiting) < self._most_waiting:
            seen = len(self._waiting)
            await asyncio.sleep(step)

    def _store(self, connection: Connection, received: Sequence[Arrived]) -> None:
        arrivals.keep(connection, received)
        newest = {one.site_id: one.received_at for one in received}
        # To a few seconds: a row that is written at every commit would bloat.
        news = {site: at for site, at in newest.items() if at - self._heard.get(site, _NEVER) > _HEARD_TO}
        inbox.note_heard(connection, news)
        self._heard |= news


def _answer(stored: asyncio.Future[None], error: Exception | None) -> None:
    with suppress(asyncio.InvalidStateError):  # whoever asked has hung up
        if error is None:
            stored.set_result(None)
        else:
            stored.set_exception(error)
