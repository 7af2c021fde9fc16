"""A rule from a document: read whole, and held against the site. All that is wrong is told at once."""

import re
from collections.abc import Collection, Iterator, Mapping
from math import isfinite
from typing import Any

from pydantic import ValidationError

from app import yaml_documents
from app.domain.jql.catalogue import Catalogue, find_subjects
from app.domain.jql.check import plan
from app.domain.jql.errors import JqlNotUnderstood
from app.domain.jql.parser import parse
from app.domain.jql.plan import folded
from app.domain.rules import once, patterns, site_names
from app.domain.rules.action_parts import (
    Branch,
    CreateVariable,
    LookupIssues,
    Transition,
    WebRequest,
)
from app.domain.rules.comment_parts import Comment
from app.domain.rules.condition_parts import Compared, JqlCondition
from app.domain.rules.copy_parts import CopyFields
from app.domain.rules.document import Rule
from app.domain.rules.errors import RuleNotUnderstood, TemplateRefused
from app.domain.rules.field_checks import faults_of_fields
from app.domain.rules.rendering import check as check_template
from app.domain.rules.rendering import query_like
from app.domain.rules.rule_parts import parts_of as _parts
from app.domain.rules.secrets import Hosts, faults_of, literal_tokens, names_in, texts_in
from app.domain.rules.smart_values import LOOKED_UP, NAMES, WEB_RESPONSE
from app.domain.rules.sprint_parts import CompleteSprint, CreateSprint, StartSprint
from app.domain.rules.tidy_parts import CreateVersion
from app.domain.rules.trigger_parts import (
    FieldChanged,
    IncomingWebhook,
    IssueTransitioned,
    MetricCrossed,
    Scheduled,
)
from app.domain.rules.work_parts import Message, Notify
from app.domain.scrum.time_zones import zone_fault
from app.yaml_documents import YamlRefused

_Fault = tuple[str, str]
_VALUES = re.compile(r"\{[{%#]")
_ALL_TEXTS = ("set", "add", "remove", "summaries", "value", "fields", "update", "who")
_TEXTS = (
    "text",
    "to",
    "summary",
    "title",
    "parent",
    "before",
    "after",
    "url",
    "subject",
    "time",
    "version",
    "comment",
)
_TEXTS_OF_THINGS = ("name", "description", "start", "release", "goal", "end", "sprint", "open_issues")


def from_yaml(text: str) -> Any:
    """The document in a text; YAML, of which JSON is a part.

    Raises:
        RuleNotUnderstood: it is neither, too long, too deep, or refers to parts of itself.
    """
    try:
        return yaml_documents.load(text)
    except YamlRefused as error:
        raise RuleNotUnderstood([("", str(error))]) from error


def read(document: Any) -> Rule:
    """The rule; names of the site are not looked at yet.

    Raises:
        RuleNotUnderstood: it is none; with all faults.
    """
    if not isinstance(document, Mapping):
        raise RuleNotUnderstood([("", "a rule is an object with `name`, `trigger` and `actions`")])
    try:
        if endless := list(_endless("", document)):
            raise RuleNotUnderstood(endless)
        rule = Rule.model_validate(document)
    except ValidationError as error:
        faults = [(_place(fault, document), _said(fault)) for fault in error.errors()]
        raise RuleNotUnderstood(list(dict.fromkeys(faults))) from error
    except RecursionError:
        raise RuleNotUnderstood([("", "too many levels in each other")]) from None
    if faults := once.faults_of(rule):
        raise RuleNotUnderstood(faults)
    return rule


def _endless(place: str, value: Any) -> Iterator[_Fault]:
    """YAML's `.nan` and `.inf`, and Python's JSON: no limit is one, and no store keeps them."""
    if isinstance(value, float) and not isfinite(value):
        yield place, f"{value} is no number; write one, or the word in quotes"
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from _endless(f"{place}/{name}" if place else str(name), each)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _endless(f"{place}/{number}" if place else str(number), each)


def _said(fault: Mapping[str, Any]) -> str:
    match fault["type"]:
        case "extra_forbidden":
            return f"there is no key {fault['loc'][-1]!r} here"
        case "missing":
            return "is needed"
        case "union_tag_not_found":
            return "needs a `type`"
        case "union_tag_invalid":
            context = fault["ctx"]
            return f"there is no type {context['tag']!r}; there are: {context['expected_tags']}"
        case _:
            return str(fault["msg"]).removeprefix("Value error, ")


def _place(fault: Mapping[str, Any], document: Any) -> str:
    """The path that was written, and a key that lacks: not how pydantic tells the members of a union apart.

    By `type` it does so under that type's name, and by what else under the names of classes.
    """
    *location, last = fault["loc"] or ("",)
    at, path, is_told_apart = document, list[str](), False
    for part in (*location, last):
        if isinstance(at, Mapping) and at.get("type") == part and not is_told_apart:
            is_told_apart = True
        elif (isinstance(at, Mapping) and part in at) or (isinstance(at, list) and isinstance(part, int)):
            at, is_told_apart = at[part], False
            path.append(str(part))
    if fault["type"] == "missing":
        path.append(str(last))
    return "/".join(path)


def written(rule: Rule) -> dict[str, Any]:
    """The document as it is stored: what was left out stays so."""
    return rule.model_dump(mode="json", by_alias=True, exclude_unset=True)


def as_yaml(document: Mapping[str, Any]) -> str:
    """The document as people read and keep it. Keys in the order of the schema: a store may forget theirs."""
    try:
        return yaml_documents.dump(written(read(document)))
    except RuleNotUnderstood:
        return yaml_documents.dump(document)


# --- against the site -----------------------------------------------------------------------------


def check(
    rule: Rule,
    catalogue: Catalogue,
    secrets: Mapping[str, Hosts] | None = None,
    boards: Mapping[int, str] | None = None,
) -> None:
    """Whether the site has all that the rule names.

    Args:
        rule: as it was read.
        catalogue: of the site.
        secrets: that the site has, and where each may be sent; None where nobody can say.
        boards: names by number.

    Raises:
        RuleNotUnderstood: it has not; with all faults.
    """
    faults = [*_unknown_projects(rule, catalogue)]
    named, lists = _Named(), site_names.Names(catalogue, boards or {})
    for place, part in _parts("", rule):
        names = named.at(place)
        faults += _faults_of(place, part, catalogue, names)
        faults += site_names.faults_of(place, part, lists)
        if isinstance(part, WebRequest):
            faults += faults_of(place, part, secrets, names)
        named.see(place, part)  # parts come in the order in which they are carried out
    faults += _same_comment(rule)
    if faults:
        raise RuleNotUnderstood(faults)


class _Named:
    """Values that texts can name, by place: what is made in the `then` of a request is there alone."""

    def __init__(self) -> None:
        self._thens: list[str] = []
        self._made = [("", name) for name in NAMES]

    def at(self, place: str) -> set[str]:
        return {name for within, name in self._made if place.startswith(within)}

    def see(self, place: str, part: Any) -> None:
        then = max((each for each in self._thens if place.startswith(each)), key=len, default="")
        match part:
            case CreateVariable(name=name):
                self._made.append((then, name))
            case LookupIssues():
                self._made.append((then, LOOKED_UP))
            case WebRequest(then=list()):
                self._thens.append(f"{place}/then/")
                self._made.append((f"{place}/then/", WEB_RESPONSE))
            case _:
                pass


def _unknown_projects(rule: Rule, catalogue: Catalogue) -> Iterator[_Fault]:
    known = {one.key for one in catalogue.projects}
    for place, key in enumerate(rule.projects):
        if key not in known:
            shown = ", ".join(sorted(known)) or "none yet"
            yield f"projects/{place}", f"there is no project {key!r} in the store; there are: {shown}"


def secrets_of(rule: Rule) -> set[str]:
    """Names of the secrets that the rule needs."""
    return {name for _, part in _parts("", rule) if isinstance(part, WebRequest) for name in names_in(part)}


def answers_of(rule: Rule) -> list[str]:
    """The places of web requests with whose answers the rule goes on."""
    return [place for place, part in _parts("", rule) if isinstance(part, WebRequest) and part.then]


def warnings_of(
    rule: Rule, hosts: Collection[str] | None = None, channels: Collection[str] | None = None
) -> list[_Fault]:
    """What can be saved and should be otherwise, with its places.

    Args:
        rule: as it was read.
        hosts: that rules may ask, as the settings name them; None where nobody can say.
        channels: that messages can go to, likewise.
    """
    requests = [(place, part) for place, part in _parts("", rule) if isinstance(part, WebRequest)]
    found = [warning for place, part in requests for warning in literal_tokens(place, part)]
    if hosts is not None:
        found += [warning for each in requests for warning in site_names.not_allowed(*each, hosts)]
    if channels is not None:
        messages = [(place, part) for place, part in _parts("", rule) if isinstance(part, Message)]
        found += [warning for each in messages for warning in site_names.no_channel(*each, channels)]
    return found


def _faults_of_trigger(place: str, part: Any, catalogue: Catalogue) -> Iterator[_Fault]:
    match part:
        case Scheduled() | MetricCrossed():
            yield from _schedule(place, part)
        case IssueTransitioned(before=before, after=after):
            yield from _statuses(f"{place}/from", before or (), catalogue)
            yield from _statuses(f"{place}/to", after or (), catalogue)
        case FieldChanged(fields=fields):
            for number, name in enumerate(fields):
                if not find_subjects(name, catalogue) and name != "Key":
                    yield f"{place}/fields/{number}", f"the site has no field {name!r}"
        case _:
            pass


def _faults_of(place: str, part: Any, catalogue: Catalogue, names: Collection[str]) -> list[_Fault]:
    found = [*_faults_of_trigger(place, part, catalogue), *faults_of_fields(place, part, catalogue)]
    match part:
        case JqlCondition(jql=jql):
            found += _jql(place, jql, catalogue)
        case Transition(to=to):
            found += _statuses(f"{place}/to", [to], catalogue)
        case Branch(jql=str(jql)) | IncomingWebhook(jql=str(jql)) | LookupIssues(jql=jql):
            found += _query(f"{place}/jql", jql, catalogue, names)
        case CopyFields(source=source):
            found += _template(f"{place}/from", source, names)
        case CreateVersion() | CreateSprint() | StartSprint() | CompleteSprint():
            for name in _TEXTS_OF_THINGS:
                found += _template(f"{place}/{name}", getattr(part, name, None) or "", names)
        case Notify(to=to):
            for number, text in enumerate(to):
                found += _template(f"{place}/to/{number}", text, names)
        case _:
            pass
    return found + list(_templates(place, part, names))


def _jql(place: str, jql: str, catalogue: Catalogue) -> Iterator[_Fault]:
    try:
        plan(parse(jql), catalogue)
    except JqlNotUnderstood as error:
        yield place, str(error)


def _query(place: str, jql: str, catalogue: Catalogue, names: Collection[str]) -> Iterator[_Fault]:
    """JQL of a branch or a lookup, which may hold values; whether the site has these is seen later."""
    if "{{" not in jql:
        yield from _jql(place, jql, catalogue)
        return
    try:
        parse(query_like(jql))
    except (JqlNotUnderstood, TemplateRefused) as error:
        yield place, str(error)
        return
    yield from _template(place, jql, names)


def _schedule(place: str, part: Scheduled | MetricCrossed) -> Iterator[_Fault]:
    if (said := zone_fault(part.time_zone)) is not None:
        yield f"{place}/time_zone", said


def _statuses(place: str, names: Any, catalogue: Catalogue) -> Iterator[_Fault]:
    known = {folded(one.name) for one in catalogue.statuses} | {one.id for one in catalogue.statuses}
    for name in names:
        if folded(name) not in known and name not in known:
            shown = ", ".join(sorted({one.name for one in catalogue.statuses}))
            yield place, f"the site has no status {name!r}; there are: {shown}"


def _templates(place: str, part: Any, known: Collection[str]) -> Iterator[_Fault]:
    """Texts with values: of actions, and of comparisons."""
    names = ("left", "right") if isinstance(part, Compared) else _TEXTS
    if isinstance(part, IssueTransitioned):
        return
    for name in names:
        if name == "to" and isinstance(part, Transition):
            continue
        value = getattr(part, name, None)
        if isinstance(value, str):
            yield from _template(f"{place}/{name}", value, known)
    if not isinstance(part, Compared):
        for name in _ALL_TEXTS:
            for where, text in texts_in(f"{place}/{name}", getattr(part, name, None)):
                yield from _template(where, text, known)
    if isinstance(part, Compared) and part.operator == "matches" and not _VALUES.search(part.right):
        try:
            patterns.compiled(part.right)
        except TemplateRefused as error:
            yield f"{place}/right", str(error)


def _template(place: str, text: str, known: Collection[str]) -> Iterator[_Fault]:
    try:
        check_template(text, known)
    except TemplateRefused as error:
        yield place, str(error)


def _same_comment(rule: Rule) -> Iterator[_Fault]:
    """Two of one name would write over each other."""
    seen: set[str] = set()
    for place, part in _parts("", rule):
        if isinstance(part, Comment) and part.mode != "each":
            if part.name in seen:
                yield f"{place}/name", "another comment of the rule has that name; give it one of its own"
            seen.add(part.name)
