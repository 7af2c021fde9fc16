"""One of many values, as one parameter of a statement, whatever their number."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY


def among(
    connection: Connection, of: ColumnElement[Any], values: Collection[int | str]
) -> ColumnElement[bool]:
    """Whether a column has one of the values.

    With a parameter for each, a list of hundreds costs more to write than the database needs to look them up,
    and beyond some ten thousands it is refused.
    """
    if connection.dialect.name == "sqlite":
        listed = func.json_each(bindparam(None, json.dumps(list(values)), Text)).table_valued("value")
        return of.in_(select(listed.c.value))
    return of == any_(bindparam(None, list(values), ARRAY(of.type)))
