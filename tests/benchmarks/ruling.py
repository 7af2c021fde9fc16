"""1,000 live rules and one event: `python -m tests.benchmarks.run rules_sqlite`.

The rules are spread over 20 projects and the kinds of triggers as admins spread them, a tenth for all
projects, and each has a JQL. A decision is taken in a transaction that is rolled back, so each is the first
one on its event.
"""

import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any

from sqlalchemy import Connection

from app.domain.rules import event as events
from app.domain.rules.triggers import Index
from app.domain.scrum.from_jira import read_histories, read_issue
from app.services import rules as service
from app.services.ruling import RuleBook
from app.store import issues, schema, sites, tables
from app.store.database import Database
from app.store.sites import Site
from jobs import rules
from jobs.context import Context
from tests.benchmarks.lines import Line
from tests.factories import BEFORE_START, DONE, IN_PROGRESS, day
from tests.jobs.ruled import STATUSES
from tests.jobs.support import Clock, context_of, unconnected
from tests.payloads import PERSON, as_jira_writes, issue, status_item
from tests.stores import a_site

RULES, TIMES = 1000, 200
TRIGGERS: tuple[dict[str, Any], ...] = (
    {"type": "issue_created"},
    {"type": "issue_updated"},
    {"type": "issue_transitioned", "to": ["Done"]},
    {"type": "issue_transitioned", "to": ["In Progress"]},
    {"type": "field_changed", "fields": ["assignee"]},
    {"type": "comment_added"},
    {"type": "schedule", "cron": "0 8 * * *", "jql": "status = Done"},
)


def _rule(number: int) -> dict[str, Any]:
    project = [] if number % 10 == 0 else [f"P{number % 20}" if number % 20 else "BURN"]
    return {
        "name": f"rule {number}",
        "projects": project,
        "trigger": TRIGGERS[number % len(TRIGGERS)],
        "when": f'assignee IS NOT EMPTY AND "Story Points" >= {number % 8}',
        "actions": [{"type": "edit", "add": {"labels": ["seen"]}}],
    }


def ruling() -> Iterator[Line]:
    """The time that all rules together add to an event, on average."""
    with tempfile.TemporaryDirectory(prefix="burnish-rules-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'burnish.db'}")
        try:
            schema.upgrade(database)
            yield from _measured(database)
        finally:
            database.close()


def _measured(database: Database) -> Iterator[Line]:
    change = service.Change(author="bench", now=BEFORE_START, seen="*")
    keys = ["BURN", *(f"P{number}" for number in range(1, 20))]
    with database.write() as tx:
        site = a_site(tx)
        sites.replace_statuses(tx, site.id, STATUSES)
        projects = [{"site_id": site.id, "id": key, "key": key, "name": key} for key in keys]
        tx.execute(tables.projects.insert(), projects)
        for number in range(RULES):
            made = service.create(tx, site.name, _rule(number), change)
            service.set_mode(tx, made.id, "live", change)
        record = read_issue(issue(updated=day(4), status=DONE), site.fields)
        assert record is not None
        history = [
            {
                "id": "100",
                "created": as_jira_writes(day(4)),
                "author": PERSON,
                "items": [status_item(IN_PROGRESS, DONE)],
            }
        ]
        changes = read_histories(history, site.fields)
        issues.save_issues(tx, site, [record], history_complete=True)
        issues.save_changes(tx, site, {record.id: changes}, final=True)
    context = context_of(database, unconnected(site), clock=Clock(day(5)))
    (event,) = events.changed(record.id, record.key, changes)
    told = rules.because([event], "delivery:1")
    with database.read() as tx:
        asked = len(context.rules.of(tx, site.id).candidates(event))
    yield Line("rules_1000_asked", asked, "rules")
    yield Line("rules_1000", mean(_times(database, context, site, told)) * 1e3, "ms")
    nobody = replace(context, rules=_NoRules())
    yield Line("rules_none", mean(_times(database, nobody, site, told)) * 1e6, "us")


class _NoRules(RuleBook):
    def of(self, connection: Connection, site_id: int) -> Index:
        """As where there are none: they are still asked for."""
        super().of(connection, site_id)
        return Index([])


class _Undone(Exception):
    """So that each decision is the first one."""


def _times(
    database: Database, context: Context, site: Site, told: Sequence[rules.Because]
) -> Iterator[float]:
    for _ in range(TIMES):
        try:
            with database.write() as tx:
                begun = time.perf_counter()
                rules.react(context, tx, site, told)
                yield time.perf_counter() - begun
                raise _Undone  # noqa: TRY301 - the way to roll back
        except _Undone:
            pass
