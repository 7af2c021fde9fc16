"""What goes on with an issue that the rule created: there at once in Jira, here when Jira has made it."""

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

from app.domain.rules.automation.told import UnknownError
from app.domain.rules.secrets import texts_in
from app.domain.rules.smart_values import CREATED

CREATE_ISSUE, CREATE = "jira.issue.create", "create"
_BRANCH = "jira.issue.related"


def is_needed_by(component: Any, rest: Sequence[Any]) -> bool:
    """Whether what stands behind an action that creates an issue names that issue, before there is another.

    Where another branch to created issues stands there, too, it could not stand in a branch.
    """
    if _type_of(component) != CREATE_ISSUE:
        return False
    mine = list(takewhile(lambda each: _type_of(each) != CREATE_ISSUE, rest))
    is_named = any(CREATED in text for _, text in texts_in("", mine))
    return is_named and not any(_is_branch(each) for each in rest)


def _type_of(component: Any) -> Any:
    return component.get("type") if isinstance(component, Mapping) else None


def _is_branch(component: Any) -> bool:
    if isinstance(component, list):
        return any(_is_branch(each) for each in component)
    if not isinstance(component, Mapping):
        return False
    value = component.get("value")
    is_one = component.get("type") == _BRANCH and isinstance(value, Mapping)
    if is_one and isinstance(value, Mapping) and value.get("relatedType") == "created":
        return True
    return _is_branch(component.get("children"))


def with_created(actions: list[dict[str, Any]], *, back: bool) -> list[dict[str, Any]]:
    """The actions, once the new issue is there; `back` for the issue that the rule is about."""
    if not back:
        return [{"type": "branch", "to": "created", "actions": actions}]
    again = {"type": "branch", "jql": "key = {{ triggerIssue.key }}", "actions": actions}
    return [{"type": "branch", "to": "created", "actions": [again]}]


def no_created(said: str) -> UnknownError:
    """A text names a new issue where it is not clear which."""
    return UnknownError(
        f"It names the issue that an earlier step created: {said}",
        "Write a `branch` with `to: created`; in it {{ createdIssue.key }} is the new issue.",
    )
