"""Groups and roles of people that a rule names: who is in them has to be read before it can be asked."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from app.domain.rules.assign_parts import Assign
from app.domain.rules.comment_parts import Readers
from app.domain.rules.condition_parts import InGroup, InRole
from app.domain.rules.document import Rule
from app.domain.rules.rule_parts import parts_of
from app.domain.rules.site_names import Fault, unknown
from app.domain.rules.work_parts import Notify


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


def unfound(rule: Rule, roles: Mapping[str, Collection[str]], groups: Collection[str]) -> list[Fault]:
    """Roles and groups that the rule names and the site does not have, with places and near names.

    Args:
        rule: as it was read.
        roles: names by key of the project; of those whose roles are known.
        groups: names; none where they are not known.
    """
    projects = rule.projects or roles.keys()
    there = {name for key in projects for name in roles.get(key, ())} if roles.keys() >= {*projects} else ()
    where = f"in {', '.join(rule.projects)}" if rule.projects else "in any project"
    found: list[Fault] = []
    for place, part in parts_of("", rule):
        for at, name in _roles_named(part):
            found += unknown(f"{place}/{at}", f"role {where}", [name], there)
        for at, name in _groups_named(part):
            found += unknown(f"{place}/{at}", "group", [name], groups)
    return found


def _roles_named(part: Any) -> Iterator[tuple[str, str | None]]:
    match part:
        case InRole(roles=several):
            yield from ((f"roles/{number}", name) for number, name in enumerate(several))
        case Assign(role=role) | Readers(role=role):
            yield "role", role
        case _:
            pass


def _groups_named(part: Any) -> Iterator[tuple[str, str | None]]:
    match part:
        case InGroup(groups=several) | Notify(groups=several):
            yield from ((f"groups/{number}", name) for number, name in enumerate(several))
        case Assign(group=group) | Readers(group=group):
            yield "group", group
        case _:
            pass


def _parts(part: Any) -> Iterator[BaseModel]:
    if isinstance(part, BaseModel):
        yield part
        for name in type(part).model_fields:
            yield from _parts(getattr(part, name))
    elif isinstance(part, list):
        for each in part:
            yield from _parts(each)
