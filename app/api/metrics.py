"""What Prometheus reads.

Open to whoever reaches it, as Prometheus expects: it names sites and endpoints and counts, and quotes nothing
of Jira. Where the internet reaches the port for webhooks, let the proxy pass on `/webhooks/` only.
"""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime

from anyio import to_thread
from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection
from starlette.responses import Response

from app import log
from app.api.state import State, StateDep
from app.store import gauges
from app.store.store_faults import describe

_log = log.get(__name__)
_PATIENCE = 4
"""Seconds that the store has; Prometheus itself waits for ten."""

router = APIRouter(tags=["health"])
Seen = tuple[Sequence[gauges.Queue], Sequence[gauges.SiteSeen]]


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {
            "content": {"text/plain": {"schema": {"type": "string", "examples": ["burnish_store_up 1.0\n"]}}},
            "description": "All of it.",
        }
    },
)
async def metrics(state: StateDep) -> Response:
    """What happened in this process and what waits in the store, in Prometheus' text format.

    If the store does not answer, `burnish_store_up` is 0 and its numbers are missing; the rest is there.
    """
    seen = await _seen(state)
    everything = _Everything(state.metrics.registry, _of_store(seen, state.now(), frozenset(state.sites)))
    text = await to_thread.run_sync(generate_latest, everything)
    return Response(text, media_type=None, headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _seen(state: State) -> Seen | None:
    looking = asyncio.ensure_future(state.database.call_read(_look))
    await asyncio.wait([looking], timeout=_PATIENCE)
    if not looking.done():
        looking.add_done_callback(lambda late: late.cancelled() or late.exception())
        _log.error("metrics.store", reason=f"no answer within {_PATIENCE} s")
        return None
    if (error := looking.exception()) is not None:
        _log.error("metrics.store", reason=describe(error) if isinstance(error, Exception) else repr(error))
        return None
    return looking.result()


def _look(connection: Connection) -> Seen:
    return gauges.queues(connection), gauges.sites_seen(connection)


class _Everything(Collector):
    """What was counted and what was just read, as one."""

    def __init__(self, counted: CollectorRegistry, read: Sequence[Metric]) -> None:
        self._counted = counted
        self._read = read

    def collect(self) -> Iterator[Metric]:
        yield from self._counted.collect()
        yield from self._read


def _of_store(seen: Seen | None, now: datetime, sites: frozenset[str]) -> list[Metric]:
    up = GaugeMetricFamily("burnish_store_up", "Whether the store answered just now.", int(seen is not None))
    if seen is None:
        return [up]
    queues, sites_seen = seen
    return [up, *_of_queues(queues, now), *_of_sites([one for one in sites_seen if one.name in sites], now)]


def _of_queues(queues: Sequence[gauges.Queue], now: datetime) -> list[Metric]:
    depth = GaugeMetricFamily(
        "burnish_queue_depth", "Rows that wait or are under way.", labels=("queue", "state")
    )
    age = GaugeMetricFamily(
        "burnish_queue_oldest_age_seconds",
        "Since when the oldest row waits that is not settled; 0 if none does.",
        labels=("queue",),
    )
    dead = GaugeMetricFamily(
        "burnish_queue_dead_letters", "Rows that were given up and wait for a human.", labels=("queue",)
    )
    for queue in queues:
        for state, number in queue.open.items():
            depth.add_metric((queue.name, state), number)
        waited = 0.0 if queue.oldest is None else max(0.0, (now - queue.oldest).total_seconds())
        age.add_metric((queue.name,), waited)
        dead.add_metric((queue.name,), queue.dead)
    return [depth, age, dead]


def _of_sites(sites: Sequence[gauges.SiteSeen], now: datetime) -> list[Metric]:
    paused = GaugeMetricFamily(
        "burnish_site_paused", "1 while nothing is asked of the site, as it wished.", labels=("site",)
    )
    webhook = GaugeMetricFamily(
        "burnish_site_last_webhook_timestamp_seconds", "When the newest delivery came in.", labels=("site",)
    )
    poll = GaugeMetricFamily(
        "burnish_site_last_poll_timestamp_seconds", "When the last whole sync ended.", labels=("site",)
    )
    for site in sites:
        paused.add_metric((site.name,), int(site.paused_until is not None and site.paused_until > now))
        for family, instant in ((webhook, site.last_webhook), (poll, site.last_poll)):
            if instant is not None:
                family.add_metric((site.name,), instant.timestamp())
    return [paused, webhook, poll]
