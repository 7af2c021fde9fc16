"""Whether a rule is about an event at all. Pure; and an index, so that no event asks every rule."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.jql.catalogue import Catalogue, find_subjects
from app.domain.jql.plan import folded
from app.domain.rules.document import Rule
from app.domain.rules.event import Event, Happened
from app.domain.rules.trigger_parts import (
    CommentAdded,
    CommentEdited,
    FieldChanged,
    IncomingWebhook,
    IssueAssigned,
    IssueCreated,
    IssueDeleted,
    IssueLinked,
    IssueMoved,
    IssueTransitioned,
    IssueUpdated,
    Manual,
    MetricCrossed,
    Scheduled,
    SprintClosed,
    SprintProgress,
    SprintStarted,
    Trigger,
    VersionReleased,
    WorkLogged,
)
from app.domain.scrum.issue import ASSIGNEE, KEY, LINKS, STATUS, Change

_HAPPENED: Mapping[type, Happened] = {
    IssueCreated: Happened.CREATED,
    IssueUpdated: Happened.CHANGED,
    IssueTransitioned: Happened.CHANGED,
    IssueAssigned: Happened.CHANGED,
    FieldChanged: Happened.CHANGED,
    IssueLinked: Happened.CHANGED,
    IssueDeleted: Happened.DELETED,
    CommentAdded: Happened.COMMENT_ADDED,
    CommentEdited: Happened.COMMENT_EDITED,
    Scheduled: Happened.SCHEDULED,
    Manual: Happened.ASKED,
    IssueMoved: Happened.CHANGED,
    WorkLogged: Happened.WORK_LOGGED,
    SprintStarted: Happened.SPRINT_STARTED,
    IncomingWebhook: Happened.WEBHOOK,
    SprintProgress: Happened.SPRINT_PROGRESS,
    MetricCrossed: Happened.METRIC_CROSSED,
    SprintClosed: Happened.SPRINT_CLOSED,
    VersionReleased: Happened.VERSION_RELEASED,
}


def happened_for(trigger: Trigger) -> Happened:
    """The kind of events that a trigger waits for."""
    return _HAPPENED[type(trigger)]


@dataclass(frozen=True, slots=True)
class Active:
    """A rule that may fire.

    Attributes:
        id: of the rule in the store; 0 for a draft.
        version: of its document.
        shadow: whether what it would do is only written down.
        since: events before it are none of the rule's.
        paused: whether what it wants waits for an admin.
    """

    id: int
    version: int
    rule: Rule
    shadow: bool = False
    since: datetime | None = None
    paused: bool = False

    def may_see(self, event: Event) -> bool:
        """Whether it was there already when the event happened."""
        return self.since is None or event.at >= self.since


_FIELDS: Mapping[type, str] = {
    IssueTransitioned: STATUS,
    IssueAssigned: ASSIGNEE,
    IssueMoved: KEY,
    IssueLinked: LINKS,
}
"""Triggers that wait for changes of one field alone."""
_ANY = ""


class Index:
    """Rules by what they wait for: the kind of event, the project, and where it is one alone the field."""

    def __init__(self, rules: Iterable[Active]) -> None:
        self._by_event: defaultdict[tuple[Happened, str, str], list[Active]] = defaultdict(list)
        self.rules = tuple(rules)
        for one in self.rules:
            trigger = type(one.rule.trigger)
            for project in one.rule.projects or [_ANY]:
                self._by_event[_HAPPENED[trigger], project, _FIELDS.get(trigger, _ANY)].append(one)

    def __bool__(self) -> bool:
        return bool(self._by_event)

    def waits_for(self, happened: Happened) -> bool:
        """Whether any rule waits for events of that kind."""
        return any(kind is happened for kind, _, _ in self._by_event)

    def candidates(self, event: Event) -> Sequence[Active]:
        """Rules that wait for such events in that project, in the order of their ids."""
        fields = {_ANY, *(change.field for change in event.changes)}
        found = [
            one
            for project in (_ANY, event.project_key)
            for field in fields
            for one in self._by_event.get((event.happened, project, field), ())
            if one.may_see(event)
        ]
        return sorted(found, key=lambda one: (one.id, one.version))


def fires(trigger: Trigger, event: Event, catalogue: Catalogue) -> bool:
    """Whether the trigger is about this event; it is known to wait for events of that kind."""
    match trigger:
        case IssueTransitioned(before=before, after=after):
            return any(
                _status(change.before, change.before_text, before, catalogue)
                and _status(change.after, change.after_text, after, catalogue)
                for change in _of(event, STATUS)
            )
        case IssueAssigned():
            return bool(_of(event, ASSIGNEE))
        case IssueMoved():
            return bool(_of(event, KEY))
        case IssueLinked():
            return bool(_of(event, LINKS))
        case FieldChanged(fields=fields, change=how):
            return any(_changed(change, fields, how, catalogue) for change in event.changes)
        case _:
            return True


def _of(event: Event, field: str) -> list[Change]:
    return [change for change in event.changes if change.field == field]


def _status(
    status_id: str | None, name: str | None, wanted: Sequence[str] | None, catalogue: Catalogue
) -> bool:
    """By id, by the name then, or by the name now."""
    if wanted is None:
        return True
    known = {folded(one.name) for one in catalogue.statuses if one.id == status_id}
    said = {folded(name or ""), status_id or ""} | known
    return any(folded(one) in said for one in wanted)


def _changed(change: Change, fields: Sequence[str], how: str, catalogue: Catalogue) -> bool:
    ids = {subject.field for one in fields for subject in find_subjects(one, catalogue)}
    names = {name for one in fields for subject in find_subjects(one, catalogue) for name in subject.names}
    if change.field not in ids | names | set(fields):
        return False
    was_empty = not (change.before or change.before_text)
    is_empty = not (change.after or change.after_text)
    return how == "any" or (how == "set" and was_empty and not is_empty) or (how == "cleared" and is_empty)
