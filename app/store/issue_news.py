"""What was filed of an issue without that its `updated` became a later one.

Comments come as events of their own, and what comes late changes an issue that was read already. Whoever
keeps what it worked out of an issue holds this number beside `updated`. It stands in a table of its own: an
issue's row is long, and says what Jira says.
"""

from collections.abc import Collection

import msgspec
from sqlalchemy import Connection, Text, cast, func, select

from app.store.jira_tables import issue_news as table
from app.store.sites import Site

_NOTE = (
    "INSERT INTO issue_news (site_id, issue_id, number) {} "
    "ON CONFLICT (site_id, issue_id) DO UPDATE SET number = issue_news.number + 1"
)
# SQLite puts a statement of several rows behind a savepoint of its own, which costs more than all the rest.
_ON_SQLITE = _NOTE.format("VALUES (?, ?, 1)")
_ON_POSTGRESQL = _NOTE.format("SELECT %s, one, 1 FROM unnest(CAST(%s AS TEXT[])) AS told(one)")


def note(connection: Connection, site: Site, issue_ids: Collection[str]) -> None:
    """Something was filed of them. As the last statement on issues, so that no two writers wait in a ring."""
    if not issue_ids:
        return
    every = sorted(issue_ids)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_ON_SQLITE, [(site.id, one) for one in every])
    else:
        connection.exec_driver_sql(_ON_POSTGRESQL, (site.id, every))


def numbers(connection: Connection, site: Site) -> dict[str, int]:
    """By issue id; of those of which there ever was any."""
    is_sqlite = connection.dialect.name == "sqlite"
    # One text of all is read many times faster than a row for each.
    as_one = func.json_group_object if is_sqlite else func.json_object_agg
    every = select(cast(as_one(table.c.issue_id, table.c.number), Text)).where(table.c.site_id == site.id)
    found = connection.scalar(every)
    return {} if found is None else msgspec.json.decode(found, type=dict[str, int])
