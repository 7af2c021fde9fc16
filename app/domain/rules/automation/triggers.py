"""Triggers of Jira Automation: the types are those of its exports."""

import re
from collections.abc import Mapping
from typing import Any

from app.domain.rules.automation.conditions import Condition, query, query_with_values
from app.domain.rules.automation.told import (
    Known,
    UnknownError,
    field_id,
    items,
    literal,
    mapping,
    only,
    reference,
    shown,
    strange,
)

Made = dict[str, Any]
_QUIET = "eventKey issueEvent eventFilters synchronous"
_ALL_PROJECTS = {"sourceProject", "targetProject"}
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_UNITS = {60: (60, "{} * * * *"), 3600: (24, "0 {} * * *"), 86400: (1, "0 0 * * *")}
"""By seconds: how many make the next unit, and the line of cron."""
_NARROWS = "Write this trigger by hand; put what narrows it into `when`."


def trigger(kind: str, value: Any, known: Known) -> tuple[Made, list[str]]:
    """Our trigger, and what is not quite the same.

    Args:
        kind: the component's type.
        value: the component's.
        known: of the site.

    Raises:
        UnknownError: we have none such, or it is narrower than ours would be.
    """
    if kind in _PLAIN or kind in _OF_NO_ISSUE:
        return _plain(kind, mapping(value)), []
    if kind == "jira.issue.event.trigger:transitioned":
        return _transitioned(mapping(value)), []
    if kind == "jira.multiple.issue.event":
        return _several(mapping(value)), []
    if kind == "jira.issue.field.changed":
        return _changed(mapping(value), known), []
    if kind == "jira.jql.scheduled":
        return _scheduled(mapping(value))
    if kind == "jira.incoming.webhook":
        return _called(mapping(value))
    raise UnknownError(
        f"Fires on {kind}; Burnish has no such trigger. Value: {shown(value)}",
        "Choose another trigger, such as a schedule with JQL.",
    )


def narrowing(kind: str, value: Any) -> list[Condition]:
    """What a trigger narrows, as conditions: the board of a sprint. Its projects are those of the rule.

    Raises:
        UnknownError: it is narrowed otherwise.
    """
    board = mapping(value).get("boardId") if kind in _BOARDS else None
    if not board:
        return []
    if not re.fullmatch("[1-9][0-9]*", str(board)) or isinstance(board, bool | float):
        raise UnknownError(f"Only for sprints of the board {shown(board)}.", _NARROWS)
    return [{"compare": {"left": _BOARDS[kind], "operator": "=", "right": str(board)}}]


_BOARDS: Mapping[str, str] = {
    # As Jira tells of one that is new; what began or ended is in the store.
    "jira.sprint.event.trigger:created": '{{ sprint.originBoardId | default("") }}',
    "jira.sprint.event.trigger:started": "{{ sprint.boardId }}",
    "jira.sprint.event.trigger:completed": "{{ sprint.boardId }}",
}
_OF_SPRINTS, _OF_VERSIONS = "sprintNameFilter", "versionNameFilter"
_OF_NO_ISSUE: Mapping[str, tuple[str, str]] = {
    "jira.sprint.event.trigger:created": ("sprint_created", _OF_SPRINTS),
    "jira.sprint.event.trigger:started": ("sprint_started", _OF_SPRINTS),
    "jira.sprint.event.trigger:completed": ("sprint_closed", _OF_SPRINTS),
    "jira.version.event.trigger:created": ("version_created", _OF_VERSIONS),
    "jira.version.event.trigger:updated": ("version_updated", _OF_VERSIONS),
    "jira.version.event.trigger:released": ("version_released", _OF_VERSIONS),
    "jira.version.event.trigger:unreleased": ("version_unreleased", _OF_VERSIONS),
    "jira.version.event.trigger:deleted": ("version_deleted", _OF_VERSIONS),
}
"""Likewise; in Jira, too, such a rule runs once, and finds its issues by branches."""
_PLAIN: Mapping[str, tuple[str, str]] = {
    "jira.issue.event.trigger:created": ("issue_created", ""),
    "jira.issue.event.trigger:updated": ("issue_updated", ""),
    "jira.issue.event.trigger:assigned": ("issue_assigned", ""),
    "jira.issue.event.trigger:commented": ("comment_added", "eventTypes"),
    "jira.issue.event.trigger:deleted": ("issue_deleted", ""),
    "jira.issue.event.trigger:moved": ("issue_moved", ""),
    "jira.issue.event.trigger:link": ("issue_linked", "linkTypes"),  # not where a link is removed
    "jira.issue.event.trigger:worklog": ("work_logged", "actions"),
    "jira.manual.trigger.issue": ("manual", "groups inputPrompts"),
}
"""Our type, and the keys that would narrow it."""


def needs_issue(did: str) -> UnknownError:
    """A part of a rule that runs without an issue, as Jira runs it, too."""
    return UnknownError(
        f"{did}, and the rule runs without one.",
        "Put it into a `branch` with `jql`, such as `sprint = {{ sprint.id }}`.",
    )


def _plain(kind: str, value: Mapping[str, Any]) -> Made:
    ours, narrows = _PLAIN.get(kind) or _OF_NO_ISSUE[kind]
    # -1999 is how Jira writes "any project".
    given = {name: held for name, held in value.items() if name not in _ALL_PROJECTS or held != "-1999"}
    try:
        only(given, known=f"{_QUIET} boardId" if kind in _BOARDS else _QUIET, empty=narrows)
    except UnknownError as error:
        raise UnknownError(error.did, _NARROWS) from error
    if kind in _OF_NO_ISSUE:
        return {"type": ours, "once": True}
    return {"type": ours, "change": "added"} if ours == "issue_linked" else {"type": ours}


_EVENTS = {
    "issue_created": "issue_created",
    "issue_updated": "issue_updated",
    "issue_assigned": "issue_assigned",
    "issue_commented": "comment_added",
    "issue_comment_edited": "comment_edited",
    "issue_comment_deleted": "comment_deleted",
    "issue_deleted": "issue_deleted",
    "issue_moved": "issue_moved",
    "issue_worklogged": "work_logged",
    "issue_worklog_updated": "work_log_edited",
    "issue_worklog_deleted": "work_log_deleted",
    "issue_generic": "issue_transitioned",
}
"""Ours by the names that Jira has for what happens to issues."""


def _several(value: Mapping[str, Any]) -> Made:
    only(value, known=f"{_QUIET} events")
    found = []
    for each in items(value.get("events")):
        said = each if isinstance(each, str) else mapping(each).get("event")
        if said not in _EVENTS:
            raise UnknownError(f"Fires on the event {shown(each)}.", "Write a trigger `any_of` by hand.")
        found.append({"type": _EVENTS[said]})
    if not found:
        raise strange(dict(value))
    return found[0] if len(found) == 1 else {"type": "any_of", "triggers": found}


def _transitioned(value: Mapping[str, Any]) -> Made:
    only(value, known=f"{_QUIET} fromStatus toStatus", empty="eventTypes")
    made: Made = {"type": "issue_transitioned"}
    for theirs, ours in (("fromStatus", "from"), ("toStatus", "to")):
        names = [reference(each)[1] for each in items(value.get(theirs))]
        if names:
            made[ours] = names
    return made


def _changed(value: Mapping[str, Any], known: Known) -> Made:
    only(value, known=f"{_QUIET} fields changeType", empty="actions")
    if value.get("changeType") != "ANY_CHANGE":
        raise UnknownError(f"Only for a change of the kind {shown(value.get('changeType'))}.", _NARROWS)
    fields = [_field(each, known) for each in items(value.get("fields"))]
    if not fields:
        raise strange(dict(value))
    return {"type": "field_changed", "fields": fields}


def _field(value: Any, known: Known) -> str:
    """Of this trigger a field is called by `fieldName`, or by its id as `field`."""
    found = dict(mapping(value))
    kinds = {"fieldName": "NAME", "field": "ID"}
    found["type"] = kinds.get(str(found.get("type")), found.get("type"))
    name = literal(found.get("value"))
    if found["type"] == "NAME" and name.lower() not in known.fields:
        return name  # a field of Jira's own; whether there is one is seen when the rule is checked
    return field_id(found, known)


def _called(value: Mapping[str, Any]) -> tuple[Made, list[str]]:
    """Its token is a secret, so it is not taken over; whoever calls needs a new one anyhow."""
    only(value, known="webhookToken searchOrProvide jql", empty="processIssuesInBulk")
    note = "Callers need the rule's own address and token: `burnish rules webhook-token ID`."
    if value.get("searchOrProvide") == "search":
        return {"type": "incoming_webhook", "jql": query_with_values(value.get("jql"))}, [note]
    if value.get("jql"):
        raise UnknownError(
            f"Is called with {shown(value.get('searchOrProvide'))}, and has a JQL: {shown(value.get('jql'))}",
            "Write the trigger `incoming_webhook` by hand, with `jql` or `once`.",
        )
    if value.get("searchOrProvide") != "provided":
        return {"type": "incoming_webhook", "once": True}, [f"It is called without issues. {note}"]
    return {"type": "incoming_webhook"}, [f"It fires for the keys in the body's list `issues`. {note}"]


def _scheduled(value: Mapping[str, Any]) -> tuple[Made, list[str]]:
    only(
        value,
        known="schedule jql executionMode",
        empty="onlyUpdatedIssues processIssuesInBulk eventFilters",
    )
    cron, note = _cron(mapping(value.get("schedule")))
    if value.get("executionMode") != "jql":
        # A JQL that stood there before is kept by Jira, and not asked.
        said = f" The JQL beside it was not used: {shown(value['jql'])}" if value.get("jql") else ""
        made = {"type": "schedule", "cron": cron, "time_zone": "UTC", "once": True}
        return made, [f"It runs without issues.{said} {note}"]
    return {"type": "schedule", "cron": cron, "time_zone": "UTC", "jql": query(value.get("jql"))}, [note]


def _cron(schedule: Mapping[str, Any]) -> tuple[str, str]:
    only(schedule, known="cronExpression method rate rateInterval", empty="rRule timeZone")
    if schedule.get("method") in ("CRON", None) and schedule.get("cronExpression"):
        cron = from_quartz(literal(schedule["cronExpression"]))
        return cron, "The export names no time zone; the schedule is in UTC. Set `time_zone`."
    if schedule.get("method") in ("FIXED", "BASIC"):
        return _rate(schedule), "It ran so long after the last time; now it runs by the clock, in UTC."
    raise strange(dict(schedule))


def _rate(schedule: Mapping[str, Any]) -> str:
    rate, unit = schedule.get("rate"), schedule.get("rateInterval")
    if type(rate) is int and rate > 0 and type(unit) is int and unit in _UNITS:
        most, line = _UNITS[unit]
        if rate <= most and most % rate == 0 and (rate < most or most == 1):
            return line.format(f"*/{rate}") if most > 1 else line
    raise strange(dict(schedule))


def from_quartz(expression: str) -> str:
    """A line of cron: Quartz has seconds before, a year behind, and counts days from Sunday as 1.

    Raises:
        UnknownError: it says what a line of cron cannot.
    """
    parts = expression.split()
    if len(parts) not in {6, 7} or parts[0] != "0" or parts[6:] not in ([], ["*"]):
        raise UnknownError(f"The schedule {expression!r} is no line of cron.", "Write `cron` by hand.")
    minute, hour, day, month, weekday = ("*" if part == "?" else part for part in parts[1:6])
    if not all(re.fullmatch(r"[\d*/,-]+", part) for part in (minute, hour, day)) or not re.fullmatch(
        r"[\dA-Za-z*/,-]+", month
    ):
        raise UnknownError(f"The schedule {expression!r} is no line of cron.", "Write `cron` by hand.")
    return f"{minute} {hour} {day} {month.lower()} {_weekdays(weekday, expression)}"


def _weekdays(said: str, expression: str) -> str:
    if said == "*":
        return said
    days: list[str] = []
    for part in said.lower().split(","):
        first, _, last = part.partition("-")
        begin, end = _day(first, expression), _day(last or first, expression)
        days += [_DAYS[(begin + step) % 7] for step in range((end - begin) % 7 + 1)]
    return ",".join(dict.fromkeys(days))


def _day(said: str, expression: str) -> int:
    if said in _DAYS:
        return _DAYS.index(said)
    if re.fullmatch("[1-7]", said):
        return int(said) - 1
    raise UnknownError(f"The schedule {expression!r} is no line of cron.", "Write `cron` by hand.")
