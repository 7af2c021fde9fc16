"""What a rule does about an event.

Pure: the same rule, event and past give the same decision, live or replayed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol

from app.domain.effects import AssignIssue, Effect, LinkIssues, LivingComment, TransitionIssue
from app.domain.jql.catalogue import Catalogue
from app.domain.jql.memory import Facts
from app.domain.jql.plan import folded
from app.domain.rules import field_values
from app.domain.rules.conditions import Asked, find
from app.domain.rules.document import (
    Action,
    Assign,
    Branch,
    Comment,
    Edit,
    If,
    Link,
    Log,
    Stop,
    Transition,
)
from app.domain.rules.errors import TemplateRefused
from app.domain.rules.event import Event
from app.domain.rules.rendering import render
from app.domain.rules.smart_values import values_of
from app.domain.rules.texts import as_body
from app.domain.rules.triggers import Active, fires
from app.errors import NotUnderstood

_KEY = re.compile(r"[A-Z][A-Z0-9_]*-[1-9][0-9]*")


class Outcome(StrEnum):
    """How a decision ended.

    Attributes:
        ACTED: it wants effects.
        NOTHING: it matched, and nothing was to be done.
        NOT_MATCHED: the condition was false.
        OWN_CHANGE: Burnish itself did it, and the rule does not ask for that.
        HELD: it wants more than it may, or is paused; what it wants waits for an admin.
        DROPPED: it was held, and an admin let it go.
        FAILED: a text or a name of it could not be understood; it has no effect.
    """

    ACTED = "acted"
    NOTHING = "nothing to do"
    NOT_MATCHED = "not matched"
    OWN_CHANGE = "own change"
    HELD = "held"
    DROPPED = "dropped"
    FAILED = "failed"


class Past(Protocol):
    """The site as it was at the instant of the event."""

    def parent(self, issue: Facts) -> Facts | None:
        """Also an epic."""
        ...

    def children(self, issue: Facts) -> Sequence[Facts]:
        """Also sub-tasks."""
        ...

    def linked(self, issue: Facts, link_type: str | None) -> Sequence[Facts]:
        """In either direction."""
        ...


@dataclass(frozen=True, slots=True)
class Around:
    """What a decision needs besides the rule and the event.

    Attributes:
        issue: as it was at the instant.
        catalogue: of the site, its `now` the instant.
        past: other issues.
        people: names by account id.
        own_account: who we are.
    """

    issue: Facts
    catalogue: Catalogue
    past: Past
    base_url: str
    is_cloud: bool
    people: Mapping[str, str] = field(default_factory=dict)
    own_account: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """An effect that a rule wants.

    Attributes:
        key: of this wish; a repeat of it changes nothing.
    """

    key: str
    effect: Effect


@dataclass(frozen=True, slots=True)
class Decision:
    """What a rule does about an event, and why."""

    rule: Active
    event: Event
    issue_key: str
    outcome: Outcome
    steps: tuple[Mapping[str, Any], ...] = ()
    wanted: tuple[Wanted, ...] = ()
    reason: str | None = None


def decide(active: Active, event: Event, around: Around) -> Decision | None:  # noqa: PLR0911 - one an outcome
    """What the rule does; None where its trigger is not about the event at all."""
    rule = active.rule
    if not fires(rule.trigger, event, around.catalogue):
        return None
    undecided = Decision(active, event, around.issue.key, Outcome.OWN_CHANGE)
    if event.author is not None and event.author == around.own_account and not rule.own_changes:
        return undecided
    carrying = _Carrying(active, event, around)
    try:
        matched = carrying.matches(rule.when, around.issue)
        if matched:
            carrying.all(rule.actions, around.issue)
    except _StopError:
        matched = True
    except (NotUnderstood, TemplateRefused) as error:
        return replace(undecided, outcome=Outcome.FAILED, steps=tuple(carrying.steps), reason=str(error))
    done = replace(undecided, steps=tuple(carrying.steps), wanted=tuple(carrying.wanted))
    if not matched:
        return replace(done, outcome=Outcome.NOT_MATCHED)
    if not done.wanted:
        return replace(done, outcome=Outcome.NOTHING)
    if len(done.wanted) > rule.limits.per_event:
        reason = f"{len(done.wanted)} effects of one event; `limits.per_event` is {rule.limits.per_event}."
        return replace(done, outcome=Outcome.HELD, reason=reason)
    if active.paused:
        return replace(done, outcome=Outcome.HELD, reason="The rule is paused.")
    return replace(done, outcome=Outcome.ACTED)


class _StopError(Exception):
    """An action said so."""


class _Carrying:
    """A rule being carried out: its steps, and what it wants so far."""

    def __init__(self, active: Active, event: Event, around: Around) -> None:
        self._active = active
        self._event = event
        self._around = around
        self.steps: list[dict[str, Any]] = []
        self.wanted: list[Wanted] = []

    # --- conditions ---

    def matches(self, condition: Any, issue: Facts) -> bool:
        if condition is None:
            return True
        asked = Asked(issue, self._around.catalogue, self._values(issue), self._event.author)
        finding = find(condition, asked)
        self._step("when", issue, **finding.as_json())
        return finding.holds

    def _values(self, issue: Facts) -> Mapping[str, Any]:
        return values_of(
            self._event,
            self._around.issue,
            issue,
            self._around.catalogue,
            rule_name=self._active.rule.name,
            people=self._around.people,
            base_url=self._around.base_url,
        )

    def _rendered(self, text: str, issue: Facts) -> str:
        return render(text, self._values(issue))

    # --- actions ---

    def all(self, actions: Sequence[Action], issue: Facts) -> None:
        for action in actions:
            self._one(action, issue)

    def _one(self, action: Action, issue: Facts) -> None:
        match action:
            case Comment():
                self._comment(action, issue)
            case Edit():
                self._edit(action, issue)
            case Transition(to=to):
                self._transition(to, issue)
            case Assign(to=to):
                self._assign(to, issue)
            case Link():
                self._link(action, issue)
            case Log(text=text):
                self._step("log", issue, says=self._rendered(text, issue))
            case Stop():
                self._step("stop", issue)
                raise _StopError
            case If(when=when, then=then, otherwise=otherwise):
                self.all(then if self.matches(when, issue) else otherwise, issue)
            case Branch():
                self._branch(action, issue)

    def _branch(self, branch: Branch, issue: Facts) -> None:
        for other in self._others(branch, issue):
            if self.matches(branch.when, other):
                self.all(branch.actions, other)

    def _others(self, branch: Branch, issue: Facts) -> Iterator[Facts]:
        past = self._around.past
        match branch.to:
            case "parent":
                found = [parent] if (parent := past.parent(issue)) is not None else []
            case "children":
                found = list(past.children(issue))
            case "linked":
                found = list(past.linked(issue, branch.link_type))
        self._step("branch", issue, to=branch.to, issues=[one.key for one in found])
        yield from sorted(found, key=_in_key_order)

    def _comment(self, action: Comment, issue: Facts) -> None:
        text = self._rendered(action.text, issue)
        if not text.strip():
            self._step("comment", issue, says="", note="The text is empty; nothing is written.")
            return
        marker = f"rule:{self._active.id}" + (f":{action.name}" if action.name else "")
        key = None
        if action.mode == "each":
            marker = f"{marker}:{self._event.key}:{len(self.wanted)}"
        elif action.mode == "once":
            key = f"{marker}:once:{issue.id}"
        body = as_body(text, is_cloud=self._around.is_cloud, base_url=self._around.base_url)
        self._want(LivingComment(issue.key, marker, body), issue, key=key, says=text)

    def _edit(self, action: Edit, issue: Facts) -> None:
        writer = field_values.Writer(
            lambda text: self._rendered(text, issue), self._around.is_cloud, self._around.base_url
        )
        edit = field_values.edit_of(action, issue, self._around.catalogue, writer)
        if edit is None:
            self._step("edit", issue, note="The fields hold these values already.")
            return
        self._want(edit, issue)

    def _transition(self, to: str, issue: Facts) -> None:
        statuses = self._around.catalogue.statuses
        ids = tuple(one.id for one in statuses if to == one.id or folded(one.name) == folded(to))
        if not ids:
            raise NotUnderstood(f"There is no status {to!r}.", field="/actions")
        if issue.status_id in ids:
            self._step("transition", issue, to=to, note="The issue is there already.")
            return
        self._want(TransitionIssue(issue.key, ids), issue, to=to)

    def _assign(self, to: str, issue: Facts) -> None:
        wanted = self._rendered(to, issue).strip()
        account: str | None = wanted
        if wanted == "nobody":
            account = None
        elif wanted == "initiator":
            account = self._event.author
        elif wanted in {"reporter", "creator"}:
            account = field_values.account_in(issue, wanted)
        if account is None and wanted != "nobody":
            self._step("assign", issue, to=wanted, note="Jira does not say who that is.")
            return
        if account == field_values.account_in(issue, "assignee"):
            self._step("assign", issue, to=wanted, note="It is assigned so already.")
            return
        self._want(AssignIssue(issue.key, account), issue, to=wanted)

    def _link(self, action: Link, issue: Facts) -> None:
        other = self._rendered(action.to, issue).strip()
        if not _KEY.fullmatch(other):
            raise NotUnderstood(f"{other!r} is no key of an issue.", field="/actions")
        ends = (issue.key, other) if action.direction == "outward" else (other, issue.key)
        self._want(LinkIssues(ends[0], action.link_type, ends[1]), issue)

    # --- what comes of it ---

    def _want(self, effect: Effect, issue: Facts, *, key: str | None = None, **said: Any) -> None:
        key = key or f"rule:{self._active.id}:{self._event.issue_id}:{self._event.key}:{len(self.wanted)}"
        self.wanted.append(Wanted(key, effect))
        self._step(effect.kind, issue, **said)

    def _step(self, what: str, issue: Facts, **said: Any) -> None:
        self.steps.append({"step": what, "issue": issue.key, **said})


def _in_key_order(issue: Facts) -> tuple[str, int]:
    project, _, number = issue.key.rpartition("-")
    return project, int(number) if number.isdecimal() else 0
