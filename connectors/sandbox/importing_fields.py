"""Which of a site's own fields are Sprint, points, rank, flag and epic link, as imported issues show it."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from .catalogue import CUSTOM_FIELDS, EPIC_FIELDS, Catalogue
from .model import CustomField

_RANK = re.compile(r"^\d\|[0-9a-z]+:[0-9a-z]*$")
_SPRINT = "greenhopper.service.sprint.Sprint@"
_NAMES = {
    "sprint": "sprint",
    "story points": "points",
    "story point estimate": "points",
    "rank": "rank",
    "flagged": "flagged",
    "epic link": "epic",
    "epic name": "epic name",
}
_PLAIN = "com.atlassian.jira.plugin.system.customfieldtypes"
Document = dict[str, Any]


def find_roles(catalogue: Catalogue, documents: Iterable[Document]) -> None:
    """Put every field of the site's own into the catalogue."""
    names: dict[str, str] = {}
    values: dict[str, Any] = {}
    roles: dict[str, str] = {}
    for document in documents:
        _learn(document, names, values, roles)
    for number, name in names.items():
        role = _NAMES.get(name.lower())
        if role and role not in roles.values():
            roles.setdefault(number, role)
    known = {one.role: one for one in (*CUSTOM_FIELDS, *EPIC_FIELDS)}
    for number in sorted({*values, *roles, *names}):
        if number.startswith("customfield_") and number.removeprefix("customfield_").isdecimal():
            catalogue.fields[number] = _field(
                number, names.get(number), values.get(number), roles.get(number), known
            )
    for one in CUSTOM_FIELDS:
        if catalogue.role(one.role) is None and one.id not in catalogue.fields:
            catalogue.fields[one.id] = one


def _learn(document: Document, names: dict[str, str], values: dict[str, Any], roles: dict[str, str]) -> None:
    names.update(document.get("names") or {})
    for number, value in document["fields"].items():
        if not number.startswith("customfield_"):
            continue
        if values.setdefault(number, value) is None:
            values[number] = value
        if role := _by_value(value):
            roles.setdefault(number, role)
    for entry in (document.get("changelog") or {}).get("histories") or ():
        for item in entry.get("items") or ():
            number = item.get("fieldId")
            if number and str(number).startswith("customfield_"):
                names.setdefault(number, item.get("field", number))


def _by_value(value: Any) -> str | None:
    if isinstance(value, str) and _RANK.match(value):
        return "rank"
    first = value[0] if isinstance(value, list) and value else None
    if isinstance(first, str) and _SPRINT in first:
        return "sprint"
    if isinstance(first, dict) and {"id", "name", "state"} <= first.keys():
        return "sprint"
    return None


def _field(
    number: str, name: str | None, value: Any, role: str | None, known: dict[str, CustomField]
) -> CustomField:
    if role:
        return replace(known[role], id=number, name=name or known[role].name)
    match value:
        case bool() | str() | None:
            schema = {"type": "string", "custom": f"{_PLAIN}:textfield"}
        case int() | float():
            schema = {"type": "number", "custom": f"{_PLAIN}:float"}
        case list():
            schema = {"type": "array", "items": "string", "custom": f"{_PLAIN}:labels"}
        case _:
            schema = {"type": "any", "custom": f"{_PLAIN}:select"}
    return CustomField(number, name or number.replace("customfield_", "Field "), schema)
