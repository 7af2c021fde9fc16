"""What jobs are given in tests: a store with a site, and a way to a sandbox Jira in this process."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from app.metrics import Metrics
from app.services.runs import SPRINT_HEALTH
from app.store import runs, sites, tables
from app.store.claim import claim
from app.store.database import Database
from app.tracing import Tracing
from connectors.jira.auth import ApiToken, PersonalAccessToken
from connectors.jira.client import JiraClient, open_jira
from connectors.jira.deployment import Deployment
from connectors.retry import Retry
from connectors.sandbox.config import SandboxConfig
from connectors.sandbox.main import create_sandbox
from jobs import catalogue
from jobs.context import Context, JiraSite
from tests.conftest import NOW
from tests.connectors.request_log import violations_of
from tests.stores import LEASE, a_site

OPENS = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)
SANDBOX = SandboxConfig(
    seed=11, closed_sprints=1, backlog=25, start=OPENS, speed=0, base_url="http://localhost"
)
ONCE = Retry(retries=0)
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
"""A picture of one pixel."""


@asynccontextmanager
async def scripted(answer: Callable[[httpx.Request], httpx.Response]) -> AsyncIterator[JiraClient]:
    """A client before a Jira that answers as told; nothing is tried twice."""
    transport = httpx.MockTransport(answer)
    auth = ApiToken("bot@burnish.test", "token")
    async with open_jira("https://burnish.test", auth, transport=transport, retry=ONCE) as jira:
        yield jira


async def _nobody(_: httpx.Request) -> httpx.Response:
    message = "this test speaks to no Jira"
    raise AssertionError(message)


async def silent(_: Mapping[str, Any]) -> None:
    """Nobody watches how far it is."""


class DiesAfter:
    """Watches so many pages being saved, and waits for the moment if there is one; then the process ends."""

    def __init__(self, pages: int, *, when: Callable[[], bool] = lambda: True) -> None:
        self._left = pages
        self._when = when

    async def __call__(self, _: Mapping[str, Any]) -> None:
        self._left -= 1
        if self._left <= 0 and self._when():
            raise ConnectionAbortedError


@dataclass
class Clock:
    """Stands still until it is moved."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def pass_by(self, **amounts: float) -> None:
        self.at += timedelta(**amounts)


def context_of(database: Database, *jira_sites: JiraSite, clock: Clock | None = None) -> Context:
    clock = clock or Clock()
    return Context(
        database=database,
        sites={site.id: site for site in jira_sites},
        now=clock.now,
        store_now=lambda _: clock.now(),
        wake=lambda: None,
        metrics=Metrics(),
        traces=Tracing(),
        draw=lambda _: PNG,
    )


def unconnected(site: sites.Site, projects: tuple[str, ...] = ()) -> JiraSite:
    """A site whose Jira is not to be asked."""
    client = JiraClient(httpx.AsyncClient(transport=httpx.MockTransport(_nobody)))
    return JiraSite(site.id, site.name, client, projects, {})


@dataclass(frozen=True)
class Sandboxed:
    """A sandbox Jira, the client that knows nothing of it, and the operator's way in."""

    site: JiraSite
    context: Context
    operator: httpx.AsyncClient

    async def advance(self, **amounts: float) -> None:
        (await self.operator.post("/_sandbox/clock/advance", json=amounts)).raise_for_status()

    async def state(self) -> dict[str, Any]:
        return dict((await self.operator.get("/_sandbox/state")).json())

    async def requests(self, path: str) -> list[dict[str, Any]]:
        """What was asked at addresses that hold `path`, oldest first."""
        log = (await self.operator.get("/_sandbox/requests")).json()["requests"]
        return [entry for entry in log if path in entry["path"]]


@asynccontextmanager
async def sandboxed(
    database: Database,
    *,
    projects: tuple[str, ...] = ("BURN",),
    clock: Clock | None = None,
    deployment: str = "cloud",
    config: SandboxConfig = SANDBOX,
) -> AsyncIterator[Sandboxed]:
    """Burnish before a sandbox whose clock stands still; what was asked and answered is as described."""
    app = create_sandbox(replace(config, deployment=deployment))
    transport = httpx.ASGITransport(app=app)
    auth = (SANDBOX.email, SANDBOX.token)
    edition = Deployment.CLOUD if deployment == "cloud" else Deployment.DATA_CENTER
    signed_in = ApiToken(*auth) if deployment == "cloud" else PersonalAccessToken(SANDBOX.token)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost", auth=auth) as operator,
        open_jira("http://localhost", signed_in, transport=transport, retry=ONCE, deployment=edition) as jira,
    ):
        row = await database.call_write(a_site)
        site = JiraSite(row.id, row.name, jira, projects, {})
        clock = clock or Clock(OPENS)
        yield Sandboxed(site, context_of(database, site, clock=clock), operator)
        violations = await violations_of(operator)
        assert not violations, "\n".join(violations)


async def until(done: Callable[[], Any], *, seconds: float = 10) -> Any:
    """Wait for something that another task does."""
    limit = time.monotonic() + seconds
    while not (found := done()):
        assert time.monotonic() < limit, "waited in vain"
        await asyncio.sleep(0.005)
    return found


async def carried_out(database: Database, jira: Any, **parameters: Any) -> int:
    """A run from request to end, as the worker carries it out."""
    at = parameters.pop("at", OPENS)
    with database.write() as tx:
        number = runs.request(
            tx,
            jira.site.id,
            parameters.pop("kind", SPRINT_HEALTH),
            parameters,
            at=at,
            now=OPENS,
            requested_by="test",
        )
        (work,) = claim(tx, tables.runs, worker="w", now=OPENS, lease=LEASE, limit=1)
    finished = await catalogue.carry_out(jira.context, work)
    with database.write() as tx:
        ended = {"state": finished.state, "reason": finished.reason, **finished.values}
        tx.execute(tables.runs.update().where(tables.runs.c.id == number).values(**ended))
        if finished.commit is not None:
            finished.commit(tx)
    return number


def run_of(database: Database, number: int) -> Any:
    with database.read() as tx:
        return runs.get(tx, number)
