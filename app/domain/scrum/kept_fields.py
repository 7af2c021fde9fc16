"""What is kept of an issue's fields: all that says something, and no addresses of pictures.

Jira repeats with every issue how people, statuses and linked issues look: avatars, icons, links to itself.
That is half of a document, changes for reasons of its own, and nobody asks for it here; it is left out.
Long texts are kept apart, because they rarely change: a new status does not write the description again.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec

from app.domain.scrum.nesting import shallow

# Kept apart, read from their own place, or without end.
NOT_KEPT = frozenset({"comment", "worklog", "attachment", "lastViewed"})
_NULL = msgspec.Raw(b"null")
_TEXTS = frozenset({"description", "environment"})
# A text this long is kept apart whatever its field is; below, a row of its own costs more than it saves.
_LONG_BYTES = 500
# For more than this `hashlib` lets other threads run. Whoever waits for the interpreter is woken by that,
# finds it taken again, and waits anew, for as long as issues are read.
_AT_ONCE = 2047
_CUSTOM = "customfield_"
_QUOTE = ord('"')

_write = msgspec.json.Encoder().encode


class _Slim(msgspec.Struct, omit_defaults=True):
    """What is not named is left out; what is missing stays missing."""


class _Category(_Slim):
    id: Any = msgspec.UNSET
    key: Any = msgspec.UNSET
    name: Any = msgspec.UNSET


class _Person(_Slim):
    """`key` and `name` on Data Center, `accountId` on Cloud. No address: nobody is written to."""

    accountId: Any = msgspec.UNSET  # noqa: N815 - Jira's own words, here and below
    key: Any = msgspec.UNSET
    name: Any = msgspec.UNSET
    displayName: Any = msgspec.UNSET  # noqa: N815
    active: Any = msgspec.UNSET
    accountType: Any = msgspec.UNSET  # noqa: N815


class _Status(_Slim):
    id: Any = msgspec.UNSET
    name: Any = msgspec.UNSET
    statusCategory: _Category | msgspec.UnsetType | None = msgspec.UNSET  # noqa: N815


class _Type(_Slim):
    id: Any = msgspec.UNSET
    name: Any = msgspec.UNSET
    subtask: Any = msgspec.UNSET
    hierarchyLevel: Any = msgspec.UNSET  # noqa: N815


class _Named(_Slim):
    id: Any = msgspec.UNSET
    key: Any = msgspec.UNSET
    name: Any = msgspec.UNSET


class _MentionFields(_Slim):
    summary: Any = msgspec.UNSET
    status: _Status | msgspec.UnsetType | None = msgspec.UNSET
    issuetype: _Type | msgspec.UnsetType | None = msgspec.UNSET
    priority: _Named | msgspec.UnsetType | None = msgspec.UNSET


class _Mention(_Slim):
    id: Any = msgspec.UNSET
    key: Any = msgspec.UNSET
    fields: _MentionFields | msgspec.UnsetType | None = msgspec.UNSET


class _LinkType(_Slim):
    id: Any = msgspec.UNSET
    name: Any = msgspec.UNSET
    inward: Any = msgspec.UNSET
    outward: Any = msgspec.UNSET


class _Link(_Slim):
    id: Any = msgspec.UNSET
    type: _LinkType | msgspec.UnsetType | None = msgspec.UNSET
    inwardIssue: _Mention | msgspec.UnsetType | None = msgspec.UNSET  # noqa: N815
    outwardIssue: _Mention | msgspec.UnsetType | None = msgspec.UNSET  # noqa: N815


class _Votes(_Slim):
    """How many. Whether we did is our own affair."""

    votes: Any = msgspec.UNSET


class _Watches(_Slim):
    watchCount: Any = msgspec.UNSET  # noqa: N815


_SHAPES: Mapping[str, Any] = {
    **dict.fromkeys(("creator", "reporter", "assignee"), _Person),
    "status": _Status,
    "issuetype": _Type,
    **dict.fromkeys(("priority", "resolution"), _Named),
    "parent": _Mention,
    "subtasks": list[_Mention],
    "issuelinks": list[_Link],
    "votes": _Votes,
    "watches": _Watches,
}
_readers = {name: msgspec.json.Decoder(shape).decode for name, shape in _SHAPES.items()}


def kept(fields: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """An issue's fields that have a value, slim; and apart from them its long texts, both by field id.

    Args:
        fields: as Jira sent them, read or unread (`msgspec.Raw`); what is unread and kept whole stays so.
            What was made slim is read: `part` tells its parts.
    """
    slim: dict[str, Any] = {}
    texts: dict[str, Any] = {}
    for name, value in fields.items():
        # Most are empty.
        if value is None or value == _NULL or name in NOT_KEPT:
            continue
        if name in _readers:
            slim[name] = _slim(name, value)
        elif name in _TEXTS or (name.startswith(_CUSTOM) and _is_long(value)):
            texts[name] = shallow(value)
        else:
            slim[name] = shallow(value)
    return slim, texts


def _is_long(value: Any) -> bool:
    """Whether it is a long text."""
    if isinstance(value, msgspec.Raw):
        return len(value) > _LONG_BYTES and memoryview(value)[0] == _QUOTE
    return isinstance(value, str) and len(value) > _LONG_BYTES


def _slim(name: str, value: Any) -> Any:
    """The same value without what nobody asks for; a value of another shape stays as it is."""
    try:
        if isinstance(value, msgspec.Raw):
            return _readers[name](value)
        return msgspec.convert(value, _SHAPES[name])
    except (msgspec.MsgspecError, TypeError, ValueError, RecursionError):
        return shallow(value)


def part(value: Any, name: str) -> Any:
    """A part of a field's value, by Jira's name for it; None where there is none."""
    if isinstance(value, _Slim):
        found = getattr(value, name, None)
        return None if found is msgspec.UNSET else found
    return value.get(name) if isinstance(value, Mapping) else None


def written(fields: Any) -> Any:
    """Fields as one JSON object, unread; as they are where that cannot be written (half a surrogate pair)."""
    try:
        return msgspec.Raw(_write(fields))
    except (TypeError, ValueError):
        return fields


def digest(texts: Mapping[str, Any]) -> int | None:
    """Tells texts from others: a whole number of 63 bits; None where there are none."""
    if not texts:
        return None
    found = sha256()
    for name in sorted(texts):
        value = texts[name]
        found.update(name.encode(errors="replace"))
        said = memoryview(value if isinstance(value, msgspec.Raw) else _said(value))
        for begin in range(0, len(said), _AT_ONCE):
            found.update(said[begin : begin + _AT_ONCE])
    return int.from_bytes(found.digest()[:8]) >> 1


def _said(value: Any) -> bytes:
    try:
        return _write(value)
    except ValueError:  # half a surrogate pair, which an issue is not lost for
        return json.dumps(value).encode()
