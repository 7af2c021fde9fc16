"""Whether what a site has is still what it was: its fields, statuses, sprints and other lists."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, Text, bindparam, cast, func, select

from app.store import jira_tables, tables
from app.store.sites import Site

_SHOWN: Sequence[tuple[Table, Sequence[str]]] = (
    (tables.fields, ("id", "name", "custom", "schema_type", "schema_custom")),
    (tables.statuses, ("id", "name", "category")),
    (tables.sprints, ("id", "name", "state")),
    (tables.projects, ("id", "key", "name", "kind", "lead")),
    (jira_tables.priorities, ("id", "name", "position", "deleted_at")),
    (jira_tables.versions, ("id", "project_id", "released", "archived", "position", "deleted_at")),
    (jira_tables.components, ("id", "name", "lead", "deleted_at")),
    (jira_tables.issue_types, ("id", "is_subtask", "hierarchy_level", "deleted_at")),
    (jira_tables.partial_data, ("scope", "kind", "part", "reason")),
)
"""All that `jql_facts.catalogue` reads where no query is named, and what is known to be missing."""


def fingerprint(connection: Connection, site: Site) -> tuple[Any, ...]:
    """Another one whenever something of these lists changed; one statement, cheaper than reading them."""
    row = connection.execute(_statement(connection.dialect.name), {"site": site.id}).one()
    return (site.account_id, site.fields, *row)


@lru_cache
def _statement(dialect: str) -> Select[Any]:
    return select(*(_of(dialect, table, names) for table, names in _SHOWN))


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
