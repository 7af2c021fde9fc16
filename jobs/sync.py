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
from app.store.comment_lists import Listed, bury_unlisted
from app.store.sites import Project, Site
from connectors.errors import HistoryIncomplete, Missing, NotAllowed, PagingStuck, Refused
from connectors.jira.client import JiraClient
from connectors.jira.deployment import Deployment, deployment_of
from connectors.jira.documents import IssueDocument, ServerInfo
from jobs.context import Context, JiraSite
from jobs.handling import Finished

# Jira's search lags behind its writes by seconds to minutes, and clocks differ.
OVERLAP = timedelta(minutes=5)
PAGE = 100

Report = Callable[[Mapping[str, Any]], Awaitable[None]]
_log = log.get(__name__)


@dataclass(slots=True)
class Reading:
    """What a sync has read so far, and what it could not read.

    Attributes:
        heard_at: when it began, by Jira's clock; ours may differ.
        counts: by kind.
        failures: what could not be read, with the reason; the rest was.
    """

    heard_at: datetime
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
LOCAL = (Missing, NotAllowed, Refused, NotReadable, HistoryIncomplete)


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
    began = context.now()
    reading = Reading(heard_at=began)
    there = await _read_site(context, jira_site, reading)
    site, projects = await context.database.call_read(
        lambda tx: (sites.site_by_id(tx, jira_site.id), sites.projects_of(tx, jira_site.id))
    )
    reading.counts["issues"] = 0
    for project in projects:
        if project.id in there:
            try:
                await _read_issues(context, jira_site, site, project, reading, report)
            except LOCAL as error:
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
    info = await _server_info(jira)
    me = await jira.myself()
    # By Jira's clock, as events are: the newer word wins.
    reading.heard_at = heard_at = instant(info.get("serverTime")) or context.now()
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


async def _server_info(jira: JiraClient) -> ServerInfo:
    """What the site says of itself; a Jira of the other edition must not pass for a broken one.

    Raises:
        NotPossible: no Jira of this edition there.
    """
    edition = await jira.deployment()
    other = 'this is Jira Cloud: set auth = "api_token"'
    if edition is Deployment.CLOUD:
        other = 'for Jira Data Center set auth = "personal_access_token"'
    try:
        info = await jira.server_info()
    except Missing as error:
        raise NotPossible(
            f"There is no Jira {edition.value} at `url`. Check the address and its context path; {other}."
        ) from error
    if deployment_of(info) not in {None, edition}:
        raise NotPossible(f"`auth` is for Jira {edition.value}, but {other}.")
    return info


@dataclass(frozen=True, slots=True)
class _ReadBoard:
    board: Board
    project_key: str
    sprints: tuple[Sprint, ...]


async def _read_boards(jira: JiraClient, project_keys: Sequence[str], reading: Reading) -> list[_ReadBoard]:
    """The boards of the projects, each once, with the sprints that they show."""
    found: dict[int, _ReadBoard] = {}
    for key in project_keys:
        try:
            listed_boards = [document async for document in jira.boards(project=key)]
        except LOCAL as error:
            reading.fail(f"boards of {key}", error)
            continue
        for document in listed_boards:
            number = document["id"]
            if number in found:
                continue
            try:
                board = read_board(document, await jira.board_configuration(number))
                listed = tuple([read_sprint(sprint) async for sprint in jira.sprints(number)])
                found[number] = _ReadBoard(board, key, listed)
            except LOCAL as error:
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
        histories, cut = await _histories(jira, page.issues)
        save = partial(
            _save_page,
            site=site,
            project=project,
            documents=page.issues,
            histories=histories,
            read_at_most_until=reading.heard_at,
        )
        unreadable = await context.database.call_write(save)
        for key, error in (cut | unreadable).items():
            reading.fail(f"issue {key}", error)
        reading.counts["issues"] += len(page.issues)
        await report({**reading.progress, "project": project.key})
        token = page.next_page_token
        if token is None:
            return
        if token in seen:
            raise PagingStuck(f"search of project {project.key}", "Jira gives a page twice")
        seen.add(token)


Histories = Mapping[str, Sequence[Mapping[str, Any]]]


async def _histories(
    jira: JiraClient, documents: Sequence[IssueDocument]
) -> tuple[Histories, dict[str, Exception]]:
    """The whole histories of a page, by issue id; by key, those that cannot be had whole."""
    try:
        return await jira.histories(documents), {}
    except LOCAL:
        pass  # one of them; find out which
    whole: dict[str, Sequence[Mapping[str, Any]]] = {}
    cut: dict[str, Exception] = {}
    for document in documents:
        try:
            whole |= await jira.histories([document])
        except LOCAL as error:
            cut[document["key"]] = error
    return whole, cut


def _save_page(
    connection: Connection,
    site: Site,
    project: Project,
    documents: Sequence[IssueDocument],
    histories: Histories,
    read_at_most_until: datetime,
) -> dict[str, Exception]:
    """A page and how far it brings us, in one transaction.

    An issue without its history is kept as incomplete: reports name it, and try to read it again. How far we
    have come never passes Jira's present, whatever an importer wrote into `updated`.

    Returns:
        By key, the issues that cannot be read: they must not hold up the others.
    """
    unreadable: dict[str, Exception] = {}
    records, without, changes, comments, lists = [], [], {}, [], {}
    for document in documents:
        try:
            record = read_whole(document, site)
            history = histories.get(record.id)
            if history is None:
                without.append(record)
                continue
            changes[record.id] = read_histories(history, site.fields)
            shown = (document.get("fields") or {}).get("comment") or {}
            listed = [read_comment(comment, record.id) for comment in shown.get("comments") or ()]
            comments += listed
            if shown.get("total") == len(listed):
                lists[record.id] = Listed({comment["id"] for comment in listed}, record.updated)
            records.append(record)
        except NotReadable as error:
            unreadable[str(document.get("key") or document.get("id"))] = error
    issues.save_issues(connection, site, records, history_complete=True)
    issues.save_issues(connection, site, without, history_complete=False)
    issues.mark_incomplete(connection, site, [record.id for record in without])
    issues.save_changes(connection, site, changes, final=True)
    issues.save_comments(connection, site, comments)
    bury_unlisted(connection, site, lists)
    if records or without:
        read_until = min(max(record.updated for record in (*records, *without)), read_at_most_until)
        sites.note_read_until(connection, site.id, project.id, read_until)
    return unreadable


def read_whole(document: IssueDocument, site: Site) -> IssueRecord:
    """An issue that was asked for by itself.

    Raises:
        NotReadable: it lacks what makes it one.
    """
    record = read_issue(document, site.fields)
    if record is None:
        message = "status, created or updated is missing; the account may not see these fields"
        raise NotReadable(message)
    return record
