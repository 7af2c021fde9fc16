"""The service: builds every part once, hands them down, starts and stops them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Depends, FastAPI

from app import log
from app.api import problems, records, runs, sprint_health, status, webhooks
from app.api.auth import BODY_LIMIT, KeyRequired, documents_key
from app.api.state import SiteDoor, State
from app.domain.scrum.calendar import Calendar
from app.services.deliveries import Inbox
from app.services.runs import SPRINT_HEALTH, SYNC
from app.settings import Settings, SiteSettings, SprintHealthSettings
from app.store import inbox, outbox, schema, sites, tables
from app.store import runs as run_store
from app.store.database import Database
from connectors.jira.auth import ApiToken, Credentials, Password, PersonalAccessToken, ScopedToken
from connectors.jira.client import JiraClient
from connectors.jira.client import connect as connect_jira
from connectors.jira.deployment import Deployment
from connectors.jira.oauth import OAuth
from connectors.jira.tokens import FileTokenStore
from jobs import catalogue, deliveries, effects
from jobs.context import Context, JiraSite
from jobs.scheduler import Scheduler, next_after
from jobs.worker import Queue, Worker

Clock = Callable[[], datetime]

QUEUES = (
    Queue(tables.deliveries, at_once=100, failed_state=inbox.DEAD, handle_batch=deliveries.apply_batch),
    Queue(tables.runs, at_once=4, failed_state=run_store.FAILED, handle=catalogue.carry_out),
    Queue(tables.effects, at_once=8, failed_state=outbox.DEAD, handle=effects.carry_out),
)

_log = log.get(__name__)


def utc_now() -> datetime:
    """The clock of this machine."""
    return datetime.now(UTC)  # noqa: TID251 - the one clock; everything else is told the time


def create_app(
    settings: Settings,
    *,
    now: Clock = utc_now,
    address: str = "",
    when_worker_ends: Callable[[], object] = lambda: None,
) -> FastAPI:
    """The application; nothing is opened before it starts.

    Args:
        settings: handed down, never read again.
        now: the clock.
        address: where it is reached, for whoever finds the SQLite file taken.
        when_worker_ends: called if the worker ends although nobody stopped it.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            app.state.doors = await _start(stack, settings, now, address, when_worker_ends)
            yield

    app = FastAPI(
        title="Burnish",
        summary="Keeps Jira in shape: exact sprint reports, posted where the team looks.",
        version="1",
        lifespan=lifespan,
        # Their pages load scripts from elsewhere; /openapi.json has all that they show.
        docs_url=None,
        redoc_url=None,
    )
    api = APIRouter(prefix="/api/v1", dependencies=[Depends(documents_key)], max_body_size=BODY_LIMIT)
    api.include_router(runs.router)
    api.include_router(sprint_health.router)
    api.include_router(records.router)
    app.include_router(api)
    app.include_router(status.router)
    app.router.routes.append(webhooks.route)
    problems.install(app)
    app.add_middleware(KeyRequired)
    return app


async def _start(
    stack: AsyncExitStack,
    settings: Settings,
    now: Clock,
    address: str,
    when_worker_ends: Callable[[], object],
) -> State:
    """Open everything; the stack closes it in the reverse order."""
    database = await to_thread.run_sync(open_database, settings, {"address": address})
    stack.callback(database.close)
    site_rows = await database.call_write(lambda tx: ensure_sites(tx, settings, now()))
    jira_sites = await connect(stack, settings, site_rows)
    context, worker = make_worker(settings, database, jira_sites, now)
    working = asyncio.create_task(worker.run(), name="worker")
    working.add_done_callback(lambda _: None if worker.stopped else when_worker_ends())
    stack.push_async_callback(_stop_worker, worker, working)
    schedules = await database.call_read(run_store.enabled_schedules)
    scheduler = Scheduler(context)
    await scheduler.start()
    stack.callback(scheduler.stop)
    if not settings.sites:
        _log.warning("service.no_sites", way_out="add one under [sites.<name>] in burnish.toml")
    _log.info("service.started", sites=sorted(settings.sites), schedules=len(schedules))
    return State(
        database=database,
        inbox=Inbox(database, wake=context.wake),
        sites={name: _door(row, settings.sites[name]) for name, row in site_rows.items()},
        api_keys=tuple(key.get_secret_value() for key in settings.api_keys),
        body_limit=settings.webhook_body_limit,
        now=now,
        wake=context.wake,
        worker_alive=lambda: not working.done(),
    )


def open_database(settings: Settings, facts: Mapping[str, Any]) -> Database:
    """The store, ours alone where it is SQLite, at the newest schema."""
    database = Database(settings.database_url.get_secret_value())
    try:
        database.claim_file(facts)
        schema.upgrade(database)
    except BaseException:
        database.close()
        raise
    return database


def prepare(settings: Settings) -> None:
    """Find out before the server starts whether it can: the store answers, is ours, and fits the settings.

    Raises:
        BurnishError: it cannot; one sentence says why.
    """
    database = open_database(settings, {"doing": "starting"})
    try:
        with database.write() as connection:
            ensure_sites(connection, settings, utc_now())
    finally:
        database.close()


def ensure_sites(connection: Any, settings: Settings, now: datetime) -> dict[str, sites.Site]:
    """Make sites and schedules those of the settings, and ask for a first sync where there was none."""
    sites.lock_settings(connection)
    rows = {}
    for name, site_settings in settings.sites.items():
        site = rows[name] = sites.ensure_site(connection, name, site_settings.url)
        run_store.set_schedules(connection, site.id, _schedules(settings, site_settings, now))
        if site.synced_at is None and not run_store.is_open(connection, site.id, SYNC):
            run_store.request(connection, site.id, SYNC, {}, at=now, now=now, requested_by="first start")
    run_store.switch_off_others(connection, [site.id for site in rows.values()])
    return rows


def _schedules(settings: Settings, site: SiteSettings, now: datetime) -> list[dict[str, Any]]:
    catch_up = _schedule("catch-up", SYNC, f"*/{settings.catch_up_minutes} * * * *", "UTC", {}, now)
    return [catch_up] + [
        _schedule(
            f"sprint health of board {one.board}",
            SPRINT_HEALTH,
            one.cron,
            one.timezone,
            {"board": one.board, "sprint": None, "post_to": one.report_issue},
            now,
        )
        for one in site.sprint_health
    ]


def _schedule(
    name: str, kind: str, cron: str, time_zone: str, parameters: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    return {
        "name": name,
        "kind": kind,
        "cron": cron,
        "time_zone": time_zone,
        "parameters": dict(parameters),
        "next_due_at": next_after(cron, time_zone, now),
    }


async def connect(
    stack: AsyncExitStack, settings: Settings, rows: Mapping[str, sites.Site]
) -> list[JiraSite]:
    """A client for every site; none is used before it is needed, so Jira may be down at the start."""
    connected = []
    for name, row in rows.items():
        site = settings.sites[name]
        jira = await jira_of(stack, site)
        connected.append(JiraSite(row.id, name, jira, site.projects, calendars_of(site.sprint_health)))
    return connected


async def jira_of(stack: AsyncExitStack, site: SiteSettings) -> JiraClient:
    """The client of a site, closed by the stack."""
    # The way to sign in tells the edition, so nobody has to be asked.
    on_premises = site.auth in {"personal_access_token", "password"}
    deployment = Deployment.DATA_CENTER if on_premises else Deployment.CLOUD
    return await stack.enter_async_context(
        connect_jira(site.url, credentials_of(site), deployment=deployment)
    )


def credentials_of(site: SiteSettings) -> Credentials:
    """How we sign in; the settings have seen to it that nothing is missing."""
    token = site.token.get_secret_value() if site.token else ""
    match site.auth:
        case "api_token":
            return ApiToken(site.email or "", token)
        case "scoped_token":
            return ScopedToken(site.email or "", token, cloud_id=site.cloud_id)
        case "personal_access_token":
            return PersonalAccessToken(token)
        case "password":
            return Password(site.username or "", token)
        case "oauth":
            assert site.oauth is not None
            return OAuth(
                site.oauth.client_id,
                site.oauth.client_secret.get_secret_value(),
                FileTokenStore(site.oauth.token_file),
                now=utc_now,
                cloud_id=site.cloud_id,
            )


def make_worker(
    settings: Settings, database: Database, jira_sites: Sequence[JiraSite], now: Clock
) -> tuple[Context, Worker]:
    """The worker with all queues, and the context that it works in."""

    def wake() -> None:
        worker.wake()

    by_id = {site.id: site for site in jira_sites}
    context = Context(database=database, sites=by_id, now=now, wake=wake)
    worker = Worker(context, QUEUES, lease=timedelta(seconds=settings.lease_seconds))
    return context, worker


async def _stop_worker(worker: Worker, working: "asyncio.Task[None]") -> None:
    worker.stop()
    await asyncio.wait([working])
    if (error := working.exception()) is not None:
        _log.error("worker.failed", exc_info=error)


def calendars_of(schedules: Sequence[SprintHealthSettings]) -> dict[int, Calendar]:
    """Working days by board."""
    return {
        one.board: Calendar(
            zone=one.zone,
            weekdays=frozenset(day - 1 for day in one.working_days),
            holidays=frozenset(one.holidays),
        )
        for one in schedules
    }


def _door(row: sites.Site, settings: SiteSettings) -> SiteDoor:
    return SiteDoor(
        id=row.id,
        name=row.name,
        webhook_secrets=tuple(secret.get_secret_value() for secret in settings.webhook_secrets),
        report_issues={one.board: one.report_issue for one in settings.sprint_health},
        calendars=calendars_of(settings.sprint_health),
    )
