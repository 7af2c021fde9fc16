"""Changes that no webhook told although the site's webhooks come in: some are lost, or not asked for."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from app import log
from app.domain.scrum.from_jira import NotReadable, field_of, instant
from app.store import inbox, sweeps
from app.store.sites import Project, Site
from connectors.jira.documents import IssueDocument
from jobs.context import Context, JiraSite
from jobs.early_changes import EarlyChange

GRACE = timedelta(minutes=5)
"""Jira means to tell a change within 30 seconds. Bulk changes may take it up to 15 minutes, so they can raise
a false alarm. What a catch-up finds earlier, a later one asks about."""
SAME = timedelta(seconds=5)
"""By as much the instant of an event about a link may differ from that of the issue."""
RECENT = timedelta(days=1)
"""A site that was silent for so long is one that Burnish learns of by asking: nothing is missing then."""
CATCH_UP, RECONCILE = "catch-up", "reconcile"

_log = log.get(__name__)


def is_due(changed: datetime | None, *, at: datetime) -> bool:
    """Whether a webhook should have told of a change by now, by Jira's clock; None: nobody knows when."""
    return changed is None or changed < at - GRACE


def updated_of(document: IssueDocument) -> datetime | None:
    """When the issue changed last; None where its document does not say."""
    try:
        return instant(field_of(document.get("fields") or {}, "updated"))
    except NotReadable:
        return None


def comes_in(heard_at: datetime | None, *, now: datetime) -> bool:
    """Whether the site's webhooks come in at all."""
    return heard_at is not None and now - heard_at < RECENT


async def tell(
    context: Context,
    jira_site: JiraSite,
    site: Site,
    project: Project,
    keys: Sequence[str],
    *,
    found_by: str,
) -> int:
    """Raise the alarm about changes that are due; returns about how many it was."""
    if not keys:
        return 0
    now = context.now()

    def note(connection: Connection) -> bool:
        if not comes_in(sweeps.heard_at(connection, site.id, before=now - GRACE), now=now):
            return False
        sweeps.note_unannounced(connection, site, project.id, found_by=found_by, keys=keys, at=now)
        return True

    if not await context.database.call_write(note):
        return 0
    context.metrics.unannounced(jira_site.name, found_by, len(keys))
    _log.warning(
        "sync.unannounced",
        site=jira_site.name,
        project=project.key,
        found_by=found_by,
        changes=len(keys),
        example=keys[0],
        way_out="see whether Jira's webhook is enabled, unfiltered and answered: `burnish doctor`",
    )
    return len(keys)


async def look(
    context: Context,
    jira_site: JiraSite,
    site: Site,
    project: Project,
    documents: Sequence[IssueDocument],
    *,
    at: datetime,
) -> None:
    """Before a catch-up saves a page: what of it is news that a webhook should have told.

    Args:
        context: where to look and whom to tell.
        jira_site: whose.
        site: its row.
        project: as it was before the catch-up; one that was never read yet has no news.
        documents: the page.
        at: when the catch-up began, by Jira's clock.
    """
    if project.read_until is None:
        return
    ids = [str(document["id"]) for document in documents]
    held = await context.database.call_read(lambda tx: sweeps.held_among(tx, site, ids))
    beside = await context.database.call_read(lambda tx: sweeps.told_beside(tx, site, ids))
    until = await context.database.call_read(inbox.heard_until)
    keys = []
    for document in documents:
        updated = updated_of(document)
        known = held.get(str(document["id"]))
        if updated is None or (known is not None and known.updated >= updated):
            continue
        told = beside.get(str(document["id"]))
        if known is not None and _is_of(told, updated):
            continue
        if is_due(updated, at=at):
            keys.append(document["key"])
        else:
            early = EarlyChange(str(document["id"]), document["key"], updated, until)
            context.early.add(site.id, project.id, early)
    await tell(context, jira_site, site, project, keys, found_by=CATCH_UP)


def _is_of(told: datetime | None, updated: datetime) -> bool:
    """Whether what was told beside an issue is what it was updated by."""
    return told is not None and abs(told - updated) <= SAME


async def look_again(
    context: Context, jira_site: JiraSite, site: Site, project: Project, *, at: datetime
) -> None:
    """Before a catch-up reads anything: what the last one found too early, and nobody has told since.

    Args:
        context: where to look and whom to tell.
        jira_site: whose.
        site: its row.
        project: of that site.
        at: as `look` has it.
    """
    due = context.early.take(site.id, project.id, before=at - GRACE)
    if due:
        keys = await context.database.call_read(partial(_untold, site=site, changes=due))
        await tell(context, jira_site, site, project, keys, found_by=CATCH_UP)


def _untold(connection: Connection, site: Site, changes: Sequence[EarlyChange]) -> list[str]:
    """Keys of the issues."""
    after = min(change.heard_until for change in changes)
    subjects = [f"issue:{change.issue_id}" for change in changes]
    told = inbox.subjects_after(connection, site.id, subjects, after=after)
    beside = sweeps.told_beside(connection, site, [change.issue_id for change in changes])
    return [
        change.key
        for change, subject in zip(changes, subjects, strict=True)
        if subject not in told and not _is_of(beside.get(change.issue_id), change.updated)
    ]
