"""Files and logged work of single issues, with what was deleted: what they had at an instant is asked."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table, select

from app.store import jira_tables
from app.store.sites import Site


def files_of(connection: Connection, site: Site, issue_id: str) -> list[Mapping[str, Any]]:
    """In the order of their ids."""
    return _rows(connection, site, jira_tables.attachments, issue_id)


def worklogs_of(connection: Connection, site: Site, issue_id: str) -> list[Mapping[str, Any]]:
    """In the order of their ids."""
    return _rows(connection, site, jira_tables.worklogs, issue_id)


def _rows(connection: Connection, site: Site, table: Table, issue_id: str) -> list[Mapping[str, Any]]:
    wanted = select(table).where(table.c.site_id == site.id, table.c.issue_id == issue_id)
    return [dict(row) for row in connection.execute(wanted.order_by(table.c.id)).mappings()]
