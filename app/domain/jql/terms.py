"""Ids and names: what a value of a query can stand for, and what a value of an issue is known by."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

import msgspec

from app.domain.jql.catalogue import CATEGORIES, STATUS_CATEGORY, Catalogue, Named
from app.domain.jql.plan import Kind, Subject, folded
from app.domain.jql.tree import Value

PARTS = ("id", "key", "name", "value", "accountId", "displayName")
"""What a thing in an issue's document is known by."""


_PEOPLE = frozenset({"assignee", "reporter", "creator"})
_NAMED = frozenset(
    {"priority", "resolution", "issuetype", "security", "components", "versions", "fixVersions"}
)


def parts_of(subject: Subject) -> tuple[str, ...]:
    """What a thing in that field is known by."""
    if subject.kind is Kind.PARENT:
        return ("id", "key")
    if subject.field in _PEOPLE:
        return ("accountId", "key", "name", "displayName")
    return ("id", "name") if subject.field in _NAMED else PARTS


def terms_of_value(subject: Subject, given: Value, catalogue: Catalogue) -> frozenset[str] | str:
    """Folded ids (or names where the store knows no ids) that a value of a query means; or what is wrong."""
    wanted = folded(given.value)
    if subject is STATUS_CATEGORY:
        group = CATEGORIES.get(wanted, wanted)
        found = frozenset(folded(each.id) for each in catalogue.statuses if each.group == group)
        known = ", ".join(sorted({each.group for each in catalogue.statuses}))
        return found or f"No status has the category {given.text}. There are: {known}."
    if subject.field == "status":
        return _named("status", given, catalogue.statuses)
    if subject.field == "project":
        ids = _named("project", given, catalogue.projects)
        if isinstance(ids, str):
            return ids
        return frozenset(folded(each.key) for each in catalogue.projects if folded(each.id) in ids)
    if subject.field == catalogue.sprint_field:
        return _named("sprint", given, catalogue.sprints)
    return frozenset({wanted})


def _named(what: str, given: Value, known: tuple[Named, ...]) -> frozenset[str] | str:
    """Names first, then keys and ids; of a number in no quotes, the id first."""
    wanted = folded(given.value)
    for part in ("id", "key", "name") if given.is_number else ("name", "key", "id"):
        found = frozenset(folded(each.id) for each in known if wanted == folded(getattr(each, part)))
        if found and wanted:
            return found
    names = {folded(each.name): each.name for each in known}
    near = [names[each] for each in get_close_matches(wanted, names, n=3)]
    hint = f" Did you mean {', '.join(near)}?" if near else ""
    return f"There is no {what} {given.text}.{hint}"


def terms_of_field(subject: Subject, value: Any) -> frozenset[str]:
    """What a field's value is known by, folded; nothing where it is empty."""
    if isinstance(value, msgspec.Raw):
        value = msgspec.json.decode(value)
    if isinstance(value, list | tuple):
        return frozenset(term for each in value for term in _of_one(subject, each))
    return frozenset(_of_one(subject, value))


def _of_one(subject: Subject, value: Any) -> Iterable[str]:
    if value is None:
        return
    if isinstance(value, msgspec.Struct):
        value = msgspec.to_builtins(value)
    if not isinstance(value, Mapping):
        if term := folded(str(value)):
            yield term
        return
    for part in parts_of(subject):
        if value.get(part) is not None and (term := folded(str(value[part]))):
            yield term
