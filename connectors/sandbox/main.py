"""Where a sandbox site is put together and served."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import (
    admin,
    browse,
    rest_agile,
    rest_attachments,
    rest_comments,
    rest_issues,
    rest_platform,
    rest_search,
    rest_sprints,
    rest_webhooks,
    words,
)
from .agenda import SPRINT_LENGTH, Agenda, running_monday
from .answers import Context, JiraError
from .clock import SandboxClock
from .config import SandboxConfig
from .documents import Documents
from .door import Disturbances, Door
from .ledger import Ledger
from .model import Person
from .sender import Sender
from .site import Site
from .team import FOUNDING, Team
from .webhooks import Webhooks

OPENED_BEFORE = timedelta(days=2)
TICK = 0.5


def utc_now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - this is the composition of the process


def create_sandbox(config: SandboxConfig, *, now: Callable[[], datetime] = utc_now) -> Starlette:
    """A site with its history played up to `config.start`, ready to be asked."""
    start = (config.start or now() - OPENED_BEFORE).astimezone(UTC)
    first_monday = running_monday(start) - config.closed_sprints * SPRINT_LENGTH
    clock = SandboxClock(first_monday - FOUNDING, speed=0, elapsed=time.monotonic)
    account = Person(
        "712020:automation-0000-4000-8000-000000000001", "Automation", config.time_zone, config.email
    )
    site = Site(clock, words.PEOPLE, account)
    ledger, agenda = Ledger(site), Agenda(clock)
    Team(site, agenda, random.Random(config.seed), backlog=config.backlog).found(first_monday)
    agenda.play_until(start)
    site.clock = SandboxClock(start, speed=config.speed, elapsed=time.monotonic)
    agenda.use(site.clock)
    return _application(config, site, agenda, ledger)


def _application(config: SandboxConfig, site: Site, agenda: Agenda, ledger: Ledger) -> Starlette:
    zone = ZoneInfo(config.time_zone)
    base_url = config.base_url or "http://localhost"
    context = Context(site, Documents(site, base_url, zone), zone)
    sender = Sender(
        identifier=lambda: str(uuid4()), retry_delay=config.retry_delay, timeout=config.delivery_timeout
    )
    webhooks = Webhooks(Documents(site, base_url, zone, version="2"), sender.enqueue)
    _register(config, context, webhooks)
    site.listeners.append(webhooks.tell)

    def catch_up() -> None:
        agenda.play_until(site.clock.now())

    @asynccontextmanager
    async def running(_: Starlette) -> AsyncIterator[None]:
        async with sender:
            ticking = asyncio.create_task(_tick(catch_up))
            yield
            ticking.cancel()
            with suppress(asyncio.CancelledError):
                await ticking

    disturbances = Disturbances()
    operator = admin.Admin(context, agenda, ledger, webhooks, sender, disturbances)
    door = Middleware(
        Door, email=config.email, token=config.token, catch_up=catch_up, disturbances=disturbances
    )
    return Starlette(
        routes=[*_jira(context, webhooks), *browse.routes(context), *admin.routes(operator)],
        lifespan=running,
        middleware=[door],
        exception_handlers={JiraError: _refused, HTTPException: _no_such_route},
    )


def _jira(context: Context, webhooks: Webhooks) -> list[Route]:
    """The addresses that a real site has too."""
    return [
        *rest_platform.routes(context),
        *rest_search.routes(context),
        *rest_issues.routes(context),
        *rest_comments.routes(context),
        *rest_attachments.routes(context),
        *rest_agile.routes(context),
        *rest_sprints.routes(context),
        *rest_webhooks.routes(context, webhooks),
    ]


def _register(config: SandboxConfig, context: Context, webhooks: Webhooks) -> None:
    for hook in config.webhooks:
        document: dict[str, object] = {
            "name": "Registered at the start",
            "url": hook.url,
            "secret": hook.secret,
            "events": hook.events,
            "filters": {rest_webhooks.FILTER: hook.jql},
        }
        webhooks.add(rest_webhooks.read(context, document))


async def _tick(catch_up: Callable[[], None]) -> None:
    while True:
        catch_up()
        await asyncio.sleep(TICK)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, JiraError)
    return error.response()


async def _no_such_route(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    body = {"errorMessages": [error.detail], "errors": {}}
    return JSONResponse(body, status_code=error.status_code, headers=error.headers)


def serve(config: SandboxConfig, host: str, port: int) -> None:
    """Run the site until it is stopped."""
    config = replace(config, base_url=config.base_url or f"http://{host}:{port}")
    uvicorn.run(create_sandbox(config), host=host, port=port, log_level="warning")
