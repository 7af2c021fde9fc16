"""Somebody who may not see some issues: what a query says of these means issues that are not there, and what
other issues say of them is not there.

Which other issues are linked with one, or stand below it, would tell of it as much as a search that finds it.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

import msgspec

from app.domain.jql.errors import JqlNotUnderstood
from app.domain.jql.memory import Facts
from app.domain.jql.needs import BELOW, INSIDE, LINKED, calls_of, link_words, terminals_in, values_in
from app.domain.jql.parser import parse
from app.domain.jql.plan import folded
from app.domain.jql.tree import And, Call, Clause, Listed, Not, Operand, Operator, Or, Query, Terminal, Value
from app.domain.scrum.issue import LINKS, Change

_NOWHERE = "NONE-0"
"""Issues are counted from 1, so no issue has this key."""
_BY_ID = INSIDE | {
    *("parent", "epic link", "parent link"),
    *("key", "issuekey", "id", "issue", "workitem", "workitemkey", "work item"),
}
"""Fields that name issues by their numbers, too; elsewhere a number means something else."""
_AS_WRITTEN = frozenset(
    {Operator.LIKE, Operator.NOT_LIKE}
    | {Operator.LESS, Operator.LESS_EQUALS, Operator.GREATER, Operator.GREATER_EQUALS}
)
"""Words in texts, and orders: these tell nothing of another issue."""
PARENT = "parent"
_NAMING = frozenset({PARENT, "Parent", LINKS, "Epic Link", "Epic Child"})
_QUOTED = re.compile("`([^`]*)`")
_NUMBER = re.compile(r"\b[0-9]+\b")


def without(query: Query, keys: Collection[str], ids: Collection[str]) -> Query:
    """The query, as somebody asks it to whom some issues are not there.

    Words that are searched for in texts stay: who may read a text may search it.

    Args:
        query: as it was asked.
        keys: of the issues, also former ones.
        ids: of the issues.
    """
    if not keys or query.where is None:
        return query
    return replace(
        query, where=_clause(query.where, frozenset(map(folded, keys)), frozenset(map(folded, ids)))
    )


def _clause(clause: Clause, keys: frozenset[str], ids: frozenset[str]) -> Clause:
    match clause:
        case Terminal(operator=operator) if operator in _AS_WRITTEN:
            return clause
        case Terminal():
            here = keys | ids if _is_by_id(clause) else keys
            operand = None if clause.operand is None else _operand(clause.operand, here, keys | ids)
            predicates = tuple(
                replace(each, operand=_operand(each.operand, here, keys | ids)) for each in clause.predicates
            )
            return replace(clause, operand=operand, predicates=predicates)
        case Not(clause=inner):
            return Not(_clause(inner, keys, ids))
        case And(clauses=inner) | Or(clauses=inner):
            return replace(clause, clauses=tuple(_clause(each, keys, ids) for each in inner))


def _is_by_id(terminal: Terminal) -> bool:
    return folded(terminal.field.name) in _BY_ID or link_words(terminal.field.name) is not None


def _operand(operand: Operand, here: frozenset[str], every: frozenset[str]) -> Operand:
    match operand:
        case Value():
            return _value(operand, here)
        case Call(name=name) if folded(name.value) in LINKED | BELOW:
            return replace(operand, arguments=tuple(_value(each, every) for each in operand.arguments))
        case Listed(operands=operands):
            return replace(operand, operands=tuple(_operand(each, here, every) for each in operands))
        case _:
            return operand


def _value(value: Value, hidden: frozenset[str]) -> Value:
    return replace(value, value=_NOWHERE) if folded(value.value) in hidden else value


def numbers_of_issues(sentence: str) -> frozenset[str]:
    """Numbers by which the clauses that a sentence quotes, `between backticks`, name issues.

    Of a clause that was cut short, all its numbers: what it asks cannot be known.
    """
    found: set[str] = set()
    for clause in _QUOTED.findall(sentence):
        try:
            terminals = list(terminals_in(parse(clause)))
        except JqlNotUnderstood:
            found.update(_NUMBER.findall(clause))
            continue
        for each in terminals:
            found.update(value.value.strip() for value in _issues_in(each))
    return frozenset(one for one in found if one.isdecimal())


def _issues_in(terminal: Terminal) -> Iterator[Value]:
    if _is_by_id(terminal):
        for operand in (terminal.operand, *(each.operand for each in terminal.predicates)):
            yield from values_in(operand)
    for call in calls_of(terminal):
        if folded(call.name.value) in LINKED | BELOW:
            yield from call.arguments


def naming_fields(epic_link: str | None) -> frozenset[str]:
    """Fields, as changelogs write them, each value of which is another issue.

    Args:
        epic_link: id of Data Center's Epic Link field.
    """
    return _NAMING if epic_link is None else _NAMING | {epic_link}


def seen(issue: Facts, keys: Collection[str], ids: Collection[str], *, epic_link: str | None) -> Facts:
    """An issue as somebody has it to whom some others are not there: as if its links with them, its parent
    and its changes to and from them had never been.

    Texts stay: who may read one may read which keys it mentions.

    Args:
        issue: not one of these; the marks of its links are taken care of where they are read.
        keys: of the issues, also former ones.
        ids: of the issues.
        epic_link: id of Data Center's Epic Link field.
    """
    if not ids:
        return issue
    fields = dict(issue.fields)
    for name in (PARENT, epic_link):
        if name is not None and _is_one(fields.get(name), keys, ids):
            del fields[name]
    for name in {LINKS, "subtasks"} & fields.keys():
        fields[name] = [each for each in _read(fields[name]) or () if not _leads_to(each, keys, ids)]
    naming = naming_fields(epic_link)
    past = (_past(each, keys, ids) if each.field in naming else each for each in issue.changes)
    return replace(issue, fields=fields, changes=tuple(each for each in past if each is not None))


def _past(change: Change, keys: Collection[str], ids: Collection[str]) -> Change | None:
    """A change, one of whose values may be such an issue, which is no value; None where nothing is left."""
    had = not _is_named(change.before, change.before_text, keys, ids)
    has = not _is_named(change.after, change.after_text, keys, ids)
    if had and has:
        return change
    before = (change.before, change.before_text) if had else (None, None)
    after = (change.after, change.after_text) if has else (None, None)
    if not any((*before, *after)):
        return None
    return change._replace(before=before[0], before_text=before[1], after=after[0], after_text=after[1])


def _is_named(number: str | None, text: str | None, keys: Collection[str], ids: Collection[str]) -> bool:
    return number in ids or number in keys or text in keys


def _read(value: Any) -> Any:
    return msgspec.json.decode(value) if isinstance(value, msgspec.Raw) else value


def _is_one(value: Any, keys: Collection[str], ids: Collection[str]) -> bool:
    value = _read(value)
    if isinstance(value, Mapping):
        return value.get("key") in keys or str(value.get("id")) in ids
    return isinstance(value, str) and value in keys


def _leads_to(link: Any, keys: Collection[str], ids: Collection[str]) -> bool:
    """Whether a link, or a sub-task, is one of these."""
    if not isinstance(link, Mapping):
        return False
    ends = [link[end] for end in ("inwardIssue", "outwardIssue") if end in link] or [link]
    return any(_is_one(each, keys, ids) for each in ends)
