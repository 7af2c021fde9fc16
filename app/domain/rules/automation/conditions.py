"""Conditions of Jira Automation. Where the two are not sure to agree, ours is narrower."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from app.domain.jql.errors import JqlNotUnderstood
from app.domain.jql.parser import parse
from app.domain.jql.words import quoted
from app.domain.rules import patterns
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
    text,
)
from app.domain.rules.errors import TemplateRefused
from app.domain.rules.rendering import query_like

Condition = Any
_SINGLE = {"status", "issuetype", "priority", "resolution", "assignee", "reporter", "creator", "project"}
_MANY = {
    "labels": "labels",
    "components": "component",
    "fixVersions": "fixVersion",
    "versions": "affectedVersion",
}
_SINGLE_ENDS = (":select", ":radiobuttons", ":userpicker")
_MANY_ENDS = (":multiselect", ":multicheckboxes", ":labels", ":multiversion", ":multiuserpicker")
_QUOTED_VALUE = re.compile(r"([\"'])(\{\{(?:(?!\}\}).)*\}\})\1")
_NUMBER = r"\A\s*-?\d+(\.\d+)?\s*\Z"
_WAY_OUT = "Write the condition as JQL or `compare`."


def condition(component: Mapping[str, Any], known: Known) -> Condition:
    """Our condition.

    Raises:
        UnknownError: we have none such.
    """
    kind = component.get("type")
    made = _OF.get(kind) if isinstance(kind, str) else None
    if made is None:
        value = shown(component.get("value"))
        raise UnknownError(f"Acts only where {kind} holds: {value}", _WAY_OUT)
    return made(component, known)


def query(value: Any) -> str:
    """JQL without smart values.

    Raises:
        UnknownError: it is none.
    """
    jql = literal(value)
    try:
        parse(jql)
    except JqlNotUnderstood as error:
        raise UnknownError(f"The JQL is not understood ({error}): {jql}", "Write the JQL anew.") from error
    return jql


def query_with_values(value: Any) -> str:
    """JQL with values. Ours come with their quotes, so those around a value alone are taken away.

    Raises:
        UnknownError: it is none.
    """
    jql = _QUOTED_VALUE.sub(r"\2", translated(value))
    try:
        parse(query_like(jql))
    except (JqlNotUnderstood, TemplateRefused) as error:
        raise UnknownError(f"The JQL is not understood ({error}): {jql}", "Write the JQL anew.") from error
    return jql


def all_of(conditions: list[Condition]) -> Condition:
    """One of several."""
    return conditions[0] if len(conditions) == 1 else {"all": conditions}


def _jql(component: Mapping[str, Any], known: Known) -> Condition:  # noqa: ARG001 - as all of them
    value = component.get("value")
    if isinstance(value, Mapping):
        only(value, known="jql")
        value = value.get("jql")
    return query(value)


# --- comparisons ----------------------------------------------------------------------------------


def _compared(component: Mapping[str, Any], known: Known) -> Condition:  # noqa: ARG001
    value = mapping(component.get("value"))
    only(value, known="first second operator")
    left = translated(value.get("first"))
    second = value.get("second")
    right = "" if second == "" else translated(second)
    how = value.get("operator")
    if how in ("EQUALS", "NOT_EQUALS"):
        return _compare(left, "=" if how == "EQUALS" else "!=", right)
    if not isinstance(how, str) or "{{" in right or "{%" in right or not right:
        raise strange(dict(value))
    if how in ("GREATER_THAN", "LESS_THAN") and re.fullmatch(_NUMBER, right):
        numbers = _compare(left, "matches", _NUMBER)  # texts would be compared letter by letter
        return {"all": [numbers, _compare(left, ">" if how == "GREATER_THAN" else "<", right)]}
    if how == "NOT_CONTAINS":
        return {"not": _compare(left, "contains", right)}
    expressions = {
        "CONTAINS": re.escape(right),
        "STARTS_WITH": rf"\A{re.escape(right)}",
        "ENDS_WITH": rf"{re.escape(right)}\Z",
        "REGEX_CONTAINS": right,
        "REGEX_MATCHES": rf"\A(?:{right})\Z",
        "REGEX_NOT_MATCHES": rf"\A(?:{right})\Z",
    }
    if how not in expressions:
        raise strange(dict(value))
    found = _matching(left, expressions[how])
    return {"not": found} if how == "REGEX_NOT_MATCHES" else found


def _matching(left: str, expression: str) -> Condition:
    try:
        patterns.compiled(expression)
    except TemplateRefused as error:
        raise UnknownError(str(error), _WAY_OUT) from error
    if "{" in expression:
        # A template would read it; and what the texts have in common is not lost.
        raise UnknownError(f"A regular expression with braces: {expression}", "Write it without {n}.")
    return _compare(left, "matches", expression)


def _compare(left: str, how: str, right: str) -> Condition:
    return {"compare": {"left": left, "operator": how, "right": right}}


# --- fields ---------------------------------------------------------------------------------------


def _field(component: Mapping[str, Any], known: Known) -> Condition:
    value = mapping(component.get("value"))
    only(value, known="selectedField selectedFieldType comparison compareValue compareFieldValue")
    identity = _system_or(value.get("selectedField"), known)
    name, many = _subject(identity, value.get("selectedFieldType"))
    how = value.get("comparison")
    if how in ("EMPTY", "NOT_EMPTY"):
        return query(f"{name} IS {'EMPTY' if how == 'EMPTY' else 'NOT EMPTY'}")
    if many is None:
        raise UnknownError(f"Compares a field of this kind: {shown(value)}", _WAY_OUT)
    values = _values(value.get("compareValue", value.get("compareFieldValue")), many=many)
    one, several, none = (
        ("CONTAINS_ALL", "CONTAINS_ANY", "CONTAINS_NONE")
        if many
        else (
            "EQUALS",
            "ONE_OF",
            "NOT_ONE_OF",
        )
    )
    if how == one and (many or len(values) == 1):
        return query(" AND ".join(f"{name} = {each}" for each in values))
    listed = f"{name} IN ({', '.join(values)})"
    if how == several:
        return query(listed)
    if how == none or (how == "NOT_EQUALS" and not many and len(values) == 1):
        return {"not": query(listed)}  # JQL's own NOT IN skips issues where it is empty
    raise UnknownError(f"Compares by {shown(how)}: {shown(value)}", _WAY_OUT)


def _system_or(value: Any, known: Known) -> str:
    kind, name = reference(value)
    system = {each.lower(): each for each in (*_SINGLE, *_MANY)}
    if kind == "NAME" and name.lower() in system and name.lower() not in known.fields:
        return system[name.lower()]
    return field_id(value, known)


def _subject(identity: str, kind: Any) -> tuple[str, bool | None]:
    """How JQL calls the field, and whether it holds several; None where its values are not compared so."""
    if identity in _MANY:
        return _MANY[identity], True
    if identity in _SINGLE:
        return identity, False
    custom = re.fullmatch(r"customfield_(\d{1,18})", identity)
    said = str(kind)
    if custom:
        many = True if said.endswith(_MANY_ENDS) else False if said.endswith(_SINGLE_ENDS) else None
        return f"cf[{custom[1]}]", many
    if identity in ("duedate", "description", "environment", "parent"):
        return identity, None
    raise UnknownError(f"Looks at the field {identity!r}.", _WAY_OUT)


def _values(value: Any, *, many: bool) -> list[str]:
    found = mapping(value)
    only(found, known="type value values multiValue", empty="modifier source")
    kinds = ("ID", "NAME", "VALUE") if many else ("ID", "NAME")
    if found.get("type") not in kinds:
        raise strange(value)
    held = found.get("values", found.get("value"))
    if isinstance(held, str) and found.get("multiValue"):
        try:
            held = json.loads(held)  # Jira writes a list as a text
        except ValueError:
            held = [held]
    listed = items(held if isinstance(held, list) else [held])
    if not listed:
        raise strange(value)
    return [quoted(literal(each)) for each in listed]


# --- people, other issues -------------------------------------------------------------------------


def _people(component: Mapping[str, Any], known: Known) -> Condition:
    value = mapping(component.get("value"))
    only(value, known="conditions operator")
    parts = [_person(mapping(each), known) for each in items(value.get("conditions"))]
    if not parts or value.get("operator") not in ("AND", "OR"):
        raise strange(dict(value))
    return parts[0] if len(parts) == 1 else {"all" if value["operator"] == "AND" else "any": parts}


def _person(value: Mapping[str, Any], known: Known) -> Condition:  # noqa: ARG001
    only(value, known="field check criteria")
    accounts = [reference(each) for each in items(value.get("criteria"))]
    if value.get("field") not in ("assignee", "reporter", "creator") or not accounts:
        raise strange(dict(value))
    if any(kind != "ID" for kind, _ in accounts) or value.get("check") not in ("USER_IS", "USER_IS_NOT"):
        raise strange(dict(value))
    listed = ", ".join(quoted(account) for _, account in accounts)
    found = query(f"{value['field']} IN ({listed})")
    return found if value["check"] == "USER_IS" else {"not": found}


_KIN = {
    "subtasks": "subtasks",
    "sub-tasks": "subtasks",
    "parent": "parent",
    "epic": "epic",
    "linked": "linked",
}


def kin(value: Mapping[str, Any]) -> dict[str, str]:
    """`to` and `link_type` of related issues.

    Raises:
        UnknownError: we do not know how they are related.
    """
    related = text(value.get("relatedType"))
    types = [literal(each) for each in items(value.get("linkTypes"))]
    if related not in _KIN or len(types) > 1 or (types and related != "linked"):
        raise UnknownError(
            f"Looks at related issues of the kind {related} {shown(types)}.",
            "Write a branch with `to` or `jql`.",
        )
    return {"to": _KIN[related], **({"link_type": types[0]} if types else {})}


def _related(component: Mapping[str, Any], known: Known) -> Condition:  # noqa: ARG001
    value = mapping(component.get("value"))
    quiet = "relatedType linkTypes operator compareJql similarityLimit compareValue"
    only(value, known=quiet, empty="jql relatedJql onlyUpdatedIssues")
    if component.get("conditions"):
        raise strange(component.get("conditions"))
    to, jql = kin(value), value.get("compareJql")
    exist = {"related": {**to, "match": "exist"}}
    match value.get("operator"):
        case "present" if not jql:
            return exist
        case "absent" if not jql:
            return {"not": exist}
        case "allmatch" if jql:
            # Ours holds, too, where there are none; whether Jira's does is not sure.
            return {"all": [exist, {"related": {**to, "match": "all", "jql": query(jql)}}]}
    raise strange(dict(value))


_OF: Mapping[str, Callable[[Mapping[str, Any], Known], Condition]] = {
    "jira.jql.condition": _jql,
    "jira.comparator.condition": _compared,
    "jira.issue.condition": _field,
    "jira.user.condition": _people,
    "jira.issues.related.condition": _related,
    "jira.related.issues.condition": _related,
}
