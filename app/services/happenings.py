"""What happened to sprints, versions and worklogs, as events of the issues that it concerns."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

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


def of_worklog(worklog: Mapping[str, Any], issue_key: str) -> Event:
    """Somebody logged work; edits of it are no events."""
    at = worklog.get("created") or worklog["updated"]
    return Event(
        Happened.WORK_LOGGED,
        str(worklog["issue_id"]),
        issue_key,
        at,
        f"worklog:{worklog['id']}",
        worklog.get("author"),
    )


def of_sprints_between(issues: Issues, happened: Happened, since: datetime, until: datetime) -> list[Event]:
    """What happened to sprints in a span of time."""
    is_closed = happened is Happened.SPRINT_CLOSED
    found = rule_history.sprints_between(issues.connection, issues.site, since, until, closed=is_closed)
    return [event for sprint_id, at in found for event in of_sprint(issues, sprint_id, happened, at)]
