"""Ids and names: what a value of a query can stand for, and what a value of an issue is known by."""

import re
from difflib import get_close_matches
from typing import Any

import msgspec

from app.domain.jql.catalogue import CATEGORIES, STATUS_CATEGORY, Catalogue, Named
from app.domain.jql.plan import Kind, Subject, folded
from app.domain.jql.tree import Value
from app.domain.scrum.from_jira import read_sprint_field
from app.domain.scrum.issue_terms import ALL_PARTS, PARTS, terms_in

_PEOPLE = frozenset({"assignee", "reporter", "creator"})
_is_key = re.compile(r"[^\s-]+-[0-9]+").fullmatch


def parts_of(subject: Subject) -> tuple[str, ...]:
    """What a thing in that field is known by."""
    return PARTS.get(subject.field, ALL_PARTS)


def terms_of_value(  # noqa: PLR0911 - one for each list of a site
    subject: Subject, given: Value, catalogue: Catalogue
) -> frozenset[str] | str:
    """Folded ids (or names where the store knows no ids) that a value of a query means; or what is wrong."""
    wanted = folded(given.value)
    if subject is STATUS_CATEGORY:
        group = CATEGORIES.get(wanted, wanted)
        found = frozenset(folded(each.id) for each in catalogue.statuses if each.group == group)
        known = ", ".join(sorted({each.group for each in catalogue.statuses}))
        if found or wanted in CATEGORIES:
            return found
        return f"No status has the category {given.text}. There are: {known}."
    if subject.field == "status":
        ids = named("status", given, catalogue.statuses)
        return ids if isinstance(ids, str) else ids | _by_id(given, catalogue.statuses)
    if subject.field == "project":
        ids = named("project", given, catalogue.projects)
        if isinstance(ids, str):
            return ids
        return frozenset(each.key for each in catalogue.projects if folded(each.id) in ids)
    if subject.field == catalogue.sprint_field:
        return named("sprint", given, catalogue.sprints)
    if fault := _never(subject, given, catalogue):
        return fault
    what, known_things = _listed(subject, catalogue)
    if not known_things:
        of_version = subject.is_version and wanted.isdecimal()
        return _of_version(given, catalogue) if of_version else frozenset({wanted})
    ids = named(what, given, known_things)
    if isinstance(ids, str):
        return ids
    return _apart(ids | _by_id(given, known_things), wanted, known_things)


def _by_id(given: Value, known: tuple[Named, ...]) -> frozenset[str]:
    """Of Jira's constants a text means the one of that name, and that of this id as well."""
    return (
        frozenset({folded(given.value)} & {folded(each.id) for each in known} - {""})
        if not given.is_number
        else frozenset()
    )


def _of_version(given: Value, catalogue: Catalogue) -> frozenset[str]:
    """A number names a version by its id first, one in quotes by its name first."""
    known = tuple(Named(each.id, each.name) for each in catalogue.releases)
    ids = named("version", given, known)
    wanted = folded(given.value)
    return frozenset({wanted}) if isinstance(ids, str) else _apart(ids, wanted, known)


def _apart(ids: frozenset[str], wanted: str, known: tuple[Named, ...]) -> frozenset[str]:
    """Terms of these and of no other: issues tell ids and names alike, and a name may be another one's id."""
    terms = ids | {wanted}
    chosen = {term for each in known if folded(each.id) in ids for term in _terms_of(each)}
    strange = {term for each in known if folded(each.id) not in ids for term in _terms_of(each)}
    return terms if terms.isdisjoint(strange) else frozenset(chosen - strange) or terms


def _terms_of(thing: Named) -> tuple[str, str]:
    return folded(thing.id), folded(thing.name)


def _never(subject: Subject, given: Value, catalogue: Catalogue) -> str:
    """Why nothing can be equal to the value although Jira may know it; nothing where something can."""
    wanted = folded(given.value)
    if subject.field in _PEOPLE and "@" in wanted and catalogue.users and wanted not in catalogue.users:
        return (
            f"Nobody is called {given.text}. E-mail addresses are not held here; write a name or account id."
        )
    if subject.kind is Kind.PARENT and not (wanted.isdecimal() or _is_key(wanted)):
        return f"{given.text} is no key of an issue, such as ABC-12; names of epics are not looked up here."
    return ""


def _listed(subject: Subject, catalogue: Catalogue) -> tuple[str, tuple[Named, ...]]:
    """What the field has, and all there are of it; none where the list was not read."""
    match subject.field:
        case "priority":
            return "priority", catalogue.priorities or ()
        case "resolution":
            return "resolution", catalogue.resolutions or ()
        case "issuetype":
            return "issue type", tuple(
                Named(each.id, each.name) for each in catalogue.issue_types if each.name
            )
    return "", ()


def named(what: str, given: Value, known: tuple[Named, ...]) -> frozenset[str] | str:
    """Ids, folded. Names first, then keys and ids; of projects keys first; of a bare number, the id first."""
    wanted = folded(given.value)
    parts = ("id", "key", "name") if given.is_number else ("name", "key", "id")
    if what == "project" and not given.is_number:
        parts = ("key", "name", "id")
    for part in parts:
        found = frozenset(folded(each.id) for each in known if wanted == folded(getattr(each, part)))
        if found and wanted:
            return found
    names = {folded(each.name): each.name for each in known}
    if what == "project":
        names |= {folded(each.key): each.key for each in known}
    near = [names[each] for each in get_close_matches(wanted, names, n=3)]
    hint = f" Did you mean {', '.join(near)}?" if near else ""
    return f"There is no {what} {given.text}.{hint}"


def terms_of_field(subject: Subject, value: Any) -> frozenset[str]:
    """What a field's value is known by, folded; nothing where it is empty."""
    if isinstance(value, msgspec.Raw):
        value = msgspec.json.decode(value)
    if subject.is_sprint:
        return frozenset(map(str, read_sprint_field(value)))
    return frozenset(terms_in(value, parts_of(subject)))
