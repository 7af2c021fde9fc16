"""A store with rules, told what happens by webhooks."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from app.services import rules as service
from app.store import inbox, runs, sites, tables
from app.store import rules as store
from app.store.claim import claim
from app.store.database import Database
from jobs import catalogue
from jobs.deliveries import apply_batch
from tests.factories import BEFORE_START, DONE, IN_PROGRESS, TO_DO
from tests.jobs.support import Clock, context_of, unconnected
from tests.payloads import encoded, issue, issue_event, status_item
from tests.stores import LEASE, a_site, received, rows

if TYPE_CHECKING:
    from app.store.sites import Site

BOT = "5f0:bot"
ON_DONE: dict[str, Any] = {
    "name": "Thank for what is done",
    "trigger": {"type": "issue_transitioned", "to": ["Done"]},
    "when": '"Story Points" >= 3',
    "actions": [{"type": "comment", "text": "Thanks, {{ initiator.displayName }}: {{ issue.key }} is done."}],
}
STATUSES = [
    {"id": TO_DO, "name": "To Do", "statusCategory": {"key": "new"}},
    {"id": IN_PROGRESS, "name": "In Progress", "statusCategory": {"key": "indeterminate"}},
    {"id": DONE, "name": "Done", "statusCategory": {"key": "done"}},
]


class Ruled:
    """A site whose rules see what is told."""

    def __init__(self, database: Database, *, at: datetime, name: str = "demo") -> None:
        self.database = database
        self.clock = Clock(at)
        with database.write() as tx:
            site = a_site(tx, name)
            sites.update_site(tx, site.id, account_id=BOT)
            sites.replace_statuses(tx, site.id, STATUSES)
            self.site: Site = sites.get_site(tx, site.name)
        self.context = context_of(database, unconnected(self.site), clock=self.clock)
        self._told = 0

    def rule(self, document: Mapping[str, Any] = ON_DONE, *, mode: str = "live", **more: Any) -> int:
        """A rule that was there before anything happened; returns its id."""
        change = service.Change(author="Dana", now=BEFORE_START, seen="*")
        with self.database.write() as tx:
            made = service.create(tx, self.site.name, {**document, **more}, change)
            service.set_mode(tx, made.id, mode, change)
        return made.id

    async def tell(self, *events: Mapping[str, Any]) -> None:
        """Deliveries, from the door to their ends."""

        def put(tx: Connection) -> Any:
            deliveries = []
            for event in events:
                self._told += 1
                one = received(self.site.id, self._told, at=self.clock.now())
                deliveries.append(replace(one, event=None, body=encoded(dict(event))))
            inbox.put(tx, deliveries)
            return claim(tx, tables.deliveries, worker="w", now=self.clock.now(), lease=LEASE, limit=100)

        work = await self.database.call_write(put)
        await apply_batch(self.context, work)

    async def pass_time(self, *, to: datetime) -> list[str | None]:
        """Carry out the runs that are due then, each at its time; returns why each ended."""
        ended: list[str | None] = []
        while True:
            with self.database.read() as tx:
                waiting = [row["due_at"] for row in rows(tx, tables.runs) if row["state"] == "waiting"]
            due = min((each for each in waiting if each <= to), default=None)
            self.clock.at = max(self.clock.at, due or to)
            if due is None:
                return ended
            with self.database.write() as tx:
                (work,) = claim(tx, tables.runs, worker="w", now=self.clock.now(), lease=LEASE, limit=1)
            finished = await catalogue.carry_out(self.context, work)
            assert finished.state == runs.DONE
            ended.append(finished.reason)
            with self.database.write() as tx:
                tx.execute(tables.runs.update().where(tables.runs.c.id == work.id).values(state=runs.DONE))

    def rows(self, table: Any) -> list[dict[str, Any]]:
        with self.database.read() as tx:
            return rows(tx, table)

    @property
    def decisions(self) -> list[dict[str, Any]]:
        return self.rows(tables.rule_decisions)

    @property
    def effects(self) -> list[dict[str, Any]]:
        return self.rows(tables.effects)

    def stored(self, rule_id: int) -> store.StoredRule:
        with self.database.read() as tx:
            return store.get(tx, rule_id)


def moved(
    number: int = 1, *, to: str = DONE, before: str = IN_PROGRESS, at: datetime, history: int, **fields: Any
) -> dict[str, Any]:
    """An issue was moved to a status."""
    document = issue(number, updated=at, status=to, **fields)
    return issue_event(
        "jira:issue_updated", document, at=at, history=history, items=[status_item(before, to)]
    )
