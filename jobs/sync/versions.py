"""Versions of projects, read with every catch-up and sweep: renames, new dates and releases touch no issue.

Webhooks tell of them. Where none comes in, reports on what is delivered when and rules that wait for a
release would know it the next morning only.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection

from app.domain.rules.event import Happened
from app.domain.scrum.things_from_jira import Row, read_version
from app.services import happenings, once
from app.services.jql import subjects_of
from app.services.past import Issues
from app.services.ruling import catalogue_of
from app.store import things
from app.store.sites import Site
from jobs import rules
from jobs.context import Context, JiraSite
from jobs.sync.reading import LOCAL, Reading


async def keep_versions(
    context: Context, jira_site: JiraSite, site: Site, project_ids: Sequence[str], reading: Reading
) -> None:
    """Read and keep them, and show the rules which were released since they were read last.

    Raises:
        ConnectorError: Jira does not answer.
    """
    for project_id in project_ids:
        try:
            listed: list[Any] = await jira_site.jira.versions(project_id)
            rows = [read_version(one, project_id, place) for place, one in enumerate(listed)]
        except LOCAL as error:
            reading.fail(f"versions of project {project_id}", error)
            continue
        keep = partial(_keep, context=context, site=site, project_id=project_id, rows=rows, reading=reading)
        await context.database.call_write(keep)


def _keep(
    connection: Connection,
    context: Context,
    site: Site,
    project_id: str,
    rows: Sequence[Row],
    reading: Reading,
) -> None:
    at = reading.heard_at
    unreleased = things.unreleased_versions(connection, site, project_id, before=at)
    things.replace_versions(connection, site, project_id, rows, at=at)
    released = [row for row in rows if row["released"] and row["id"] in unreleased]
    index = context.rules.of(connection, site.id)
    found = []
    if released and index.waits_for(Happened.VERSION_RELEASED):
        issues = Issues(connection, site, subjects_of(catalogue_of(connection, site, now=at)))
        found += [event for row in released for event in happenings.of_version(issues, row["id"], at)]
    if index.waits_for(Happened.VERSION_RELEASED, once=True):
        theirs = {"projectId": project_id}
        found += [once.of_released(connection, site, {**theirs, "id": row["id"]}, at) for row in released]
    if found:
        rules.react(context, connection, site, rules.because(found, f"sync:{site.id}"))
