"""A first reading may take days: what comes further is not given up, what stands still is."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from app.services.runs import SYNC
from app.store import runs, tables
from app.store.claim import claim
from app.store.database import Database
from connectors.errors import Unreachable
from jobs.handling import POSTPONED, write_failure
from jobs.sync import backfill, plan
from jobs.sync import run as sync
from jobs.sync.reading import note_progress
from tests.jobs.support import OPENS, Clock, Sandboxed, sandboxed
from tests.stores import LEASE

pytestmark = pytest.mark.anyio


@dataclass
class Stumbling:
    """A run of a sync whose Jira breaks down again and again, fifty minutes from one time to the next."""

    database: Database
    jira: Sandboxed
    clock: Clock

    def ask(self) -> None:
        now = self.clock.now()
        with self.database.write() as tx:
            runs.request(tx, self.jira.site.id, SYNC, {}, at=now, now=now, requested_by="Dana")

    async def attempt(self, *, pages: int) -> str:
        """Until Jira breaks down after so many pages; returns what became of the run."""
        with self.database.write() as tx:
            (work,) = claim(tx, tables.runs, worker="w", now=self.clock.now(), lease=LEASE, limit=1)
        search, left = self.jira.site.jira.search_page, pages

        async def break_down(jql: str, **asked: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise Unreachable("GET /search", "Jira is being upgraded.", maybe_executed=False)
            return await search(jql, **asked)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(self.jira.site.jira, "search_page", break_down)
            report = partial(note_progress, self.jira.context, work)
            with pytest.raises(Unreachable) as trouble:
                await sync.sync(self.jira.context, self.jira.site, report=report)
        state = await write_failure(self.jira.context, work, trouble.value, failed_state=runs.FAILED)
        self.clock.pass_by(minutes=50)
        return state


async def test_a_first_reading_is_given_up_where_it_stands_still_for_an_hour(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "SMALLEST", 1000)  # one segment
    monkeypatch.setattr(backfill, "PAGE", 5)
    clock = Clock(OPENS)
    async with sandboxed(database, clock=clock) as jira:
        run = Stumbling(database, jira, clock)
        run.ask()
        for pages in (2, 3, 4, 5):  # many were made in the same moment, which is read anew each time
            assert await run.attempt(pages=pages) == POSTPONED
        assert await run.attempt(pages=0) == POSTPONED
        assert await run.attempt(pages=0) == runs.FAILED
