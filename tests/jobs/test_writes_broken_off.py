"""A worker ends while Jira is still at what it was sent: whoever goes on does not write it again."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from app.domain.comments import LivingComment
from app.store import outbox, tables
from app.store.claim import claim
from app.store.database import Database
from jobs import effects
from jobs.context import Context, JiraSite
from jobs.handling import Queue
from jobs.worker import Worker
from tests.jobs.crew import working_with
from tests.jobs.support import OPENS, Clock, context_of, scripted, until
from tests.stores import LEASE, a_site, rows

QUEUE = Queue(tables.effects, at_once=8, failed_state=outbox.DEAD, handle=effects.carry_out, in_turn=True)


@dataclass
class SlowJira:
    """Takes a comment, and writes it only when it is told to, whether or not somebody still waits."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.method)
        if request.method == "GET":
            return httpx.Response(
                200, json={"startAt": 0, "total": len(self.comments), "comments": self.comments}
            )
        if request.method == "PUT":
            return httpx.Response(200, json=self.comments[-1])
        self.taken.append(json.loads(request.content))
        await asyncio.sleep(60)
        raise AssertionError

    def write(self) -> None:
        self.comments += [{"id": str(n), **one} for n, one in enumerate(self.taken, len(self.comments) + 1)]
        self.taken.clear()


@asynccontextmanager
async def owing(database: Database, clock: Clock) -> AsyncIterator[tuple[SlowJira, Context]]:
    """A comment that is owed to such a Jira."""
    jira = SlowJira()
    async with scripted(jira.answer) as client:  # type: ignore[arg-type] - httpx takes both colours
        site = await database.call_write(a_site)
        body = {"type": "doc", "version": 1, "content": []}
        effect = LivingComment("BURN-1", "sprint-health:1:7", body)
        with database.write() as tx:
            outbox.put(tx, site.id, effect, key="run:1:m", cause="test", correlation="run:1", now=clock.at)
        yield jira, context_of(database, JiraSite(site.id, site.name, client, (), {}), clock=clock)


def states(database: Database) -> list[str]:
    with database.read() as tx:
        return [row["state"] for row in rows(tx, tables.effects)]


async def goes_on(database: Database, jira: SlowJira, context: Context, clock: Clock) -> None:
    """Another worker, at once; then Jira writes what it was sent, and time passes."""
    async with working_with(context, QUEUE, poll=0.02) as worker:
        await asyncio.sleep(0.2)
        assert jira.taken, "Jira is still at the first one"
        assert len(jira.taken) == 1, "and was not sent another"
        jira.write()
        clock.pass_by(minutes=3)
        worker.wake()
        await until(lambda: states(database) == [outbox.DONE])
    assert len(jira.comments) == 1
    assert jira.asked.count("POST") == 1


async def test_a_stop_while_jira_is_slow_does_not_double_the_comment(database: Database) -> None:
    clock = Clock(OPENS)
    async with owing(database, clock) as (jira, context):
        first = Worker(context, [QUEUE], lease=LEASE, grace=LEASE * 0)
        task = asyncio.create_task(first.run())
        await until(lambda: jira.taken)
        first.stop()
        await task
        assert states(database) == ["waiting"]
        await goes_on(database, jira, context, clock)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_crash_while_jira_is_slow_does_not_double_the_comment(database: Database) -> None:
    """In one file the next start goes on at once; on PostgreSQL somebody else does when the lease ends."""
    clock = Clock(OPENS)
    async with owing(database, clock) as (jira, context):
        with database.write() as tx:
            (work,) = claim(tx, tables.effects, worker="w", now=clock.at, lease=LEASE, limit=1)
        with suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await effects.carry_out(context, work)
        await goes_on(database, jira, context, clock)
