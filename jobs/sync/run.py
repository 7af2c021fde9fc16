"""Read Jira into the store: what describes the site, then every issue with its whole history.

The first reading of a project is its backfill; from then on catch-ups read what changed. Both can be broken
off at any page and go on there.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from app import log
from app.domain.rules.event import Event, Happened
from app.services import happenings, once
from app.services.jql import subjects_of
from app.services.past import Issues
from app.services.ruling import catalogue_of
from app.store import partial_data, runs, sites, statistics
from app.store.claim import Claimed
from app.store.partial_data import Kind, Partial
from app.store.sites import Project, Site
from jobs import rules, text_words
from jobs.context import Context, JiraSite
from jobs.handling import Finished
from jobs.sprint_moments import moments_of, request_due
from jobs.sync.backfill import backfill
from jobs.sync.catch_up import OVERLAP, catch_up
from jobs.sync.groups import keep_groups
from jobs.sync.lists import keep_lists
from jobs.sync.reading import LOCAL, Reading, Report, advancing
from jobs.sync.roles import keep_roles
from jobs.sync.site import read_site
from jobs.sync.versions import keep_versions

_log = log.get(__name__)
_CATCH_UP = "catch-up"


async def run(context: Context, jira_site: JiraSite, work: Claimed) -> Finished:
    """Carry out a run of kind `sync`; what could not be read makes it fail, after all the rest was read."""
    reading = await sync(context, jira_site, report=await advancing(context, work))
    if reading.failures:
        listed = "; ".join(f"{what}: {why}" for what, why in reading.failures.items())
        return Finished(
            runs.FAILED, f"Not everything could be read. {listed}", values={"progress": reading.progress}
        )
    return Finished(runs.DONE, values={"progress": reading.progress})


async def sync(context: Context, jira_site: JiraSite, *, report: Report) -> Reading:
    """Bring the store up to date with the site.

    Raises:
        NotPossible: no project of the settings is there for this account.
        ConnectorError: Jira does not answer, or not as it should.
    """
    began = context.now()
    reading = Reading(heard_at=began)
    there = await read_site(context, jira_site, reading)
    site, projects = await context.database.call_read(partial(_known, site_id=jira_site.id))
    reading.counts["issues"] = 0
    if site.synced_at is None:  # from then on with every sweep
        await keep_lists(context, jira_site, site, sorted(there), reading)
        await keep_versions(context, jira_site, site, sorted(there), reading)
    wanted = [project for project in projects if project.id in there]
    unread = [project for project in wanted if project.read_until is None]
    if unread:
        since = await backfill(context, jira_site, site, unread, reading, report)
        await statistics.take(context.database)
        present = reading.heard_at + (context.now() - began)
        if present - since > OVERLAP:  # else the next catch-up is soon enough
            _, projects = await context.database.call_read(partial(_known, site_id=jira_site.id))
            wanted = [project for project in projects if project.id in there]
    behind = _not_shown(jira_site, projects, there)
    # Before anything that rules decide on.
    await keep_groups(context, jira_site, site, reading)
    await keep_roles(context, jira_site, site, [each.key for each in wanted], reading)
    for project in wanted:
        if project.read_until is None:
            continue
        try:
            await catch_up(context, jira_site, site, project, project.read_until, reading, report)
        except LOCAL as error:
            reading.fail(f"project {project.key}", error)
            behind[project.id] = f"What changed in project {project.key} could not be read. {error}"
    if site.synced_at is not None:  # else they were read before all else
        await keep_versions(context, jira_site, site, sorted(there), reading)
    note = partial(_note_behind, site=site, projects=projects, behind=behind, at=reading.heard_at)
    await context.database.call_write(note)
    if site.synced_at is not None:
        await context.database.call_write(partial(_react_to_sprints, context=context, site=site))
    if any(moments_of(reports) for reports in jira_site.reports.values()):
        await context.database.call_write(partial(request_due, context=context, jira_site=jira_site))
    await context.database.call_write(lambda tx: sites.update_site(tx, site.id, synced_at=began))
    await text_words.index(context, jira_site)
    _log.info("sync.done", site=jira_site.name, **reading.counts)
    return reading


def _not_shown(jira_site: JiraSite, projects: Sequence[Project], there: Collection[str]) -> dict[str, str]:
    """By id, why nobody knows what became of projects that were read before."""
    return {
        project.id: f"Jira does not show project {project.key} to the account any more."
        if jira_site.wants(project.key)
        else f"Project {project.key} is not among the site's projects any more."
        for project in projects
        if project.id not in there and project.read_until is not None
    }


def _note_behind(
    connection: Connection,
    site: Site,
    projects: Sequence[Project],
    behind: Mapping[str, str],
    at: datetime,
) -> None:
    """Reports on projects that are not up to date must say so."""
    for project in projects:
        scope = partial_data.of_project(project.id)
        fate = sites.fate_of(connection, site.id, project.id)
        if project.id in behind and not fate.archived and fate.deleted_at is None:
            since = f"What changed since {project.read_until:%Y-%m-%d %H:%M} UTC is missing."
            why = f"{behind[project.id]} {since}"
            unread = Partial(scope, Kind.UNREAD, why, part=_CATCH_UP)
            partial_data.note(connection, site, [unread], at=at)
        else:
            partial_data.clear(connection, site, scope, kind=Kind.UNREAD, part=_CATCH_UP)


def _react_to_sprints(connection: Connection, context: Context, site: Site) -> None:
    """Show the rules which sprints began and ended since the last sync: no history of an issue tells it."""
    assert site.synced_at is not None
    index = context.rules.of(connection, site.id)
    since, now = site.synced_at - OVERLAP, context.now()
    for happened in (Happened.SPRINT_STARTED, Happened.SPRINT_CLOSED):
        found: list[Event] = []
        if index.waits_for(happened):
            issues = Issues(connection, site, subjects_of(catalogue_of(connection, site, now=now)))
            found += happenings.of_sprints_between(issues, happened, since, now)
        if index.waits_for(happened, once=True):
            found += once.of_sprints_between(connection, site, happened, since, now)
        if found:
            rules.react(context, connection, site, rules.because(found, f"sync:{site.id}"))


def _known(connection: Connection, site_id: int) -> tuple[Site, list[Project]]:
    return sites.site_by_id(connection, site_id), sites.projects_of(connection, site_id)
