"""The first reading of a project, by segments of its time: how far each was read."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, delete, func, insert, or_, select, update

from app.store import tables
from app.store.sites import Site
from app.store.sync_tables import segments


@dataclass(frozen=True, slots=True)
class Segment:
    """Issues of a project that were created in a span of time.

    Attributes:
        number: from 0, in the order of time.
        since: created then or later; None: from the first on.
        until: created before then; None: to the last.
        counted: how many Jira says there are; on Cloud about so many.
        read: how many of them were read.
        read_until: `created` of the last one that was read.
        began_at: when the reading of the project began, by Jira's clock.
        failure: why it could not be read.
    """

    project_id: str
    number: int
    since: datetime | None
    until: datetime | None
    counted: int
    began_at: datetime
    read: int = 0
    read_until: datetime | None = None
    done: bool = False
    failure: str | None = None

    @property
    def span(self) -> str:
        """Which issues of its project it holds, for people; empty where it holds all."""
        if self.since is None and self.until is None:
            return ""
        since = "" if self.since is None else f" from {self.since:%Y-%m-%d %H:%M}"
        until = "" if self.until is None else f" to {self.until:%Y-%m-%d %H:%M}"
        return f"issues created{since}{until} UTC"


def of_site(connection: Connection, site_id: int) -> dict[str, list[Segment]]:
    """All of them by project id, in the order of time; a project that nobody began to read has none."""
    query = select(*(segments.c[each.name] for each in fields(Segment))).where(segments.c.site_id == site_id)
    found: defaultdict[str, list[Segment]] = defaultdict(list)
    for row in connection.execute(query.order_by(segments.c.project_id, segments.c.number)).mappings():
        found[row["project_id"]].append(Segment(**row))
    return dict(found)


Reached = tuple[int, int, frozenset[tuple[str, datetime | None]]]
"""Issues read by segments, segments read to their ends, and how far each project was read."""


def reached(connection: Connection, site_id: int) -> Reached:
    """How far the reading of a site is: another value whenever it came further."""
    ended = func.sum(case((segments.c.done, 1), else_=0))
    query = select(func.sum(segments.c.read), ended).where(segments.c.site_id == site_id)
    read, done = connection.execute(query).one()
    table = tables.projects
    rows = connection.execute(select(table.c.id, table.c.read_until).where(table.c.site_id == site_id))
    return int(read or 0), int(done or 0), frozenset((row.id, row.read_until) for row in rows)


def begin_anew(connection: Connection, site: Site, project_id: str, wanted: Sequence[Segment]) -> None:
    """Begin to read a project: forget how far anybody was."""
    table = segments
    connection.execute(delete(table).where(table.c.site_id == site.id, table.c.project_id == project_id))
    connection.execute(insert(table), [{"site_id": site.id, **asdict(one)} for one in wanted])


def save(connection: Connection, site: Site, segment: Segment) -> None:
    """Write down how far it was read; never back, as somebody else may have gone on with it meanwhile."""
    table = segments
    behind = and_(
        table.c.done.is_(False),
        or_(table.c.read_until.is_(None), table.c.read_until <= segment.read_until)
        if segment.read_until is not None
        else table.c.read_until.is_(None),
    )
    _update(connection, site, segment, {name: getattr(segment, name) for name in _CHANGING}, behind)


def fail(connection: Connection, site: Site, segment: Segment, failure: str) -> None:
    """Write down why it could not be read to its end; how far it was read stays."""
    _update(connection, site, segment, {"failure": failure}, segments.c.done.is_(False))


_CHANGING = ("read", "read_until", "done", "failure")


def _update(
    connection: Connection,
    site: Site,
    segment: Segment,
    values: Mapping[str, Any],
    still: ColumnElement[bool],
) -> None:
    table = segments
    same = (table.c.project_id == segment.project_id, table.c.number == segment.number)
    connection.execute(update(table).where(table.c.site_id == site.id, *same, still).values(dict(values)))
