"""Whether what a site has is still what it was: its fields, statuses, sprints and other lists."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Dialect, Table, Text, bindparam, cast, func, select
from sqlalchemy.sql.compiler import SQLCompiler

from app.store import jira_tables, tables
from app.store.sites import Site

_SHOWN: Sequence[tuple[Table, Sequence[str]]] = (
    (tables.fields, ("id", "name", "custom", "schema_type", "schema_custom")),
    (tables.statuses, ("id", "name", "category")),
    (tables.sprints, ("id", "name", "state", "goal", "start_at", "end_at", "activated_at", "completed_at")),
    (tables.projects, ("id", "key", "name", "kind", "lead")),
    (jira_tables.priorities, ("id", "name", "position", "deleted_at")),
    (jira_tables.resolutions, ("id", "name", "position", "deleted_at")),
    (
        jira_tables.versions,
        (
            *("id", "project_id", "name", "description", "released", "archived", "start_on", "released_on"),
            *("position", "deleted_at"),
        ),
    ),
    (jira_tables.components, ("id", "name", "lead", "deleted_at")),
    (jira_tables.issue_types, ("id", "name", "is_subtask", "hierarchy_level", "deleted_at")),
    (jira_tables.partial_data, ("scope", "kind", "part", "reason")),
)
"""All that `jql_facts.catalogue` reads where no query is named, when sprints were open, and what is
missing."""


def fingerprint(connection: Connection, site: Site) -> tuple[Any, ...]:
    """Another one whenever something of these lists changed; one statement, cheaper than reading them.

    It is asked of every event, and so long that SQLAlchemy takes longer to find it among those that it has
    compiled than SQLite to answer it: hence in the database's own words.
    """
    compiled = _statement(connection.dialect)
    # SQLite is given it for each place of the statement, PostgreSQL by its name.
    given = tuple(site.id for _ in compiled.positiontup) if compiled.positiontup else {"site": site.id}
    row = connection.exec_driver_sql(compiled.string, given).one()
    return (site.account_id, site.fields, *row)


@lru_cache
def _statement(dialect: Dialect) -> SQLCompiler:
    compiled = select(*(_of(dialect.name, table, names) for table, names in _SHOWN)).compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    return compiled


def _of(dialect: str, table: Table, names: Sequence[str]) -> ColumnElement[Any]:
    wanted = (
        select(*(table.c[name] for name in names))
        .where(table.c.site_id == bindparam("site"))
        .order_by(*table.primary_key)
        .subquery()
    )
    if dialect == "sqlite":
        found = func.json_group_array(func.json_array(*(wanted.c[name] for name in names)))
    else:
        found = func.md5(cast(func.json_agg(func.json_build_array(*wanted.c)), Text))
    return select(found).select_from(wanted).scalar_subquery()
