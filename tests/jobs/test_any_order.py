"""Whatever is lost, doubled, late or cut off: after one quiet reconcile the store holds what Jira holds.

A team works in a sandbox Jira. Its webhooks come in any order, several times or never; a sync is killed at
any page, a sweep comes at any time; then all is quiet, and one sync and one sweep must end in the same
issues, fields, sprints, histories, comments, field by field. BURNISH_EXAMPLES=500 plays more of such stories
than the suite does.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, TypeVar, cast

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from app.errors import NotPossible
from app.store import inbox, sites
from app.store.database import Database
from connectors.jira.auth import ApiToken
from connectors.jira.client import open_jira
from connectors.jira.webhook import read_event
from connectors.sandbox.main import create_sandbox
from connectors.sandbox.sender import Sender
from jobs.context import JiraSite
from jobs.deliveries import HANDLED
from jobs.folding import apply
from jobs.sync import issues as issues_read
from jobs.sync import plan, reconcile, sweep
from jobs.sync import run as sync
from jobs.sync.reading import Reading
from jobs.told import Told
from tests.conftest import in_memory
from tests.connectors.sandbox.support import adf
from tests.jobs.support import ONCE, OPENS, SANDBOX, Clock, context_of, silent
from tests.soak import facts
from tests.soak.verdict import on_copies, shown
from tests.stores import a_site

T = TypeVar("T")
EXAMPLES = int(os.environ.get("BURNISH_EXAMPLES", "20"))
SMALL = replace(SANDBOX, backlog=4, closed_sprints=1)
# Few, so that things happen to the same issue.
ISSUES = st.integers(min_value=0, max_value=3)
PLACES = st.integers(min_value=0, max_value=10_000)


class KilledError(Exception):
    """The process ends here."""


class Story(RuleBasedStateMachine):
    """A team, its webhooks, and Burnish."""

    template: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(prefix="burnish-story-", dir=in_memory()))
        shutil.copy(self.template, self.folder / "burnish.db")
        self.database = Database(f"sqlite:///{self.folder}/burnish.db")
        self.stack = AsyncExitStack()
        self.patch = pytest.MonkeyPatch()
        self.told: list[bytes] = []
        self.patch.setattr(Sender, "enqueue", lambda _, __, body, ___: self.told.append(body))
        self.patch.setattr(issues_read, "PAGE", 7)
        self.patch.setattr(plan, "SMALLEST", 6)
        self.patch.setattr(sweep, "LISTED_AT_ONCE", 9)
        self.clock = Clock(OPENS)
        self.run(self.open())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    async def open(self) -> None:
        app = create_sandbox(SMALL)
        transport = httpx.ASGITransport(app=app)
        auth = (SMALL.email, SMALL.token)
        await self.stack.enter_async_context(app.router.lifespan_context(app))
        self.team = await self.stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://localhost", auth=auth)
        )
        jira = await self.stack.enter_async_context(
            open_jira("http://localhost", ApiToken(*auth), transport=transport, retry=ONCE)
        )
        row = await self.database.call_write(a_site)
        self.site = JiraSite(row.id, row.name, jira, ("BURN",), {})
        self.context = context_of(self.database, self.site, clock=self.clock)
        hook = {"name": "n", "url": "http://localhost/", "events": sorted(HANDLED), "excludeBody": False}
        await self.does("POST", "/rest/webhooks/1.0/webhook", hook)

    async def does(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.team.request(method, path, json=body)
        assert answer.is_success or answer.status_code in {400, 404}, answer.text
        return answer.json() if answer.content and answer.is_success else None

    async def later(self, seconds: float = 1) -> None:
        await self.does("POST", "/_sandbox/clock/advance", {"seconds": seconds})
        self.clock.pass_by(seconds=seconds)

    def act(self, method: str, path: str, body: Any = None) -> Any:
        """Somebody of the team does something, a second after the last thing."""
        self.run(self.later())
        return self.run(self.does(method, path, body))

    def ask_jira(self, method: str, path: str, **content: Any) -> Any:
        """As the verdict asks."""
        answer = self.run(self.team.request(method, path, **content))
        return None if answer.status_code == httpx.codes.NOT_FOUND else answer.raise_for_status().json()

    def keys(self, jql: str = "project = BURN") -> list[str]:
        asked = {"jql": f"{jql} ORDER BY key", "maxResults": 100}
        found = self.ask_jira("POST", "/rest/api/3/search/jql", json=asked)
        return [issue["id"] for issue in found["issues"]]

    def issue(self, place: int) -> str:
        there = self.keys()
        return f"/rest/api/3/issue/{there[place % len(there)]}"

    # --- the team ---------------------------------------------------------------------------------

    @rule(hours=st.sampled_from([1, 8, 24, 72]))
    def goes_on(self, hours: int) -> None:
        self.run(self.later(hours * 3600))

    @rule(place=ISSUES, points=st.sampled_from([None, 1.0, 8.0]), words=st.sampled_from(["", "x", "Ä"]))
    def edits(self, place: int, points: float | None, words: str) -> None:
        fields = {"summary": f"Changed {words}", "customfield_10016": points, "labels": [words or "none"]}
        self.act("PUT", self.issue(place), {"fields": fields})

    @rule(place=ISSUES)
    def moves_on(self, place: int) -> None:
        issue = self.issue(place)
        edges = self.ask_jira("GET", f"{issue}/transitions")["transitions"]
        self.act("POST", f"{issue}/transitions", {"transition": {"id": edges[place % len(edges)]["id"]}})

    @rule(words=st.sampled_from(["New", "Newer"]))
    def makes(self, words: str) -> None:
        fields = {"project": {"key": "BURN"}, "issuetype": {"name": "Story"}, "summary": words}
        self.act("POST", "/rest/api/3/issue", {"fields": fields})

    @rule(place=ISSUES, sprint=st.integers(min_value=0, max_value=3))
    def plans(self, place: int, sprint: int) -> None:
        number = self.issue(place).rpartition("/")[2]
        where = f"sprint/{sprint}" if sprint else "backlog"
        self.act("POST", f"/rest/agile/1.0/{where}/issue", {"issues": [number]})

    @rule(place=ISSUES, words=st.sampled_from(["Agreed", "No"]))
    def comments(self, place: int, words: str) -> None:
        self.act("POST", f"{self.issue(place)}/comment", {"body": adf(words)})

    @rule(place=ISSUES, words=st.sampled_from(["Agreed", "Why?", None]))
    def changes_a_comment(self, place: int, words: str | None) -> None:
        """None deletes it."""
        issue = self.issue(place)
        there = self.ask_jira("GET", f"{issue}/comment")["comments"]
        if there:
            path = f"{issue}/comment/{there[place % len(there)]['id']}"
            self.act("DELETE" if words is None else "PUT", path, words and {"body": adf(words)})

    @rule(place=ISSUES)
    def deletes(self, place: int) -> None:
        """Also an epic, whose children lose it: neither an event nor their `updated` tells that."""
        there = self.keys()
        if len(there) > 3:
            self.act("DELETE", f"/rest/api/3/issue/{there[place % len(there)]}")

    # --- what Burnish hears -----------------------------------------------------------------------

    @precondition(lambda self: self.told)
    @rule(places=st.lists(PLACES, min_size=1, max_size=8))
    def hears(self, places: list[int]) -> None:
        """Webhooks in any order, also again; what is never drawn is lost."""
        self.apply([self.told[place % len(self.told)] for place in places])

    def apply(self, bodies: list[bytes]) -> None:
        with self.database.write() as tx:
            site = sites.get_site(tx, "demo")
            events = [read_event(body) for body in bodies]
            told = [Told(1, one, site, self.site, one.at or self.clock.now()) for one in events]
            outcomes = apply(tx, told)
        assert {one.state for one in outcomes} <= {inbox.APPLIED, inbox.IGNORED}, outcomes

    @rule(pages=st.sampled_from([1, 2, 3, 99]))
    def is_synced(self, pages: int) -> None:
        """Killed after so many pages."""

        async def report(_: Mapping[str, Any]) -> None:
            nonlocal pages
            pages -= 1
            if not pages:
                raise KilledError

        with suppress(KilledError):
            self.run(self.synced(report))

    async def synced(self, report: Any) -> None:
        reading = await sync.sync(self.context, self.site, report=report)
        assert reading.failures == {}

    @rule()
    def is_swept(self) -> None:
        self.run(self.swept())

    async def swept(self) -> None:
        with suppress(NotPossible):  # before the first sync
            done = await reconcile.reconcile(self.context, self.site, report=silent, reading=Reading(OPENS))
            assert [one.failure for one in done if one.failure] == []

    # --- the end ----------------------------------------------------------------------------------

    def teardown(self) -> None:
        try:
            self.run(self.later())
            self.run(self.synced(silent))
            self.run(self.swept())
            complaints = on_copies(facts.of_store(self.database), facts.of_jira(cast("Any", self)))
            assert complaints == [], shown(complaints)
        finally:
            self.run(self.stack.aclose())
            self.runner.close()
            self.patch.undo()
            self.database.close()
            shutil.rmtree(self.folder, ignore_errors=True)


def test_in_whatever_order_things_are_heard_the_store_ends_as_jira(sqlite_template: Path) -> None:
    Story.template = sqlite_template
    run_state_machine_as_test(
        Story,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_comment_whose_deletion_nobody_told_is_gone_after_the_next_sync(sqlite_template: Path) -> None:
    Story.template = sqlite_template
    story = Story()
    story.comments(0, "Agreed")
    story.is_synced(99)
    story.changes_a_comment(0, None)
    story.teardown()
