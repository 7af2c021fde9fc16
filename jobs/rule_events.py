"""What webhooks tell, as rules see it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from app.domain.rules import event as events
from app.domain.rules.event import Event, Happened
from app.domain.scrum.things_from_jira import read_worklog
from app.services import happenings, once
from app.services.jql import subjects_of
from app.services.past import Issues
from app.services.ruling import catalogue_of
from app.store import issues
from jobs.issue_events import Decision
from jobs.told import Told


def happened(heard: Decision) -> list[Event]:
    """What a webhook told of an issue."""
    found: list[Event] = []
    record = heard.record
    if record is not None and heard.deleted_issue is None:
        if heard.history_id == 0:
            author = record.columns.get("creator_id")
            found.append(events.created(record.id, record.key, record.created, author))
        found += events.changed(record.id, record.key, heard.changes)
    if heard.deleted_issue is not None:
        key = record.key if record is not None else ""
        found.append(events.deleted(heard.deleted_issue, key, heard.at))
    if heard.comment is not None:
        found += _of_comment(heard, heard.comment, record.key if record is not None else "")
    return found


def _of_comment(heard: Decision, comment: Mapping[str, Any], key: str) -> list[Event]:
    if heard.deleted_comment is not None:
        return [events.uncommented(comment["issue_id"], key, comment, heard.at)]
    return [events.commented(comment["issue_id"], key, comment)] if comment.get("updated") else []


def of_thing(connection: Connection, told: Told) -> list[Event]:
    """What an event about a sprint, a version or a worklog means for issues; the store knows of it."""
    happened = THINGS[told.name]
    if happened in events.WORK_LOGS:
        return _of_worklog(connection, told, happened)
    around = Issues(connection, told.site, subjects_of(catalogue_of(connection, told.site, now=told.at)))
    if happened is Happened.VERSION_RELEASED:
        return happenings.of_version(around, str((told.body.get("version") or {}).get("id")), told.at)
    sprint_id = int((told.body.get("sprint") or {}).get("id") or 0)
    # The planned start is no instant at which anything happened; the event's own is.
    return happenings.of_sprint(around, sprint_id, happened, told.at)


def of_itself(connection: Connection, told: Told) -> Event:
    """What happened to a sprint or a version as one event, without an issue."""
    happened = THINGS[told.name]
    if happened is Happened.VERSION_RELEASED:
        return once.of_released(connection, told.site, told.body.get("version") or {}, told.at)
    sprint_id = int((told.body.get("sprint") or {}).get("id") or 0)
    return once.of_sprint(connection, told.site, sprint_id, happened, told.at)


def _of_worklog(connection: Connection, told: Told, happened: Happened) -> list[Event]:
    row = read_worklog(told.body.get("worklog") or {}, told.event.issue_id)
    keys = issues.keys_of(connection, told.site, {str(row["issue_id"])})
    return [happenings.of_worklog(row, key, happened, gone_at=told.at) for key in keys.values()]


def of_no_issue(told: Told) -> tuple[tuple[Happened, ...], Mapping[str, Any]]:
    """What happened to a sprint, a version, a board, a project or a person, and what Jira says of it."""
    happened = BY_QUERY[told.name]
    of = happened.value.partition("_")[0]
    if of == "user":
        said = told.body.get("user") or told.body
        return (happened,), {name: said[name] for name in _OF_PEOPLE if name in said}
    document = told.body.get(of) or told.body.get("configuration") or {}
    thing = {name: value for name, value in document.items() if name not in {"self", "avatarUrls"}}
    into = told.body.get("mergedTo")
    if not isinstance(into, Mapping):
        return (happened,), {**thing, "mergedTo": None} if of == "version" else thing
    # Cloud tells a merge as a deletion that says where the issues went.
    both = (Happened.VERSION_DELETED, Happened.VERSION_MERGED)
    return both, {**thing, "mergedTo": {name: value for name, value in into.items() if name != "self"}}


_OF_PEOPLE = ("accountId", "key", "name", "username", "displayName", "active", "accountType", "timeZone")
"""Addresses are not kept."""
BY_QUERY: Mapping[str, Happened] = {
    "sprint_created": Happened.SPRINT_CREATED,
    "sprint_updated": Happened.SPRINT_UPDATED,
    "sprint_deleted": Happened.SPRINT_DELETED,
    "jira:version_created": Happened.VERSION_CREATED,
    "jira:version_updated": Happened.VERSION_UPDATED,
    "jira:version_unreleased": Happened.VERSION_UNRELEASED,
    "jira:version_deleted": Happened.VERSION_DELETED,
    "jira:version_moved": Happened.VERSION_MOVED,
    "jira:version_merged": Happened.VERSION_MERGED,
    "project_created": Happened.PROJECT_CREATED,
    "project_updated": Happened.PROJECT_UPDATED,
    "project_soft_deleted": Happened.PROJECT_TRASHED,
    "project_deleted": Happened.PROJECT_DELETED,
    "project_restored_deleted": Happened.PROJECT_RESTORED,
    "project_archived": Happened.PROJECT_ARCHIVED,
    "project_restored_archived": Happened.PROJECT_UNARCHIVED,
    "user_created": Happened.USER_CREATED,
    "user_updated": Happened.USER_UPDATED,
    "user_deleted": Happened.USER_DELETED,
    "board_created": Happened.BOARD_CREATED,
    "board_updated": Happened.BOARD_UPDATED,
    "board_configuration_changed": Happened.BOARD_CONFIGURED,
    "board_deleted": Happened.BOARD_DELETED,
}
"""Events that are about no issue: each rule says for which issues it fires."""
THINGS: Mapping[str, Happened] = {
    "sprint_started": Happened.SPRINT_STARTED,
    "sprint_closed": Happened.SPRINT_CLOSED,
    "jira:version_released": Happened.VERSION_RELEASED,
    "worklog_created": Happened.WORK_LOGGED,
    "worklog_updated": Happened.WORK_LOG_EDITED,
    "worklog_deleted": Happened.WORK_LOG_DELETED,
}
