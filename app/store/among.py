"""One of many values, as one parameter of a statement, whatever their number."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Text,
    any_,
    bindparam,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

_VALUE: ColumnElement[Any] = literal_column("value")


def among(
    connection: Connection, of: ColumnElement[Any], values: Collection[int | str]
) -> ColumnElement[bool]:
    """Whether a column has one of the values.

    With a parameter for each, a list of hundreds costs more to write than the database needs to look them up,
    and beyond some ten thousands it is refused.
    """
    if connection.dialect.name == "sqlite":
        return _listed(of, bindparam(None, json.dumps(list(values)), Text))
    return of == any_(bindparam(None, list(values), ARRAY(of.type)))


def among_named(dialect: str, of: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Likewise, in a statement that is made once: the parameter `name` is given as `as_named` writes it."""
    if dialect == "sqlite":
        return _listed(of, bindparam(name, type_=Text))
    return of == any_(bindparam(name, type_=ARRAY(of.type)))


def as_named(connection: Connection, values: Collection[int | str]) -> str | list[int | str]:
    """Values for a parameter of `among_named`."""
    return json.dumps(list(values)) if connection.dialect.name == "sqlite" else list(values)


def _listed(of: ColumnElement[Any], parameter: BindParameter[Any]) -> ColumnElement[bool]:
    return of.in_(select(_VALUE).select_from(func.json_each(parameter)))
