"""What changed since the last sync: issues in the order of `updated`.

How far that went is written down with every page, and the next catch-up begins a little before it.
"""

from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from app.domain.rules import event as events
from app.domain.rules.event import Event
from app.services import happenings
from app.store import sites
from app.store.sites import Project, Site
from connectors.jira.keyset import Order
from jobs import rules, sprint_entries
from jobs.context import Context, JiraSite
from jobs.sync import unannounced
from jobs.sync.issues import Page, keep, whole_pages
from jobs.sync.pages import issues_of, milliseconds
from jobs.sync.reading import Reading, Report

OVERLAP = timedelta(minutes=5)
"""Jira's search lags behind its writes by seconds to minutes, and clocks differ."""


def changed_since(project_key: str, read_until: datetime) -> str:
    """The issues of a project that may have changed, as JQL without an order."""
    return f"{issues_of(project_key)} AND updated >= {milliseconds(read_until - OVERLAP)}"


async def catch_up(
    context: Context,
    jira_site: JiraSite,
    site: Site,
    project: Project,
    read_until: datetime,
    reading: Reading,
    report: Report,
) -> None:
    """Read what changed in a project since it was read last.

    How far we have come never passes Jira's present, whatever an importer wrote into `updated`.

    Raises:
        ConnectorError: Jira does not answer, or not as it should.
    """
    jql = changed_since(project.key, read_until)
    pages = whole_pages(jira_site.jira, jql, Order.UPDATED)

    def note(connection: Connection, page: Page) -> None:
        found = happened(page, read_until - OVERLAP)
        rules.react(context, connection, site, rules.because(found, f"sync:{site.id}"))
        latest = page.latest(lambda record: record.updated)
        if latest is not None:
            until = min(latest, reading.heard_at)
            sites.note_read_until(connection, site.id, project.id, until)

    def first(connection: Connection, page: Page) -> None:
        sprint_entries.of_catch_up(connection, context, site, page.records, page.changes)

    look = partial(unannounced.look, context, jira_site, site, project, at=reading.heard_at)
    await unannounced.look_again(context, jira_site, site, project, at=reading.heard_at)
    async for found in pages:
        await look(documents=found.issues)
        page = await keep(context, jira_site, site, found.issues, also=note, first=first)
        reading.note(len(found.issues), page.failures)
        await report({**reading.progress, "project": project.key})


def happened(page: Page, since: datetime) -> list[Event]:
    """What a catch-up found that happened at an instant or later."""
    found: list[Event] = []
    keys = {record.id: record.key for record in page.records}
    for record in page.whole:
        author = record.columns.get("creator_id")
        found.append(events.created(record.id, record.key, record.created, author))
        recent = [change for change in page.changes[record.id] if change.at >= since]
        found += events.changed(record.id, record.key, recent)
    for comment in page.comments:
        if comment.get("updated"):
            found += events.of_comment(comment["issue_id"], keys[comment["issue_id"]], comment)
    for one in page.around.worklogs:
        found += happenings.of_shown_worklog(one, keys[one["issue_id"]])
    return [each for each in found if each.at >= since]
