"""Formulas of priority: an expression over fields, worked out without running code.

RICE, WSJF, ICE and MoSCoW are formulas of their own; a team writes others in the same words: numbers, names
of fields, + - * / and parentheses, min, max, abs, log, sqrt, and comparisons with `if`/`else`. A formula is
read as a Python expression and only these of its parts are known; everything else is refused when it is read.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

MOST_CHARACTERS, MOST_PARTS = 500, 100

_BINARY: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARED: Mapping[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "min": min,
    "max": max,
    "abs": abs,
    "sqrt": math.sqrt,
    "log": math.log,
}
_ARGUMENTS: Mapping[str, tuple[int, int]] = {
    "min": (2, MOST_PARTS),
    "max": (2, MOST_PARTS),
    "abs": (1, 1),
    "sqrt": (1, 1),
    "log": (1, 2),
}
"""At least and at most."""


class FormulaNotUnderstood(ValueError):
    """A sentence that says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that has been read.

    Attributes:
        names: of the values that it asks for.
    """

    text: str
    names: frozenset[str]
    tree: ast.expr

    def value(self, values: Mapping[str, float]) -> float | None:
        """What it comes to; None where that is no number (a division by 0, the root of less than 0).

        Args:
            values: by name; all of `names`.
        """
        try:
            found = _value(self.tree, values)
        except (ArithmeticError, ValueError):
            return None
        return found if math.isfinite(found) else None


def read_formula(text: str) -> Formula:
    """Read a formula.

    Raises:
        FormulaNotUnderstood: it is none, or has a part that no formula has.
    """
    if len(text) > MOST_CHARACTERS:
        raise FormulaNotUnderstood(f"A formula has at most {MOST_CHARACTERS} characters.")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise FormulaNotUnderstood(f"{text!r} is no formula.") from None
    parts = list(ast.walk(tree))
    if len(parts) > MOST_PARTS:
        raise FormulaNotUnderstood(f"A formula has at most {MOST_PARTS} parts.")
    functions = {id(part.func) for part in parts if isinstance(part, ast.Call)}
    for part in parts:
        _check(part)
    names = {part.id for part in parts if isinstance(part, ast.Name) and id(part) not in functions}
    return Formula(text.strip(), frozenset(names), tree)


def _check(part: ast.AST) -> None:
    match part:
        case ast.Constant(value=value) if isinstance(value, int | float) and not isinstance(value, bool):
            return
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _FUNCTIONS:
            least, most = _ARGUMENTS[name]
            if least <= len(arguments) <= most:
                return
        case ast.BinOp(op=op) if type(op) in _BINARY:
            return
        case ast.Compare(ops=[op]) if type(op) in _COMPARED:
            return
        case ast.UnaryOp(op=ast.USub()) | ast.IfExp() | ast.Name() | ast.Load() | ast.USub():
            return
        case ast.operator() | ast.cmpop():
            return  # looked at with what it stands in
    shown = type(part).__name__ if not isinstance(part, ast.expr) else ast.unparse(part)
    raise FormulaNotUnderstood(
        f"{shown!r} has no place in a formula. There are numbers, names of fields, + - * / ( ), "
        f"{', '.join(_FUNCTIONS)}, comparisons and `a if b > c else d`."
    )


def _value(node: ast.AST, values: Mapping[str, float]) -> float:  # noqa: PLR0911 - one for each kind of part
    match node:
        case ast.Constant(value=value):
            return float(value)  # type: ignore[arg-type]
        case ast.Name(id=name):
            return values[name]
        case ast.UnaryOp(operand=operand):
            return -_value(operand, values)
        case ast.BinOp(left=left, op=op, right=right):
            return _BINARY[type(op)](_value(left, values), _value(right, values))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return float(_FUNCTIONS[name](*(_value(one, values) for one in arguments)))
        case ast.IfExp(test=test, body=body, orelse=otherwise):
            return _value(body if _value(test, values) else otherwise, values)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return float(_COMPARED[type(op)](_value(left, values), _value(right, values)))
    raise ArithmeticError
