"""What a rule is made of, each part with its place in the document."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from app.domain.rules.action_parts import Branch, LookupIssues
from app.domain.rules.condition_parts import JqlCondition, Related
from app.domain.rules.document import Rule
from app.domain.rules.trigger_parts import IncomingWebhook

_MAY_HOLD_VALUES = (Branch, IncomingWebhook, LookupIssues)
"""What has a `jql` that is whole only when it is asked."""


def parts_of(place: str, part: Any) -> Iterator[tuple[str, Any]]:
    """All models of the rule, and all JQL that stands as a text, with their places."""
    if isinstance(part, BaseModel):
        yield place, part
        for name, field in type(part).model_fields.items():
            value = getattr(part, name)
            called = field.alias or name
            where = f"{place}/{called}" if place else called
            if isinstance(value, str) and _is_query(part, called):
                yield where, JqlCondition(jql=value)
            elif isinstance(value, BaseModel | list):
                yield from parts_of(where, value)
    elif isinstance(part, list):
        for number, each in enumerate(part):
            where = f"{place}/{number}"
            if isinstance(each, str) and place.rpartition("/")[2] in {"all", "any"}:
                yield where, JqlCondition(jql=each)
            else:
                yield from parts_of(where, each)


def _is_query(part: BaseModel, called: str) -> bool:
    if called == "jql":
        return not isinstance(part, (*_MAY_HOLD_VALUES, JqlCondition))
    return called in {"when", "not"}


def queries_of(rule: Rule) -> list[tuple[str, str]]:
    """All JQL of the rule, with its places; but for such as holds values, which is whole only when asked."""
    found = []
    for place, part in parts_of("", rule):
        match part:
            case JqlCondition(jql=jql):
                found.append((place, jql))
            case Branch(jql=str(jql)) | IncomingWebhook(jql=str(jql)) | LookupIssues(jql=jql):
                found.append((f"{place}/jql", jql))
            case _:
                pass
    return [(place, jql) for place, jql in found if "{{" not in jql]


def looks_around(rule: Rule) -> bool:
    """Whether what it decides about an issue rests on what other issues are like."""
    return any(
        isinstance(part, Related | LookupIssues) or (isinstance(part, Branch) and part.to != "created")
        for _, part in parts_of("", rule)
    )
