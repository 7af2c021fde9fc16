"""What is told of an import, what is known of the site, and reading values whose shapes nobody documented."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

_LONGEST = 300
_DEEPEST = 20
_HIDDEN = frozenset({"headers", "customBody", "keyOrValue", "webhookUrl"})
"""Names of values that may hold a secret."""


class Fate(StrEnum):
    """What became of a part.

    Attributes:
        NOT_MADE: because of it the rule is not made: it would be about more than it was.
        LEFT_OUT: the rule is made without it.
        CHANGED: it is made, and is not quite the same.
    """

    NOT_MADE = "rule not made"
    LEFT_OUT = "left out"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Told:
    """A part of an export that could not be taken over as it was.

    Attributes:
        rule: its name.
        where: path in the rule, such as `components/2/children/0`.
        type: of the component, such as `jira.issue.clone`.
        did: what it would have done, or what of it is not understood.
        instead: what to do.
    """

    rule: str
    where: str
    type: str
    fate: Fate
    did: str
    instead: str


@dataclass(frozen=True, slots=True)
class Known:
    """What ids of the site mean, for exports name things by them.

    Attributes:
        projects: keys by id.
        types: names of issue types by id.
        fields: ids of custom fields by name in lower case; several where a name is taken twice.
        link_types: names by id.
        has_service_projects: whether comments may be for customers, too.
    """

    projects: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    link_types: Mapping[str, str] = field(default_factory=dict)
    has_service_projects: bool = False


class UnknownError(Exception):
    """A part that is not understood.

    Attributes:
        did: what it would have done, or what of it is not understood.
        instead: what to do.
    """

    def __init__(self, did: str, instead: str) -> None:
        super().__init__(did)
        self.did = did[:_LONGEST]
        self.instead = instead


def shown(value: Any) -> str:
    """A value of an export, short; what may hold a secret in it is left out."""
    return json.dumps(_open(value, _DEEPEST), ensure_ascii=False, default=str)[:_LONGEST]


def _open(value: Any, deep: int) -> Any:
    if not isinstance(value, Mapping | list):
        return value
    if not deep:
        return "..."
    if isinstance(value, Mapping):
        return {
            name: "(not shown)" if name in _HIDDEN and each else _open(each, deep - 1)
            for name, each in value.items()
        }
    return [_open(each, deep - 1) for each in value]


def strange(value: Any) -> UnknownError:
    """A value of a shape that we do not know."""
    return UnknownError(f"Its value is not understood: {shown(value)}", "Write this part by hand.")


def mapping(value: Any) -> Mapping[str, Any]:
    """An object; nothing is an empty one.

    Raises:
        UnknownError: it is something else.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise strange(value)
    return value


def items(value: Any) -> Sequence[Any]:
    """A list; nothing is an empty one.

    Raises:
        UnknownError: it is something else.
    """
    if value is None:
        return ()
    if not isinstance(value, list):
        raise strange(value)
    return value


def text(value: Any) -> str:
    """A text that says something.

    Raises:
        UnknownError: it is none, or is empty.
    """
    if not isinstance(value, str) or not value.strip():
        raise strange(value)
    return value


def only(value: Mapping[str, Any], *, known: str, empty: str = "") -> None:
    """Refuse keys that we do not know, and values where only nothing is understood.

    Args:
        value: of a component.
        known: names of keys, parted by spaces.
        empty: names of keys that may be there when they hold nothing.

    Raises:
        UnknownError: with the first key that is not understood.
    """
    for name, held in value.items():
        if name in known.split() or (name in empty.split() and not held):
            continue
        raise UnknownError(f"`{name}` is not understood: {shown(held)}", "Write this part by hand.")


def reference(value: Any) -> tuple[str, str]:
    """What a thing is called by: `ID` or `NAME`, and that.

    Raises:
        UnknownError: it is called otherwise.
    """
    found = mapping(value)
    if found.get("modifier") or found.get("source") or found.get("type") not in ("ID", "NAME"):
        raise strange(value)
    return found["type"], literal(found.get("value"))


def literal(value: Any) -> str:
    """A text that holds no smart values.

    Raises:
        UnknownError: it does, or is none.
    """
    said = text(value)
    if "{{" in said:
        raise UnknownError(f"A smart value stands where we take none: {said}", "Name the thing itself.")
    return said


def field_id(value: Any, known: Known) -> str:
    """A field by its id: two fields of one name would be bound to either.

    Raises:
        UnknownError: the site has none, or several, of that name.
    """
    kind, name = reference(value)
    if kind == "ID":
        return name
    found = known.fields.get(name.lower(), ())
    if len(found) == 1:
        return found[0]
    told = f"called {name!r}: {', '.join(found)}" if found else f"called {name!r} in the store"
    raise UnknownError(
        f"There are {len(found) or 'no'} fields {told}.", "Name the field by its id (customfield_...)."
    )
