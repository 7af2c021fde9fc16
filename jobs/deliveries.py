"""A delivery becomes rows. Every event has a home: applied, ignored with a reason, or kept as unknown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from app import log
from app.domain.scrum.board import Board
from app.domain.scrum.from_jira import (
    IssueRecord,
    NotReadable,
    read_board,
    read_comment,
    read_issue,
    read_items,
    read_sprint,
)
from app.errors import NotFound, StoreUnavailable
from app.store import boards, inbox, issues, sites
from app.store.claim import Claimed, hand_back, settle
from app.store.database import describe, is_store_fault
from app.store.sites import Site
from connectors.jira.webhook import WebhookEvent, read_event
from jobs.context import Context, JiraSite


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a delivery; `reason` says why it was not applied."""

    state: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """An event with where it belongs.

    Attributes:
        at: when Jira said it, or when we heard it if it does not say.
    """

    event: WebhookEvent
    site: Site
    jira_site: JiraSite
    at: datetime

    @property
    def body(self) -> Mapping[str, Any]:
        """Jira's document."""
        return self.event.body


APPLIED = Outcome(inbox.APPLIED)
_log = log.get(__name__)
_AFTER_A_FAULT = timedelta(seconds=2)


async def apply_batch(context: Context, claimed: Sequence[Claimed]) -> None:
    """Fold deliveries in, all in one transaction, each behind its own savepoint.

    One that cannot be read goes to the dead letters with its reason; its neighbours and later deliveries of
    the same issue go on.
    """
    try:
        await context.database.call_write(partial(_apply_all, context=context, claimed=claimed))
    except Exception:
        # Nothing of it happened: let it be claimed again at once, rather than when the lease ends.
        await context.database.call_write(partial(_hand_back_all, claimed=claimed, now=context.now()))
        raise


def _hand_back_all(connection: Connection, claimed: Sequence[Claimed], now: datetime) -> None:
    for work in claimed:
        hand_back(connection, work, due_at=now + _AFTER_A_FAULT)


def _apply_all(connection: Connection, context: Context, claimed: Sequence[Claimed]) -> None:
    known: dict[int, Site] = {}
    for work in claimed:
        site_id = work.row["site_id"]
        jira_site = context.sites.get(site_id)
        if jira_site is None:
            outcome = Outcome(inbox.DEAD, "Its site is no longer in the settings.")
        else:
            site = known.setdefault(site_id, sites.site_by_id(connection, site_id))
            outcome = _apply_one(connection, work, site, jira_site)
        ours = settle(connection, work, state=outcome.state, now=context.now(), reason=outcome.reason)
        if not ours:
            message = "a batch of deliveries was taken over by another worker"
            raise StoreUnavailable(message)
        _log.info(
            "delivery.settled",
            delivery=work.id,
            webhook=work.row["event"],
            subject=work.row["subject"],
            state=outcome.state,
            reason=outcome.reason,
        )


def _apply_one(connection: Connection, work: Claimed, site: Site, jira_site: JiraSite) -> Outcome:
    try:
        event = read_event(inbox.body_of(work.row))
        with connection.begin_nested():
            return apply(connection, event, site, jira_site, received_at=work.row["received_at"])
    except Exception as error:
        if is_store_fault(error):
            raise
        # A poisoned delivery must not stop the others. A database's own error may quote issue content.
        _log.error("delivery.dead", delivery=work.id, exc_info=not isinstance(error, DBAPIError))
        return Outcome(inbox.DEAD, describe(error))


def apply(
    connection: Connection, event: WebhookEvent, site: Site, jira_site: JiraSite, *, received_at: datetime
) -> Outcome:
    """Fold an event into the store; doing it again, or in another order, ends in the same rows.

    Raises:
        NotReadable: it says that it is one thing and lacks what that needs.
    """
    name = event.name or ("jira:issue_updated" if event.kind == "issue" else "")
    if name in IGNORED:
        return Outcome(inbox.IGNORED, IGNORED[name])
    handler = HANDLED.get(name)
    if handler is None:
        return Outcome(inbox.UNKNOWN, f"Burnish does not know the event {event.name!r}; it is kept.")
    return handler(connection, Told(event, site, jira_site, event.at or received_at))


def _ignored(reason: str) -> Outcome:
    return Outcome(inbox.IGNORED, reason)


# --- issues -----------------------------------------------------------------------------------


def _issue_saved(connection: Connection, told: Told) -> Outcome:
    document = told.body.get("issue")
    if not isinstance(document, Mapping):
        return _comment_saved(connection, told)
    record = read_issue(document, told.site.fields)
    if record is None:
        return _ignored("The event names the issue without its state; the next catch-up reads it.")
    if not _is_ours(connection, told, record.project_key):
        return _ignored(f"Project {record.project_key} is not among the site's projects.")
    issues.save_issues(connection, told.site, [record], history_complete=False)
    _save_history(connection, told, record)
    if isinstance(told.body.get("comment"), Mapping):  # typed on a transition's screen, or Data Center
        _comment_saved(connection, told)
    return APPLIED


def _is_ours(connection: Connection, told: Told, project_key: str) -> bool:
    """Of a wanted project, or moved out of one: what we keep must not stand still."""
    wanted = told.jira_site.wants(project_key)
    return wanted or issues.is_known(connection, told.site, told.event.issue_id)


def _save_history(connection: Connection, told: Told, record: IssueRecord) -> None:
    """The entry of the changelog that the event is about.

    An event of creation lists the first values as if they were changes; REST never does, so neither do we.
    The event has no instant of the entry, but `updated` is set to it.
    """
    changelog = told.body.get("changelog")
    if told.event.name == "jira:issue_created" or not isinstance(changelog, Mapping):
        return
    if not str(changelog.get("id", "")).isdigit():
        return
    changes = read_items(
        history_id=changelog["id"],
        at=record.updated.isoformat(),
        items=changelog.get("items") or (),
        author=told.body.get("user"),
        site=told.site.fields,
    )
    issues.save_changes(connection, told.site, {record.id: changes}, final=False)


def _issue_deleted(connection: Connection, told: Told) -> Outcome:
    record = read_issue(told.body.get("issue") or {}, told.site.fields)
    if record is not None:
        if not _is_ours(connection, told, record.project_key):
            return _ignored(f"Project {record.project_key} is not among the site's projects.")
        issues.save_issues(connection, told.site, [record], history_complete=False)
    if told.event.issue_id is None:
        return _ignored("The event does not say which issue was deleted.")
    issues.mark_deleted(connection, told.site, told.event.issue_id, told.at)
    return APPLIED


# --- comments ---------------------------------------------------------------------------------


def _comment_saved(connection: Connection, told: Told) -> Outcome:
    document = told.body.get("comment")
    if not isinstance(document, Mapping) or "id" not in document:
        return _ignored("The event carries neither an issue nor a comment.")
    if told.event.issue_id is None:
        return _ignored("The event does not say to which issue the comment belongs.")
    project = ((told.body.get("issue") or {}).get("fields") or {}).get("project") or {}
    if project.get("key") and not _is_ours(connection, told, str(project["key"])):
        return _ignored(f"Project {project['key']} is not among the site's projects.")
    issues.save_comments(connection, told.site, [read_comment(document, told.event.issue_id)])
    return APPLIED


def _comment_deleted(connection: Connection, told: Told) -> Outcome:
    outcome = _comment_saved(connection, told)
    if outcome == APPLIED:
        issues.mark_comment_deleted(connection, told.site, str(told.body["comment"]["id"]), told.at)
    return outcome


# --- sprints and boards -------------------------------------------------------------------------


def _sprint_saved(connection: Connection, told: Told) -> Outcome:
    sprint = read_sprint(told.body.get("sprint") or {})
    boards.save_sprint(connection, told.site.id, sprint, heard_at=told.at)
    return APPLIED


def _sprint_deleted(connection: Connection, told: Told) -> Outcome:
    sprint = read_sprint(told.body.get("sprint") or {})
    boards.save_sprint(connection, told.site.id, sprint, heard_at=told.at)
    boards.mark_sprint_deleted(connection, told.site.id, sprint.id, told.at)
    return APPLIED


def _stored_board(connection: Connection, told: Told, document: Mapping[str, Any]) -> Board | None:
    try:
        return boards.get_board(connection, told.site, int(document["id"]))
    except NotFound:
        return None
    except (KeyError, ValueError, TypeError) as error:
        message = f"a board without a usable id: {error}"
        raise NotReadable(message) from error


_NEXT_SYNC = "The next sync reads the board with its columns."


def _board_saved(connection: Connection, told: Told) -> Outcome:
    document = told.body.get("board") or {}
    board = _stored_board(connection, told, document)
    if board is None:
        return _ignored(_NEXT_SYNC)
    renamed = replace(board, name=str(document.get("name") or board.name))
    boards.save_board(connection, told.site.id, renamed, heard_at=told.at)
    return APPLIED


def _board_configured(connection: Connection, told: Told) -> Outcome:
    document = told.body.get("configuration") or {}
    board = _stored_board(connection, told, document)
    if board is None:
        return _ignored(_NEXT_SYNC)
    configured = read_board(document, document)
    if "estimation" not in document:  # older events leave it out
        configured = replace(
            configured,
            estimation_field=board.estimation_field,
            estimation_name=board.estimation_name,
        )
    boards.save_board(connection, told.site.id, configured, heard_at=told.at)
    return APPLIED


def _board_deleted(connection: Connection, told: Told) -> Outcome:
    board = _stored_board(connection, told, told.body.get("board") or {})
    if board is None:
        return _ignored("The board is not in the store.")
    boards.mark_board_deleted(connection, told.site.id, board.id, told.at)
    return APPLIED


# --- every event has a home -----------------------------------------------------------------------

HANDLED: Mapping[str, Callable[[Connection, Told], Outcome]] = {
    "jira:issue_created": _issue_saved,
    "jira:issue_updated": _issue_saved,
    "jira:issue_deleted": _issue_deleted,
    "comment_created": _comment_saved,
    "comment_updated": _comment_saved,
    "comment_deleted": _comment_deleted,
    "sprint_created": _sprint_saved,
    "sprint_updated": _sprint_saved,
    "sprint_started": _sprint_saved,
    "sprint_closed": _sprint_saved,
    "sprint_deleted": _sprint_deleted,
    "board_created": _board_saved,
    "board_updated": _board_saved,
    "board_configuration_changed": _board_configured,
    "board_deleted": _board_deleted,
}

_BY_SYNC = "Sync reads this by itself."
_NOT_KEPT = "Burnish keeps nothing of this kind yet."

IGNORED: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "project_created",
            "project_updated",
            "project_deleted",
            "project_soft_deleted",
            "project_restored_deleted",
            "project_archived",
            "project_restored_archived",
            "issuelink_created",
            "issuelink_deleted",
            "issuetype_created",
            "issuetype_updated",
            "issuetype_deleted",
        ),
        _BY_SYNC,
    ),
    **dict.fromkeys(
        (
            "worklog_created",
            "worklog_updated",
            "worklog_deleted",
            "jira:worklog_updated",
            "attachment_created",
            "attachment_deleted",
            "issue_property_set",
            "issue_property_deleted",
            "jira:version_released",
            "jira:version_unreleased",
            "jira:version_created",
            "jira:version_moved",
            "jira:version_updated",
            "jira:version_deleted",
            "jira:version_merged",
            "filter_created",
            "filter_updated",
            "filter_deleted",
            "user_created",
            "user_updated",
            "user_deleted",
            "option_voting_changed",
            "option_watching_changed",
            "option_unassigned_issues_changed",
            "option_subtasks_changed",
            "option_issuelinks_changed",
            "option_attachments_changed",
            "option_timetracking_changed",
            "option_timetracking_provider_changed",
            "jira_expression_evaluation_failed",
            "app_access_to_objects_blocked",
            "app_access_to_objects_in_container_blocked",
        ),
        _NOT_KEPT,
    ),
}
