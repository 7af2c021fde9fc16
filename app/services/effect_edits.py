"""What of an effect an admin may change by name before it is carried out.

Not where it is written, by what it is found again in Jira, and who may read it.
"""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from app.domain.effects import (
    Announcement,
    AssignIssue,
    CreateIssue,
    EditIssue,
    Effect,
    LinkIssues,
    LogWork,
    MoveToSprint,
    Notify,
    OpenReportIssue,
    RankIssue,
    RankIssues,
    ReleaseVersion,
    SetIssueProperty,
    SetSprintProperty,
    TransitionIssue,
    WatchIssue,
    WebRequest,
    effect_of,
)
from app.domain.rule_effects import CompleteSprint, CreateSprint, CreateVersion, RankAtEnd, StartSprint
from app.errors import NotUnderstood

_PARTS: Mapping[str, tuple[str, ...]] = {
    EditIssue.kind: ("fields", "update"),
    TransitionIssue.kind: ("status_ids", "fields", "comment"),
    AssignIssue.kind: ("account",),
    LinkIssues.kind: ("link_type", "other_key"),
    CreateIssue.kind: ("fields", "link_type"),
    MoveToSprint.kind: ("sprint_id",),
    RankIssue.kind: ("before", "after"),
    RankIssues.kind: ("before", "after"),
    RankAtEnd.kind: ("end", "jql"),
    CreateVersion.kind: ("name", "description", "start_on", "release_on"),
    CreateSprint.kind: ("name", "goal", "start", "end"),
    StartSprint.kind: ("start", "end", "goal", "days"),
    CompleteSprint.kind: ("open_issues",),
    WatchIssue.kind: ("account",),
    SetIssueProperty.kind: ("value",),
    LogWork.kind: ("time_spent",),
    ReleaseVersion.kind: ("version_id", "day"),
    Notify.kind: ("subject", "text"),
    Announcement.kind: ("title",),
    SetSprintProperty.kind: ("value",),
    OpenReportIssue.kind: ("fields",),
}
_PLACE = "/body/payload"
_MOST_SHOWN = 40
_MOST_OF_A_PROPERTY = 32_768


def with_parts(kind: str, payload: Mapping[str, Any], parts: Mapping[str, Any]) -> dict[str, Any]:
    """A payload with other parts.

    Args:
        kind: of the effect.
        payload: as it is stored.
        parts: by name, what stands there instead.

    Raises:
        NotUnderstood: a part may not be changed, or nothing can be done with it.
    """
    if not parts:
        return dict(payload)
    if kind == WebRequest.kind:
        raise NotUnderstood(
            "What a web request says is its rule's: change the rule, and cancel this one.", field=_PLACE
        )
    names = _PARTS.get(kind, ())
    for name in parts:
        if name not in names:
            there = ", ".join(names) or "no part by name"
            raise NotUnderstood(
                f"{name[:_MOST_SHOWN]!a} of an effect of kind {kind} cannot be changed so; {there} can. "
                "`issue_key` and the `body` of a comment stand beside `payload`.",
                field=_PLACE,
            )
    changed = {**payload, **parts}
    try:
        fault = _fault(effect_of(kind, changed), payload)
    except msgspec.ValidationError as error:
        raise NotUnderstood(f"The effect cannot be read with that: {error}.", field=_PLACE) from error
    if fault is not None:
        raise NotUnderstood(fault, field=_PLACE)
    return changed


def _fault(effect: Effect, before: Mapping[str, Any]) -> str | None:
    """Why nothing can be done with an effect that can be read."""
    match effect:
        case TransitionIssue(status_ids=()):
            return "`status_ids` names at least one status."
        case RankIssue() | RankIssues() if (effect.before is None) == (effect.after is None):
            return "An issue is ranked `before` another one or `after` it: give one, and null for the other."
        case CreateIssue() | OpenReportIssue() if effect.fields.get("project") != before["fields"].get(
            "project"
        ):
            return "`project` stays: an effect goes to no other project. Cancel it, and have it made anew."
        case SetSprintProperty() if len(json.dumps(effect.value)) > _MOST_OF_A_PROPERTY:
            return f"`value` has at most {_MOST_OF_A_PROPERTY:,} characters as JSON."
    return None
