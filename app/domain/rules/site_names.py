"""What a rule names outright, held against the lists of the site: a value that it does not have never works.

Templates are left alone, and so is what a list that was not read yet would have to say.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from app.domain.jql.catalogue import Catalogue, find_subjects
from app.domain.jql.plan import folded
from app.domain.rules import field_values
from app.domain.rules.action_parts import (
    Branch,
    Create,
    CreateSubtasks,
    Link,
    MoveToSprint,
    Transition,
    WebRequest,
)
from app.domain.rules.assign_parts import Assign
from app.domain.rules.condition_parts import InGroup, InitiatorCondition, InRole, Related
from app.domain.rules.copy_parts import CopyFields
from app.domain.rules.edit_parts import Edit
from app.domain.rules.sprint_parts import LONGEST_NAME, CompleteSprint, CreateSprint, StartSprint
from app.domain.rules.tidy_parts import CreateVersion, Unlink
from app.domain.rules.trigger_parts import FieldChanged, IssueLinked, MetricCrossed, SprintProgress
from app.domain.rules.work_parts import SPENT, Clone, LogWork, Message, Notify, ReleaseVersion, Watch
from app.errors import NotUnderstood

Fault = tuple[str, str]
_HOLDS_VALUES = re.compile(r"\{[{%#]")
_ACCOUNT = re.compile(r"[0-9a-f]{24}|\w+:\S+|JIRAUSER\d+")
"""What account ids look like: somebody who did nothing yet is in no list of ours."""
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_INSTANT = re.compile(_DAY.pattern + r"(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?)?")
_WHO = frozenset({"initiator", "assignee", "reporter", "creator", "commenter"})
_PEOPLE = _WHO | {"lead", "previous"}
_ROLES: Mapping[type, frozenset[str]] = {
    Assign: _PEOPLE | {"nobody", "component_lead", "automatic"},
    Watch: _PEOPLE,
    Notify: _PEOPLE | {"watchers", "voters"},
    InGroup: _WHO,
    InRole: _WHO,
    InitiatorCondition: frozenset({"assignee", "reporter", "creator"}),
}
_LISTED = 12
"""Names that a fault lists where none is like the one that was written."""


@dataclass(frozen=True)
class Names:
    """The lists of a site.

    Attributes:
        catalogue: with its kinds of links and its people.
        boards: names by number; none where none was read.
    """

    catalogue: Catalogue
    boards: Mapping[int, str] = field(default_factory=dict)

    def of_field(self, field_id: str) -> list[str]:
        """Names and ids of the values that a field can have; none where that is not known."""
        lists: Mapping[str, Iterable[Any]] = {
            "priority": self.catalogue.priorities or (),
            "issuetype": self.catalogue.issue_types,
            "components": self.catalogue.components,
            "fixVersions": self.catalogue.releases,
            "versions": self.catalogue.releases,
            "status": self.catalogue.statuses,
            "resolution": self.catalogue.resolutions or (),
        }
        return [name for each in lists.get(field_id, ()) for name in (each.name, each.id) if name]

    @property
    def link_types(self) -> list[str]:
        """Names of the kinds of links."""
        return [each.name for each in self.catalogue.link_types]

    @property
    def link_words(self) -> list[str]:
        """How links read, from either end."""
        return [words for each in self.catalogue.link_types for words in (each.outward, each.inward)]


def faults_of(place: str, part: Any, names: Names) -> list[Fault]:
    """What a part of a rule names that the site does not have, with places and near names."""
    found = list(_of_people(place, part, names))
    for kinds, check in _CHECKS:
        if isinstance(part, kinds):
            found += check(place, part, names)
    return found


def unknown(
    place: str, what: str, given: Iterable[str | None], there: Iterable[str], *, ids: bool = False
) -> Iterator[Fault]:
    """Those that are not there, each with near names; `ids` where ids stand among the names."""
    known = {folded(each): each for each in there}
    for one in given if known else ():
        if one is None or _HOLDS_VALUES.search(one) or folded(one) in known:
            continue
        yield place, f"the site has no {what} {one!r}; {_instead(one, known, ids=ids)}"


def _instead(wanted: str, known: Mapping[str, str], *, ids: bool) -> str:
    named = {key: name for key, name in known.items() if not (ids and name.isdecimal())}
    near = get_close_matches(folded(wanted), named, n=3)
    if near:
        return f"did you mean {' or '.join(repr(named[each]) for each in near)}?"
    shown = sorted(named.values())
    more = f" and {len(shown) - _LISTED} more" if len(shown) > _LISTED else ""
    return f"there are: {', '.join(shown[:_LISTED])}{more}"


# --- by the part ----------------------------------------------------------------------------------


def _made(place: str, part: Create | Clone | CreateSubtasks, names: Names) -> Iterator[Fault]:
    """What a new issue is."""
    if not isinstance(part, CreateSubtasks):
        keys = [each.key for each in names.catalogue.projects]
        yield from unknown(f"{place}/project", "project", [part.project], keys)
        yield from unknown(f"{place}/link_type", "kind of links", [part.link_type], names.link_types)
        yield from _of_fields(f"{place}/set", part.set, names)
    if not isinstance(part, Clone):
        types = [each.name for each in names.catalogue.issue_types if each.name]
        yield from unknown(f"{place}/issue_type", "issue type", [part.issue_type], types)


def _moved(place: str, part: Transition, names: Names) -> Iterator[Fault]:
    yield from _of_fields(f"{place}/set", part.set, names)


def _edited(place: str, part: Edit, names: Names) -> Iterator[Fault]:
    for verb, given in (("set", part.set), ("add", part.add), ("remove", part.remove)):
        yield from _of_fields(f"{place}/{verb}", given, names)


def _of_fields(place: str, given: Mapping[str, Any], names: Names) -> Iterator[Fault]:
    for name, value in given.items():
        try:
            shape = field_values.shape_of(name, names.catalogue)
        except NotUnderstood:
            continue  # which is told anyway
        for one in value if isinstance(value, list) else [value]:
            yield from _of_field(f"{place}/{name}", shape, one, names)


def _of_field(place: str, shape: field_values.Shape, value: Any, names: Names) -> Iterator[Fault]:
    if value is None or isinstance(value, Mapping) or _HOLDS_VALUES.search(str(value)):
        return
    if shape.kind == "person":
        yield from _people(place, [str(value)], names, frozenset())
    elif shape.kind in {"number", "date", "label"}:
        try:
            _CONSTANTS.one(shape, value)
        except NotUnderstood as error:
            yield place, str(error)
    else:
        there = names.of_field(shape.field) if shape.kind == "name" else []
        yield from unknown(place, _WORDS.get(shape.field, "value"), [str(value)], there, ids=True)


_CONSTANTS = field_values.Writer(str, lambda text: [text], is_cloud=True, base_url="")
_WORDS = {
    "issuetype": "issue type",
    "components": "component",
    "fixVersions": "version",
    "versions": "version",
    **{name: name for name in ("priority", "status", "resolution")},
}


def _changed(place: str, part: FieldChanged, names: Names) -> Iterator[Fault]:
    """Of the fields whose values are few and stay."""
    fields = {each.field for name in part.fields for each in find_subjects(name, names.catalogue)}
    if not fields or not fields <= {"priority", "issuetype", "status", "resolution"}:
        return
    there = [name for each in fields for name in names.of_field(each)]
    what = " or ".join(sorted(_WORDS[each] for each in fields))
    for end, given in (("from", part.before), ("to", part.after)):
        yield from unknown(f"{place}/{end}", what, given or (), there, ids=True)


def _linked(place: str, part: IssueLinked, names: Names) -> Iterator[Fault]:
    words = " | ".join(f" {folded(each)} " for each in names.link_words)
    strange = [one for one in part.link_types or () if f" {folded(one)} " not in words]
    yield from unknown(f"{place}/link_types", "link that reads", strange, names.link_words)


def _kin(place: str, part: Related | Branch | CopyFields, names: Names) -> Iterator[Fault]:
    there = [*names.link_types, *names.link_words]
    yield from unknown(f"{place}/link_type", "kind of links", [part.link_type], there)


def _link(place: str, part: Link, names: Names) -> Iterator[Fault]:
    yield from unknown(f"{place}/link_type", "kind of links", [part.link_type], names.link_types)


def _tidied(place: str, part: Unlink | CreateVersion, names: Names) -> Iterator[Fault]:
    if isinstance(part, Unlink):
        there = [*names.link_types, *names.link_words]
        yield from unknown(f"{place}/link_type", "kind of links", [part.link_type], there)
        return
    keys = [each.key for each in names.catalogue.projects]
    yield from unknown(f"{place}/project", "project", [part.project], keys)
    for option, day in (("start", part.start), ("release", part.release)):
        if day is not None and not _HOLDS_VALUES.search(day) and not _DAY.fullmatch(day.strip()):
            yield f"{place}/{option}", f"{day!r} is no day; write it like 2026-11-30"


def _to_sprint(place: str, part: MoveToSprint, names: Names) -> Iterator[Fault]:
    if folded(part.to) in {"active", "backlog"}:
        return
    sprints = [each for each in names.catalogue.sprints if each.group != "closed"]
    there = [name for each in sprints for name in (each.name, each.id)]
    known = [*there, "active", "backlog"] if names.catalogue.sprints else []
    yield from unknown(f"{place}/to", "open sprint", [part.to], known, ids=True)


def _of_sprint(place: str, part: CreateSprint | StartSprint | CompleteSprint, _: Names) -> Iterator[Fault]:
    for option in ("start", "end"):
        said = getattr(part, option, None)
        if said is not None and not _HOLDS_VALUES.search(said) and not _INSTANT.fullmatch(said.strip()):
            yield (
                f"{place}/{option}",
                f"{said!r} is no instant; write it like 2026-11-30 or 2026-11-30T09:00",
            )
    name = part.name if isinstance(part, CreateSprint) else ""
    if len(name) > LONGEST_NAME and not _HOLDS_VALUES.search(name):
        yield f"{place}/name", f"the name of a sprint has {LONGEST_NAME} characters at the most"


def _boards(
    place: str,
    part: MetricCrossed | SprintProgress | CreateSprint | StartSprint | CompleteSprint,
    names: Names,
) -> Iterator[Fault]:
    if not isinstance(part, SprintProgress):
        given = {f"{place}/board": part.board}
    else:
        given = {f"{place}/boards/{number}": each for number, each in enumerate(part.boards)}
    there = ", ".join(f"{number} ({name})" for number, name in sorted(names.boards.items())[:_LISTED])
    for where, board in given.items():
        if names.boards and board not in names.boards:
            yield where, f"the site has no board {board}; there are: {there}"


def _logged(place: str, part: LogWork, _: Names) -> Iterator[Fault]:
    if not _HOLDS_VALUES.search(part.time) and not SPENT.fullmatch(" ".join(part.time.split())):
        yield f"{place}/time", f"{part.time!r} is no time spent; write it like 1h 30m"


def _released(place: str, part: ReleaseVersion, names: Names) -> Iterator[Fault]:
    there = [each.name for each in names.catalogue.releases if each.name]
    yield from unknown(f"{place}/version", "version", [part.version], there)


def _asked(place: str, part: WebRequest, _: Names) -> Iterator[Fault]:
    if _HOLDS_VALUES.search(part.url.partition("://")[0]):
        return
    if host_of(part.url) is None and not _HOLDS_VALUES.search(part.url):
        said = f"{part.url!r} is no address; write it like https://hooks.example.com/burnish"
        yield f"{place}/url", said


def host_of(url: str) -> str | None:
    """The host of an address, with its port unless that is the usual one, as the settings name hosts.

    None where it has none, or one that is made of values.
    """
    try:
        found = urlsplit(url)
        host, port = found.hostname or "", found.port
    except ValueError:
        return None
    if found.scheme not in _USUAL or not host or re.search(r"[\s{}%]", found.netloc):
        return None
    named = f"[{host}]" if ":" in host else host
    return named if port in {None, _USUAL[found.scheme]} else f"{named}:{port}"


_USUAL = {"http": 80, "https": 443}


def not_allowed(place: str, request: WebRequest, hosts: Collection[str]) -> Iterator[Fault]:
    """A host that is on neither list of the settings; these may be changed, so it can be saved."""
    host = host_of(request.url)
    if host is not None and host not in {each.casefold() for each in hosts}:
        there = f"; there are: {', '.join(sorted(hosts))}" if hosts else ""
        said = (
            f"rules may not ask {host} until an admin adds it to `web_request_hosts` (servers of the own "
            f"network: `web_request_private_hosts`) of the settings{there}"
        )
        yield f"{place}/url", said


def no_channel(place: str, message: Message, channels: Collection[str]) -> Iterator[Fault]:
    """Likewise one that the settings do not have."""
    for number, name in enumerate(message.channels):
        if name not in channels:
            there = ", ".join(sorted(channels)) or "none"
            said = f"the settings of the site have no channel {name!r} in `channels`; there are: {there}"
            yield f"{place}/channels/{number}", said


# --- people ---------------------------------------------------------------------------------------


def _of_people(place: str, part: Any, names: Names) -> Iterator[Fault]:
    given: list[tuple[str, list[str]]] = []
    match part:
        case Assign(to=to, among=among):
            given = [("to", [] if to is None else [to]), ("among", among or [])]
        case Watch(who=list(several)):
            given = [("who", several)]
        case Watch(who=str(who)) | InGroup(who=who) | InRole(who=who):
            given = [("who", [who])]
        case Notify(to=several):
            given = [("to", several)]
        case InitiatorCondition(initiator=several):
            given = [("initiator", several)]
        case _:
            return
    for option, people in given:
        yield from _people(f"{place}/{option}", people, names, _ROLES[type(part)])


def _people(place: str, given: Iterable[str], names: Names, roles: frozenset[str]) -> Iterator[Fault]:
    """A rule names people by their ids: a name may be changed, and several have the same."""
    users = names.catalogue.users
    ids = {each for some in users.values() for each in some}
    for one in given if users else ():
        said = one.strip()
        if _HOLDS_VALUES.search(said) or said in roles or folded(said) in ids or _ACCOUNT.fullmatch(said):
            continue
        if same := users.get(folded(said)):
            yield place, f"{said!r} is a name; write the account id, {' or '.join(sorted(same))}"
            continue
        near = get_close_matches(folded(said), {**users, **dict.fromkeys(roles)}, n=3)
        shown = [f"{each!r} ({', '.join(sorted(users.get(each) or ['a role']))})" for each in near]
        way_out = f"did you mean {' or '.join(shown)}?" if shown else f"write {_choice(roles)}"
        yield place, f"{said!r} is nobody at this site; {way_out}"


def _choice(roles: frozenset[str]) -> str:
    return f"an account id, or one of {', '.join(sorted(roles))}" if roles else "an account id"


_CHECKS: tuple[tuple[Any, Callable[[str, Any, Names], Iterator[Fault]]], ...] = (
    (Create | Clone | CreateSubtasks, _made),
    (Edit, _edited),
    (Transition, _moved),
    (Link, _link),
    (Unlink | CreateVersion, _tidied),
    (FieldChanged, _changed),
    (IssueLinked, _linked),
    (Related | Branch | CopyFields, _kin),
    (MoveToSprint, _to_sprint),
    (MetricCrossed | SprintProgress | CreateSprint | StartSprint | CompleteSprint, _boards),
    (CreateSprint | StartSprint | CompleteSprint, _of_sprint),
    (LogWork, _logged),
    (ReleaseVersion, _released),
    (WebRequest, _asked),
)
