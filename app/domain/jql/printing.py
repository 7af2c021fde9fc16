"""Prints a tree: as JQL in the form that Atlassian's own parser prints, and as a JSON document."""

from typing import Any

from app.domain.jql.tree import (
    And,
    Call,
    Clause,
    Empty,
    Field,
    Listed,
    Not,
    Operand,
    Or,
    Query,
    Terminal,
    Value,
)


def canonical(query: Query) -> str:
    """The query on one line: `and`, `or`, `not` and `empty` in lower case, ORDER BY in upper case, a group
    in another one in parentheses, operators and values as they were written.
    """
    parts = [] if query.where is None else [printed(query.where)]
    if query.order_by:
        keys = (
            _field(sort.field) + ("" if sort.descending is None else " DESC" if sort.descending else " ASC")
            for sort in query.order_by
        )
        parts.append("ORDER BY " + ", ".join(keys))
    return " ".join(parts)


def printed(clause: Clause) -> str:
    """One clause, as `canonical` prints it."""
    if isinstance(clause, Terminal):
        return _terminal(clause)
    if isinstance(clause, Not):
        return f"not {_inner(clause.clause)}"
    word = " and " if isinstance(clause, And) else " or "
    return word.join(_inner(each) for each in clause.clauses)


def _inner(clause: Clause) -> str:
    text = printed(clause)
    return f"({text})" if isinstance(clause, And | Or) else text


def _terminal(clause: Terminal) -> str:
    parts = [_field(clause.field), clause.text or clause.operator.upper()]
    if clause.operand is not None:
        parts.append(_operand(clause.operand))
    for predicate in clause.predicates:
        parts += [predicate.text or predicate.name.upper(), _operand(predicate.operand)]
    return " ".join(parts)


def _field(field: Field) -> str:
    paths = ("[" + each.key.text + "]" + " ".join(one.text for one in each.path) for each in field.properties)
    return field.text + "".join(paths)


def _operand(operand: Operand) -> str:
    if isinstance(operand, Value):
        return operand.text
    if isinstance(operand, Empty):
        return "empty"
    if isinstance(operand, Call):
        return f"{operand.name.text}({', '.join(each.text for each in operand.arguments)})"
    return f"({', '.join(_operand(each) for each in operand.operands)})"


def as_json(query: Query) -> dict[str, Any]:
    """The tree as a JSON document."""
    return {
        "where": None if query.where is None else _clause_json(query.where),
        "orderBy": [
            {"field": _field_json(sort.field), "direction": _direction(sort.descending)}
            for sort in query.order_by
        ],
    }


def _direction(descending: bool | None) -> str | None:
    return None if descending is None else "desc" if descending else "asc"


def _clause_json(clause: Clause) -> dict[str, Any]:
    if isinstance(clause, Not):
        return {"type": "not", "clause": _clause_json(clause.clause)}
    if isinstance(clause, And | Or):
        kind = "and" if isinstance(clause, And) else "or"
        return {"type": kind, "clauses": [_clause_json(each) for each in clause.clauses]}
    found: dict[str, Any] = {
        "type": "condition",
        "field": _field_json(clause.field),
        "operator": str(clause.operator),
    }
    if clause.operand is not None:
        found["operand"] = _operand_json(clause.operand)
    if clause.predicates:
        found["predicates"] = [
            {"operator": each.name, "operand": _operand_json(each.operand)} for each in clause.predicates
        ]
    return found


def _field_json(field: Field) -> dict[str, Any]:
    found: dict[str, Any] = {"name": f"cf[{field.name}]" if field.is_custom_id else field.name}
    if field.properties:
        found["properties"] = [
            {"key": each.key.value, "path": [one.value for one in each.path]} for each in field.properties
        ]
    return found


def _operand_json(operand: Operand) -> dict[str, Any]:
    if isinstance(operand, Value):
        return {"type": "number" if operand.is_number else "text", "value": operand.value}
    if isinstance(operand, Empty):
        return {"type": "empty"}
    if isinstance(operand, Call):
        arguments = [each.value for each in operand.arguments]
        return {"type": "function", "name": operand.name.value, "arguments": arguments}
    assert isinstance(operand, Listed)
    return {"type": "list", "values": [_operand_json(each) for each in operand.operands]}
