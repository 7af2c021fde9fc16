"""What an event about something around issues does: versions, types, people, links, worklogs, files.

They are few, so each writes its own rows, in order. None of them asks Jira.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection

from app.domain.scrum.issue import Gone
from app.domain.scrum.issue_columns import account_of
from app.domain.scrum.things_from_jira import (
    read_attachment,
    read_issue_type,
    read_link_type,
    read_told_link,
    read_user,
    read_version,
    read_worklog,
)
from app.store import issues, jira_tables, presence, sites, things
from jobs.told import APPLIED, Outcome, Told, ignored

_ELSEWHERE = "It belongs to no issue or project that is kept here."


def _document(told: Told, name: str) -> Mapping[str, Any]:
    found = told.body.get(name)
    return found if isinstance(found, Mapping) else {}


# --- projects and versions ------------------------------------------------------------------------


def _project(connection: Connection, told: Told) -> Outcome:
    """The newest word of it decides over its issues, too."""
    document = _document(told, "project")
    if not document.get("id") or not document.get("key"):
        return ignored("The event does not say which project it is about.")
    known = {project.id for project in sites.projects_of(connection, told.site.id)}
    if str(document["id"]) not in known and not told.jira_site.wants(str(document["key"])):
        return ignored(f"Project {document['key']} is not among the site's projects.")
    project_id, site = str(document["id"]), told.site
    before = sites.fate_of(connection, site.id, project_id)
    sites.save_project(
        connection,
        site.id,
        document,
        heard_at=told.at,
        archived=_ARCHIVED.get(told.name),
        deleted_at=told.at if told.name in _DELETED else None,
    )
    now = sites.fate_of(connection, site.id, project_id)
    if now.deleted_at is not None:
        presence.bury_project(connection, site, project_id, at=now.deleted_at, reason=Gone.DELETED)
    elif now.archived:
        presence.bury_project(connection, site, project_id, at=told.at, reason=Gone.ARCHIVED)
    elif before.is_ended:
        presence.restore_project(connection, site, project_id, gone_at=before.deleted_at)
    return APPLIED


_ARCHIVED = {"project_archived": True, "project_restored_archived": False}
_DELETED = frozenset({"project_deleted", "project_soft_deleted"})


def _is_kept(connection: Connection, told: Told, project_id: str) -> bool:
    return project_id in {project.id for project in sites.projects_of(connection, told.site.id)}


_NOT_TOLD = ("position", "merged_into")


def _version_saved(connection: Connection, told: Told) -> Outcome:
    row = read_version(_document(told, "version"))
    if not _is_kept(connection, told, row["project_id"]):
        return ignored(_ELSEWHERE)
    things.save(connection, told.site, jira_tables.versions, [row], told.at, keep=_NOT_TOLD)
    return APPLIED


def _version_deleted(connection: Connection, told: Told) -> Outcome:
    """A merge is a deletion that says where the issues went."""
    row = read_version(_document(told, "version"))
    if not _is_kept(connection, told, row["project_id"]):
        return ignored(_ELSEWHERE)
    into = _document(told, "mergedTo").get("id")
    row["merged_into"] = None if into is None else str(into)
    keep = ("position",) if into is not None else _NOT_TOLD
    things.bury(connection, told.site, jira_tables.versions, [row], told.at, keep=keep)
    return APPLIED


# --- types and people -----------------------------------------------------------------------------


def _issue_type_saved(connection: Connection, told: Told) -> Outcome:
    row = read_issue_type(_document(told, "issuetype"))
    keep = () if row["hierarchy_level"] is not None else ("hierarchy_level",)
    things.save(connection, told.site, jira_tables.issue_types, [row], told.at, keep=keep)
    return APPLIED


def _issue_type_deleted(connection: Connection, told: Told) -> Outcome:
    row = read_issue_type(_document(told, "issuetype"))
    things.bury(connection, told.site, jira_tables.issue_types, [row], told.at, keep=("hierarchy_level",))
    return APPLIED


def _user_saved(connection: Connection, told: Told) -> Outcome:
    things.save_users(connection, told.site, [read_user(_document(told, "user"))], at=told.at)
    return APPLIED


def _user_deleted(connection: Connection, told: Told) -> Outcome:
    """Cloud sends `accountId` and `username` alone."""
    document = _document(told, "user") or told.body
    account = account_of(document)
    if account is None:
        return ignored("The event does not say who was deleted.")
    name = document.get("displayName") or document.get("username") or document.get("name")
    things.bury_user(connection, told.site, account, name=str(name) if name else None, at=told.at)
    return APPLIED


# --- what hangs on issues -------------------------------------------------------------------------


def _concerns(connection: Connection, told: Told, *issue_ids: str | None) -> bool:
    """Whether it may belong to an issue that is kept; the event does not say of which project it is.

    Where only some projects are, it is when the issue is here. What is left out comes with the issue itself.
    """
    named = {issue_id for issue_id in issue_ids if issue_id is not None}
    return not told.jira_site.projects or bool(issues.known_among(connection, told.site, named))


def _link_created(connection: Connection, told: Told) -> Outcome:
    document = _document(told, "issueLink")
    row = read_told_link(document)
    if not _concerns(connection, told, row["source_id"], row["target_id"]):
        return ignored(_ELSEWHERE)
    things.save(connection, told.site, jira_tables.issue_links, [row], told.at)
    things.learn_link_type(connection, told.site, read_link_type(document["issueLinkType"]), at=told.at)
    return APPLIED


def _link_deleted(connection: Connection, told: Told) -> Outcome:
    row = read_told_link(_document(told, "issueLink"))
    if not _concerns(connection, told, row["source_id"], row["target_id"]):
        return ignored(_ELSEWHERE)
    things.bury(connection, told.site, jira_tables.issue_links, [row], told.at)
    return APPLIED


def _worklog_saved(connection: Connection, told: Told) -> Outcome:
    row = read_worklog(_document(told, "worklog"), told.event.issue_id)
    if not _concerns(connection, told, row["issue_id"]):
        return ignored(_ELSEWHERE)
    things.save_worklogs(connection, told.site, [row])
    return APPLIED


def _worklog_deleted(connection: Connection, told: Told) -> Outcome:
    row = read_worklog(_document(told, "worklog"), told.event.issue_id)
    if not _concerns(connection, told, row["issue_id"]):
        return ignored(_ELSEWHERE)
    things.bury_worklogs(connection, told.site, [row], at=told.at)
    return APPLIED


def _attachment_saved(connection: Connection, told: Told) -> Outcome:
    return _attachment(connection, told, things.save)


def _attachment_deleted(connection: Connection, told: Told) -> Outcome:
    return _attachment(connection, told, things.bury)


def _attachment(connection: Connection, told: Told, write: things.Write) -> Outcome:
    """Most events do not say of which issue the file is; then the issue's own document does."""
    row = read_attachment(_document(told, "attachment"), told.event.issue_id)
    if not _concerns(connection, told, row["issue_id"]):
        return ignored(_ELSEWHERE)
    keep = () if row["issue_id"] else ("issue_id",)
    write(connection, told.site, jira_tables.attachments, [row], told.at, keep=keep)
    return APPLIED


THING_EVENTS: Mapping[str, Callable[[Connection, Told], Outcome]] = {
    "project_created": _project,
    "project_updated": _project,
    "project_deleted": _project,
    "project_soft_deleted": _project,
    "project_restored_deleted": _project,
    "project_archived": _project,
    "project_restored_archived": _project,
    "jira:version_created": _version_saved,
    "jira:version_updated": _version_saved,
    "jira:version_moved": _version_saved,
    "jira:version_released": _version_saved,
    "jira:version_unreleased": _version_saved,
    "jira:version_deleted": _version_deleted,
    "jira:version_merged": _version_deleted,
    "issuetype_created": _issue_type_saved,
    "issuetype_updated": _issue_type_saved,
    "issuetype_deleted": _issue_type_deleted,
    "user_created": _user_saved,
    "user_updated": _user_saved,
    "user_deleted": _user_deleted,
    "issuelink_created": _link_created,
    "issuelink_deleted": _link_deleted,
    "worklog_created": _worklog_saved,
    "worklog_updated": _worklog_saved,
    "worklog_deleted": _worklog_deleted,
    "attachment_created": _attachment_saved,
    "attachment_deleted": _attachment_deleted,
}
