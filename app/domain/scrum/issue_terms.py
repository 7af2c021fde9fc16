"""What the values of an issue are known by: the ids and names that a condition of a query may give.

Those of the system fields are written into one line when an issue is kept, so that a search over all issues
compares texts and opens no document. It says the same of each field as `terms_in`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from app.domain.scrum.issue_columns import field_of
from app.domain.scrum.kept_fields import part

_OF_A_PERSON = ("accountId", "key", "name", "displayName")
_OF_A_THING = ("id", "name")
PARTS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("assignee", "reporter", "creator"), _OF_A_PERSON),
    **dict.fromkeys(("issuetype", "priority", "resolution", "security"), _OF_A_THING),
    **dict.fromkeys(("components", "fixVersions", "versions", "labels"), _OF_A_THING),
    "parent": ("id", "key"),
}
"""By system field, what a thing in it is known by."""

ALL_PARTS = ("id", "key", "name", "value", "accountId", "displayName")
"""What a thing in any other field is known by."""

SPRINT = "sprint"
"""Stands for the site's Sprint field, whose terms are the ids of its sprints."""

# Before each term stands the sign of its field, behind it that of an end; within it stands none of them. As
# signs stand for nothing else, a search skips to those of one field.
_SIGNS = dict(zip((*PARTS, SPRINT), map(chr, range(0x0E, 0x1B)), strict=True))
END, _ESCAPE = "\x1f", "\x1e"
_ESCAPED = str.maketrans({chr(sign): _ESCAPE + chr(sign + 0x50) for sign in range(0x0E, 0x20)})
_is_plain = re.compile(r"(?:[\x0e-\x1a][^\x0e-\x1f]+\x1f)*").fullmatch


def folded(text: str) -> str:
    """As names are compared: without difference of case."""
    return text.strip().lower()


def terms_in(value: Any, parts: tuple[str, ...]) -> list[str]:
    """What a field's value is known by, folded, in no order; nothing where it is empty.

    Args:
        value: read; the entries of a list count each.
        parts: of a thing, by Jira's names for them.
    """
    return [term for each in _listed(value) for said in _said(each, parts) if (term := folded(said))]


def _listed(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list | tuple) else (value,)


def _said(value: Any, parts: tuple[str, ...]) -> Iterable[str]:
    if value is None:
        return
    if isinstance(value, Mapping | msgspec.Struct):
        for name in parts:
            found = part(value, name)
            if found is not None:
                yield str(found)
    else:
        yield str(value)


def line_of(fields: Mapping[str, Any], sprint_ids: Iterable[int]) -> str:
    """All terms of an issue's system fields and its sprints: `marked` tells how one stands in it.

    Args:
        fields: as `kept` gives them, read or unread.
        sprint_ids: from the Sprint field.
    """
    said = [f"{_SIGNS[SPRINT]}{sprint}" for sprint in sorted(sprint_ids)]
    # This is done for every event, so what most values look like goes a short way.
    for name, sign, short in _READ:
        value = fields.get(name)
        if value is None:
            continue
        try:
            said += [
                sign + term
                for one in short(value)
                if one is not None and one is not _UNSET and (term := one.strip())
            ]
        except (TypeError, AttributeError, msgspec.MsgspecError):
            every = (one for each in _listed(field_of(fields, name)) for one in _said(each, PARTS[name]))
            said += [sign + term for one in every if (term := one.strip())]
    if not said:
        return ""
    line = END.join(said) + END
    if line.count(END) > len(said) or not _is_plain(line):
        line = "".join(one[0] + one[1:].translate(_ESCAPED) + END for one in said)
    return line.lower()


def marked(field: str, term: str = "") -> str:
    """What the line of an issue holds if the field has the term; without one, if it has any.

    Args:
        field: one of `PARTS`, or `SPRINT`.
        term: folded.
    """
    return _SIGNS[field] + term.translate(_ESCAPED) + END if term else _SIGNS[field]


def terms_of(line: str, field: str) -> frozenset[str]:
    """The terms of a field that the line of an issue holds, folded; those with signs in them are left out."""
    sign = _SIGNS[field]
    return frozenset(one[1:] for one in line.split(END) if one.startswith(sign) and _ESCAPE not in one)


def things_of(line: str, field: str) -> list[tuple[str, str]]:
    """Ids and names of the things in a field, as the line of an issue holds them; see `as_held`.

    Args:
        line: of an issue.
        field: one whose things are known by id and name; nothing where one of them lacks either.
    """
    sign = _SIGNS[field]
    said = [one[1:] for one in line.split(END) if one.startswith(sign)]
    return list(zip(said[::2], said[1::2], strict=True)) if len(said) % 2 == 0 else []


def as_held(term: str) -> str:
    """A name as the line of an issue holds it."""
    return term.strip().translate(_ESCAPED).lower()


_UNSET = msgspec.UNSET


class _Thing(msgspec.Struct):
    id: Any = None
    name: Any = None


def _person(value: Any) -> tuple[Any, ...]:
    return (value.accountId, value.key, value.name, value.displayName)


def _parent(value: Any) -> tuple[Any, ...]:
    return (value.id, value.key)


def _thing(value: Any) -> tuple[Any, ...]:
    return (value.id, value.name)


_labels = msgspec.json.Decoder(list[str]).decode
_read_things = msgspec.json.Decoder(list[_Thing]).decode


def _things(value: Any) -> Iterable[Any]:
    return [one for each in _read_things(value) for one in (each.id, each.name)]


_SHORT: Mapping[str, Callable[[Any], Iterable[Any]]] = {
    **dict.fromkeys(("assignee", "reporter", "creator"), _person),
    **dict.fromkeys(("issuetype", "priority", "resolution"), _thing),
    **dict.fromkeys(("components", "fixVersions", "versions"), _things),
    "security": _thing,
    "labels": _labels,
    "parent": _parent,
}
_READ = [(name, _SIGNS[name], _SHORT[name]) for name in PARTS]
