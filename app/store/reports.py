"""Reports as they were computed, so that they can be read and compared later."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, insert, select

from app.errors import NotFound
from app.store.pages import newest_first
from app.store.tables import reports, sites


def save(
    connection: Connection,
    *,
    site_id: int,
    run_id: int | None,
    kind: str,
    board_id: int,
    sprint_id: int | None,
    at: datetime,
    now: datetime,
    document: Mapping[str, Any],
) -> int:
    """Keep a report; returns its id."""
    statement = insert(reports).values(
        site_id=site_id,
        run_id=run_id,
        kind=kind,
        board_id=board_id,
        sprint_id=sprint_id,
        at=at,
        created_at=now,
        document=dict(document),
    )
    return int(connection.execute(statement.returning(reports.c.id)).scalar_one())


def get(connection: Connection, report_id: int) -> RowMapping:
    """A report.

    Raises:
        NotFound: none with that id.
    """
    row = connection.execute(_named().where(reports.c.id == report_id)).mappings().first()
    if row is None:
        raise NotFound("report", report_id)
    return row


def last_before(
    connection: Connection, site_id: int, kind: str, *, board_id: int, sprint_id: int, at: datetime
) -> Mapping[str, Any] | None:
    """Document of the last report on a sprint that speaks about an instant before this one."""
    query = select(reports.c.document).where(reports.c.sprint_id == sprint_id)
    found: Mapping[str, Any] | None = connection.scalar(_last(query, site_id, kind, board_id, at, 1))
    return found


def chances_before(
    connection: Connection, site_id: int, kind: str, *, board_id: int, sprint_id: int, at: datetime, last: int
) -> list[tuple[datetime, float | None, float | None]]:
    """What the last reports on a sprint before an instant forecast, oldest first.

    Returns:
        The instant, the chance of the commitment and that of everything.
    """
    forecast = reports.c.document["forecast"]
    query = select(
        reports.c.at, forecast["chance_of_commitment"].as_float(), forecast["chance_of_all"].as_float()
    ).where(reports.c.sprint_id == sprint_id)
    rows = connection.execute(_last(query, site_id, kind, board_id, at, last))
    return [(row[0], row[1], row[2]) for row in rows][::-1]


def documents_before(
    connection: Connection, site_id: int, kind: str, *, board_id: int, at: datetime, last: int
) -> list[tuple[datetime, Mapping[str, Any]]]:
    """The last reports on a board before an instant, with theirs, oldest first."""
    query = select(reports.c.at, reports.c.document)
    rows = connection.execute(_last(query, site_id, kind, board_id, at, last))
    return [(row.at, row.document) for row in rows][::-1]


def _last(query: Select[Any], site_id: int, kind: str, board_id: int, at: datetime, last: int) -> Select[Any]:
    """Of these the last reports of a kind on a board before an instant, newest first."""
    here = reports.c.site_id == site_id, reports.c.board_id == board_id, reports.c.kind == kind
    newest = reports.c.at.desc(), reports.c.id.desc()
    return query.where(*here, reports.c.at < at).order_by(*newest).limit(last)


def is_there(connection: Connection, site_id: int, kind: str, *, board_id: int, sprint_id: int) -> bool:
    """Whether a sprint has a report of that kind."""
    query = select(reports.c.id).where(
        reports.c.site_id == site_id,
        reports.c.board_id == board_id,
        reports.c.sprint_id == sprint_id,
        reports.c.kind == kind,
    )
    return connection.execute(query.limit(1)).first() is not None


def of_run(connection: Connection, run_id: int) -> int | None:
    """Id of the report that a run made."""
    return connection.scalar(select(reports.c.id).where(reports.c.run_id == run_id))


def listed(
    connection: Connection,
    *,
    board_id: int | None,
    before: int | None,
    limit: int,
    site_id: int | None = None,
    sprint_id: int | None = None,
    kind: str | None = None,
) -> Sequence[RowMapping]:
    """Reports without their documents, newest first, below the id `before`."""
    query = newest_first(_named(without="document"), reports.c.id, before=before, limit=limit)
    asked = {"board_id": board_id, "site_id": site_id, "sprint_id": sprint_id, "kind": kind}
    for name, value in asked.items():
        if value is not None:
            column = reports.c[name]
            query = query.where(column == value)
    return connection.execute(query).mappings().all()


def _named(*, without: str = "") -> Select[Any]:
    """Reports with the name of their `site`."""
    columns = [column for column in reports.c if column.name != without]
    return select(*columns, sites.c.name.label("site")).join(sites, sites.c.id == reports.c.site_id)
