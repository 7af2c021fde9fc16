"""What happened to sprints, versions and worklogs, as events of the issues that it concerns."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.domain.rules.beside_values import told_worklog
from app.domain.rules.event import Event, Happened
from app.domain.scrum.from_jira import read_sprint_field
from app.services.past import Issues
from app.store import rule_history


def of_sprint(
    issues: Issues, sprint_id: int, happened: Happened, at: datetime, *, name: str = ""
) -> list[Event]:
    """An event for each issue that was in the sprint then; `name` is what it is called in keys."""
    field = issues.site.fields.sprint or ""
    ever = rule_history.ever_in_sprint(issues.connection, issues.site, sprint_id)
    return [
        Event(happened, issue.id, issue.key, at, f"{name or happened.value}:{sprint_id}")
        for issue in issues.at(ever, at)
        if sprint_id in read_sprint_field(issue.fields.get(field))
    ]


def of_version(issues: Issues, version_id: str, at: datetime) -> list[Event]:
    """An event for each issue that the version fixed when it was released."""
    ever = rule_history.of_version(issues.connection, issues.site, version_id)
    return [
        Event(Happened.VERSION_RELEASED, issue.id, issue.key, at, f"version_released:{version_id}")
        for issue in issues.at(ever, at)
        if any(str(each.get("id")) == version_id for each in issue.fields.get("fixVersions") or ())
    ]


def of_worklog(
    worklog: Mapping[str, Any], issue_key: str, happened: Happened, *, gone_at: datetime | None = None
) -> Event:
    """Somebody logged work, edited it (by whom it was written is all that is kept), or deleted it.

    Args:
        worklog: as the store keeps it.
        issue_key: of its issue.
        happened: one of `event.WORK_LOGS`.
        gone_at: when it was deleted, if it was.
    """
    at, author = worklog["updated"], worklog.get("author")
    name = f"worklog:{worklog['id']}"
    if happened is Happened.WORK_LOGGED:
        at = worklog.get("created") or at
    elif happened is Happened.WORK_LOG_EDITED:
        name = f"{name}:{at:%Y%m%dT%H%M%S.%f}"
    else:
        at, author, name = gone_at or at, None, f"worklog_deleted:{worklog['id']}"
    data = told_worklog(worklog)
    return Event(happened, str(worklog["issue_id"]), issue_key, at, name, author, data=data)


def of_shown_worklog(worklog: Mapping[str, Any], issue_key: str) -> list[Event]:
    """It was logged, and edited where its instants differ: the last edit is all that is known of edits."""
    is_edited = worklog.get("created") is not None and worklog["updated"] != worklog["created"]
    kinds = [Happened.WORK_LOGGED, *([Happened.WORK_LOG_EDITED] if is_edited else [])]
    return [of_worklog(worklog, issue_key, kind) for kind in kinds]


def of_sprints_between(issues: Issues, happened: Happened, since: datetime, until: datetime) -> list[Event]:
    """What happened to sprints in a span of time."""
    is_closed = happened is Happened.SPRINT_CLOSED
    found = rule_history.sprints_between(issues.connection, issues.site, since, until, closed=is_closed)
    return [event for sprint_id, at in found for event in of_sprint(issues, sprint_id, happened, at)]
