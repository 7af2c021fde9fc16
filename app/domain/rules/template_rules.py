"""What a template of a rule may consist of: a short list; whatever is not on it is refused, with its line."""

import re
from collections.abc import Iterator

from jinja2 import nodes

MOST_LOOPS = 2
"""Loops in each other."""
SECRETS = "secrets"
_SECRET_NAME = re.compile(r"[A-Z][A-Z0-9_]*")

FILTERS = frozenset(
    [
        "abs",
        "default",
        "d",
        "first",
        "float",
        "int",
        "join",
        "last",
        "length",
        "list",
        "lower",
        "map",
        "mention",
        "round",
        "sort",
        "trim",
        "unique",
        "upper",
        "title",
    ]
)
TESTS = frozenset({"defined", "undefined", "none", "string", "number", "odd", "even", "in", "eq", "ne"})
METHODS = frozenset(
    [
        "plusDays",
        "minusDays",
        "plusHours",
        "minusHours",
        "plusBusinessDays",
        "minusBusinessDays",
        "format",
        "toBusinessDay",
        "diff",
        "isBefore",
        "isAfter",
        "startswith",
        "endswith",
        "lower",
        "upper",
        "strip",
        "split",
    ]
)
NODES: tuple[type[nodes.Node], ...] = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.Getattr,
    nodes.Getitem,
    nodes.If,
    nodes.For,
    nodes.CondExpr,
    nodes.Filter,
    nodes.Test,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Neg,
    nodes.Add,
    nodes.Sub,
    nodes.Div,
    nodes.Concat,
    nodes.List,
    nodes.Tuple,
    nodes.Call,
    nodes.Keyword,
)


def faults(node: nodes.Node, *, loops: int, secrets: bool) -> Iterator[str]:
    """What stands in a template that may not.

    Args:
        node: the template, or a part of it.
        loops: that stand around it.
        secrets: whether secrets may be named.
    """
    fault = _fault(node)
    if fault is not None:
        yield f"line {node.lineno}: {fault}"
    if isinstance(node, nodes.For):
        loops += 1
        if loops > MOST_LOOPS or node.recursive:
            yield f"line {node.lineno}: at most {MOST_LOOPS} loops may stand in each other"
    for child in node.iter_child_nodes():
        if not (secrets and isinstance(node, nodes.Output) and _is_secret(child)):
            yield from faults(child, loops=loops, secrets=secrets)


def _is_secret(node: nodes.Node) -> bool:
    """`secrets.NAME`, and nothing done with it."""
    match node:
        case nodes.Getattr(node=nodes.Name(name=name), attr=attr):
            return name == SECRETS and _SECRET_NAME.fullmatch(attr) is not None
        case _:
            return False


def _fault(node: nodes.Node) -> str | None:  # noqa: PLR0911 - one for each kind of node
    if not isinstance(node, NODES):
        return f"{type(node).__name__.lower()} is not allowed in a template"
    match node:
        case nodes.Call(node=nodes.Getattr(attr=attr)) if attr in METHODS:
            return None
        case nodes.Call():
            return f"only these can be called: {', '.join(sorted(METHODS))}"
        case nodes.Filter(name=name) if name not in FILTERS:
            return f"there is no filter {name!r}; there are {', '.join(sorted(FILTERS))}"
        case nodes.Test(name=name) if name not in TESTS:
            return f"there is no test {name!r}; there are {', '.join(sorted(TESTS))}"
        case nodes.Name(name=name) if name == SECRETS:
            return (
                "a secret may stand only in a header or in the body of a web request, alone in its braces, "
                "in capitals: {{ secrets.NAME }}"
            )
        case nodes.Name(name=name) if name.startswith("_") or name == "self":
            return f"there is no value {name!r}"
        case nodes.Getattr(attr=attr) if attr.startswith("_"):
            return f"there is no value {attr!r}"
        case _:
            return None
