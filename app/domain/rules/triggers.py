"""Whether a rule is about an event at all. Pure; and an index, so that no event asks every rule."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.jql.catalogue import Catalogue, find_subjects
from app.domain.jql.plan import folded
from app.domain.rules.document import Rule
from app.domain.rules.event import Event, Happened
from app.domain.rules.once_parts import is_once
from app.domain.rules.rule_parts import looks_around
from app.domain.rules.trigger_parts import (
    AnyOfEvents,
    AttachmentAdded,
    AttachmentRemoved,
    CommentAdded,
    CommentDeleted,
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
    ThingHappened,
    Trigger,
    VersionReleased,
    WorkLogDeleted,
    WorkLogEdited,
    WorkLogged,
)
from app.domain.scrum.issue import ASSIGNEE, ATTACHMENTS, KEY, LINKS, STATUS, Change

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
    CommentDeleted: Happened.COMMENT_DELETED,
    AttachmentAdded: Happened.CHANGED,
    AttachmentRemoved: Happened.CHANGED,
    Scheduled: Happened.SCHEDULED,
    Manual: Happened.ASKED,
    IssueMoved: Happened.CHANGED,
    WorkLogged: Happened.WORK_LOGGED,
    WorkLogEdited: Happened.WORK_LOG_EDITED,
    WorkLogDeleted: Happened.WORK_LOG_DELETED,
    SprintStarted: Happened.SPRINT_STARTED,
    IncomingWebhook: Happened.WEBHOOK,
    SprintProgress: Happened.SPRINT_PROGRESS,
    MetricCrossed: Happened.METRIC_CROSSED,
    SprintClosed: Happened.SPRINT_CLOSED,
    VersionReleased: Happened.VERSION_RELEASED,
}


def happened_for(trigger: Trigger) -> tuple[Happened, ...]:
    """The kinds of events that a trigger waits for, each once."""
    if isinstance(trigger, ThingHappened):
        return (Happened(trigger.type),)
    return tuple(dict.fromkeys(_HAPPENED[type(one)] for one in _single(trigger)))


def _single(trigger: Trigger) -> Sequence[Trigger]:
    return trigger.triggers if isinstance(trigger, AnyOfEvents) else (trigger,)


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
    AttachmentAdded: ATTACHMENTS,
    AttachmentRemoved: ATTACHMENTS,
}
"""Triggers that wait for changes of one field alone."""
_ANY = ""
_LABELS = "labels"


class Index:
    """Rules by what they wait for: the kind of event, the project, and where it is one alone the field."""

    def __init__(self, rules: Iterable[Active]) -> None:
        self._by_event: defaultdict[tuple[Happened, str, str], list[Active]] = defaultdict(list)
        self._once: defaultdict[tuple[Happened, str], list[Active]] = defaultdict(list)
        self.rules = tuple(rules)
        self.looking_around = [one for one in self.rules if looks_around(one.rule)]
        """Those whose decisions rest on other issues."""
        for one in self.rules:
            if is_once(one.rule.trigger):
                for happened in happened_for(one.rule.trigger):
                    for project in one.rule.projects or [_ANY]:
                        self._once[happened, project].append(one)
                continue
            singles = _single(one.rule.trigger)
            waits = {(kind, _FIELDS.get(type(each), _ANY)) for each in singles for kind in happened_for(each)}
            for project in one.rule.projects or [_ANY]:
                for happened, field in waits:
                    self._by_event[happened, project, field].append(one)

    def __bool__(self) -> bool:
        return bool(self.rules)

    def waits_for(self, happened: Happened, *, once: bool = False) -> bool:
        """Whether any rule waits for events of that kind: of issues, or of those without one."""
        known = self._once if once else self._by_event
        return any(place[0] is happened for place in known)

    def waiting(self, happened: Happened) -> list[Active]:
        """Rules that wait for events of that kind, wherever they happen."""
        return [one for one in self.rules if happened in happened_for(one.rule.trigger)]

    def candidates(self, event: Event) -> Sequence[Active]:
        """Rules that wait for such events in that project, in the order of their ids."""
        if not event.has_issue:
            return self._without_issue(event)
        fields = {_ANY, *(change.field for change in event.changes)}
        found = [
            one
            for project in (_ANY, event.project_key)
            for field in fields
            for one in self._by_event.get((event.happened, project, field), ())
            if one.may_see(event)
        ]
        if len(fields) > 1:  # one that waits for several fields stands there several times
            found = list({id(one): one for one in found}.values())
        return sorted(found, key=lambda one: (one.id, one.version))

    def _without_issue(self, event: Event) -> Sequence[Active]:
        """Of one in no project, rules of all projects."""
        found = [
            one
            for project in dict.fromkeys((_ANY, event.project_key))
            for one in self._once.get((event.happened, project), ())
            if one.may_see(event)
        ]
        return sorted(found, key=lambda one: (one.id, one.version))


class Alone(Index):
    """One rule that was named outright: it is asked whatever it waits for."""

    def __init__(self, rule: Active) -> None:
        super().__init__([rule])
        self.looking_around = []  # nothing happened to an issue
        self._rule = rule

    def candidates(self, event: Event) -> Sequence[Active]:
        """The rule, where the event is in its projects, and about an issue if the rule is."""
        rule = self._rule
        projects = rule.rule.projects
        if event.has_issue is is_once(rule.rule.trigger) or (projects and event.project_key not in projects):
            return ()
        return (rule,) if rule.may_see(event) else ()


def fires(trigger: Trigger, event: Event, catalogue: Catalogue) -> bool:
    """Whether the trigger is about this event; it is known to wait for events of that kind."""
    match trigger:
        case AnyOfEvents(triggers=triggers):
            return any(
                _HAPPENED[type(one)] is event.happened and fires(one, event, catalogue) for one in triggers
            )
        case IssueTransitioned(before=before, after=after):
            return any(
                _status(change.before, change.before_text, before, catalogue)
                and _status(change.after, change.after_text, after, catalogue)
                for change in _of(event, STATUS)
            )
        case IssueAssigned() | IssueMoved() | AttachmentAdded() | AttachmentRemoved():
            return any(_goes(change, trigger) for change in _of(event, _FIELDS[type(trigger)]))
        case IssueLinked():
            return any(_linked(change, trigger) for change in _of(event, LINKS))
        case FieldChanged():
            return any(_changed(change, trigger, catalogue) for change in event.changes)
        case _:
            return True


def _of(event: Event, field: str) -> list[Change]:
    return [change for change in event.changes if change.field == field]


def _goes(change: Change, trigger: Trigger) -> bool:
    """Whether a file came or went; of other fields any change will do."""
    if isinstance(trigger, AttachmentAdded | AttachmentRemoved):
        return bool(change.after) is isinstance(trigger, AttachmentAdded)
    return True


def _status(
    status_id: str | None, name: str | None, wanted: Sequence[str] | None, catalogue: Catalogue
) -> bool:
    """By id, by the name then, or by the name now."""
    if wanted is None:
        return True
    known = {folded(one.name) for one in catalogue.statuses if one.id == status_id}
    said = {folded(name or ""), status_id or ""} | known
    return any(folded(one) in said for one in wanted)


def _linked(change: Change, trigger: IssueLinked) -> bool:
    """Jira writes `This issue is blocked by BURN-1`, as what was where a link is removed."""
    said = change.after_text if change.after else change.before_text
    if trigger.change != "any" and (trigger.change == "added") != bool(change.after):
        return False
    words = folded(said or "")
    return trigger.link_types is None or any(f" {folded(one)} " in f" {words} " for one in trigger.link_types)


def _changed(change: Change, trigger: FieldChanged, catalogue: Catalogue) -> bool:
    fields, how = trigger.fields, trigger.change
    ids = {subject.field for one in fields for subject in find_subjects(one, catalogue)}
    names = {name for one in fields for subject in find_subjects(one, catalogue) for name in subject.names}
    if change.field not in ids | names | set(fields):
        return False
    was_empty = not (change.before or change.before_text)
    is_empty = not (change.after or change.after_text)
    if not (how == "any" or (how == "set" and was_empty and not is_empty) or (how == "cleared" and is_empty)):
        return False
    had, has = (
        _said(change, change.before, change.before_text),
        _said(change, change.after, change.after_text),
    )
    if change.field == _LABELS:
        had, has = had - has, has - had
    return _any_of(trigger.before, had) and _any_of(trigger.after, has)


def _said(change: Change, value: str | None, text: str | None) -> set[str]:
    """How a value can be called: by its id or its name; labels stand in one text."""
    if change.field == _LABELS:
        return {folded(each) for each in (text or "").split()}
    return {folded(each) for each in (value, text) if each}


def _any_of(wanted: Sequence[str] | None, said: set[str]) -> bool:
    return wanted is None or any(folded(one) in said for one in wanted)
