"""Where a sandbox site is put together and served."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from . import admin, rest_webhooks, silently, words
from .agenda import SPRINT_LENGTH, Agenda, running_monday
from .answers import Context, JiraError
from .auth import Doorman
from .catalogue import Catalogue
from .clock import SandboxClock
from .config import SandboxConfig
from .documents import Documents
from .door import Door
from .edition import EDITIONS, Edition
from .faults import Disturbances
from .importing import import_issues
from .index import SearchIndex
from .journal import Journal, held
from .ledger import Ledger
from .limits import Limiter
from .model import Person
from .oauth import OAuth
from .routing import jira_routes
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
    edition = EDITIONS[config.deployment]
    journal = Journal(config.state_file, _made_with(config))
    opened = journal.opened_at() or config.start
    if config.import_file is not None:
        opened = (opened or now()).astimezone(UTC)
        site, agenda = _imported(config, edition, opened)
        ledger = Ledger(site)
    else:
        opened = (opened or now() - OPENED_BEFORE).astimezone(UTC)
        site, agenda, ledger = _played(config, edition, opened)
    site.clock = SandboxClock(opened, speed=config.speed, elapsed=time.monotonic)
    agenda.use(site.clock)
    return _Composition(config, site, agenda, ledger, journal, opened).application()


def _made_with(config: SandboxConfig) -> dict[str, object]:
    """What decides how a site begins; a memory of other beginnings does not fit it."""
    return {
        "deployment": config.deployment,
        "seed": config.seed,
        "closedSprints": config.closed_sprints,
        "backlog": config.backlog,
        "imported": config.import_file.name if config.import_file else None,
        **({"releases": True} if config.releases else {}),
        **({"train": True} if config.train else {}),
    }


def _account(config: SandboxConfig) -> Person:
    return Person(
        "712020:automation-0000-4000-8000-000000000001",
        "Automation",
        config.time_zone,
        config.email,
        user_name=config.user_name,
        key="JIRAUSER10100",
    )


def _played(config: SandboxConfig, edition: Edition, start: datetime) -> tuple[Site, Agenda, Ledger]:
    first_monday = running_monday(start) - config.closed_sprints * SPRINT_LENGTH
    clock = SandboxClock(first_monday - FOUNDING, speed=0, elapsed=time.monotonic)
    site = Site(clock, words.PEOPLE, _account(config), edition=edition)
    site.found_the_house()
    ledger, agenda = Ledger(site), Agenda(clock)
    chance = random.Random(config.seed)
    team = Team(site, agenda, chance, backlog=config.backlog, releases=config.releases, train=config.train)
    team.found(first_monday)
    agenda.play_until(start)
    return site, agenda, ledger


def _imported(config: SandboxConfig, edition: Edition, start: datetime) -> tuple[Site, Agenda]:
    assert config.import_file is not None
    clock = SandboxClock(start, speed=0, elapsed=time.monotonic)
    site = Site(clock, (), _account(config), edition=edition, catalogue=Catalogue())
    import_issues(site, config.import_file)
    return site, Agenda(clock)


@dataclass(slots=True)
class _Composition:
    """The parts of one site on their way into an application."""

    config: SandboxConfig
    site: Site
    agenda: Agenda
    ledger: Ledger
    journal: Journal
    opened: datetime

    def application(self) -> Starlette:
        config, site, zone = self.config, self.site, ZoneInfo(self.config.time_zone)
        site.groups = config.groups
        root = (config.base_url or "http://localhost").rstrip("/")
        address = root if root.endswith(config.context_path or "/") else root + config.context_path
        index = SearchIndex(site, delay=config.search_delay, elapsed=time.monotonic)
        contexts = {
            version: Context(site, Documents(site, address, zone, version), zone, index)
            for version in site.edition.api_versions
        }
        newest = contexts[site.edition.api_versions[-1]]
        oauth = OAuth(config.oauth) if config.oauth and site.edition.cloud else None
        sender = self._sender()
        webhooks = Webhooks(contexts["2"].docs, sender.enqueue)
        _register(config, newest, webhooks)
        site.listeners.append(webhooks.tell)
        disturbances = Disturbances()
        limiter = Limiter(site.edition.cloud, time.monotonic, config.limits)
        operator = admin.Admin(newest, self.agenda, self.ledger, webhooks, sender, disturbances, limiter)
        door = Middleware(
            Door,
            config=config,
            clock=site.clock,
            catch_up=self._catch_up,
            doorman=Doorman(config, oauth, site.clock.now),
            disturbances=disturbances,
            limiter=limiter,
            journal=self.journal,
        )
        routes = jira_routes(contexts, webhooks, oauth, config.cloud_id)
        return Starlette(
            routes=[*routes, *admin.routes(operator), *silently.routes(newest)],
            lifespan=self._lifespan(sender),
            middleware=[door],
            exception_handlers={JiraError: _refused, HTTPException: _no_such_route},
        )

    def _sender(self) -> Sender:
        config = self.config
        return Sender(
            edition=self.site.edition,
            identifier=lambda: str(uuid4()),
            retry_delay=config.retry_delay,
            timeout=config.delivery_timeout,
            degrade_after=config.degrade_after,
            elapsed=time.monotonic,
            client_id=config.oauth.client_id if config.oauth else "",
        )

    def _catch_up(self) -> None:
        self.agenda.play_until(self.site.clock.now())

    def _lifespan(self, sender: Sender) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
        @asynccontextmanager
        async def running(app: Starlette) -> AsyncIterator[None]:
            with self.site.silence():
                await self.journal.play(app, self.site.clock, self._catch_up)
            self.journal.open(self.opened)
            async with sender:
                ticking = asyncio.create_task(_tick(self._catch_up))
                yield
                ticking.cancel()
                with suppress(asyncio.CancelledError):
                    await ticking
            self.journal.close(self.site.clock.now())

        return running


def _register(config: SandboxConfig, context: Context, webhooks: Webhooks) -> None:
    for hook in config.webhooks:
        document: dict[str, object] = {
            "name": "Registered at the start",
            "url": hook.url,
            "secret": hook.secret,
            "events": list(hook.events),
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
    """Run the site until it is stopped.

    Raises:
        JournalError: the state file cannot be used.
    """
    config = replace(config, base_url=config.base_url or f"http://{host}:{port}")
    # The site's own clock stands in the Date header, not the server's.
    with held(config.state_file):
        uvicorn.run(create_sandbox(config), host=host, port=port, log_level="warning", date_header=False)
