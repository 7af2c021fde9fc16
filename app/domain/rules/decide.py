"""What a rule does about an event.

Pure: the same rule, event and past give the same decision, live or replayed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from app.domain.effects import Effect
from app.domain.jql.memory import Facts
from app.domain.rules import actions
from app.domain.rules.action_parts import MOST_FOUND, Action, Branch, If, Log, Stop
from app.domain.rules.actions import Around, Asking
from app.domain.rules.conditions import find
from app.domain.rules.errors import TemplateRefused
from app.domain.rules.event import Event
from app.domain.rules.findings import Asked
from app.domain.rules.rendering import render, render_address, render_query
from app.domain.rules.smart_values import values_of
from app.domain.rules.triggers import Active, fires
from app.errors import NotUnderstood


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
    """What a rule does about an event, and why.

    Attributes:
        issue_key: as the issue was called then.
        steps: what was asked, with the values seen, and what was done, one after the other.
    """

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
        self._known_values: dict[str, Mapping[str, Any]] = {}

    def matches(self, condition: Any, issue: Facts) -> bool:
        if condition is None:
            return True
        around = self._around
        asked = Asked(
            issue,
            around.catalogue,
            around.past,
            lambda: self._values(issue),
            self._event.author,
            around.plans,
        )
        finding = find(condition, asked)
        self._step("when", issue, **finding.as_json())
        return finding.holds

    def _values(self, issue: Facts) -> Mapping[str, Any]:
        if issue.id not in self._known_values:
            self._known_values[issue.id] = values_of(
                self._event,
                self._around.issue,
                issue,
                self._around.catalogue,
                rule_name=self._active.rule.name,
                people=self._around.people,
                base_url=self._around.base_url,
            )
        return self._known_values[issue.id]

    def all(self, wanted: Sequence[Action], issue: Facts) -> None:
        for action in wanted:
            self._one(action, issue)

    def _one(self, action: Action, issue: Facts) -> None:
        match action:
            case Log(text=text):
                self._step("log", issue, says=render(text, self._values(issue)))
            case Stop():
                self._step("stop", issue)
                raise _StopError
            case If(when=when, then=then, otherwise=otherwise):
                self.all(then if self.matches(when, issue) else otherwise, issue)
            case Branch():
                self._branch(action, issue)
            case _:
                self._act(action, issue)

    def _branch(self, branch: Branch, issue: Facts) -> None:
        past = self._around.past
        if branch.to is not None:
            found = past.around(issue, branch.to, branch.link_type)
        else:
            found = past.found(render_query(branch.jql or "", self._values(issue)), MOST_FOUND)
        self._step("branch", issue, to=branch.to or branch.jql, issues=[one.key for one in found])
        for other in found:
            if self.matches(branch.when, other):
                self.all(branch.actions, other)

    def _act(self, action: Action, issue: Facts) -> None:
        asking = Asking(
            action_number=len(self.wanted),
            rule_id=self._active.id,
            event=self._event,
            issue=issue,
            around=self._around,
            render=lambda text: render(text, self._values(issue)) if "{" in text else text,
            render_address=lambda url: render_address(url, self._values(issue)),
        )
        for wish in actions.wishes(action, asking):
            if wish.effect is None:
                self._step(action.type, issue, note=wish.note)
                continue
            place = f"rule:{self._active.id}:{self._event.issue_id}:{self._event.key}:{len(self.wanted)}"
            self.wanted.append(Wanted(wish.key or place, wish.effect))
            self._step(wish.effect.kind, issue, **wish.said)

    def _step(self, what: str, issue: Facts, **said: Any) -> None:
        self.steps.append({"step": what, "issue": issue.key, **said})
