"""What a rule does about an event.

Pure: the same rule, event and past give the same decision, live or replayed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any

import msgspec

from app.domain.effects import CreateIssue, Effect
from app.domain.jql.memory import Facts
from app.domain.rules import actions
from app.domain.rules.action_parts import (
    MOST_FOUND,
    Action,
    Branch,
    CreateVariable,
    If,
    Log,
    LookupIssues,
    Stop,
    Wait,
)
from app.domain.rules.asking import Around, Asking, mark_of
from app.domain.rules.conditions import find
from app.domain.rules.document import actions_in
from app.domain.rules.errors import TemplateRefused
from app.domain.rules.event import Event, Kept, resumed
from app.domain.rules.findings import Asked
from app.domain.rules.rendering import (
    render,
    render_address,
    render_each,
    render_query,
    render_request,
)
from app.domain.rules.smart_values import CREATED, LOOKED_UP, IssueValues, When, values_of
from app.domain.rules.triggers import Active, fires
from app.errors import NotUnderstood

_Place = tuple[int | str, ...]
LONGEST_VARIABLE = 10_000
"""Characters: a rule that waits keeps them in the store."""
MOST_LOOKUPS = 100
"""Of one decision: in branches in each other there would be any number."""


class Outcome(StrEnum):
    """How a decision ended.

    Attributes:
        ACTED: it wants effects.
        NOTHING: it matched, and nothing was to be done.
        NOT_MATCHED: the condition was false.
        WAITS: it does nothing yet, and goes on later.
        OWN_CHANGE: Burnish itself did it, and the rule does not ask for that.
        HELD: it wants more than it may, is paused, or rests on partial data and says `hold`; what it wants
            waits for an admin.
        DROPPED: it was held, and an admin let it go.
        FAILED: a text or a name of it could not be understood; it has no effect.
    """

    ACTED = "acted"
    NOTHING = "nothing to do"
    NOT_MATCHED = "not matched"
    WAITS = "waits"
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
        waits_for: the event with which it goes on, at its instant; None where it is at its end.
    """

    rule: Active
    event: Event
    issue_key: str
    outcome: Outcome
    steps: tuple[Mapping[str, Any], ...] = ()
    wanted: tuple[Wanted, ...] = ()
    reason: str | None = None
    waits_for: Event | None = None


def decide(active: Active, event: Event, around: Around) -> Decision | None:
    """What the rule does; None where its trigger is not about the event at all."""
    rule = active.rule
    if not event.resumes and not fires(rule.trigger, event, around.catalogue):
        return None
    made = partial(Decision, active, event, around.issue.key)
    is_own = event.author is not None and event.author == around.own_account
    if is_own and not rule.own_changes and not event.resumes:
        return made(Outcome.OWN_CHANGE)
    carrying = _Carrying(active, event, around)
    waits_for = None
    try:
        matched = carrying.whole()
    except _StopError:
        matched = True
    except _WaitError as wait:
        matched, waits_for = True, resumed(event, wait.until, wait.place, carrying.kept)
    except (NotUnderstood, TemplateRefused) as error:
        carrying.say_what_lacks()
        return made(Outcome.FAILED, tuple(carrying.steps), reason=str(error))
    carrying.say_what_lacks()
    outcome, reason = Outcome.NOT_MATCHED, None
    if matched and carrying.wanted:
        reason = _why_held(active, len(carrying.wanted), around.issue.key, carrying.lacks)
        outcome = Outcome.ACTED if reason is None else Outcome.HELD
    elif matched:
        outcome = Outcome.NOTHING if waits_for is None else Outcome.WAITS
    return made(outcome, tuple(carrying.steps), tuple(carrying.wanted), reason, waits_for)


def _why_held(active: Active, number: int, issue_key: str, lacks: Sequence[str]) -> str | None:
    """Why so many effects wait for an admin; `lacks` is why what the conditions read is not whole."""
    rule = active.rule
    if number > rule.limits.per_event:
        return f"{number} effects of one event; `limits.per_event` is {rule.limits.per_event}."
    if lacks and rule.partial_data == "hold":
        return f"`partial_data` is hold, and {issue_key} is judged by what is not whole: {' '.join(lacks)}"
    return "The rule is paused." if active.paused else None


class _StopError(Exception):
    """An action said so."""


class _WaitError(Exception):
    """An action said so: the rest later."""

    def __init__(self, until: datetime, place: _Place) -> None:
        self.until = until
        self.place = place


class _Carrying:
    """A rule being carried out: its steps, and what it wants so far."""

    def __init__(self, active: Active, event: Event, around: Around) -> None:
        self._active = active
        self._event = event
        self._around = around
        self.steps: list[dict[str, Any]] = []
        self.wanted: list[Wanted] = []
        self.lacks: list[str] = []
        """Why what the conditions read is not whole."""
        self._known_values: dict[str, Mapping[str, Any]] = {}
        self._made: dict[str, Any] = self._before(event.kept)

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
            around.groups,
            around.lacking,
            around.findings if issue is around.issue else {},
        )
        finding = find(condition, asked)
        self.lacks += [why for why in finding.all_lacks if why not in self.lacks]
        self._step("when", issue, **finding.as_json())
        return finding.holds

    def _before(self, kept: Kept) -> dict[str, Any]:
        """What the rule itself makes for its texts: as it was before the wait; at first empty."""
        made = [one for one in actions_in(self._active.rule.actions) if isinstance(one, CreateVariable)]
        self._looked_up = kept.looked_up
        self._lookups = 0
        self._seen = dict.fromkeys(kept.seen.split())
        return {LOOKED_UP: None, **dict.fromkeys((one.name for one in made), ""), **kept.variables}

    @property
    def kept(self) -> Kept:
        """What it takes with it where it waits."""
        variables = {name: text for name, text in self._made.items() if name != LOOKED_UP and text}
        return Kept(variables, self._looked_up, " ".join(self._seen))

    def _values(self, issue: Facts) -> Mapping[str, Any]:
        if self._made[LOOKED_UP] is None:
            self._look_up(self._looked_up, self._around.issue)
        return {**self._of_event(issue), **self._made}

    def _look_up(self, query: str, issue: Facts) -> None:
        """Also anew after a wait, as the site is then."""
        around = self._around
        self._lookups += 1
        if self._lookups > MOST_LOOKUPS:
            message = f"more than {MOST_LOOKUPS} lookups for one event; look up before the branch"
            raise TemplateRefused(message)
        found = around.past.listed(query, MOST_FOUND) if query else ()
        self._looked_up = query
        self._made[LOOKED_UP] = [IssueValues(one, around.catalogue, around.base_url) for one in found]
        if query:
            self._tell_seen("lookup_issues", issue, found, jql=query)

    def _tell_seen(self, step: str, issue: Facts, found: Sequence[Facts], **said: Any) -> None:
        keys = [one.key for one in found]
        self._seen |= dict.fromkeys(keys)
        self._step(step, issue, **said, issues=keys)

    def _of_event(self, issue: Facts) -> Mapping[str, Any]:
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

    def say_what_lacks(self) -> None:
        """Whatever the decision rests on and is known not to be whole, also where no condition reads it."""
        issue = self._around.issue
        if reasons := self._around.lacking(issue.id).reasons:
            self._step("partial data", issue, reasons=reasons)

    def whole(self) -> bool:
        """From the beginning, or from where it waited; whether the condition held."""
        rule, issue, place = self._active.rule, self._around.issue, self._event.resumes
        if not place:
            matched = self.matches(rule.when, issue)
            if matched:
                self.all(rule.actions, issue)
            return matched
        if kept := self._event.kept.variables:
            self._step("resumed", issue, variables=dict(kept), seen=self._event.kept.seen)
        stands = _at(rule.actions, place)
        if isinstance(stands, Branch):
            return self._with_created(stands, self._event.kept.created)
        assert isinstance(stands, Wait)
        matched = self.matches(stands.when, issue)
        if matched:
            self._rest(rule.actions, issue, (), place)
        return matched

    def _rest(self, wanted: Sequence[Action], issue: Facts, before: _Place, place: _Place) -> None:
        """What follows a place, from within to without."""
        number, *inner = place
        assert isinstance(number, int)
        if inner:
            name = str(inner[0])
            self._rest(getattr(wanted[number], name), issue, (*before, number, name), tuple(inner[1:]))
        self.all(wanted, issue, before, start=number + 1)

    def all(self, wanted: Sequence[Action], issue: Facts, place: _Place = (), start: int = 0) -> None:
        for number, action in enumerate(wanted[start:], start):
            self._one(action, issue, (*place, number))

    def _one(self, action: Action, issue: Facts, place: _Place) -> None:
        match action:
            case Log(text=text):
                self._step("log", issue, says=render(text, self._values(issue)))
            case Stop():
                self._step("stop", issue)
                raise _StopError
            case CreateVariable(name=name, value=value):
                self._made[name] = text = render(value, self._values(issue))
                if len(text) > LONGEST_VARIABLE:
                    message = f"the variable {name!r} becomes longer than {LONGEST_VARIABLE} characters"
                    raise TemplateRefused(message)
                self._step("create_variable", issue, name=name, says=text)
            case LookupIssues(jql=jql):
                query = render_query(jql, self._values(issue))
                self._look_up(query, issue)
            case Wait():
                until = _end_of(action, self._event.at)
                self._step("wait", issue, until=until.isoformat())
                raise _WaitError(until, place)
            case If(when=when, then=then, otherwise=otherwise):
                holds = self.matches(when, issue)
                self.all(then if holds else otherwise, issue, (*place, "then" if holds else "otherwise"))
            case Branch(to="created"):
                self._follow(issue, place)
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
        self._tell_seen("branch", issue, found, to=branch.to or branch.jql)
        for other in found:
            if self.matches(branch.when, other):
                self.all(branch.actions, other)

    def _follow(self, issue: Facts, place: _Place) -> None:
        """What is created takes along how the rule goes on with it: it is there when Jira has made it."""
        event = replace(self._event, resumes=place, kept=self.kept)
        goes_on = {
            "rule": self._active.id,
            "version": self._active.version,
            "event": msgspec.to_builtins(event),
        }
        number = 0
        for one, wanted in enumerate(self.wanted):
            if isinstance(wanted.effect, CreateIssue):
                number += 1
                effect = replace(wanted.effect, follow=(*wanted.effect.follow, goes_on))
                self.wanted[one] = replace(wanted, effect=effect)
        self._step("branch", issue, to="created", note=f"It goes on with each of {number} when it is there.")

    def _with_created(self, branch: Branch, key: str) -> bool:
        """The branch, for one issue that was created; whether its condition held."""
        found = self._around.past.found(f'key = "{key}"', 1)
        self._tell_seen("branch", self._around.issue, found, to="created")
        matched = False
        for other in found:
            self._made[CREATED] = IssueValues(other, self._around.catalogue, self._around.base_url)
            if self.matches(branch.when, other):
                matched = True
                self.all(branch.actions, other)
        return matched

    def _act(self, action: Action, issue: Facts) -> None:
        asking = Asking(
            action_number=len(self.wanted),
            rule_id=self._active.id,
            event=self._event,
            issue=issue,
            around=self._around,
            render=lambda text: render(text, self._values(issue)) if "{" in text else text,
            render_each=lambda text: render_each(text, self._values(issue)) if "{" in text else [text],
            render_address=lambda url: render_address(url, self._values(issue)),
            render_request=lambda text: render_request(text, self._values(issue)),
        )
        for wish in actions.wishes(action, asking):
            if wish.effect is None:
                self._step(action.type, issue, note=wish.note)
                continue
            place = mark_of(asking, len(self.wanted) - asking.action_number)
            self.wanted.append(Wanted(wish.key or place, wish.effect))
            self._step(wish.effect.kind, issue, **wish.said)

    def _step(self, what: str, issue: Facts, **said: Any) -> None:
        self.steps.append({"step": what, "issue": issue.key, **said})


def _at(actions: Sequence[Action], place: _Place) -> Action:
    number, *inner = place
    assert isinstance(number, int)
    found = actions[number]
    return _at(getattr(found, str(inner[0])), tuple(inner[1:])) if inner else found


def _end_of(wait: Wait, since: datetime) -> datetime:
    if wait.working:
        return When(since).plusBusinessDays(wait.days or 0).at
    return since + timedelta(days=wait.days or 0, hours=wait.hours or 0, minutes=wait.minutes or 0)
