"""Fields that ask about an issue's project, type or parents: `projectType`, `category`, `parentEpic`."""

import operator as operators
from collections.abc import Callable, Mapping

from app.domain.jql.catalogue import SYSTEM, Catalogue
from app.domain.jql.errors import JqlNotUnderstood, JqlRefused
from app.domain.jql.lists import Lists
from app.domain.jql.needs import INSIDE, values_in
from app.domain.jql.plan import Always, Condition, Has, folded
from app.domain.jql.tree import Call, Empty, Listed, Operand, Operator, Terminal, Value, value

SPECIAL = frozenset({"projecttype", "hierarchylevel", "category"}) | INSIDE
_EQUAL = {Operator.EQUALS, Operator.IN}
_UNEQUAL = {Operator.NOT_EQUALS, Operator.NOT_IN}
_COMPARED: Mapping[Operator, Callable[[int, int], bool]] = {
    Operator.LESS: operators.lt,
    Operator.LESS_EQUALS: operators.le,
    Operator.GREATER: operators.gt,
    Operator.GREATER_EQUALS: operators.ge,
}


def special_condition(clause: Terminal, operator: Operator, catalogue: Catalogue, text: str) -> Condition:
    """Which projects or types are meant: all of them are known, so no issue is without.

    Raises:
        JqlNotUnderstood: another operator, a value that there is not.
        JqlRefused: the store does not know it of all projects or types.
    """
    name = folded(clause.field.name)
    if name == "category":
        return _of_category(clause, operator, catalogue, text)
    if name in INSIDE:
        return _inside(clause, operator, catalogue, text)
    is_of_projects = name == "projecttype"
    kinds = _projects(catalogue) if is_of_projects else _types(catalogue)
    if not kinds or None in kinds.values():
        what = "types of all projects" if is_of_projects else "levels of all issue types"
        fault = f"{clause.field.text} cannot be answered here: the {what} are not known. Ask Jira."
        raise JqlRefused(text, clause.field.position, fault)
    values = list(values_in(clause.operand))
    if operator in _COMPARED and not is_of_projects and len(values) == 1:
        fits = _COMPARED[operator]
        wanted = {kind for kind in kinds.values() if kind and fits(int(kind), _level(values[0], text))}
    elif operator in _EQUAL | _UNEQUAL and values:
        known = {kind for kind in kinds.values() if kind}
        named = {folded(each.value) for each in values}
        if is_of_projects:
            _check(values, known, "project of the type", text)
        wanted = named if operator in _EQUAL else known - named
    else:
        raise _unsupported(clause, text)
    found = frozenset(each for each, kind in kinds.items() if kind in wanted)
    subject = SYSTEM["project" if is_of_projects else "issuetype"]
    return Has(subject, found) if found else Always(true=False)


def _inside(clause: Terminal, operator: Operator, catalogue: Catalogue, text: str) -> Condition:
    """Whether the issue is below one of some: a story or sub-task of an epic, a sub-task of a story."""
    values = list(values_in(clause.operand))
    if operator not in _EQUAL | _UNEQUAL or not values:
        raise _unsupported(clause, text)
    found = frozenset(Lists(Call(value("childIssuesOf"), tuple(values)), catalogue, text).below())
    return Has(SYSTEM["key"], found, holds=operator in _EQUAL) if found else Always(true=operator in _UNEQUAL)


def _of_category(clause: Terminal, operator: Operator, catalogue: Catalogue, text: str) -> Condition:
    """Which projects are meant; one without a category is EMPTY."""
    categories = {each.key: folded(each.category) for each in catalogue.projects}
    known = set(categories.values()) - {""}
    if not known:
        fault = (
            f"{clause.field.text} cannot be answered here: no project has a category in the store. Ask Jira."
        )
        raise JqlRefused(text, clause.field.position, fault)
    values = list(values_in(clause.operand))
    _check(values, known, "project category", text)
    named = {folded(each.value) for each in values} | ({""} if _has_empty(clause.operand) else set())
    if operator in _EQUAL | {Operator.IS} and named:
        wanted = named
    elif operator in _UNEQUAL | {Operator.IS_NOT} and named:
        wanted = known - named
    else:
        raise _unsupported(clause, text)
    found = frozenset(key for key, category in categories.items() if category in wanted)
    return Has(SYSTEM["project"], found) if found else Always(true=False)


def _check(values: list[Value], known: set[str], what: str, text: str) -> None:
    unknown = next((each for each in values if folded(each.value) not in known), None)
    if unknown is not None:
        fault = f"There is no {what} {unknown.text}. There are: {', '.join(sorted(known))}."
        raise JqlNotUnderstood(text, unknown.position, fault)


def _unsupported(clause: Terminal, text: str) -> JqlNotUnderstood:
    fault = f"{clause.field.text} does not support {clause.operator.upper()} here."
    return JqlNotUnderstood(text, clause.operator_position, fault)


def _has_empty(operand: Operand | None) -> bool:
    return isinstance(operand, Empty) or (
        isinstance(operand, Listed) and any(map(_has_empty, operand.operands))
    )


def _projects(catalogue: Catalogue) -> dict[str, str | None]:
    return {each.key: folded(each.group) or None for each in catalogue.projects}


def _types(catalogue: Catalogue) -> dict[str, str | None]:
    return {each.id: None if each.level is None else str(each.level) for each in catalogue.issue_types}


def _level(given: Value, text: str) -> int:
    try:
        return int(given.value)
    except ValueError as error:
        raise JqlNotUnderstood(text, given.position, f"{given.text} is no level.") from error
