"""Rules that are decided once for each event, without an issue: what in them would need one. Pure.

What a rule names where there is no issue is refused when it is saved, never found out when it fires.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, get_args

from app.domain.jql.memory import Facts
from app.domain.rules import action_parts as parts
from app.domain.rules.action_parts import Action, Branch, Create, If, Wait, WebRequest
from app.domain.rules.condition_parts import (
    AllOf,
    AnyOf,
    CompareCondition,
    Compared,
    Condition,
    InGroupCondition,
    NotOf,
)
from app.domain.rules.document import Rule
from app.domain.rules.once_parts import in_projects, is_once
from app.domain.rules.rendering import names_in
from app.domain.rules.secrets import texts_in
from app.domain.rules.sprint_parts import CompleteSprint, CreateSprint, StartSprint
from app.domain.rules.tidy_parts import CreateVersion
from app.domain.rules.trial_parts import BROUGHT
from app.domain.rules.trigger_parts import MetricCrossed, Scheduled, ThingHappened, Trigger
from app.domain.rules.work_parts import Message

Fault = tuple[str, str]
WITHOUT_ISSUE = (
    Create,
    CreateVersion,
    CreateSprint,
    StartSprint,
    CompleteSprint,
    Message,
    WebRequest,
    Wait,
    parts.CreateVariable,
    parts.LookupIssues,
    parts.Log,
    parts.Stop,
    If,
    Branch,
)
"""Actions that need no issue."""
TYPES_WITHOUT_ISSUE = tuple(get_args(each.model_fields["type"].annotation)[0] for each in WITHOUT_ISSUE)
_NESTED = {"actions", "then", "otherwise", "when", "type"}
_ROLES = frozenset({"initiator", "assignee", "reporter", "creator"})
_WHY = "the rule is decided once, without an issue"
_WAY_OUT = "put it into a `branch` with `jql` (or `to: created`)"


def no_issue(at: datetime) -> Facts:
    """What stands in the place of the issue where an event is about none."""
    return Facts("", "", "", "", "", at, at, {})


def faults_of(rule: Rule) -> list[Fault]:
    """What needs an issue and has none, with its places and the way out."""
    found = [*_of_trigger(rule.trigger), *_of_tests(rule)]
    if not is_once(rule.trigger):
        return found
    return [
        *found,
        *_of_projects(rule),
        *_of_condition("when", rule.when),
        *_of_actions("actions", rule.actions),
    ]


def _of_trigger(trigger: Trigger) -> Iterator[Fault]:
    """It fires for what a query finds, or once."""
    jql, once = getattr(trigger, "jql", None), is_once(trigger)
    if jql is None and not once and isinstance(trigger, Scheduled | ThingHappened | MetricCrossed):
        yield (
            "trigger/jql",
            (
                "is needed: the rule is decided for each issue that it finds. Or write `once: true`: it is "
                "decided once then, without an issue"
            ),
        )
    if jql is not None and once:
        yield (
            "trigger/jql",
            (
                "does not go with `once`: leave it out, and find issues with `lookup_issues`, or a `branch` "
                "with `jql`"
            ),
        )


def _of_tests(rule: Rule) -> Iterator[Fault]:
    once = is_once(rule.trigger)
    brings = BROUGHT.get(rule.trigger.type.partition("_")[0])
    for number, trial in enumerate(rule.tests):
        given, place = trial.given, f"tests/{number}/given"
        if once and given.issue is not None:
            yield f"{place}/issue", f"{_WHY}: leave it out"
        if not once and given.issue is None:
            yield f"{place}/issue", "is needed"
        for word in BROUGHT.values():
            if word != brings and getattr(given, word) is not None:
                yield f"{place}/{word}", f"the trigger `{rule.trigger.type}` brings no {word}"


def _of_projects(rule: Rule) -> Iterator[Fault]:
    if rule.projects and not in_projects({"type": rule.trigger.type, "once": True}):
        yield (
            "projects",
            (
                f"{_WHY}, and its event happens in no project: leave `projects` out, and name the project in "
                "the `jql` of a `branch` or `lookup_issues`, or in `create`"
            ),
        )


def _of_actions(place: str, actions: Sequence[Action], *, inside: bool = False) -> Iterator[Fault]:
    """`inside` a branch there are issues."""
    for number, action in enumerate(actions):
        yield from _of_action(f"{place}/{number}", action, inside=inside)


def _of_action(place: str, action: Action, *, inside: bool) -> Iterator[Fault]:
    if not inside and not isinstance(action, WITHOUT_ISSUE):
        yield place, f"`{action.type}` needs an issue, and {_WHY}: {_WAY_OUT}"
        return
    yield from _of_texts(place, action.model_dump(exclude=_NESTED), inside=inside)
    match action:
        case Create() if not inside:
            yield from _of_create(place, action)
        case CreateVersion(project=None) if not inside:
            yield f"{place}/project", f"is needed: {_WHY}, whose project it could be"
        case Branch():
            if not inside and action.to not in {None, "created"}:
                yield f"{place}/to", f"{action.to} is that of an issue, and {_WHY}: branch to a `jql`"
            yield from _of_condition(f"{place}/when", action.when, inside=True)
            yield from _of_actions(f"{place}/actions", action.actions, inside=True)
        case If():
            yield from _of_condition(f"{place}/when", action.when, inside=inside)
            yield from _of_actions(f"{place}/then", action.then, inside=inside)
            yield from _of_actions(f"{place}/otherwise", action.otherwise, inside=inside)
        case Wait():
            yield from _of_condition(f"{place}/when", action.when)
        case WebRequest():
            yield from _of_actions(f"{place}/then", action.then or [], inside=inside)
        case _:
            pass


def _of_create(place: str, create: Create) -> Iterator[Fault]:
    if create.project is None:
        yield f"{place}/project", f"is needed: {_WHY}, of which the new one could have the project"
    if create.link_type is not None:
        yield (
            f"{place}/link_type",
            (f"{_WHY}, with which the new one could be linked: use `link` in a `branch` with `to: created`"),
        )


def _of_texts(place: str, given: Mapping[str, Any], *, inside: bool) -> Iterator[Fault]:
    for where, text in texts_in(place, given):
        names = names_in(text)
        if "triggerIssue" in names:
            yield where, f"there is no value 'triggerIssue': {_WHY}"
        if "issue" in names and not inside:
            yield (
                where,
                (
                    f"there is no value 'issue': {_WHY}. Name the values of the event (sprint, version, "
                    f"board, webhook, metric, now), lookupIssues after a `lookup_issues`, or {_WAY_OUT}"
                ),
            )


def _of_condition(place: str, condition: Condition | None, *, inside: bool = False) -> Iterator[Fault]:
    match condition:
        case None:
            return
        case AllOf(all=conditions):
            for number, each in enumerate(conditions):
                yield from _of_condition(f"{place}/all/{number}", each, inside=inside)
        case AnyOf(any=conditions):
            for number, each in enumerate(conditions):
                yield from _of_condition(f"{place}/any/{number}", each, inside=inside)
        case NotOf(negated=negated):
            yield from _of_condition(f"{place}/not", negated, inside=inside)
        case CompareCondition(compare=Compared() as compared):
            yield from _of_texts(f"{place}/compare", compared.model_dump(), inside=inside)
        case InGroupCondition(in_group=wanted) if wanted.who not in _ROLES:
            return
        case _ if not inside:
            yield (
                place,
                (
                    f"this is asked of an issue, and {_WHY}: `compare` values of the event or what a "
                    "`lookup_issues` found, or ask in a `branch` with `jql`"
                ),
            )
        case _:
            return
