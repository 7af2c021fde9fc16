"""Saved filters that a query names: their own clauses in their place, so that the query stands alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.domain.jql.errors import JqlNotUnderstood
from app.domain.jql.needs import terminals_in, values_in
from app.domain.jql.parser import parse
from app.domain.jql.plan import folded
from app.domain.jql.printing import canonical
from app.domain.jql.tree import And, Clause, Not, Operator, Or, Terminal

_FIELDS = frozenset({"filter", "savedfilter", "request", "searchrequest"})
_MOST_NESTED = 10
"""Filters in filters; Jira refuses those that go in a circle."""


_LONGEST = 50_000
"""Characters of clauses that are put in; filters that each name several others grow beyond any measure."""


@dataclass(slots=True)
class _Room:
    """How many characters may still be put in."""

    left: int = _LONGEST

    def takes(self, texts: Sequence[str]) -> bool:
        """Whether these have room; then they have taken it."""
        length = sum(map(len, texts))
        fits = length <= self.left
        self.left -= length if fits else 0
        return fits


def filters_named(jql: str) -> frozenset[str]:
    """Ids of the saved filters that a query asks for; those that it names otherwise are left out."""
    try:
        query = parse(jql)
    except JqlNotUnderstood:
        return frozenset()
    return frozenset().union(*(_ids(each) for each in terminals_in(query)))


def with_filters(jql: str, known: Mapping[str, str]) -> str:
    """The query with the clauses of those filters, by id, in their place; as it was, if it names none.

    Where they get too long, those that come later stay as they are named.
    """
    if filters_named(jql).isdisjoint(known):
        return jql
    query = parse(jql)
    return canonical(replace(query, where=query.where and _put(query.where, known, _MOST_NESTED, _Room())))


def _ids(terminal: Terminal) -> frozenset[str]:
    if folded(terminal.field.name) not in _FIELDS or terminal.operator not in {Operator.EQUALS, Operator.IN}:
        return frozenset()
    values = list(values_in(terminal.operand))
    return frozenset(each.value for each in values) if all(each.is_number for each in values) else frozenset()


def _put(clause: Clause, known: Mapping[str, str], deeper: int, room: _Room) -> Clause:
    if isinstance(clause, Not):
        return Not(_put(clause.clause, known, deeper, room))
    if isinstance(clause, And | Or):
        return replace(clause, clauses=tuple(_put(each, known, deeper, room) for each in clause.clauses))
    ids = sorted(_ids(clause))
    is_known = bool(ids) and known.keys() >= set(ids)
    if not is_known or not deeper or not room.takes([known[each] for each in ids]):
        return clause
    try:
        parts = [parse(known[each]).where for each in ids]
    except JqlNotUnderstood:
        return clause
    found = [_put(each, known, deeper - 1, room) for each in parts if each is not None]
    if len(found) < len(parts):  # one finds everything, for which JQL has no clause
        return clause
    return found[0] if len(found) == 1 else Or(tuple(found))
