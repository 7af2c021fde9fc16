"""Groups and roles of people that a rule names: who is in them has to be read before it can be asked."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from app.domain.rules.assign_parts import Assign
from app.domain.rules.condition_parts import InGroup, InRole
from app.domain.rules.document import Rule


def groups_of(rule: Rule) -> set[str]:
    """Names of groups of people that the rule asks for."""
    found = {name for part in _parts(rule) if isinstance(part, InGroup) for name in part.groups}
    return found | {
        part.group for part in _parts(rule) if isinstance(part, Assign) and part.group is not None
    }


def roles_of(rule: Rule) -> set[str]:
    """Names of roles in projects that the rule asks for."""
    found = {name for part in _parts(rule) if isinstance(part, InRole) for name in part.roles}
    return found | {part.role for part in _parts(rule) if isinstance(part, Assign) and part.role is not None}


def _parts(part: Any) -> Iterator[BaseModel]:
    if isinstance(part, BaseModel):
        yield part
        for name in type(part).model_fields:
            yield from _parts(getattr(part, name))
    elif isinstance(part, list):
        for each in part:
            yield from _parts(each)
