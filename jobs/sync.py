"""Read Jira into the store: what describes the site, then every issue with its whole history.

Backfill and catch-up are one: issues are read in the order of `updated`, and how far that went is written
down with every page. The first sync begins at the beginning, a later one a little before where the last one
ended, and one that was killed goes on at its last page.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection

from app import log
from app.domain.scrum.board import Board
from app.domain.scrum.from_jira import (
    IssueRecord,
    NotReadable,
    account_of,
    find_fields,
    instant,
    read_board,
    read_comment,
    read_histories,
    read_issue,
    read_sprint,
)
from app.domain.scrum.sprint import Sprint
from app.errors import NotPossible
from app.store import boards, issues, runs, sites
from app.store.claim import Claimed
from app.store.sites import Project, Site
from connectors.errors import Missing, NotAllowed, PagingStuck, Refused
from connectors.jira.client import JiraClient
from connectors.jira.documents import IssueDocument
from jobs.context import Context, JiraSite
from jobs.worker import Finished

# Jira's search lags behind its writes by seconds to minutes, and clocks differ.
OVERLAP = timedelta(minutes=5)
PAGE = 100

Report = Callable[[Mapping[str, Any]], Awaitable[None]]
_log = log.get(__name__)


@dataclass(slots=True)
class Reading:
    """What a sync has read so far, and what it could not read.

    Attributes:
        counts: by kind.
        failures: what could not be read, with the reason; the rest was.
    """

    counts: dict[str, int] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    @property
    def progress(self) -> dict[str, Any]:
        """For whoever watches the run."""
        return {**self.counts, "failures": self.failures} if self.failures else dict(self.counts)

    def fail(self, what: str, error: Exception) -> None:
        """Go on without it, and say so."""
        self.failures[what] = str(error)
        _log.error("sync.not_read", what=what, reason=str(error))


# One thing is gone, hidden or odd: no reason not to read the others. All else is trouble with the site.
_LOCAL = (Missing, NotAllowed, Refused, NotReadable)


async def run(context: Context, jira_site: JiraSite, work: Claimed) -> Finished:
    """Carry out a run of kind `sync`; what could not be read makes it fail, after all the rest was read."""
    reading = await sync(context, jira_site, report=partial(note_progress, context, work))
    if reading.failures:
        listed = "; ".join(f"{what}: {why}" for what, why in reading.failures.items())
        return Finished(
            runs.FAILED, f"Not everything could be read. {listed}", values={"progress": reading.progress}
        )
    return Finished(runs.DONE, values={"progress": reading.progress})


async def note_progress(context: Context, work: Claimed, progress: Mapping[str, Any]) -> None:
    """Show how far a run is."""
    await context.database.call_write(partial(runs.note_progress, run_id=work.id, progress=progress))


async def sync(context: Context, jira_site: JiraSite, *, report: Report) -> Reading:
    """Bring the store up to date with the site.

    Raises:
        NotPossible: a project of the settings is not there for this account.
        ConnectorError: Jira does not answer, or not as it should.
    """
    began, reading = context.now(), Reading()
    there = await _read_site(context, jira_site, reading)
    site, projects = await context.database.call_read(
        lambda tx: (sites.site_by_id(tx, jira_site.id), sites.projects_of(tx, jira_site.id))
    )
    reading.counts["issues"] = 0
    for project in projects:
        if project.id in there:
            try:
                await _read_issues(context, jira_site, site, project, reading, report)
            except _LOCAL as error:
                reading.fail(f"project {project.key}", error)
    await context.database.call_write(lambda tx: sites.update_site(tx, site.id, synced_at=began))
    _log.info("sync.done", site=jira_site.name, **reading.counts)
    return reading


async def _read_site(context: Context, jira_site: JiraSite, reading: Reading) -> set[str]:
    """Who we are, what there is: small, and read whole every time, because renames send no event.

    Returns:
        The ids of the projects to read; another project may have had the same key.
    """
    jira = jira_site.jira
    info, me = await jira.server_info(), await jira.myself()
    # By Jira's clock, as events are: ours may differ, and the newer word wins.
    heard_at = instant(info.get("serverTime")) or context.now()
    fields, statuses = await jira.fields(), await jira.statuses()
    projects = [document async for document in jira.projects() if jira_site.wants(document["key"])]
    missing = set(jira_site.projects) - {document["key"] for document in projects}
    if missing:
        message = (
            f"Project {', '.join(sorted(missing))} is not there for the account of site {jira_site.name!r}. "
            "Give the account 'Browse projects', or take the project out of the settings."
        )
        raise NotPossible(message)
    keys = [document["key"] for document in projects]
    found = await _read_boards(jira, keys, reading)

    def save(connection: Connection) -> None:
        sites.update_site(
            connection,
            jira_site.id,
            deployment=info.get("deploymentType"),
            account_id=account_of(me),
        )
        sites.replace_fields(connection, jira_site.id, fields, find_fields(fields))
        sites.replace_statuses(connection, jira_site.id, statuses)
        for document in projects:
            sites.save_project(connection, jira_site.id, document)
        for board in found:
            _save_board(connection, jira_site.id, board, heard_at)

    await context.database.call_write(save)
    reading.counts |= {
        "projects": len(projects),
        "boards": len(found),
        "sprints": len({sprint.id for board in found for sprint in board.sprints}),
    }
    return {str(document["id"]) for document in projects}


@dataclass(frozen=True, slots=True)
class _ReadBoard:
    board: Board
    project_key: str
    sprints: tuple[Sprint, ...]


async def _read_boards(jira: JiraClient, project_keys: Sequence[str], reading: Reading) -> list[_ReadBoard]:
    """The boards of the projects, each once, with the sprints that they show."""
    found: dict[int, _ReadBoard] = {}
    for key in project_keys:
        async for document in jira.boards(project=key):
            number = document["id"]
            if number in found:
                continue
            try:
                board = read_board(document, await jira.board_configuration(number))
                listed = tuple([read_sprint(sprint) async for sprint in jira.sprints(number)])
                found[number] = _ReadBoard(board, key, listed)
            except _LOCAL as error:
                reading.fail(f"board {number}", error)
    return list(found.values())


def _save_board(connection: Connection, site_id: int, read: _ReadBoard, heard_at: datetime) -> None:
    boards.save_board(connection, site_id, read.board, heard_at=heard_at, project_key=read.project_key)
    for sprint in read.sprints:
        boards.save_sprint(connection, site_id, sprint, heard_at=heard_at)
    shown = [sprint.id for sprint in read.sprints]
    boards.save_board_sprints(connection, site_id, read.board.id, shown, at=heard_at)


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
    reading: Reading,
    report: Report,
) -> None:
    jira, token = jira_site.jira, None
    jql = jql_for(project.key, project.read_until)
    seen: set[str] = set()
    while True:
        page = await jira.search_page(
            jql, fields=("*all",), expand=("changelog",), page_token=token, max_results=PAGE
        )
        whole = await jira.histories(page.issues)
        histories = [whole[issue["id"]] for issue in page.issues]
        unreadable = await context.database.call_write(
            partial(_save_page, site=site, project=project, documents=page.issues, histories=histories)
        )
        for key, error in unreadable.items():
            reading.fail(f"issue {key}", error)
        reading.counts["issues"] += len(page.issues)
        await report({**reading.progress, "project": project.key})
        token = page.next_page_token
        if token is None:
            return
        if token in seen:
            raise PagingStuck(f"search of project {project.key}", "Jira gives a page twice")
        seen.add(token)


def _save_page(
    connection: Connection,
    site: Site,
    project: Project,
    documents: Sequence[IssueDocument],
    histories: Sequence[Sequence[Mapping[str, Any]]],
) -> dict[str, Exception]:
    """A page and how far it brings us, in one transaction.

    Returns:
        By key, the issues that cannot be read: they must not hold up the others.
    """
    unreadable: dict[str, Exception] = {}
    records, changes, comments = [], {}, []
    for document, history in zip(documents, histories, strict=True):
        try:
            record = _read_whole(document, site)
            changes[record.id] = read_histories(history, site.fields)
            listed = ((document.get("fields") or {}).get("comment") or {}).get("comments") or ()
            comments += [read_comment(comment, record.id) for comment in listed]
            records.append(record)
        except NotReadable as error:
            unreadable[str(document.get("key") or document.get("id"))] = error
    issues.save_issues(connection, site, records, history_complete=True)
    issues.save_changes(connection, site, changes, final=True)
    issues.save_comments(connection, site, comments)
    if records:
        read_until = max(record.updated for record in records)
        sites.note_read_until(connection, site.id, project.id, read_until)
    return unreadable


def _read_whole(document: IssueDocument, site: Site) -> IssueRecord:
    record = read_issue(document, site.fields)
    if record is None:
        message = "status, created or updated is missing; the account may not see these fields"
        raise NotReadable(message)
    return record


async def check_members(context: Context, jira_site: JiraSite, sprint_id: int) -> int:
    """Read again what a report on a sprint must not get wrong; returns how many issues.

    Those that only an event has told us about, and those that we hold for members while Jira does not list
    them: removed a moment ago, moved, deleted, or hidden from us, which no catch-up by `updated` can tell.
    """

    def doubtful(connection: Connection) -> tuple[Site, set[str], set[str]]:
        site = sites.site_by_id(connection, jira_site.id)
        return (
            site,
            set(issues.incomplete(connection, site, sprint_id)),
            set(issues.present_members(connection, site, sprint_id)),
        )

    site, incomplete, present = await context.database.call_read(doubtful)
    listed = {
        str(issue["id"])
        async for issue in jira_site.jira.search(f"sprint = {sprint_id}", fields=("updated",))
    }
    again = sorted(incomplete | (present - listed) | (listed - present))
    for issue_id in again:
        await _read_again(context, jira_site, site, issue_id)
    return len(again)


async def _read_again(context: Context, jira_site: JiraSite, site: Site, issue_id: str) -> None:
    jira = jira_site.jira
    try:
        document = await jira.issue(issue_id, expand=("changelog",))
    except Missing:
        await jira.myself()  # an account that was locked out sees nothing: that is no deletion
        at = context.now()
        await context.database.call_write(partial(issues.mark_deleted, site=site, issue_id=issue_id, at=at))
        _log.warning("sync.issue_gone", site=jira_site.name, issue=issue_id)
        return
    history = await jira.full_changelog(document)
    await context.database.call_write(
        partial(_save_one, site=site, record=_read_whole(document, site), history=history)
    )


def _save_one(
    connection: Connection, site: Site, record: IssueRecord, history: Sequence[Mapping[str, Any]]
) -> None:
    issues.save_issues(connection, site, [record], history_complete=True)
    issues.save_changes(connection, site, {record.id: read_histories(history, site.fields)}, final=True)
    issues.mark_present(connection, site, record.id)
