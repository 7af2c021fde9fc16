"""The service: builds every part once, hands them down, starts and stops them."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Depends, FastAPI
from sqlalchemy import Connection

from app import interpreter, log, tracing
from app.api import metrics as metrics_door
from app.api import problems, rule_webhooks, start_page, status, v1, webhooks
from app.api.auth import BODY_LIMIT, KeyRequired, within_sites
from app.api.bodies import Bodies
from app.api.request_id import RequestIds
from app.api.state import State
from app.clock import Clock, utc_now
from app.connections import check_channels, check_grooming, flow_target, target_of
from app.crew import Crew
from app.cron import next_after
from app.domain.scrum.issue import BLOCKED_BY
from app.metrics import Metrics
from app.report_settings import (
    BacklogGroomingSettings,
    DeliverySettings,
    FlowSettings,
    SprintHealthSettings,
)
from app.services import policy_triggers, rules
from app.services.deliveries import Inbox
from app.services.rate_limits import RateLimits
from app.services.runs import (
    BACKLOG_GROOMING,
    DELIVERY,
    FLOW,
    HOUSEKEEPING,
    RECONCILE,
    SPRINT_HEALTH,
    SYNC,
)
from app.services.similarity import Learnt
from app.settings import Settings, SiteSettings
from app.site_book import SiteBook, keyring_of
from app.store import inbox, outbox, queues, schema, scorings, sites, tables
from app.store import runs as run_store
from app.store.database import Database
from app.tracing import Tracing
from connectors.charts.renderer import Renderer
from connectors.web import Hosts
from jobs import catalogue, deliveries, effects
from jobs.context import Context, JiraSite
from jobs.handling import Queue
from jobs.ignored_events import IGNORED
from jobs.worker import Worker

QUEUES = (
    Queue(
        tables.deliveries,
        at_once=400,
        abreast=4,
        by_one_writer=(800, 3),
        failed_state=inbox.DEAD,
        handle_batch=deliveries.apply_batch,
        take_in=deliveries.take_in,
        asks_jira=False,
    ),
    Queue(tables.runs, at_once=4, failed_state=run_store.FAILED, handle=catalogue.carry_out),
    Queue(tables.effects, at_once=8, failed_state=outbox.DEAD, handle=effects.carry_out, in_turn=True),
)

_log = log.get(__name__)


def create_app(
    settings: Settings,
    *,
    now: Clock = utc_now,
    address: str = "",
    when_worker_ends: Callable[[], object] = lambda: None,
    traces: Tracing | None = None,
    doors: bool = True,
    works: bool = True,
    visits: bool = False,
) -> FastAPI:
    """The application; nothing is opened before it starts.

    On PostgreSQL any number of them share the work, and any of them may only have doors or only work.

    Args:
        settings: handed down, never read again.
        now: the clock.
        address: where it is reached, for whoever finds the SQLite file taken.
        when_worker_ends: called if the worker ends although nobody stopped it.
        traces: in place of those that the settings want.
        doors: whether it takes webhooks and answers the API; health and metrics it always tells.
        works: whether it works off what is in the store, and keeps the schedules.
        visits: whether it only answers and goes, as for a command: it leaves sites and schedules as they are.

    Raises:
        SettingsInvalid: they want what is not installed.
    """
    traces = traces or tracing.prepared(on=settings.tracing)
    known = deliveries.HANDLED.keys() | IGNORED.keys()
    metrics = Metrics(sites=settings.sites.keys(), events=known)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.callback(traces.stop)
            traces.start()
            database = await to_thread.run_sync(schema.open_newest, _url(settings), {"address": address})
            stack.callback(database.close)
            find_sites = partial(known_sites if visits else ensure_sites, settings=settings, now=now())
            rows = await database.call_write(find_sites)
            book = _book(settings, database, now=now, metrics=metrics)
            crew = Crew(settings, database, book, make_worker, now=now, metrics=metrics, traces=traces)
            stack.callback(crew.charts.close)
            await crew.open_sites(stack, rows, works=works, visits=visits)
            if works:
                await crew.start(stack, when_worker_ends)
            if not book.doors and not visits:
                _log.warning("service.no_sites", way_out="add one under [sites.<name>] in burnish.toml")
            _log.info("service.started", sites=sorted(book.doors), doors=doors, works=works)
            interpreter.tune()
            app.state.doors = _state(settings, database, book, crew, visits=visits, now=now, metrics=metrics)
            yield

    make = webhooks.WithWebhookDoor if doors else FastAPI
    app = make(
        title="Burnish",
        summary="Keeps Jira in shape: exact sprint reports, posted where the team looks.",
        version="1",
        lifespan=lifespan,
        # Their pages load scripts from elsewhere; /openapi.json has all that they show.
        docs_url=None,
        redoc_url=None,
        telemetry=traces.of_requests,
    )
    _add_doors(app, doors=doors)
    return app


def _add_doors(app: FastAPI, *, doors: bool) -> None:
    """Health and metrics always; the API and the door for webhooks where it has doors."""
    if doors:
        app.router.routes.extend(_api().routes)
        app.include_router(rule_webhooks.door, max_body_size=rule_webhooks.BODY_LIMIT)
    app.include_router(start_page.router if doors else start_page.without_doors)
    app.include_router(status.router)
    app.include_router(metrics_door.router)
    problems.install(app)
    app.add_middleware(KeyRequired)
    app.add_middleware(RequestIds)


@cache
def _api() -> APIRouter:
    """The API's routes; they hold nothing of an application, and making them takes a third of a second."""
    api, guard = APIRouter(), [Depends(within_sites)]
    for router in v1.ROUTERS:
        api.include_router(router, prefix="/api/v1", dependencies=guard, max_body_size=BODY_LIMIT)
    return api


def prepare(settings: Settings) -> None:
    """Find out before the server starts whether it can: the store answers, is ours, and fits the settings.

    Raises:
        BurnishError: it cannot; one sentence says why.
    """
    keyring_of(settings)
    database = schema.open_newest(_url(settings), {"doing": "starting"})
    try:
        with database.write() as connection:
            ensure_sites(connection, settings, utc_now())
    finally:
        database.close()


def _url(settings: Settings) -> str:
    return settings.database_url.get_secret_value()


def known_sites(connection: Any, settings: Settings, now: datetime) -> dict[str, sites.Site]:  # noqa: ARG001
    """Sites of the settings that are in the store already."""
    there = {row["name"] for row in queues.all_sites(connection)}
    return {name: sites.get_site(connection, name) for name in settings.sites if name in there}


def ensure_sites(connection: Any, settings: Settings, now: datetime) -> dict[str, sites.Site]:
    """Make sites and schedules those of the settings, and ask for a first sync where there was none."""
    check_grooming(settings)
    check_channels(settings)
    sites.lock_settings(connection)
    rows = {
        name: adopt_site(connection, name, site, settings=settings, now=lambda: now, by=SETTINGS_FILE)
        for name, site in settings.sites.items()
    }
    run_store.switch_off_others(connection, [site.id for site in rows.values()])
    return rows


SETTINGS_FILE = "settings file"
"""Who says so, of settings that a start finds changed."""


def adopt_site(
    connection: Connection,
    name: str,
    site_settings: SiteSettings,
    *,
    settings: Settings,
    now: Clock,
    by: str,
) -> sites.Site:
    """Make a site's row and schedules what its settings say; ask for a first sync where there was none."""
    site, instant = sites.ensure_site(connection, name, site_settings.url), now()
    sites.resume_mended(connection, site.id)
    language, blocked_by = site_settings.text_language, site_settings.blocked_by_links
    sites.update_site(connection, site.id, text_language=language, blocked_by_links=blocked_by)
    for one in site_settings.backlog_grooming:
        if one.priority:
            scorings.keep(connection, site.id, one.board, one.priority, now=instant, by=by)
    wanted = _schedules(settings, site_settings, instant)
    following = partial(next_after, instant=instant)
    run_store.set_schedules(connection, site.id, wanted, following=following)
    policy_triggers.arrange(connection, site.id, now=instant)
    rules.arrange(connection, site.id, now=instant)
    if site.synced_at is None and not run_store.is_open(connection, site.id, SYNC):
        run_store.request(connection, site.id, SYNC, {}, at=instant, now=instant, requested_by="first start")
    return replace(site, text_language=language, blocked_by_links=blocked_by or BLOCKED_BY)


def _schedules(settings: Settings, site: SiteSettings, now: datetime) -> list[dict[str, Any]]:
    catch_up = _schedule("catch-up", SYNC, f"*/{settings.catch_up_minutes} * * * *", "UTC", {}, now)
    keep = {"keep_days": settings.keep_days}
    housekeeping = _schedule("housekeeping", HOUSEKEEPING, "17 3 * * *", "UTC", keep, now)
    # At night, and not when other schedules begin: on a large site it takes a while.
    reconcile = _schedule("reconcile", RECONCILE, "41 1 * * *", "UTC", {}, now)
    groomed = [
        _of_board(
            "backlog grooming",
            BACKLOG_GROOMING,
            one,
            {"post_to": one.report_issue, "picture": one.picture, **site.grooming_wish(one.board)},
            now,
        )
        for one in site.backlog_grooming
    ]
    flows = [_of_board("flow", FLOW, one, flow_target(one).wish(), now) for one in site.flow]
    delivered = [_of_board("delivery", DELIVERY, one, one.wish, now) for one in site.delivery]
    sprints = [
        _of_board("sprint health", SPRINT_HEALTH, one, {"sprint": None, **target_of(one).wish()}, now)
        for one in site.sprint_health
        if "daily" in one.reports
    ]
    return [catch_up, housekeeping, reconcile, *groomed, *flows, *delivered, *sprints]


def _of_board(
    name: str,
    kind: str,
    one: SprintHealthSettings | BacklogGroomingSettings | FlowSettings | DeliverySettings,
    wish: Mapping[str, Any],
    now: datetime,
) -> dict[str, Any]:
    return _schedule(
        f"{name} of board {one.board}",
        kind,
        one.cron,
        one.timezone,
        {"board": one.board, **wish},
        now,
        when_missed=one.when_missed,
    )


def _schedule(
    name: str,
    kind: str,
    cron: str,
    time_zone: str,
    parameters: Mapping[str, Any],
    now: datetime,
    *,
    when_missed: str = "once",
) -> dict[str, Any]:
    return {
        "name": name,
        "kind": kind,
        "cron": cron,
        "time_zone": time_zone,
        "parameters": dict(parameters),
        "next_due_at": next_after(cron, time_zone, now),
        "when_missed": when_missed,
    }


def make_worker(
    settings: Settings,
    database: Database,
    jira_sites: Sequence[JiraSite] | Mapping[int, JiraSite],
    now: Clock,
    *,
    metrics: Metrics | None = None,
    traces: Tracing | None = None,
    charts: Renderer | None = None,
    learnt: Learnt | None = None,
) -> tuple[Context, Worker]:
    """The worker with all queues, and the context that it works in."""

    def wake() -> None:
        worker.wake()

    context = Context(
        database=database,
        sites=jira_sites if isinstance(jira_sites, Mapping) else {site.id: site for site in jira_sites},
        now=now,
        # A clock that was given in place of the machine's stands for the store's, too.
        store_now=lambda tx: database.server_time(tx, now()) if now is utc_now else now(),
        wake=wake,
        metrics=metrics or Metrics(),
        traces=traces or Tracing(),
        draw=(charts or Renderer()).png,
        hosts=Hosts(settings.web_request_hosts, settings.web_request_private_hosts),
        channel_hosts=settings.channel_private_hosts,
        keyring=keyring_of(settings),
        learnt=learnt or Learnt(),
    )
    worker = Worker(context, QUEUES, lease=timedelta(seconds=settings.lease_seconds))
    return context, worker


def _book(settings: Settings, database: Database, *, now: Clock, metrics: Metrics) -> SiteBook:
    adopt = partial(adopt_site, settings=settings, now=now)
    return SiteBook(settings, database, now=now, adopt=adopt, know=metrics.know_site)


def _rate_limits(settings: Settings, database: Database | None, *, now: Clock) -> RateLimits:
    """Shared with the other replicas, if there can be some; a visitor takes nothing of what they have."""
    if database is None or database.has_one_writer:
        return RateLimits(settings.api_requests_per_minute)
    return RateLimits(
        settings.api_requests_per_minute,
        shared=database,
        store_now=lambda tx: database.server_time(tx, now()) if now is utc_now else now(),
    )


def _state(
    settings: Settings,
    database: Database,
    book: SiteBook,
    crew: Crew,
    *,
    visits: bool,
    now: Clock,
    metrics: Metrics,
) -> State:
    return State(
        database=database,
        inbox=Inbox(database, wake=crew.wake),
        sites=book.doors,
        book=book,
        api_keys=tuple(key.get_secret_value() for key in settings.api_keys),
        rate_limits=_rate_limits(settings, None if visits else database, now=now),
        bodies=Bodies(settings.webhook_body_limit),
        now=now,
        wake=crew.wake,
        worker_alive=lambda: crew.is_alive,
        lease=timedelta(seconds=settings.lease_seconds),
        catch_up=timedelta(minutes=settings.catch_up_minutes),
        metrics=metrics,
        draw=crew.charts.svg,
        draw_soon=crew.charts.draw_soon,
        learnt=crew.learnt,
        web_request_hosts=(*settings.web_request_hosts, *settings.web_request_private_hosts),
    )
