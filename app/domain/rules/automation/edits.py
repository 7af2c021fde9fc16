"""Operations on fields, as actions that edit or create issues have them."""

import re
from collections.abc import Mapping
from typing import Any

from app.domain.rules import field_values
from app.domain.rules.automation.mustache import translated
from app.domain.rules.automation.told import (
    Known,
    UnknownError,
    field_id,
    items,
    literal,
    mapping,
    only,
    reference,
    shown,
    strange,
)

_SYSTEM = tuple(field_values.SYSTEM)
_PEOPLE = {"assignee", "reporter"}


def field_of(operation: Mapping[str, Any], known: Known) -> str:
    """The field by its id; Data Center has `fieldId`, Cloud a reference.

    Raises:
        UnknownError: it is none that a rule can set.
    """
    if operation.get("fieldId") is not None:
        found = literal(operation["fieldId"])
    else:
        kind, name = reference(operation.get("field"))
        system = {each.lower(): each for each in _SYSTEM}
        own = system.get(name.lower()) if kind == "NAME" and name.lower() not in known.fields else None
        found = own or field_id(operation.get("field"), known)
    if found not in (*_SYSTEM, "project") and not re.fullmatch(r"customfield_[0-9]+", found):
        raise UnknownError(f"Sets the field {found!r}, which a rule cannot set.", "Set it by hand.")
    return found


def edits(value: Any, known: Known) -> dict[str, Any]:
    """`set`, `add`, `remove` and `clear` of an edit.

    Raises:
        UnknownError: an operation is not understood; half an edit would not be what was meant.
    """
    made: dict[str, Any] = {}
    for each in items(value):
        operation = mapping(each)
        only(operation, known="field fieldId fieldType type value")
        name = field_of(operation, known)
        if operation.get("type") != "SET" or name == "project":
            raise UnknownError(f"Changes a field so: {shown(operation)}", "Write an `edit` by hand.")
        held = operation.get("value")
        if held is None or held == "" or (isinstance(held, Mapping) and held.get("type") == "CLEAR"):
            made.setdefault("clear", []).append(name)
        elif isinstance(held, list) and any(_verb(one) for one in held):
            for one in held:
                verb = _verb(one)
                if not verb:
                    raise strange(held)
                made.setdefault(verb, {}).setdefault(name, []).append(translated(one.get("value")))
        else:
            made.setdefault("set", {})[name] = whole(name, held)
    return made


def _verb(value: Any) -> str:
    known = {"ADD": "add", "REMOVE": "remove"}
    return known.get(str(value.get("type")), "") if isinstance(value, Mapping) else ""


def whole(name: str, held: Any) -> Any:
    """The value of a field, as `edit` takes it.

    Raises:
        UnknownError: its shape is not known.
    """
    if isinstance(held, list):
        return [_one(name, each) for each in held]
    return _one(name, held)


def _one(name: str, held: Any) -> Any:
    if isinstance(held, str):
        return translated(held)
    value = mapping(held)
    if set(value) == {"id", "value"}:
        return {"id": literal(value["id"])}  # an option
    only(value, known="type value", empty="modifier source additional")
    match value.get("type"):
        case "COPY" if name == "parent" and value.get("value") in ("trigger", "current"):
            return "{{ triggerIssue.key }}" if value["value"] == "trigger" else "{{ issue.key }}"
        case "SMART" if name not in _PEOPLE:
            return translated(value.get("value"))
        case "ID":
            said = literal(value.get("value"))
            if name in _PEOPLE and said.startswith("JIRAUSER"):
                raise UnknownError(f"Names a person of Data Center by key: {said}", "Name the user name.")
            return said if name in _PEOPLE else {"id": said}
        case "NAME" | "FREE" | "VALUE" if name not in _PEOPLE:
            return translated(literal(value.get("value")))
    raise strange(held)
