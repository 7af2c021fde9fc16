"""Issues that enter a sprint: policies that wait for it are run soon after, whoever told of it."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from app.domain.grooming.policy_trigger import sprints_entered
from app.domain.scrum.from_jira import IssueRecord
from app.domain.scrum.issue import Change
from app.services.policy_triggers import issues_entered
from app.store import issues
from app.store.sites import Site
from jobs.context import Context
from jobs.issue_events import Decision


def of_deliveries(connection: Connection, context: Context, site: Site, heard: Iterable[Decision]) -> None:
    """What webhooks told, in the transaction that writes it."""
    entered, field = set[int](), site.fields.sprint
    for each in heard:
        if each.record is not None and each.history_id == 0:
            entered |= each.record.sprint_ids
        # Asked here, too: of all that webhooks tell, hardly anything is about sprints.
        for change in each.changes:
            if change.field == field:
                entered |= sprints_entered(change, field)
    _note(connection, context, site, entered)


def of_catch_up(
    connection: Connection,
    context: Context,
    site: Site,
    records: Sequence[IssueRecord],
    changes: Mapping[str, Sequence[Change]],
) -> None:
    """What a catch-up read and nobody told: asked in the transaction that writes it, and before that.

    A catch-up reads the last minutes again; what the store has already was told before.

    Args:
        connection: inside it.
        context: with the clock.
        site: whose.
        records: issues that were read.
        changes: by issue id, their histories, where these are whole.
    """
    field = site.fields.sprint or ""
    entries = [change for every in changes.values() for change in every if change.field == field]
    planned = [one for one in records if one.sprint_ids]
    known = issues.known_among(connection, site, {one.id for one in planned}) if planned else set()
    entered = {sprint for one in planned if one.id not in known for sprint in one.sprint_ids}
    stored = issues.entries_among(connection, site, {change.history_id for change in entries}, field=field)
    entered |= _into(site, (change for change in entries if change.history_id not in stored))
    _note(connection, context, site, entered)


def _into(site: Site, changes: Iterable[Change]) -> set[int]:
    return {sprint for change in changes for sprint in sprints_entered(change, site.fields.sprint)}


def _note(connection: Connection, context: Context, site: Site, entered: set[int]) -> None:
    if entered:
        issues_entered(connection, site, entered, now=context.store_now(connection))
