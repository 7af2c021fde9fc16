"""How far each project was read, and how well the store agrees with Jira."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping

from app.services.audit import SITE_IMPORTED
from app.store import audit, partial_data, presence, segments, sites, sweeps
from app.store.partial_data import Kind
from app.store.presence import Counts
from app.store.segments import Segment
from app.store.sites import Project, Site
from app.store.sweeps import Difference, Drift, Tally

WHOLE, READING, FAILED, NOT_BEGUN = "whole", "being read", "not all could be read", "not begun"
IMPORTED = "imported"
"""From a file, by `burnish import`: no Jira is asked about it."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """One comparison of a project with Jira.

    Attributes:
        row: of the table `sweeps`, with the name of the site.
        found: how many issues differed, by how.
    """

    row: RowMapping
    found: Mapping[Drift, Tally]


@dataclass(frozen=True, slots=True)
class ProjectSeen:
    """A project as an admin sees it.

    Attributes:
        state: one of the words above.
        segments: of its first reading.
        counts: of its issues here.
        missing: what is known not to be whole, in words.
        sweep: the last comparison that came to its end.
        unannounced: the last time that changes were found which no webhook had told; a row of that table.
        imported: the last import, where it came by one; an entry of the audit.
    """

    site: str
    project: Project
    state: str
    segments: Sequence[Segment]
    counts: Counts
    missing: Sequence[str]
    sweep: Sweep | None
    unannounced: RowMapping | None
    imported: RowMapping | None


def status(connection: Connection, site: str | None) -> list[ProjectSeen]:
    """Every project in the store, by site and key.

    Raises:
        NotFound: no site of that name.
    """
    names = sites.names(connection) if site is None else [site]
    return [seen for name in names for seen in _of_site(connection, sites.get_site(connection, name))]


def _of_site(connection: Connection, site: Site) -> list[ProjectSeen]:
    parts, here = segments.of_site(connection, site.id), presence.counts(connection, site)
    rows, alarms = sweeps.newest(connection, site.id), sweeps.unannounced_of(connection, site.id)
    found = sweeps.tallies(connection, [row["id"] for row in rows.values()])
    imported = _last_import(connection, site)
    return [
        ProjectSeen(
            site=site.name,
            project=project,
            state=(state := _state(project, of_project := parts.get(project.id, []), imported)),
            segments=of_project,
            counts=here.get(project.key, Counts()),
            missing=_missing(connection, site, project, of_project, is_imported=state == IMPORTED),
            sweep=None if (row := rows.get(project.id)) is None else Sweep(row, found.get(row["id"], {})),
            unannounced=alarms.get(project.id),
            imported=imported if state == IMPORTED else None,
        )
        for project in sites.projects_of(connection, site.id)
    ]


def _missing(
    connection: Connection, site: Site, project: Project, parts: Sequence[Segment], *, is_imported: bool
) -> list[str]:
    """In sentences; a file is read whole, or says of what it is not."""
    found = partial_data.of_projects(connection, site, [project.id])
    failed = [f"Not read{one.span and ', '}{one.span}: {one.failure}" for one in parts if one.failure]
    return [one.reason for one in found if not is_imported or one.kind is not Kind.UNREAD] + failed


def _last_import(connection: Connection, site: Site) -> RowMapping | None:
    wanted = {"resource": "site", "resource_id": site.name, "action": SITE_IMPORTED}
    return next(iter(audit.listed(connection, before=None, limit=1, **wanted)), None)


def _state(project: Project, of_project: Sequence[Segment], imported: RowMapping | None) -> str:
    if project.read_until is not None:
        return WHOLE
    if any(segment.failure for segment in of_project):
        return FAILED
    if of_project:
        return READING
    return NOT_BEGUN if imported is None else IMPORTED


def swept(
    connection: Connection, *, site: str | None, project: str | None, before: int | None, limit: int
) -> list[Sweep]:
    """Comparisons, newest first.

    Raises:
        NotFound: no site of that name.
    """
    if site is not None:
        sites.get_site(connection, site)
    rows = sweeps.reports(connection, site=site, project_key=project, before=before, limit=limit)
    found = sweeps.tallies(connection, [row["id"] for row in rows])
    return [Sweep(row, found.get(row["id"], {})) for row in rows]


def drift(connection: Connection, sweep_id: int, *, limit: int) -> tuple[Sweep, list[Difference]]:
    """A comparison, and the first issues that differed.

    Raises:
        NotFound: none with that id.
    """
    row = sweeps.get_sweep(connection, sweep_id)
    found = sweeps.tallies(connection, [sweep_id])
    return Sweep(row, found.get(sweep_id, {})), sweeps.differences(connection, sweep_id, limit=limit)
