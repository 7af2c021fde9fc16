"""What a rule's texts can say: Jira's smart values, from what the store knows of the instant of the event."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.domain.jql.catalogue import SYSTEM, Catalogue, CustomField, custom_subject, find_subjects
from app.domain.jql.memory import Facts
from app.domain.jql.plan import Kind
from app.domain.rules.beside_values import Beside, attachment, file_of, files_at, worklog, worklogs_at
from app.domain.rules.dates import When, day, moment
from app.domain.rules.empty import EMPTY
from app.domain.rules.event import WORK_LOGS, Event, Happened, first_key
from app.domain.rules.things import PARTS, Things, in_order, kind_of, thing
from app.domain.scrum.history import in_order as in_order_of_time
from app.domain.scrum.issue import STATUS
from app.domain.scrum.numbers import number_said
from app.domain.scrum.texts import readable_text

ALIASES = {"type": "issuetype", "due": "duedate", "dueDate": "duedate", "issueType": "issuetype"}
OWN = (
    *("key", "id", "summary", "created", "updated", "url", "project", "parent", "fields"),
    *("attachments", "attachment", "worklogs", "worklog"),
)
"""Of an issue, what is no field, or more than its field."""
_CATEGORY, _CATEGORY_CHANGED = "statusCategory", "statuscategorychangedate"
_LISTS = frozenset({"labels", "issuelinks", "subtasks"})
_KINDS = {subject.field: subject.kind for subject in SYSTEM.values() if not subject.part}


_NAMES = ("displayName", "name", "value", "key", "filename", "timeSpent", "id")


class Shown(Mapping[str, Any]):
    """A thing with a name, such as a status or a person: it writes itself by its name."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def __getitem__(self, name: str) -> Any:
        return shown(self._document[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._document)

    def __len__(self) -> int:
        return len(self._document)

    def __str__(self) -> str:
        names = (self._document.get(each) for each in _NAMES)
        return str(next((name for name in names if name), ""))


class _Change(Shown):
    """One change of a field."""

    def __str__(self) -> str:
        said = (self._document[each] or "nothing" for each in ("field", "fromString", "toString"))
        return "{}: {} to {}".format(*said)


class Several(list[Any]):
    """Values that write themselves one after the other: "Checkout, Payments"."""

    def __str__(self) -> str:
        return ", ".join(map(str, self))


def shown(value: Any) -> Any:
    """A value of a document as templates see it; what has none is empty, and so are its parts."""
    if value is None or value == "":
        return EMPTY
    if isinstance(value, Shown | IssueValues):
        return value
    if isinstance(value, Mapping):
        return readable_text(value) or EMPTY if value.get("type") == "doc" else Shown(value)
    if isinstance(value, datetime):
        return When(value)
    if isinstance(value, list | tuple):
        return Several(shown(each) for each in value)
    return value


@dataclass(frozen=True, slots=True)
class World:
    """What texts see of issues beside their own fields.

    Attributes:
        things: the site's lists at the instant.
        base_url: of the site, for addresses.
        parent: of an issue, as it was at the instant; None where it has none, or the store has it not.
        beside: knows files and logged work; None where nobody does.
    """

    things: Things
    base_url: str
    parent: Callable[[Facts], Facts | None] = lambda _: None
    beside: Beside | None = None

    @property
    def catalogue(self) -> Catalogue:
        """Of the site, its `now` the instant."""
        return self.things.catalogue


class IssueValues(Mapping[str, Any]):
    """An issue: fields by id, by name without spaces, or by Jira's smart-value names."""

    def __init__(self, issue: Facts, world: World) -> None:
        self._issue = issue
        self._world = world
        self._known: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._known:
            self._known[name] = self._own(name) if name in OWN else self._field(name)
        return self._known[name]

    def _own(self, name: str) -> Any:  # noqa: PLR0911 - one for each
        issue = self._issue
        match name:
            case "created":
                return When(issue.created)
            case "updated":
                return When(issue.updated)
            case "url":
                return f"{self._world.base_url}/browse/{issue.key}"
            case "project":
                return shown(self._world.things.project(issue.project_key, issue.project_id))
            case "parent":
                return self._parent()
            case "fields":
                return self
            case "attachments" | "attachment" | "worklogs" | "worklog":
                return self._beside(name.rstrip("s"))
            case _:
                return shown(getattr(issue, name))

    def _parent(self) -> Any:
        found = self._world.parent(self._issue)
        if found is not None:
            return IssueValues(found, self._world)
        return shown(self._issue.fields.get("parent"))

    def _beside(self, kind: str) -> Several:
        """Files, or logged work, as they were at the instant."""
        beside, things, at = self._world.beside, self._world.things, self._world.catalogue.now
        if beside is None:
            return Several()
        if kind == "attachment":
            files = files_at(beside.files(self._issue.id), at, self._issue.changes)
            return Several(Shown(attachment(each, things)) for each in files)
        logged = worklogs_at(beside.worklogs(self._issue.id), at)
        return Several(Shown(worklog(each, things)) for each in logged)

    def _field(self, name: str) -> Any:
        field_id = field_named(name, self._world.catalogue)
        if field_id is None:
            if name not in self._issue.fields:
                raise KeyError(name)
            field_id = name  # of a site whose lists were not read yet
        if field_id == _CATEGORY:
            return self["status"][_CATEGORY]
        if field_id == _CATEGORY_CHANGED:
            return When(self._category_changed())
        return value_of(field_id, self._issue.fields.get(field_id), self._world.things)

    def _category_changed(self) -> datetime:
        """When the status came to its category."""
        groups = {each.id: each.group for each in self._world.catalogue.statuses}
        moves = sorted((each for each in self._issue.changes if each.field == STATUS), key=in_order_of_time)
        moved = (
            each.at
            for each in reversed(moves)
            if groups.get(each.before or "") != groups.get(each.after or "")
        )
        return next(moved, self._issue.created)

    def __iter__(self) -> Iterator[str]:
        return iter(OWN)

    def __len__(self) -> int:
        return len(OWN)

    def __str__(self) -> str:
        return self._issue.key


def field_named(name: str, catalogue: Catalogue) -> str | None:
    """Id of the field that a text names by its id, its name, or its name without spaces; None for none."""
    wanted = ALIASES.get(name, name)
    if wanted in {_CATEGORY, _CATEGORY_CHANGED}:
        return wanted
    if wanted in _KINDS or any(each.id == wanted for each in catalogue.fields):
        return wanted
    if wanted in _LISTS | _OTHERS:
        return wanted
    found = find_subjects(wanted, catalogue) or [
        subject
        for each in catalogue.fields
        if each.name.replace(" ", "").lower() == wanted.lower()
        for subject in find_subjects(each.id, catalogue)
    ]
    return found[0].field if found else None


_OTHERS = frozenset(
    [
        *(
            "votes",
            "watches",
            "progress",
            "aggregateprogress",
            "timetracking",
            "security",
            "issuerestriction",
        ),
        *("aggregatetimespent", "aggregatetimeestimate", "aggregatetimeoriginalestimate", "workratio"),
    ]
)
"""Fields of every site that no history tells of, or no query asks for."""


def value_of(field_id: str, document: Any, things: Things) -> Any:
    """A field's value as texts see it, whatever told it: a document or a changelog."""
    catalogue = things.catalogue
    custom = next((each for each in catalogue.fields if each.id == field_id), None)
    kind, is_many = kind_of(field_id, custom, catalogue.sprint_field)
    if is_many or field_id in _LISTS:
        listed = (
            document if isinstance(document, list | tuple) else [] if document in (None, "") else [document]
        )
        found = [thing(things, kind, each) for each in listed] if kind else listed
        return Several(map(shown, in_order(kind, found, things)))
    if document is None or document in ("", []):
        return EMPTY
    if kind:
        return shown(thing(things, kind, document))
    return _of_kind(document, _kind_of_value(field_id, custom, catalogue), custom)


def _kind_of_value(field_id: str, custom: CustomField | None, catalogue: Catalogue) -> Kind | None:
    return custom_subject(custom, catalogue).kind if custom is not None else _KINDS.get(field_id)


def _of_kind(document: Any, kind: Kind | None, custom: CustomField | None) -> Any:
    match kind:
        case Kind.NUMBER:
            number = number_said(str(document))
            return document if number is None else int(number) if number == int(number) else float(number)
        case Kind.DATE:
            return shown(day(document))
        case Kind.INSTANT:
            return shown(moment(document))
        case _:
            if custom is not None and (custom.custom or "").endswith("gh-epic-link"):
                return shown(document.get("key") if isinstance(document, Mapping) else document)
            return shown(document)


NAMES = (  # of all values that a text can name from the beginning
    "issue",
    "triggerIssue",
    "initiator",
    "now",
    "rule",
    "changelog",
    "fieldChange",
    "comment",
    "sprint",
    "version",
    "board",
    "webhook",
    "metric",
    "worklog",
    "attachment",
    "project",
    "user",
    "createdIssue",
)
LATER = frozenset({"worklog", "attachment", "project", "user"})
"""Values that came when rules could have variables of these names: such a variable hides the value."""
CREATED = "createdIssue"
"""In a branch to created issues the one at hand, also where another branch stands in it."""
LOOKED_UP = "lookupIssues"
"""What a `lookup_issues` found."""
WEB_RESPONSE = "webResponse"
"""What a server answered, in the `then` of a `web_request`."""


def values_of(
    event: Event, trigger_issue: Facts, issue: Facts, world: World, *, rule_name: str
) -> dict[str, Any]:
    """All that a text of a rule can name.

    Args:
        event: what happened.
        trigger_issue: the issue that it happened to.
        issue: the issue at hand; another one in a branch.
        world: what is seen beside them.
        rule_name: for texts that say who speaks.
    """
    changes = Several(_change(event, place) for place in range(len(event.changes)))
    brought, things = event.data, world.things
    return {
        "webhook": shown(brought) if event.happened is Happened.WEBHOOK else EMPTY,
        "metric": shown(brought) if event.happened is Happened.METRIC_CROSSED else EMPTY,
        "version": _version(event, trigger_issue, things),
        "sprint": _sprint(event, things),
        **{name: shown(brought) if _is_of(event, name) else EMPTY for name in ("board", "project", "user")},
        # Rules that are decided without an issue and name one cannot be saved.
        "issue": IssueValues(issue, world) if issue.id else EMPTY,
        "triggerIssue": IssueValues(trigger_issue, world) if trigger_issue.id else EMPTY,
        "initiator": _person(event.author, things),
        "now": When(event.at.astimezone(UTC)),
        "rule": Shown({"name": rule_name}),
        "changelog": changes,
        # Empty where the event is none of a change or a comment: a rule may be carried out by hand, too.
        "fieldChange": changes[0] if changes else EMPTY,
        "comment": EMPTY if event.comment is None else _comment(event.comment, things),
        "worklog": Shown(worklog(brought, things)) if event.happened in WORK_LOGS and brought else EMPTY,
        "attachment": _attachment(event, world),
        CREATED: EMPTY,
    }


def _is_of(event: Event, noun: str) -> bool:
    return event.happened.value.startswith(f"{noun}_")


_STATES = {
    Happened.SPRINT_STARTED: "active",
    Happened.SPRINT_PROGRESS: "active",
    Happened.SPRINT_CLOSED: "closed",
}


def _sprint(event: Event, things: Things) -> Any:
    """The sprint that the event is about; of one that was changed, as the event itself says."""
    if not event.happened.value.startswith("sprint_"):
        return EMPTY
    if event.data is not None:
        return shown(event.data)
    # What was planned is no instant at which anything happened: the event itself is.
    return Shown({**things.sprint({"id": _number(event)}), "state": _STATES[event.happened]})


def _version(event: Event, issue: Facts, things: Things) -> Any:
    if not event.happened.value.startswith("version_"):
        return EMPTY
    if event.data is not None:
        return shown(event.data)
    number = _number(event)
    held = (each for each in issue.fields.get("fixVersions") or () if isinstance(each, Mapping))
    said = next((each for each in held if str(each.get("id")) == number), {"id": number})
    return Shown({**things.version(said), "released": True})


def _attachment(event: Event, world: World) -> Any:
    beside = world.beside
    row = file_of(event, lambda: () if beside is None else beside.files(event.issue_id))
    return EMPTY if row is None else Shown(attachment(row, world.things))


def _number(event: Event) -> str:
    return first_key(event.key).rpartition(":")[2]


def _comment(comment: Mapping[str, Any], things: Things) -> Shown:
    return Shown(
        {
            "id": comment.get("id"),
            "author": _person(comment.get("author"), things),
            "body": readable_text(comment.get("body")),
            "limited": bool(comment.get("limited")),
        }
    )


def _person(account: str | None, things: Things) -> Any:
    return EMPTY if account is None else Shown(things.person(account))


def _change(event: Event, place: int) -> Shown:
    change = event.changes[place]
    told = (change.field, change.before, change.before_text, change.after, change.after_text)
    return _Change(dict(zip(PARTS["change"], told, strict=True)))
