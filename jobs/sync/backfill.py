"""The first reading of projects, by segments of their time.

Issues are read in the order of their creation, which never changes. So a project can be cut into spans of
time that are read side by side; each remembers with every page how far it was read, goes on there after a
crash, and is tried again alone if it could not be read. What changed meanwhile is read by the catch-ups, from
the instant on when the reading began.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from app.domain.scrum.from_jira import instant
from app.store import partial_data, segments, sites
from app.store.partial_data import Kind, Partial
from app.store.segments import Segment
from app.store.sites import Project, Site
from connectors.jira.client import JiraClient
from connectors.jira.keyset import Order
from jobs.context import Context, JiraSite
from jobs.sync import plan
from jobs.sync.issues import Page, read_page, whole_pages
from jobs.sync.reading import LOCAL, Backfill, Reading, Report
from jobs.sync.together import Together


async def backfill(
    context: Context,
    jira_site: JiraSite,
    site: Site,
    projects: Sequence[Project],
    reading: Reading,
    report: Report,
) -> datetime:
    """Read projects that were never read whole, or go on with it.

    Returns:
        When the reading of the first of them began, by Jira's clock: what changed since may be missing.

    Raises:
        ConnectorError: Jira does not answer; how far it went is written down.
    """
    begun = await context.database.call_read(lambda tx: segments.of_site(tx, site.id))
    planned: list[Segment] = []
    for project in projects:
        known = begun.get(project.id, [])
        # Where all is done, the project is to be read anew: the last segment would have made it whole.
        goes_on = any(not segment.done for segment in known)
        try:
            planned += known if goes_on else await _plan(context, jira_site.jira, site, project, reading)
        except LOCAL as error:
            reading.fail(f"project {project.key}", error)
    expected = sum(one.counted for one in planned)
    read = sum(one.counted if one.done else one.read for one in planned)
    filled = reading.backfill = Backfill(expected, read, read, context.now())
    keys = {project.id: project.key for project in projects}
    together = Together(context, site)
    filling = _Filling(context, jira_site, site, keys, reading, filled, report, together)
    await filling.all([segment for segment in planned if not segment.done])
    reading.backfill = None
    return min((one.began_at for one in planned), default=reading.heard_at)


async def _plan(
    context: Context, jira: JiraClient, site: Site, project: Project, reading: Reading
) -> list[Segment]:
    """Cut a project into segments, and write them down."""

    async def count(since: datetime | None, until: datetime | None) -> int:
        return await jira.count(plan.created_between(project.key, since, until))

    total = await count(None, None)
    spans: list[plan.Span] = [(None, None, total)]
    if total > plan.SMALLEST and (first := await _first_created(jira, project.key)) is not None:
        spans = await plan.spans(count, total, first, reading.heard_at)
    planned = [
        Segment(project.id, number, since, until, counted, reading.heard_at)
        for number, (since, until, counted) in enumerate(spans)
    ]
    why = f"The first reading of project {project.key} has not ended: issues are missing."
    unread = Partial(partial_data.of_project(project.id), Kind.UNREAD, why)

    def begin(connection: Connection) -> None:
        segments.begin_anew(connection, site, project.id, planned)
        partial_data.note(connection, site, [unread], at=reading.heard_at)

    await context.database.call_write(begin)
    return planned


async def _first_created(jira: JiraClient, key: str) -> datetime | None:
    jql = plan.created_between(key, None, None)
    page = await jira.search_page(jql, fields=("created",), max_results=1, order=Order.CREATED)
    found = [instant((one.get("fields") or {}).get("created")) for one in page.issues]
    return min((one for one in found if one is not None), default=None)


@dataclass(frozen=True, slots=True)
class _Filling:
    """Segments being read.

    Attributes:
        keys: of the projects, by id.
        together: saves the pages.
    """

    context: Context
    jira_site: JiraSite
    site: Site
    keys: dict[str, str]
    reading: Reading
    filled: Backfill
    report: Report
    together: Together

    async def all(self, wanted: Sequence[Segment]) -> None:
        """Some of them side by side; trouble with the site ends them all."""
        turn = asyncio.Semaphore(plan.ABREAST)

        async def in_turn(segment: Segment) -> None:
            async with turn:
                await self._read(segment)

        try:
            async with asyncio.TaskGroup() as reading:
                for segment in wanted:
                    reading.create_task(in_turn(segment))
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None

    async def _read(self, segment: Segment) -> None:
        """To its end. What is wrong with it alone is written down."""
        key = self.keys[segment.project_id]
        try:
            read = await self._pages(segment, key)
        except LOCAL as error:
            self.reading.fail(", ".join(filter(None, (f"project {key}", segment.span))), error)
            save = partial(segments.fail, site=self.site, segment=segment, failure=str(error))
        else:
            save = partial(_end, site=self.site, segment=replace(read, done=True, failure=None))
        await self.context.database.call_write(save)

    async def _pages(self, segment: Segment, key: str) -> Segment:
        known = segment.read_until
        since = segment.since if known is None else plan.whole_minute(known)
        jql = plan.created_between(key, since, segment.until)
        async for found in whole_pages(self.jira_site.jira, jql, Order.CREATED):
            before = segment

            def note(connection: Connection, page: Page, before: Segment = before) -> None:
                segments.save(connection, self.site, further(before, page, known))

            give_way = self.context.database.writer_first.give_way
            page = await read_page(self.jira_site, self.site, found.issues, give_way)
            await self.together.save(page, note)
            segment = further(before, page, known)
            self.reading.note(len(found.issues), page.failures)
            self.filled.note(segment.read - before.read, self.context.now())
            await self.report({**self.reading.progress, "project": key})
            del found, page  # megabytes, while the next ones come
        return segment


def _end(connection: Connection, site: Site, segment: Segment) -> None:
    """A segment is read. With the last one its project goes on with catch-ups, from when its reading began.

    Or from the last change that was seen: Jira's search may have lagged behind then.
    """
    sites.lock_project(connection, site.id, segment.project_id)  # the last two must not overlook each other
    segments.save(connection, site, segment)
    if all(one.done for one in segments.of_site(connection, site.id)[segment.project_id]):
        seen = sites.last_change(connection, site.id, segment.project_id, before=segment.began_at)
        sites.note_read_until(connection, site.id, segment.project_id, seen or segment.began_at)
        partial_data.clear(connection, site, partial_data.of_project(segment.project_id), kind=Kind.UNREAD)


def further(segment: Segment, page: Page, known: datetime | None) -> Segment:
    """How far a segment is with a page; what was created until `known` was read before it went on."""
    new = [one.created for one in page.records if known is None or one.created > known]
    latest = max(new, default=segment.read_until)
    return replace(segment, read=segment.read + len(new), read_until=latest)
