"""A query of somebody who may not see some issues: what it says of these means issues that are not there.

Which other issues are linked with one, or stand below it, would tell of it as much as a search that finds it.
"""

from collections.abc import Collection
from dataclasses import replace

from app.domain.jql.needs import BELOW, INSIDE, LINKED
from app.domain.jql.plan import folded
from app.domain.jql.tree import And, Call, Clause, Listed, Not, Operand, Operator, Or, Query, Terminal, Value

_NOWHERE = "NONE-0"
"""Issues are counted from 1, so no issue has this key."""
_BY_ID = INSIDE | {"parent", "epic link", "parent link", "key", "issuekey", "id", "issue"}
"""Fields that name issues by their numbers, too; elsewhere a number means something else."""
_AS_WRITTEN = frozenset(
    {Operator.LIKE, Operator.NOT_LIKE}
    | {Operator.LESS, Operator.LESS_EQUALS, Operator.GREATER, Operator.GREATER_EQUALS}
)
"""Words in texts, and orders: these tell nothing of another issue."""


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
            here = keys | ids if folded(clause.field.name) in _BY_ID else keys
            operand = None if clause.operand is None else _operand(clause.operand, here, keys | ids)
            predicates = tuple(
                replace(each, operand=_operand(each.operand, here, keys | ids)) for each in clause.predicates
            )
            return replace(clause, operand=operand, predicates=predicates)
        case Not(clause=inner):
            return Not(_clause(inner, keys, ids))
        case And(clauses=inner) | Or(clauses=inner):
            return replace(clause, clauses=tuple(_clause(each, keys, ids) for each in inner))


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
