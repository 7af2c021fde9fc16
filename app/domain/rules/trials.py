"""Tests of a rule, run without a store: the site is what the test shows of it. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

import msgspec

from app.domain.effects import WebRequest, payload_of
from app.domain.jql.catalogue import SYSTEM, Catalogue, CustomField, Named
from app.domain.jql.check import plan
from app.domain.jql.memory import Facts, matches
from app.domain.jql.parser import parse
from app.domain.jql.plan import folded
from app.domain.rules.answers import is_taken
from app.domain.rules.asking import Around
from app.domain.rules.beside_values import told_worklog
from app.domain.rules.carrying import Wanted
from app.domain.rules.decide import Decision, Outcome, decide
from app.domain.rules.document import Rule
from app.domain.rules.event import WORK_LOGS, Event, Happened, with_answer
from app.domain.rules.once import no_issue
from app.domain.rules.trial_parts import BROUGHT, Changed, Entry, ExpectedEffect, Given, Shown, Trial, Worked
from app.domain.rules.triggers import Active, happened_for
from app.domain.scrum.issue import ATTACHMENTS, Change
from app.domain.scrum.person import Person

_DONE = frozenset({"done", "closed", "resolved", "cancelled", "won't do"})
_WAITING = frozenset({"to do", "open", "backlog", "new", "reopened"})
_NAMED = frozenset({"status", "issuetype", "priority", "resolution"})
_PEOPLE = frozenset({"assignee", "reporter", "creator"})
_LISTS = frozenset({"components", "fixVersions", "versions"})
_OF_COMMENTS = frozenset({Happened.COMMENT_ADDED, Happened.COMMENT_EDITED, Happened.COMMENT_DELETED})
_NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True)
class Tried:
    """How a test ended.

    Attributes:
        faults: in words; none where it passed.
        decision: what the rule did; None where its trigger is not about the event.
    """

    name: str
    faults: tuple[str, ...]
    decision: Decision | None


def run(rule: Rule, trial: Trial) -> Tried:
    """One test of the rule."""
    world = _World(rule, trial.given)
    decision = _to_its_end(Active(0, 0, rule), world, _answers(trial.given))
    outcome = _NOT_ASKED if decision is None else decision.outcome.value
    faults = []
    if outcome != trial.outcome:
        reason = f" ({decision.reason})" if decision is not None and decision.reason else ""
        faults.append(f"the outcome is {outcome!r}{reason}, not {trial.outcome!r}")
    if trial.effects is not None:
        faults += _differences(trial.effects, () if decision is None else decision.wanted)
    return Tried(trial.name, tuple(faults), decision)


def _answers(given: Given) -> Iterator[Mapping[str, Any]]:
    for one in given.answers:
        yield {**one.model_dump(), "headers": {name.lower(): said for name, said in one.headers.items()}}


def _to_its_end(active: Active, world: "_World", answers: Iterator[Mapping[str, Any]]) -> Decision | None:
    """Waits, answers and all: in a test time passes and nothing else happens."""
    decision = decide(active, world.event, world.around)
    if decision is None:
        return None
    waiting = [*_goes_on(decision, answers)]
    while waiting:
        event = waiting.pop(0)
        catalogue = replace(world.around.catalogue, now=event.at)
        later = decide(active, event, replace(world.around, catalogue=catalogue))
        if later is None or later.outcome is Outcome.NOT_MATCHED:
            ended = Outcome.ACTED if decision.wanted else Outcome.NOTHING
            decision = replace(decision, waits_for=None, outcome=ended)
            continue
        waiting += _goes_on(later, answers)
        wanted = decision.wanted + later.wanted
        outcome = Outcome.ACTED if wanted and later.outcome is not Outcome.FAILED else later.outcome
        decision = replace(later, outcome=outcome, wanted=wanted, steps=decision.steps + later.steps)
    return decision


def _goes_on(decision: Decision, answers: Iterator[Mapping[str, Any]]) -> Iterator[Event]:
    """With what the rule goes on: at the end of a wait, and with the answers to its web requests."""
    if decision.waits_for is not None:
        yield decision.waits_for
    for one in decision.wanted:
        if not isinstance(one.effect, WebRequest) or not one.effect.follow:
            continue
        answer = next(answers, None)
        if answer is not None and is_taken(answer["status"], one.effect.accept):
            event = msgspec.convert(one.effect.follow[0]["event"], Event)
            yield with_answer(event, answer, decision.event.at)


def _differences(expected: Sequence[ExpectedEffect], wanted: Sequence[Wanted]) -> Iterator[str]:
    if len(expected) != len(wanted):
        kinds = ", ".join(one.effect.kind for one in wanted) or "none"
        yield f"{len(expected)} effects were expected, the rule wants {len(wanted)}: {kinds}"
        return
    for number, (one, got) in enumerate(zip(expected, wanted, strict=True), 1):
        payload = json.loads(json.dumps(payload_of(got.effect)))
        if one.kind != got.effect.kind:
            yield f"effect {number} is {got.effect.kind}, not {one.kind}"
        for name, value in one.payload.items():
            if payload.get(name) != value:
                yield f"effect {number}: {name} is {payload.get(name)!r}, not {value!r}"
        if one.says is not None and one.says not in _words(payload.get("body")):
            yield f"effect {number} does not say {one.says!r}: {_words(payload.get('body'))!r}"


def _words(body: Any) -> str:
    if isinstance(body, Mapping) and body.get("type") == "mention":
        return str(body["attrs"]["text"])
    if isinstance(body, Mapping):
        inner = "".join(_words(each) for each in body.get("content") or ())
        return str(body.get("text") or "") + inner
    return str(body or "")


# --- the site that a test shows -------------------------------------------------------------------


class _World:
    """An issue with what is around it, and a site that has just what they show."""

    def __init__(self, rule: Rule, given: Given) -> None:
        shown = [
            *([given.issue] if given.issue is not None else []),
            *([given.parent] if given.parent else []),
            *([given.epic] if given.epic else []),
            *given.children,
            *given.siblings,
            *given.linked,
            *given.found,
        ]
        self._fields = {_field_id(name): name for one in shown for name in one if name not in _OWN}
        changed = [*given.changes, *given.history]
        self._fields |= {_field_id(each.field): each.field for each in changed if each.field not in _OWN}
        self._values = {_field_id(name): value for one in shown for name, value in one.items()}
        history = [_change(each, given.at, number) for number, each in enumerate(changed, 1)]
        self._history = history
        issue = no_issue(given.at) if given.issue is None else self._facts(given.issue, given.at, history)
        statuses = {_text(one.get("status", "To Do")) for one in shown}
        statuses |= {
            text for each in changed if each.field == "status" for text in (each.before, each.after) if text
        }
        statuses |= set(_statuses_of(rule))
        projects = [*map(_project, shown), *_projects_of(rule)]
        catalogue = Catalogue(
            now=given.at,
            zone=ZoneInfo("UTC"),
            fields=tuple(self._custom()),
            statuses=tuple(Named(name, name, _category(name)) for name in sorted(statuses)),
            sprints=tuple(Named(str(one.id), one.name, one.state) for one in given.sprints),
            projects=tuple({one: Named(one, one, key=one) for one in projects}.values()),
        )
        past = _Past(
            self._kin(given),
            [self._facts(each, given.at) for each in given.found],
            catalogue,
        )
        self.around = _around(given, issue, past)
        self.event = _event(rule, given, issue, tuple(history[: len(given.changes)]))

    def _kin(self, given: Given) -> Mapping[str, Sequence[Facts]]:
        """What stands around the issue."""
        epic = given.epic or (given.parent if _is_epic(given.parent) else None)
        shown: Mapping[str, Sequence[Shown]] = {
            "parent": [given.parent] if given.parent else [],
            "epic": [epic] if epic else [],
            "children": given.children,
            "subtasks": given.children,
            "siblings": given.siblings,
            "linked": given.linked,
        }
        return {to: [self._facts(each, given.at) for each in some] for to, some in shown.items()}

    def _custom(self) -> Iterator[CustomField]:
        for field_id, name in self._fields.items():
            if field_id.startswith("customfield_"):
                yield CustomField(field_id, name, _type(self._values.get(field_id)), None)

    def _facts(self, shown: Shown, at: datetime, changes: Iterable[Change] = ()) -> Facts:
        fields = {_field_id(name): _document(_field_id(name), value) for name, value in shown.items()}
        status = _text(shown.get("status", "To Do"))
        fields["status"] = {"id": status, "name": status}
        key = _text(shown.get("key", "TEST-1"))
        created = shown.get("created")
        return Facts(
            id=key,
            key=key,
            project_key=_project(shown),
            status_id=status,
            summary=_text(shown.get("summary", "")),
            created=datetime.fromisoformat(created) if isinstance(created, str) else at,
            updated=at,
            fields=fields,
            changes=tuple(changes),
        )


_OWN = frozenset({"key", "summary", "created"})


@dataclass(frozen=True, slots=True)
class _Past:
    kin: Mapping[str, Sequence[Facts]]
    all: Sequence[Facts]
    catalogue: Catalogue

    def around(self, issue: Facts, to: str, link_type: str | None) -> Sequence[Facts]:  # noqa: ARG002
        return self.kin.get(to, ())

    def found(self, jql: str, most: int) -> Sequence[Facts]:  # noqa: ARG002
        return self.all[:most]

    def listed(self, jql: str, most: int) -> Sequence[Facts]:  # noqa: ARG002
        return self.all[:most]

    def count(self, jql: str) -> int:
        condition = plan(parse(jql), self.catalogue).condition
        return sum(matches(condition, each) for each in self.all)

    def files(self, issue_id: str) -> Sequence[Mapping[str, Any]]:  # noqa: ARG002 - tests give none
        return ()

    def worklogs(self, issue_id: str) -> Sequence[Mapping[str, Any]]:  # noqa: ARG002
        return ()


def _around(given: Given, issue: Facts, past: _Past) -> Around:
    return Around(
        issue,
        past.catalogue,
        past,
        "https://example.test",
        is_cloud=True,
        own_account="burnish",
        sprints={one.id: one.as_is() for one in given.sprints},
        people={each: Person(each, each, active=False) for each in given.inactive},
        groups={folded(name): frozenset(members) for name, members in given.groups.items()},
        roles={
            (issue.project_key, name.casefold()): frozenset(members) for name, members in given.roles.items()
        },
        shows_answers=True,
    )


def _is_epic(shown: Shown | None) -> bool:
    kinds = (value for name, value in (shown or {}).items() if _field_id(name) == "issuetype")
    return any(folded(_text(each)) == "epic" for each in kinds)


def _event(rule: Rule, given: Given, issue: Facts, changes: tuple[Change, ...]) -> Event:
    happened = _happened(happened_for(rule.trigger), given)
    comment = None
    if given.comment is not None or happened in _OF_COMMENTS:
        said = given.comment
        comment = {
            "id": "1",
            "author": said.author if said and said.author else given.author,
            "body": said.body if said else "",
        }
    if happened in WORK_LOGS:
        data: Any = _worked(given)
    else:
        word = BROUGHT.get(happened.value.partition("_")[0])
        data = None if word is None else getattr(given, word)
    author = given.author if issue.id else None  # as of all events without an issue
    return Event(happened, issue.id, issue.key, given.at, "test", author, changes, comment, data=data)


def _worked(given: Given) -> dict[str, Any]:
    """Logged work, as the store would tell it."""
    told = given.worklog or Worked()
    row = {"id": "1", "author": given.author, "created": given.at, "updated": given.at}
    said = {"seconds": told.seconds, "started": told.started or given.at, "comment": told.comment}
    return told_worklog({**row, **said, "author": told.author or given.author})


def _happened(kinds: Sequence[Happened], given: Given) -> Happened:
    """Of several kinds that the rule waits for, the one that the test gives something of."""
    if given.comment is not None:
        given_of = set(_OF_COMMENTS)
    elif given.worklog is not None:
        given_of = set(WORK_LOGS)
    elif given.changes:
        given_of = {Happened.CHANGED}
    else:
        given_of = set(kinds) - {*_OF_COMMENTS, Happened.CHANGED}
    return next((kind for kind in kinds if kind in given_of), kinds[0])


def _change(one: Changed, at: datetime, number: int) -> Change:
    field = _field_id(one.field)
    return Change(
        history_id=number if isinstance(one, Entry) else 1_000_000,
        position=number,
        at=one.at.astimezone(UTC) if isinstance(one, Entry) else at,
        field=field,
        before=one.before,
        before_text=one.before,
        after=one.after,
        after_text=one.after,
        author=one.author if isinstance(one, Entry) else None,
    )


def _field_id(name: str) -> str:
    if name in _OWN or name in {"issuelinks", "Key"}:
        return name
    if folded(name) == ATTACHMENTS:
        return ATTACHMENTS
    subject = SYSTEM.get(folded(name))
    return subject.field if subject is not None else f"customfield_{crc32(folded(name).encode())}"


def _document(field_id: str, value: Any) -> Any:
    """As Jira would write it."""
    if value is None or isinstance(value, Mapping):
        return value
    if field_id in _NAMED:
        return {"id": _text(value), "name": _text(value)}
    if field_id in _PEOPLE:
        return {"accountId": _text(value), "displayName": _text(value)}
    if field_id in _LISTS and isinstance(value, list):
        return [{"id": _text(each), "name": _text(each)} for each in value]
    return {"id": _text(value), "key": _text(value)} if field_id == "parent" else value


def _type(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float | list | Decimal):
        return "string"
    return "array" if isinstance(value, list) else "number"


def _text(value: Any) -> str:
    return str(value)


def _project(shown: Shown) -> str:
    return _text(shown.get("key", "TEST-1")).rpartition("-")[0]


def _category(status: str) -> str:
    name = folded(status)
    return "done" if name in _DONE else "new" if name in _WAITING else "indeterminate"


def _statuses_of(rule: Rule) -> Iterator[str]:
    """Those that the rule itself names, so that it can go there."""
    for part in _parts(rule.model_dump(mode="json", by_alias=True)):
        if part.get("type") == "transition":
            yield str(part["to"])
        if part.get("type") == "issue_transitioned":
            yield from (str(each) for each in [*(part.get("from") or ()), *(part.get("to") or ())])


def _projects_of(rule: Rule) -> Iterator[str]:
    """Those that the rule itself names, so that it can make something there."""
    parts = _parts(rule.model_dump(mode="json", by_alias=True))
    return (str(part["project"]) for part in parts if part.get("type") and part.get("project"))


def _parts(part: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(part, Mapping):
        yield part
        for each in part.values():
            yield from _parts(each)
    elif isinstance(part, list):
        for each in part:
            yield from _parts(each)
