"""Many short rows of SQLite as one value: for each alone, Python would have to get the interpreter back."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, Text, func, select, type_coerce

from app.store.types import Instant


def rows_of(connection: Connection, query: Select[Any]) -> Sequence[Sequence[Any]]:
    """What a query finds, in no order: texts, whole numbers, instants; what is true or false is 1 or 0."""
    if connection.dialect.name != "sqlite":
        return connection.execute(query).all()
    inner = query.subquery()
    is_instant = tuple(isinstance(each.type, Instant) for each in inner.c)
    said = (
        type_coerce(each, Text).concat("Z") if instant else each
        for each, instant in zip(inner.c, is_instant, strict=True)
    )
    found = connection.execute(select(func.json_group_array(func.json_array(*said)))).scalar_one()
    rows: Sequence[Sequence[Any]] = _decoder(is_instant).decode(found)
    return rows


@lru_cache
def _decoder(is_instant: tuple[bool, ...]) -> msgspec.json.Decoder[Any]:
    columns = tuple(datetime | None if instant else str | int | None for instant in is_instant)
    return msgspec.json.Decoder(list[tuple[columns]])  # type: ignore[valid-type]
