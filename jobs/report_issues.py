"""The issue that carries the reports of one sprint: created once, then told on.

Its mark is looked for before it is created, also by the first attempt: an earlier report may have been given
up after Jira had taken its request, and a store may be an old copy.
"""

from dataclasses import replace
from functools import partial

from sqlalchemy import Connection

from app import log
from app.domain.effects import CREATED_PROPERTY, CreateIssue, Effect, OpenReportIssue
from app.services.rendering import with_link
from app.store import outbox, report_issues, sites
from app.store.claim import Claimed
from connectors.jira.client import JiraClient
from connectors.jira.documents import IssueReference
from jobs.context import Context
from jobs.handling import Finished
from jobs.issue_effects import find_created
from jobs.reporting import CLOSES
from jobs.settle import give_time_to_show

_log = log.get(__name__)


async def open_issue(context: Context, jira: JiraClient, work: Claimed, effect: OpenReportIssue) -> Finished:
    """From row to Jira; what is told on the issue is owed in the transaction that writes down its key.

    Raises:
        ConnectorError: it did not go through; the worker decides when to try again.
    """
    site_id = work.row["site_id"]
    ask = partial(report_issues.known, board_id=effect.board_id, sprint_id=effect.sprint_id)
    key = await context.database.call_read(lambda tx: ask(tx, site_id))
    created = None if key is not None else await _found_or_created(context, jira, work, effect)

    def finish(connection: Connection) -> None:
        if created is not None:
            report_issues.remember(
                connection,
                site_id,
                board_id=effect.board_id,
                sprint_id=effect.sprint_id,
                issue_id=created["id"],
                issue_key=created["key"],
                now=context.now(),
            )
        _owe(connection, context, work, effect, key or (created or {})["key"])

    told = key or (created or {})["key"]
    _log.info("effect.done", effect=work.id, kind=effect.kind, cause=work.row["cause"], issue=told)
    outcome = {"issue_key": told, "sprint_id": effect.sprint_id, "created": created is not None}
    return Finished(outbox.DONE, commit=finish, values={"outcome": outcome})


async def _found_or_created(
    context: Context, jira: JiraClient, work: Claimed, effect: OpenReportIssue
) -> IssueReference:
    creation = CreateIssue("", effect.fields, effect.marker)
    found = await find_created(jira, creation, since=effect.since)
    if found is not None:
        return {"id": found["id"], "key": found["key"], "self": found["self"]}
    if work.attempts > 1 and context.database.has_one_writer:  # elsewhere the lease had to end first
        give_time_to_show(work.row)
    return await jira.create_issue(effect.fields, properties={CREATED_PROPERTY: {"id": effect.marker}})


def _owe(connection: Connection, context: Context, work: Claimed, effect: OpenReportIssue, key: str) -> None:
    """What is told on the issue; nothing of a report that was held up until a newer one was told."""
    site = sites.site_by_id(connection, work.row["site_id"])
    comments = [replace(one, issue_key=key) for one in effect.comments]
    if any(outbox.superseded(connection, site.id, one, work.id) for one in comments):
        return
    messages = [with_link(one, site, key) for one in effect.messages]
    owed: list[tuple[str, Effect]] = [
        *((f"channel:{one.channel}", one) for one in messages),
        *((one.marker, one) for one in comments),
    ]
    if effect.closing is not None:
        owed.append((CLOSES, replace(effect.closing, issue_key=key)))
    correlation = work.row["correlation"]
    outbox.put_all(
        connection,
        site.id,
        [outbox.Owed(one, f"{correlation}:{name}", work.row["cause"], correlation) for name, one in owed],
        now=context.now(),
    )
