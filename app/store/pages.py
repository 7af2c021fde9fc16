"""Lists are read page by page, each below the last row that was seen."""

from typing import Any

from sqlalchemy import ColumnElement, Select


def newest_first(
    query: Select[Any], row_id: ColumnElement[int], *, before: int | None, limit: int | None
) -> Select[Any]:
    """The rows of a query, newest first, below the id `before` (None: from the newest on)."""
    if before is not None:
        query = query.where(row_id < before)
    return query.order_by(row_id.desc()).limit(limit)
