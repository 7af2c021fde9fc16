"""Read Jira into the store: what describes the site, then every issue with its whole history.

Backfill and catch-up are one: issues are read in the order of `updated`, and how far that went is written
down with every page. The first sync begins at the beginning, a later one a little before where the last one
ended, and one that was killed goes on at its last page.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection

from app import log
from app.domain.scrum.from_jira import (
    NotReadable,
    find_fields,
    read_board,
    read_histories,
    read_issue,
    read_sprint,
)
from app.errors import NotFound, NotPossible
from app.store import issues, runs, sites
from app.store.claim import Claimed
from app.store.sites import Project, Site
from connectors.errors import Missing, PagingStuck
from connectors.jira.client import JiraClient
from connectors.jira.documents import IssueDocument
from jobs.context import Context, JiraSite
from jobs.deliveries import comment_row
from jobs.worker import Finished

# Jira's search lags behind its writes by seconds to minutes, and clocks differ.
OVERLAP = timedelta(minutes=5)
PAGE = 100

Report = Callable[[Mapping[str, Any]], Awaitable[None]]
_log = log.get(__name__)


async def run(context: Context, jira_site: JiraSite, work: Claimed) -> Finished:
    """Carry out a run of kind `sync`."""
    counts = await sync(context, jira_site, report=partial(note_progress, context, work))
    return Finished(runs.DONE, values={"progress": counts})


async def note_progress(context: Context, work: Claimed, progress: Mapping[str, Any]) -> None:
    """Show how far a run is."""
    await context.database.call_write(partial(runs.note_progress, run_id=work.id, progress=progress))


async def sync(context: Context, jira_site: JiraSite, *, report: Report) -> dict[str, int]:
    """Bring the store up to date with the site; returns how many of each were read.

    Raises:
        NotPossible: a project of the settings is not there for this account.
        ConnectorError: Jira does not answer, or not as it should.
    """
    began = context.now()
    counts = await _read_site(context, jira_site)
    site, projects = await context.database.call_read(
        lambda tx: (sites.site_by_id(tx, jira_site.id), sites.projects_of(tx, jira_site.id))
    )
    counts["issues"] = 0
    for project in projects:
        if jira_site.wants(project.key):
            counts["issues"] += await _read_issues(context, jira_site, site, project, counts, report)
    await context.database.call_write(lambda tx: sites.update_site(tx, site.id, synced_at=began))
    _log.info("sync.done", site=jira_site.name, **counts)
    return counts


async def _read_site(context: Context, jira_site: JiraSite) -> dict[str, int]:
    """Who we are, what there is: small, and read whole every time, because renames send no event."""
    jira = jira_site.jira
    began = context.now()
    info, me = await jira.server_info(), await jira.myself()
    fields, statuses = await jira.fields(), await jira.statuses()
    projects = [document async for document in jira.projects() if jira_site.wants(document["key"])]
    missing = set(jira_site.projects) - {document["key"] for document in projects}
    if missing:
        message = (
            f"Project {', '.join(sorted(missing))} is not there for the account of site {jira_site.name!r}. "
            "Give the account 'Browse projects', or take the project out of the settings."
        )
        raise NotPossible(message)
    boards, sprints = await _read_boards(jira, [document["key"] for document in projects])

    def save(connection: Connection) -> None:
        sites.update_site(
            connection,
            jira_site.id,
            deployment=info.get("deploymentType"),
            account_id=me.get("accountId"),
            time_zone=me.get("timeZone"),
        )
        sites.replace_fields(connection, jira_site.id, fields, find_fields(fields))
        sites.replace_statuses(connection, jira_site.id, statuses)
        for document in projects:
            sites.save_project(connection, jira_site.id, document)
        for board, project_key in boards:
            sites.save_board(connection, jira_site.id, board, project_key)
        for sprint in sprints.values():
            sites.save_sprint(connection, jira_site.id, sprint, heard_at=began)

    await context.database.call_write(save)
    return {"projects": len(projects), "boards": len(boards), "sprints": len(sprints)}


async def _read_boards(jira: JiraClient, project_keys: Sequence[str]) -> tuple[list[Any], dict[int, Any]]:
    """The boards of the projects, each once, and every sprint that they show."""
    boards: dict[int, Any] = {}
    sprints = {}
    for key in project_keys:
        async for document in jira.boards(project=key):
            if document["id"] in boards:
                continue
            configuration = await jira.board_configuration(document["id"])
            boards[document["id"]] = (read_board(document, configuration), key)
            async for sprint in jira.sprints(document["id"]):
                read = read_sprint(sprint)
                sprints[read.id] = read
    return list(boards.values()), sprints


def jql_for(project_key: str, read_until: datetime | None) -> str:
    """The issues of a project that may have changed, in the order of their change.

    Instants are epoch milliseconds: text would be read in the zone of the account's profile.
    """
    since = ""
    if read_until is not None:
        since = f" AND updated >= {int((read_until - OVERLAP).timestamp() * 1000)}"
    return f'project = "{project_key}"{since} ORDER BY updated ASC'


async def _read_issues(
    context: Context,
    jira_site: JiraSite,
    site: Site,
    project: Project,
    counts: Mapping[str, int],
    report: Report,
) -> int:
    jira, read, token = jira_site.jira, 0, None
    jql = jql_for(project.key, project.read_until)
    seen: set[str] = set()
    while True:
        page = await jira.search_page(
            jql, fields=("*all",), expand=("changelog",), page_token=token, max_results=PAGE
        )
        histories = [await jira.full_changelog(issue) for issue in page.issues]
        await context.database.call_write(
            partial(_save_page, site=site, project=project, documents=page.issues, histories=histories)
        )
        read += len(page.issues)
        await report({**counts, "project": project.key, "issues": counts["issues"] + read})
        token = page.next_page_token
        if token is None:
            break
        if token in seen:
            raise PagingStuck(f"search of project {project.key}", "Jira gives a page twice")
        seen.add(token)
    if project.backfilled_at is None:
        done = context.now()
        await context.database.call_write(
            lambda tx: sites.update_project(tx, site.id, project.id, backfilled_at=done)
        )
    return read


def _save_page(
    connection: Connection,
    site: Site,
    project: Project,
    documents: Sequence[IssueDocument],
    histories: Sequence[Sequence[Mapping[str, Any]]],
) -> None:
    """A page and how far it brings us, in one transaction."""
    records = [record for document in documents if (record := read_issue(document, site.fields))]
    if len(records) != len(documents):
        message = (
            "Jira gave an issue without status, created or updated; the account may not see these fields"
        )
        raise NotReadable(message)
    issues.save_issues(connection, site, records, history_complete=True)
    changes = {
        record.id: read_histories(history, site.fields)
        for record, history in zip(records, histories, strict=True)
    }
    issues.save_changes(connection, site, changes, final=True)
    comments = [
        comment_row(comment, str(document["id"]))
        for document in documents
        for comment in ((document.get("fields") or {}).get("comment") or {}).get("comments") or ()
    ]
    issues.save_comments(connection, site, comments)
    if records:
        read_until = max(record.updated for record in records)
        sites.update_project(connection, site.id, project.id, read_until=read_until)


async def complete_histories(context: Context, jira_site: JiraSite, sprint_id: int) -> int:
    """Read the issues of a sprint that only an event has told us about; returns how many."""
    site, missing = await context.database.call_read(
        lambda tx: (
            sites.site_by_id(tx, jira_site.id),
            issues.incomplete(tx, sites.site_by_id(tx, jira_site.id), sprint_id),
        )
    )
    for issue_id in missing:
        try:
            document = await jira_site.jira.issue(issue_id, expand=("changelog",))
        except Missing as error:
            # Deleted or hidden meanwhile: the report names it as computed from part of its history.
            _log.warning("sync.issue_missing", site=jira_site.name, issue=issue_id, reason=str(error))
            continue
        history = await jira_site.jira.full_changelog(document)
        await context.database.call_write(partial(_save_one, site=site, document=document, history=history))
    return len(missing)


def _save_one(
    connection: Connection, site: Site, document: IssueDocument, history: Sequence[Mapping[str, Any]]
) -> None:
    record = read_issue(document, site.fields)
    if record is None:
        raise NotFound("state of issue", document.get("id"))
    issues.save_issues(connection, site, [record], history_complete=True)
    issues.save_changes(connection, site, {record.id: read_histories(history, site.fields)}, final=True)
