"""Jira refuses every second call; the backfill is slow, patient and whole."""

from dataclasses import dataclass, replace

import httpx

from app.store import tables
from app.store.database import Database
from connectors.jira.auth import ApiToken
from connectors.jira.client import open_jira
from connectors.sandbox.main import create_sandbox
from jobs.context import JiraSite
from jobs.sync.run import sync
from tests.connectors.request_log import checker_of, violations_of
from tests.connectors.specs import SPECS, CheckedTransport
from tests.jobs.support import SANDBOX, Clock, context_of, silent
from tests.stores import a_site, rows

RETRY_AFTER = 7.0
STORM = {
    "kind": "fail_next",
    "path": "^/rest/",
    "status": 429,
    "every": 2,
    "times": 100_000,
    "headers": {"Retry-After": str(int(RETRY_AFTER)), "RateLimit-Reason": "jira-burst-based"},
}


class Leap:
    """Waiting takes no time; how long it would have taken is known."""

    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += max(seconds, 0.0)


@dataclass(frozen=True)
class Refusal:
    """When a call was refused, and how many calls had been made by then: some may be on their way."""

    asked: str
    at: float
    made_before: int


class Watch(httpx.AsyncBaseTransport):
    """Writes down when each call was made, and which were refused."""

    def __init__(self, inner: httpx.AsyncBaseTransport, clock: Leap) -> None:
        self._inner = inner
        self._clock = clock
        self.made: list[tuple[float, str]] = []
        self.refused: list[Refusal] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked = f"{request.method} {request.url.path}"
        self.made.append((self._clock.now(), asked))
        response = await self._inner.handle_async_request(request)
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            self.refused.append(Refusal(asked, self._clock.now(), len(self.made)))
        return response


async def test_a_backfill_of_2000_issues_survives_a_storm_and_keeps_every_wait(database: Database) -> None:
    config = replace(SANDBOX, backlog=1_960)
    app, clock = create_sandbox(config), Leap()
    transport = httpx.ASGITransport(app=app)
    asked = CheckedTransport(transport, checker_of("cloud"), answers=False) if SPECS.is_dir() else transport
    watch = Watch(asked, clock)
    auth = (config.email, config.token)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost", auth=auth) as operator,
        open_jira("http://localhost", ApiToken(*auth), transport=watch, clock=clock) as jira,
    ):
        (await operator.post("/_sandbox/faults", json=STORM)).raise_for_status()
        row = await database.call_write(a_site)
        site = JiraSite(row.id, row.name, jira, ("BURN",), {})
        reading = await sync(context_of(database, site, clock=Clock()), site, report=silent)
        state = (await operator.get("/_sandbox/state")).json()
        assert await violations_of(operator) == []
    assert reading.failures == {}
    assert reading.counts["issues"] == state["issues"] >= 2_000
    with database.read() as connection:
        stored = rows(connection, tables.issues)
        histories = {change["history_id"] for change in rows(connection, tables.changes)}
    assert len(stored) == len({issue["id"] for issue in stored}) == state["issues"]
    assert len(histories) == state["histories"]
    assert len(watch.refused) > 20
    for refusal in watch.refused:
        later = [at for at, asked in watch.made[refusal.made_before :] if asked == refusal.asked]
        # Summed floats differ in their last bits.
        assert not later or round(later[0] - refusal.at, 6) >= RETRY_AFTER
