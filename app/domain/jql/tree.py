"""What a query says, as a tree. Texts are kept as they were written, so that it prints as it was meant."""

from dataclasses import dataclass
from dataclasses import field as attribute
from enum import StrEnum
from typing import TypeAlias

from app.domain.jql.words import written


class Operator(StrEnum):
    """All operators of JQL."""

    EQUALS = "="
    NOT_EQUALS = "!="
    LESS = "<"
    LESS_EQUALS = "<="
    GREATER = ">"
    GREATER_EQUALS = ">="
    LIKE = "~"
    NOT_LIKE = "!~"
    IN = "in"
    NOT_IN = "not in"
    IS = "is"
    IS_NOT = "is not"
    WAS = "was"
    WAS_NOT = "was not"
    WAS_IN = "was in"
    WAS_NOT_IN = "was not in"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Value:
    """A text or a number.

    Attributes:
        value: what it says, without quotes and escapes.
        text: as written.
        position: in the query, from 0.
    """

    value: str
    text: str
    position: int = attribute(default=0, compare=False)

    @property
    def is_number(self) -> bool:
        """Whole numbers without quotes: an id where the field has ids."""
        return self.text.removeprefix("-").isascii() and self.text.removeprefix("-").isdigit()


def value(said: str) -> Value:
    """A text as a query would write it."""
    return Value(said, written(said))


@dataclass(frozen=True, slots=True)
class Empty:
    """`EMPTY` or `NULL`."""

    position: int = attribute(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments: `startOfDay(-1)`."""

    name: Value
    arguments: tuple[Value, ...] = ()

    @property
    def position(self) -> int:
        """Where it begins."""
        return self.name.position


@dataclass(frozen=True, slots=True)
class Listed:
    """A list in parentheses; lists may stand in lists."""

    operands: tuple["Operand", ...]
    position: int = attribute(default=0, compare=False)


Operand: TypeAlias = Value | Empty | Call | Listed


@dataclass(frozen=True, slots=True)
class Property:
    """`[key].path`: into a property of an issue or a project."""

    key: Value
    path: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """The name of a field, as written; `cf[10020]` has its number as name and `is_custom_id`."""

    name: str
    text: str
    is_custom_id: bool = False
    properties: tuple[Property, ...] = ()
    position: int = attribute(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Predicate:
    """What narrows WAS and CHANGED: `after -1w`, `by jane`."""

    name: str
    operand: Operand
    text: str = attribute(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Terminal:
    """One condition on one field. `operand` is None for CHANGED only."""

    field: Field
    operator: Operator
    operand: Operand | None
    predicates: tuple[Predicate, ...] = ()
    text: str = attribute(default="", compare=False)
    operator_position: int = attribute(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    clause: "Clause"


@dataclass(frozen=True, slots=True)
class And:
    """All of two or more."""

    clauses: tuple["Clause", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of two or more."""

    clauses: tuple["Clause", ...]


Clause: TypeAlias = Terminal | Not | And | Or


@dataclass(frozen=True, slots=True)
class Sort:
    """One key of ORDER BY; `descending` is None where nothing was said."""

    field: Field
    descending: bool | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """A query; without `where` it means every issue."""

    where: Clause | None = None
    order_by: tuple[Sort, ...] = ()
    text: str = attribute(default="", compare=False)
