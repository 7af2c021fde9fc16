"""A rule as admins write it, in YAML or JSON: checked whole, and with a JSON schema for editors.

No key is one that YAML reads as a boolean.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from app.domain.rules.action_parts import (
    MOST_ACTIONS,
    Action,
    Branch,
    CreateVariable,
    If,
    Wait,
    WebRequest,
)
from app.domain.rules.condition_parts import Condition
from app.domain.rules.parts import Part
from app.domain.rules.smart_values import LATER, LOOKED_UP, NAMES, WEB_RESPONSE
from app.domain.rules.template_rules import SECRETS
from app.domain.rules.trial_parts import Trial
from app.domain.rules.trigger_parts import Trigger

DEEPEST = 5
MOST_ANSWERS = 5
"""Requests of which each needs the answer to the one before."""
_TAKEN = frozenset({*NAMES, LOOKED_UP, WEB_RESPONSE, SECRETS, "self"} - LATER) | frozenset(
    {"true", "false", "none", "True", "False", "None", "and", "or", "not", "in", "is", "if", "else", "loop"}
)
"""What a variable cannot be called: values, and words of templates."""


class Limits(Part):
    """How much a rule may do. Whoever would do more is paused, and an admin is asked."""

    per_event: Annotated[int, Field(ge=1, le=1000, description="Effects of one event.")] = 50
    per_issue_per_day: Annotated[
        int,
        Field(
            ge=1,
            le=1000,
            description="Effects of events of one issue within 24 hours; those without one are not counted.",
        ),
    ] = 20
    per_hour: Annotated[int, Field(ge=1, le=100_000, description="Effects within an hour.")] = 200
    per_day: Annotated[int, Field(ge=1, le=1_000_000, description="Effects within 24 hours.")] = 1000


class Rule(Part):
    """A rule: when something happens, and a condition holds, do something."""

    name: Annotated[
        str,
        Field(
            min_length=1,
            max_length=120,
            description="No two rules of a site have the same.",
            examples=["Bugs from customers are urgent"],
        ),
    ]
    description: Annotated[str, Field(max_length=2000, description="What it is for.")] = ""
    projects: Annotated[
        list[Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]],
        Field(max_length=200, description="Keys; all of the site if left out.", default_factory=list),
    ]
    trigger: Annotated[Trigger, Field(description="When it fires.")]
    when: Annotated[Condition | None, Field(description="On which condition; always if left out.")] = None
    actions: Annotated[
        list[Action],
        Field(min_length=1, max_length=MOST_ACTIONS, description="What it does, one after the other."),
    ]
    limits: Annotated[Limits, Field(description="How much it may do.")] = Limits()
    own_changes: Annotated[
        bool,
        Field(description="Whether it also fires on what Burnish itself changed. Chains may be the end."),
    ] = False
    partial_data: Annotated[
        Literal["decide", "hold"],
        Field(
            description="Where a condition reads what is known not to be whole (a history that was cut, a "
            "field that Jira hides, issues not read yet): `decide` all the same and say so, or `hold` what "
            "the rule wants, and pause it, until an admin resumes it."
        ),
    ] = "decide"

    tests: Annotated[
        list[Trial], Field(max_length=200, default_factory=list, description="Run by `burnish rules test`.")
    ]

    @model_validator(mode="after")
    def _not_too_deep(self) -> "Rule":
        if _depth(self.actions) > DEEPEST:
            message = f"`if` and `branch` stand in each other at most {DEEPEST} deep"
            raise ValueError(message)
        if _answers(self.actions) > MOST_ANSWERS:
            message = f"the `then` of web requests stand in each other at most {MOST_ANSWERS} deep"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _variables_have_names_of_their_own(self) -> "Rule":
        for one in actions_in(self.actions):
            if isinstance(one, CreateVariable) and one.name in _TAKEN:
                message = f"a variable cannot be called {one.name!r}: that is a value, or a word of templates"
                raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _waits_outside_branches(self) -> "Rule":
        if any(_waits(one.actions) for one in actions_in(self.actions) if isinstance(one, Branch)):
            message = "a `wait` may not stand in a `branch`; wait before it"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _created_outside_branches(self) -> "Rule":
        inner = (one for each in actions_in(self.actions) if isinstance(each, Branch) for one in each.actions)
        if any(isinstance(one, Branch) and one.to == "created" for one in actions_in(list(inner))):
            message = "a branch to created issues may not stand in another branch"
            raise ValueError(message)
        return self


def actions_in(actions: "list[Action]") -> Iterator[Action]:
    """All of them, also those in others, in the order in which they stand."""
    for one in actions:
        yield one
        for nested in _nested(one):
            yield from actions_in(nested)


def _nested(action: "Action") -> "list[list[Action]]":
    """The lists of actions that stand in one."""
    match action:
        case If():
            return [action.then, action.otherwise]
        case Branch():
            return [action.actions]
        case WebRequest(then=list(then)):
            return [then]
        case _:
            return []


def _waits(actions: "list[Action]") -> bool:
    return any(isinstance(one, Wait) for one in actions_in(actions))


def _depth(actions: "list[Action]") -> int:
    """Of `if` and `branch`."""
    inner = [_depth(nested) - isinstance(one, WebRequest) for one in actions for nested in _nested(one)]
    return 1 + max(inner, default=0)


def _answers(actions: "list[Action]") -> int:
    """Of the `then` of web requests."""
    inner = [_answers(nested) + isinstance(one, WebRequest) for one in actions for nested in _nested(one)]
    return max(inner, default=0)


def schema() -> dict[str, Any]:
    """JSON schema of a rule, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Rule.model_json_schema(by_alias=True),
    }
