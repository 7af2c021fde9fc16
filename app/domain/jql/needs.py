"""Which names a query speaks of, so that only those lists of a site are read that can answer it."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.jql.plan import folded
from app.domain.jql.tree import Call, Clause, Listed, Not, Operand, Query, Terminal, Value

LINKED = frozenset({"linkedissues", "linkedworkitems"})
"""Functions whose first argument is an issue."""
BELOW = frozenset({"childissuesof", "portfoliochildissuesof", "portfoliochildworkitemsof", "parentepic"})
"""Functions that give what is below issues."""
INSIDE = frozenset({"parentepic", "linkedissue", "linkedworkitem"})
"""Fields that ask what an issue is below of."""


_LINKS = ("issuelink", "workitemlink")
_NO_LINKS = frozenset(
    {"issuekey", "issuetype", "issuelinktype", "workitemkey", "workitemlinktype", "issue", "workitem"}
)


def link_words(field: str) -> str | None:
    """What a field that asks for links by their other end says of their kind: "" for any.

    Returns:
        The description of the link, folded and without spaces (`workItemIsBlockedBy`: "isblockedby"); None
        for other fields. Whether there is such a link only the site can say.
    """
    name = folded(field)
    if name in _LINKS:
        return ""
    if name in _NO_LINKS:
        return None
    return next((name.removeprefix(noun) for noun in ("workitem", "issue") if name.startswith(noun)), None)


@dataclass(frozen=True, slots=True)
class Needs:
    """What a query names.

    Attributes:
        names: its fields, functions and predicates, folded.
        issues: keys or ids of issues whose links it follows.
        parents: likewise, whose children it asks for.
        addresses: whether a value looks like an e-mail address.
    """

    names: frozenset[str] = frozenset()
    issues: frozenset[str] = frozenset()
    parents: frozenset[str] = frozenset()
    addresses: bool = False


def needs_of(query: Query) -> Needs:
    """All names of a query."""
    terminals = list(terminals_in(query))
    calls = [call for each in terminals for call in calls_of(each)]
    fields = [each.field.name for each in terminals] + [each.field.name for each in query.order_by]
    functions = [call.name.value for call in calls]
    predicates = [each.name for terminal in terminals for each in terminal.predicates]
    below = [call.arguments for call in calls if folded(call.name.value) in BELOW]
    below += [tuple(values_in(each.operand)) for each in terminals if folded(each.field.name) in INSIDE]
    linked = (call for call in calls if folded(call.name.value) in LINKED and call.arguments)
    by_end = [each for each in terminals if link_words(each.field.name) is not None]
    ends = (value.value.strip() for each in by_end for value in values_in(each.operand))
    if by_end:
        fields.append("issuelinktype")
    return Needs(
        names=frozenset(map(folded, [*fields, *functions, *predicates])),
        parents=frozenset(each.value.strip() for values in below for each in values),
        addresses=any("@" in each.value for terminal in terminals for each in values_in(terminal.operand)),
        issues=frozenset(call.arguments[0].value.strip() for call in linked) | frozenset(ends),
    )


def values_in(operand: Operand | None) -> Iterator[Value]:
    """The texts and numbers of an operand; functions and EMPTY are none."""
    if isinstance(operand, Value):
        yield operand
    elif isinstance(operand, Listed):
        for each in operand.operands:
            yield from values_in(each)


def terminals_in(query: Query) -> Iterator[Terminal]:
    """Its conditions, in the order in which they are written."""
    if query.where is not None:
        yield from _terminals(query.where)


def _terminals(clause: Clause) -> Iterator[Terminal]:
    if isinstance(clause, Terminal):
        yield clause
    elif isinstance(clause, Not):
        yield from _terminals(clause.clause)
    else:
        for each in clause.clauses:
            yield from _terminals(each)


def calls_of(terminal: Terminal) -> Iterator[Call]:
    """The functions that a condition calls, also in lists."""
    operands = [terminal.operand, *(each.operand for each in terminal.predicates)]
    for operand in operands:
        if operand is not None:
            yield from _calls_in(operand)


def _calls_in(operand: Operand) -> Iterator[Call]:
    if isinstance(operand, Call):
        yield operand
    elif isinstance(operand, Listed):
        for each in operand.operands:
            yield from _calls_in(each)
