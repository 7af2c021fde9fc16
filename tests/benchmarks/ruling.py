"""1,000 live rules and one event: `python -m tests.benchmarks.run rules_sqlite`.

The rules are spread over 40 projects and the kinds of triggers as admins spread them, a hundredth for all
projects, and each has a JQL. The events are what a project hears on a day; most concern few rules. Besides
the average over them stand an event that many rules wait for, and one that no rule waits for. A decision
is taken in a transaction that is rolled back, so each is the first one on its event.
"""

import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from statistics import mean
from typing import Any

from sqlalchemy import Connection

from app.domain.rules import event as events
from app.domain.rules.event import Event
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

RULES, PROJECTS, TIMES = 1000, 40, 300
TRIGGERS: tuple[dict[str, Any], ...] = (
    {"type": "issue_created"},
    {"type": "issue_updated"},
    {"type": "issue_transitioned", "to": ["Done"]},
    {"type": "issue_transitioned", "to": ["In Progress"]},
    {"type": "field_changed", "fields": ["assignee"]},
    {"type": "comment_added"},
    {"type": "schedule", "cron": "0 8 * * *", "jql": "status = Done"},
)
HEARD: tuple[str, ...] = (
    *["status"] * 5,
    *["assignee"] * 3,
    *["labels", "description", "Rank", "Sprint", "Story Points"] * 1,
    *["comment"] * 5,
    *["created"] * 2,
)
"""Of twenty events about a project; by the field that was changed, or what else it was."""


def _rule(number: int) -> dict[str, Any]:
    place = number % PROJECTS
    project = [] if number % 100 == 0 else [f"P{place}" if place else "BURN"]
    return {
        "name": f"rule {number}",
        "projects": project,
        "trigger": TRIGGERS[number // PROJECTS % len(TRIGGERS)],
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
    site = _site(database)
    _write_rules(database, site, [_rule(number) for number in range(RULES)])
    event = _moved(database, site)
    context = context_of(database, unconnected(site), clock=Clock(day(5)))
    mix = [_heard(event, what, number) for number, what in enumerate(HEARD)]
    yield Line("rules_1000_asked", mean(_asked(database, context, site, each) for each in mix), "rules")
    yield Line("rules_1000", mean(_times(database, context, site, mix)) * 1e3, "ms")
    nobody = replace(context, rules=_NoRules())
    yield Line("rules_none", mean(_times(database, nobody, site, [event])) * 1e6, "us")
    more = [{**_rule(number), "projects": [], "name": f"more {number}"} for number in range(0, 8000, 100)]
    _write_rules(database, site, more)
    yield Line("rules_worst_asked", _asked(database, context, site, event), "rules")
    yield Line("rules_worst", mean(_times(database, context, site, [event])) * 1e3, "ms")


def _site(database: Database) -> Site:
    keys = ["BURN", *(f"P{number}" for number in range(1, PROJECTS))]
    with database.write() as tx:
        site = a_site(tx)
        sites.replace_statuses(tx, site.id, STATUSES)
        projects = [{"site_id": site.id, "id": key, "key": key, "name": key} for key in keys]
        tx.execute(tables.projects.insert(), projects)
    return site


def _write_rules(database: Database, site: Site, documents: Sequence[dict[str, Any]]) -> None:
    change = service.Change(author="bench", now=BEFORE_START, seen="*")
    with database.write() as tx:
        for document in documents:
            made = service.create(tx, site.name, document, change)
            service.set_mode(tx, made.id, "live", change)


def _moved(database: Database, site: Site) -> Event:
    """An issue that was brought to Done."""
    record = read_issue(issue(updated=day(4), status=DONE), site.fields)
    assert record is not None
    items = [status_item(IN_PROGRESS, DONE)]
    history = [{"id": "100", "created": as_jira_writes(day(4)), "author": PERSON, "items": items}]
    changes = read_histories(history, site.fields)
    with database.write() as tx:
        issues.save_issues(tx, site, [record], history_complete=True)
        issues.save_changes(tx, site, {record.id: changes}, final=True)
    (event,) = events.changed(record.id, record.key, changes)
    return event


def _heard(moved: Event, what: str, number: int) -> Event:
    """Another event of the same issue, at the same instant."""
    if what == "created":
        return events.created(moved.issue_id, moved.issue_key, moved.at, moved.author)
    if what == "comment":
        said = {"id": str(number), "updated": moved.at, "author": moved.author, "body": "Agreed."}
        return events.commented(moved.issue_id, moved.issue_key, said)
    changes = tuple(change._replace(field=what) for change in moved.changes)
    return replace(moved, key=f"change:{100 + number}", changes=changes)


def _asked(database: Database, context: Context, site: Site, event: Event) -> int:
    with database.read() as tx:
        return len(context.rules.of(tx, site.id).candidates(event))


class _NoRules(RuleBook):
    def of(self, connection: Connection, site_id: int) -> Index:
        """As where there are none: they are still asked for."""
        super().of(connection, site_id)
        return Index([])


class _Undone(Exception):
    """So that each decision is the first one."""


def _times(database: Database, context: Context, site: Site, told: Sequence[Event]) -> Iterator[float]:
    for event in islice(cycle(told), TIMES):
        because = rules.because([event], "delivery:1")
        try:
            with database.write() as tx:
                begun = time.perf_counter()
                rules.react(context, tx, site, because)
                yield time.perf_counter() - begun
                raise _Undone  # noqa: TRY301 - the way to roll back
        except _Undone:
            pass
