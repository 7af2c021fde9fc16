"""Is it alive, is it ready: for whoever keeps it running.

Ready is what this process can do, and nothing else: the store can be written, its schema is ours, its worker
lives. Jira being down or silent must not take the door for its webhooks out of rotation, so how each site is
heard of is told beside it, in words and seconds.

Load balancers ask without a key, and these addresses often stand open. So anybody learns that something is
wrong and since when, but neither hosts and paths (they are in the log) nor what the sites are called: a name
may be a customer's. With an API key the sites have their names.
"""

from datetime import datetime, timedelta

from anyio import to_thread
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from app import log
from app.api.auth import recognise
from app.api.state import State, StateDep
from app.errors import Unauthorized
from app.services.access import Caller
from app.store import gauges, schema, workers
from app.store.store_faults import describe

LATE = 3
"""Intervals of the catch-up without a poll, after which it is late."""

_log = log.get(__name__)
router = APIRouter(prefix="/health", tags=["health"])


class Live(BaseModel):
    """The process answers."""

    status: str = Field("alive", examples=["alive"])


class SiteHeard(BaseModel):
    """When a site was last heard of; ages in seconds, null for never."""

    name: str | None = Field(
        examples=["acme"], description="Null for whoever asks without an API key for it."
    )
    last_webhook_age_seconds: float | None = Field(examples=[12.5])
    last_poll_age_seconds: float | None = Field(examples=[340.0], description="Since the last whole sync.")
    paused_for_seconds: float | None = Field(
        examples=[None], description="Until we may ask the site again; null if nothing is in the way."
    )
    polls: str = Field(examples=["ok"], description='"ok", or what is wrong.')


class Ready(BaseModel):
    """Whether this process can do its part, check by check; each is "ok" or says what is wrong.

    The sites do not count: they say how well Jira is heard. Neither do the workers of all processes: without
    any, deliveries are still taken in, and wait.
    """

    ready: bool
    checks: dict[str, str] = Field(examples=[{"store": "ok", "schema": "ok", "worker": "ok"}])
    workers: int = Field(examples=[1], description="Of all processes; 0: nothing is worked off now.")
    sites: list[SiteHeard] = Field(description="Empty while the store does not answer.")


@router.get("/live")
async def live() -> Live:
    """The process runs and answers."""
    return Live(status="alive")


@router.get(
    "/ready",
    responses={
        200: {"model": Ready, "description": "Work can be done."},
        503: {"model": Ready, "description": "Not ready; the checks say why."},
    },
)
async def ready(request: Request, state: StateDep) -> JSONResponse:
    """The store can be written, its schema is ours, the worker lives; and when each site was heard of."""
    checks = {"worker": "ok" if state.worker_alive() else "the worker has ended; see the log"}
    heard: list[SiteHeard] = []
    alive = 0
    try:
        await to_thread.run_sync(state.database.check_writable)
        found, wanted = await to_thread.run_sync(schema.current, state.database), schema.head()
        checks["store"] = "ok"
        checks["schema"] = (
            "ok" if found == wanted else f"the store is at {found}, this version needs {wanted}"
        )
        if found == wanted:
            recently = state.now() - 3 * state.lease
            seen, alive = await state.database.call_read(
                lambda tx: (gauges.sites_seen(tx), len(workers.seen_since(tx, recently)))
            )
            caller = await _caller(request, state)
            heard = [_heard(site, state, caller) for site in _ours(seen, state)]
    except Exception as error:  # noqa: BLE001 - whatever it is, the store is not usable
        # The reason may name hosts and paths, and anybody can ask here.
        _log.error("health.store", reason=describe(error))
        checks["store"] = "the store does not take writes; see the log"
    good = all(check == "ok" for check in checks.values())
    told = Ready(ready=good, checks=checks, workers=alive, sites=heard)
    return JSONResponse(told.model_dump(), 200 if good else 503)


async def _caller(request: Request, state: State) -> Caller | None:
    try:
        return await recognise(request.headers, state)
    except Unauthorized:
        return None


def _ours(seen: list[gauges.SiteSeen], state: State) -> list[gauges.SiteSeen]:
    """Those in the settings; the store also remembers others."""
    return [site for site in seen if site.name in state.sites]


def _heard(site: gauges.SiteSeen, state: State, caller: Caller | None) -> SiteHeard:
    now = state.now()
    poll = _age(site.last_poll, now)
    paused = None if site.paused_until is None else (site.paused_until - now).total_seconds()
    return SiteHeard(
        name=site.name if caller is not None and caller.is_for(site.name) else None,
        last_webhook_age_seconds=_age(site.last_webhook, now),
        last_poll_age_seconds=poll,
        paused_for_seconds=paused if paused is not None and paused > 0 else None,
        polls=_polls(poll, state.catch_up),
    )


def _age(instant: datetime | None, now: datetime) -> float | None:
    """Clocks differ a little; nothing is heard in the future."""
    return None if instant is None else max(0.0, (now - instant).total_seconds())


def _polls(age: float | None, interval: timedelta) -> str:
    if age is None:
        return "not yet: the first sync has not ended"
    if age <= LATE * interval.total_seconds():
        return "ok"
    return (
        f"late: the last sync ended {age / 60:.0f} minutes ago, and one is due every "
        f"{interval.total_seconds() / 60:.0f}; see the runs that failed"
    )
