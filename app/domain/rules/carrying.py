"""A rule being carried out for an event: its steps, one after the other, and what it wants. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from app.domain.effects import CreateIssue, Effect, WebRequest
from app.domain.jql.memory import Facts
from app.domain.rules import action_parts as parts
from app.domain.rules import actions
from app.domain.rules.action_parts import MOST_FOUND, Action, Branch, CreateVariable, If, Wait
from app.domain.rules.answers import web_response
from app.domain.rules.asking import Around, Asking, commenter_of, mark_of
from app.domain.rules.conditions import find
from app.domain.rules.document import actions_in
from app.domain.rules.errors import TemplateRefused
from app.domain.rules.event import Event, Kept, asking
from app.domain.rules.findings import NOT_SHOWN, Asked
from app.domain.rules.places import Place, action_at, end_of
from app.domain.rules.privacy import Private, host_in
from app.domain.rules.rendering import (
    render,
    render_address,
    render_body,
    render_each,
    render_markdown,
    render_query,
    render_request,
)
from app.domain.rules.smart_values import (
    CREATED,
    LOOKED_UP,
    WEB_RESPONSE,
    IssueValues,
    Several,
    World,
    values_of,
)
from app.domain.rules.triggers import Active

LONGEST_VARIABLE = 10_000
"""Characters: a rule that waits keeps them in the store."""
MOST_LOOKUPS = 100
"""Of one decision: in branches in each other there would be any number."""
_ANSWERED = "go on with the answer of the server. In shadow, in a preview and in a replay none is asked."


@dataclass(frozen=True, slots=True)
class Wanted:
    """An effect that a rule wants.

    Attributes:
        key: of this wish; a repeat of it changes nothing.
    """

    key: str
    effect: Effect


class StopError(Exception):
    """An action said so."""


class WaitError(Exception):
    """An action said so: the rest later."""

    def __init__(self, until: datetime, place: Place) -> None:
        self.until = until
        self.place = place


class Carrying:
    """A rule being carried out: its steps, and what it wants so far.

    What a server answered is told to nobody: texts with it are left out of the steps, and so are variables
    and queries that were made with it.
    """

    def __init__(self, active: Active, event: Event, around: Around) -> None:
        self._active = active
        self._event = event
        self._around = around
        self.steps: list[dict[str, Any]] = []
        self.wanted: list[Wanted] = []
        self.lacks: list[str] = []
        """Why what the conditions read is not whole."""
        self._private = Private(event.kept, shows=around.shows_answers)
        self._stands: Any = active.rule.when
        """The condition or the action at hand."""
        self._known_values: dict[str, Mapping[str, Any]] = {}
        self._parents: dict[str, Facts | None] = {}
        self._world = World(around.things, around.base_url, self._parent, around.past)
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
            around.roles,
            commenter_of(self._event),
        )
        self._stands = condition
        finding = find(condition, asked)
        self.lacks += [why for why in finding.all_lacks if why not in self.lacks]
        self._step("when", issue, **finding.as_json(private=self._private.holds(condition)))
        return finding.holds

    def told(self, error: Exception) -> str:
        """Why it failed, for people."""
        return self._private.told(error, self._stands)

    def _before(self, kept: Kept) -> dict[str, Any]:
        """What the rule itself makes for its texts: as it was before the wait; at first empty."""
        made = [one for one in actions_in(self._active.rule.actions) if isinstance(one, CreateVariable)]
        self._looked_up = kept.private.get(LOOKED_UP, kept.looked_up)
        self._lookups = 0
        self._seen = dict.fromkeys(kept.seen.split())
        variables = {**dict.fromkeys((one.name for one in made), ""), **kept.variables, **kept.private}
        self._variables = variables.keys() - {LOOKED_UP}
        before: dict[str, Any] = {**variables, LOOKED_UP: None}
        if kept.answer is not None:
            before[WEB_RESPONSE] = web_response(kept.answer)
        return before

    @property
    def kept(self) -> Kept:
        """What it takes with it where it goes on later."""
        variables = {name: self._made[name] for name in sorted(self._variables) if self._made[name]}
        private = {name: variables.pop(name) for name in self._private.names & variables.keys()}
        looked_up = self._looked_up
        if LOOKED_UP in self._private.names:
            private[LOOKED_UP], looked_up = looked_up, ""
        return replace(
            self._event.kept,
            variables=variables,
            looked_up=looked_up,
            seen=" ".join(self._seen),
            private=private,
        )

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
        self._made[LOOKED_UP] = Several(IssueValues(one, self._world) for one in found)
        if query:
            shown = self._private.shown("{{ " + LOOKED_UP + " }}", query)
            self._tell_seen("lookup_issues", issue, found, jql=shown)

    def _parent(self, issue: Facts) -> Facts | None:
        """Of which a text asks something."""
        if issue.id not in self._parents:
            found = self._around.past.around(issue, "parent", None)
            self._parents[issue.id] = found[0] if found else None
            if found:
                self._tell_seen("parent", issue, found[:1])
        return self._parents[issue.id]

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
                self._world,
                rule_name=self._active.rule.name,
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
        kept = self._event.kept
        if kept.variables or kept.private:
            said = {**kept.variables, **dict.fromkeys(kept.private.keys() - {LOOKED_UP}, NOT_SHOWN)}
            self._step("resumed", issue, variables=said, seen=kept.seen)
        stands = action_at(rule.actions, place)
        if isinstance(stands, Branch):
            return self._with_created(stands, place)
        if isinstance(stands, parts.WebRequest):
            return self._with_answer(stands, place)
        assert isinstance(stands, Wait)
        matched = self.matches(stands.when, issue)
        if matched:
            self._rest(rule.actions, issue, (), place)
        return matched

    def _rest(self, wanted: Sequence[Action], issue: Facts, before: Place, place: Place) -> bool:
        """What follows a place, from within to without; whether more follows further out.

        What stands behind a web request did not wait for its `then`.
        """
        number, *inner = place
        assert isinstance(number, int)
        if inner:
            name, stands = str(inner[0]), wanted[number]
            goes_on = self._rest(getattr(stands, name), issue, (*before, number, name), tuple(inner[1:]))
            if not goes_on or isinstance(stands, parts.WebRequest):
                return False
        self.all(wanted, issue, before, start=number + 1)
        return True

    def all(self, wanted: Sequence[Action], issue: Facts, place: Place = (), start: int = 0) -> None:
        for number, action in enumerate(wanted[start:], start):
            self._one(action, issue, (*place, number))

    def _one(self, action: Action, issue: Facts, place: Place) -> None:
        self._stands = action
        match action:
            case parts.Log(text=text):
                said = render(text, self._values(issue))
                self._step("log", issue, says=self._private.shown(action, said))
            case parts.Stop():
                self._step("stop", issue)
                raise StopError
            case CreateVariable():
                self._create_variable(action, issue)
            case parts.LookupIssues(jql=jql):
                query = render_query(jql, self._values(issue))
                self._private.mark(LOOKED_UP, jql)
                self._look_up(query, issue)
            case Wait():
                until = end_of(action, self._event.at)
                self._step("wait", issue, until=until.isoformat())
                raise WaitError(until, place)
            case If(when=when, then=then, otherwise=otherwise):
                holds = self.matches(when, issue)
                self.all(then if holds else otherwise, issue, (*place, "then" if holds else "otherwise"))
            case Branch(to="created"):
                self._follow(issue, place)
            case Branch():
                self._branch(action, issue, (*place, "actions"))
            case _:
                self._act(action, issue, place)

    def _create_variable(self, action: CreateVariable, issue: Facts) -> None:
        name = action.name
        text = render(action.value, self._values(issue))
        if len(text) > LONGEST_VARIABLE:
            message = f"the variable {name!r} becomes longer than {LONGEST_VARIABLE} characters"
            raise TemplateRefused(message)
        says = self._private.shown(action, text)
        self._private.mark(name, action.value)
        self._made[name] = text
        self._step("create_variable", issue, name=name, says=says)

    def _branch(self, branch: Branch, issue: Facts, place: Place) -> None:
        past = self._around.past
        if branch.to is not None:
            found = past.around(issue, branch.to, branch.link_type)
        else:
            found = past.found(render_query(branch.jql or "", self._values(issue)), MOST_FOUND)
        self._tell_seen("branch", issue, found, to=branch.to or branch.jql)
        for other in found:
            if self.matches(branch.when, other):
                self.all(branch.actions, other, place)

    def _follow(self, issue: Facts, place: Place) -> None:
        """What is created takes along how the rule goes on with it: it is there when Jira has made it."""
        goes_on = self._goes_on(replace(self._event, resumes=place, kept=self.kept))
        number = 0
        for one, wanted in enumerate(self.wanted):
            if isinstance(wanted.effect, CreateIssue):
                number += 1
                effect = replace(wanted.effect, follow=(*wanted.effect.follow, goes_on))
                self.wanted[one] = replace(wanted, effect=effect)
        self._step("branch", issue, to="created", note=f"It goes on with each of {number} when it is there.")

    def _goes_on(self, event: Event) -> dict[str, Any]:
        """For an effect that takes the rest of the rule along."""
        return {
            "rule": self._active.id,
            "version": self._active.version,
            "event": msgspec.to_builtins(event),
        }

    def _with_created(self, branch: Branch, place: Place) -> bool:
        """The branch, for one issue that was created; whether its condition held."""
        matched = False
        for other in self._created():
            if self.matches(branch.when, other):
                matched = True
                self.all(branch.actions, other, (*place, "actions"))
        return matched

    def _created(self) -> Sequence[Facts]:
        """The issue that the rule created, which its texts can name from here on."""
        found = self._found(self._event.kept.created)
        self._tell_seen("branch", self._around.issue, found, to="created")
        for other in found:
            self._made[CREATED] = IssueValues(other, self._world)
        return found

    def _found(self, key: str) -> Sequence[Facts]:
        return self._around.past.found(f'key = "{key}"', 1)

    def _with_answer(self, request: parts.WebRequest, place: Place) -> bool:
        """What is done with the answer; whether the issue that it was asked for is still there."""
        kept, issue = self._event.kept, self._around.issue
        if kept.created:
            self._created()
        found = self._found(kept.asked_for) if kept.asked_for else [issue]
        self._step("answered", issue, status=(kept.answer or {}).get("status"), seen=kept.seen)
        for one in found:
            self.all(request.then or (), one, (*place, "then"))
        return bool(found)

    def _act(self, action: Action, issue: Facts, place: Place) -> None:
        asked = Asking(
            action_number=len(self.wanted),
            rule_id=self._active.id,
            event=self._event,
            issue=issue,
            around=self._around,
            render=lambda text: render(text, self._values(issue)) if "{" in text else text,
            render_body=lambda text: render_body(text, self._values(issue)) if "{" in text else text,
            render_each=lambda text: render_each(text, self._values(issue)) if "{" in text else [text],
            render_markdown=lambda text: render_markdown(text, self._values(issue)) if "{" in text else text,
            render_address=lambda url: render_address(url, self._values(issue)),
            render_request=lambda text: render_request(text, self._values(issue)),
        )
        if isinstance(action, parts.WebRequest) and self._private.names_any(host_in(action.url)):
            message = "the host of an address cannot be made of what a server answered"
            raise TemplateRefused(message)
        is_private = self._private.holds(action)
        for wish in actions.wishes(action, asked):
            if wish.effect is None:
                note = f"There is nothing to do {NOT_SHOWN}." if is_private else wish.note
                self._step(action.type, issue, note=note)
                continue
            key = wish.key or mark_of(asked, len(self.wanted) - asked.action_number)
            self._step(wish.effect.kind, issue, **({"note": NOT_SHOWN} if is_private else wish.said))
            self.wanted.append(Wanted(key, self._with_rest(action, wish.effect, issue, place)))

    def _with_rest(self, action: Action, effect: Effect, issue: Facts, place: Place) -> Effect:
        """A web request takes along how the rule goes on with the answer."""
        if not isinstance(action, parts.WebRequest) or not isinstance(effect, WebRequest):
            return effect
        effect = replace(effect, private=self._private.holds(action))
        if action.then is None:
            return effect
        asked_for = "" if issue is self._around.issue else issue.key
        kept = replace(self.kept, asked_for=asked_for)
        event = asking(self._event, len(self.wanted), place, kept)
        steps = [one.type for one in action.then]
        self._step("then", issue, steps=steps, note=f"They {_ANSWERED}")
        return replace(effect, follow=(self._goes_on(event),))

    def _step(self, what: str, issue: Facts, **said: Any) -> None:
        about = {"issue": issue.key} if issue.key else {}
        self.steps.append({"step": what, **about, **said})
