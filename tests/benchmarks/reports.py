"""How long one sprint report takes: from the store to the finished assessment, and to the page with charts.

The store holds 10,000 issues with 50 changes each: a hundred sprints of a hundred issues, the last one
running. A fifth of the changes is what sprints are made of (status, Sprint, points); the rest is noise, as in
life. What a report costs should follow the sprint, not the store: a tenth of the store is measured, too.
"""

import random
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from app import interpreter
from app.domain.reports.charts.pictures import early
from app.domain.reports.sprint_health import report
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.sprint import Sprint, SprintState
from app.domain.sprint_health.assessment import assess
from app.domain.sprint_health.health import SprintHealth
from app.services.closed_sprints import ClosedSprints, save
from app.services.rendering import as_page
from app.services.sprint_health import sprint_health
from app.store import boards, schema, sprint_issues, tables
from app.store.database import Database
from app.store.sites import Site
from connectors.charts.renderer import Renderer
from tests.benchmarks.databases import folder
from tests.benchmarks.lines import Line
from tests.factories import DONE, IN_PROGRESS, POINTS_FIELD, SPRINT_FIELD, TO_DO, a_board
from tests.stores import a_site

SPRINTS, ISSUES_EACH, CHANGES_EACH, ROUNDS = 100, 100, 50, 20
WEEKS = timedelta(weeks=2)
BEGIN = datetime.fromisoformat("2023-01-02T09:00:00+00:00")


def reporting() -> Iterator[Line]:
    """Over a tenth of the store, then over all of it; Python is set as in the service."""
    interpreter.tune()
    for sprints in (SPRINTS // 10, SPRINTS):
        with folder() as here:
            database = Database(f"sqlite:///{here / 'burnish.db'}")
            try:
                schema.upgrade(database)
                with database.write() as connection:
                    site = fill(connection, sprints)
                with database.read() as connection:
                    yield from _measure(database, connection, site, sprints)
            finally:
                database.close()


def _measure(database: Database, connection: Connection, site: Site, sprints: int) -> Iterator[Line]:
    board, calendar = a_board(), Calendar()
    now = start_of(sprints) + timedelta(days=4)
    name = f"report_of_{sprints * ISSUES_EACH * CHANGES_EACH // 1000}k_changes"

    def one(number: int, at: datetime) -> None:
        sprint = boards.get_sprint(connection, site, number)
        inside = sprint_issues.of_sprint(connection, site, board, sprint)
        assess(sprint, board, inside, now=at, calendar=calendar, sprint_field=SPRINT_FIELD)

    def whole(
        kept: ClosedSprints | None = None, assessed: Callable[[SprintHealth], None] = lambda _: None
    ) -> SprintHealth:
        return sprint_health(
            connection,
            site,
            board_id=1,
            sprint_id=sprints,
            at=now,
            calendar=calendar,
            closed_sprints=kept,
            assessed=assessed,
        )

    def first() -> ClosedSprints:
        """Of a process: what earlier ones worked out of closed sprints stands in the store."""
        return ClosedSprints(most_issues=0)

    yield Line(f"{name}_p95", _p95(lambda: one(sprints, now)) * 1000, "ms")
    yield Line(f"{name}_with_outlook_nothing_kept_p95", _p95(whole) * 1000, "ms")
    kept = ClosedSprints(saves=True)
    whole(kept)
    with database.write() as writing:
        save(writing, kept.unsaved())
    connection.rollback()  # a new look at the store
    yield Line(f"{name}_with_outlook_p95", _p95(lambda: whole(first())) * 1000, "ms")
    yield Line(f"{name}_with_outlook_again_p95", _p95(lambda: whole(kept)) * 1000, "ms")
    renderer = Renderer()

    def drawn(closed: ClosedSprints) -> None:
        health = whole(closed, lambda health: renderer.draw_soon(early(health)))
        as_page(report(health), "https://burnish.test", renderer.svg)

    try:
        begun = time.perf_counter()
        renderer.draw_soon()
        drawn(first())
        yield Line(f"{name}_page_with_what_draws_just_started", (time.perf_counter() - begun) * 1000, "ms")
        yield Line(f"{name}_page_with_outlook_and_charts_p95", _p95(lambda: drawn(first())) * 1000, "ms")
        yield Line(f"{name}_page_with_outlook_and_charts_again_p95", _p95(lambda: drawn(kept)) * 1000, "ms")
    finally:
        renderer.close()
    begun = time.perf_counter()
    for number in range(1, sprints):
        one(number, now)
    yield Line(f"{name}_closed_sprints_{sprints - 1}", time.perf_counter() - begun, "s")


def _p95(work: Callable[[], object]) -> float:
    took = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        work()
        took.append(time.perf_counter() - begun)
    return sorted(took)[int(0.95 * ROUNDS) - 1]


def start_of(number: int) -> datetime:
    return BEGIN + number * WEEKS


def fill(connection: Connection, sprints: int) -> Site:
    site, chance = a_site(connection), random.Random(1)
    boards.save_board(connection, site.id, a_board(), heard_at=BEGIN, project_key="BURN")
    for number in range(1, sprints + 1):
        start = start_of(number)
        closed = number < sprints
        sprint = Sprint(
            number,
            f"Sprint {number}",
            SprintState.CLOSED if closed else SprintState.ACTIVE,
            1,
            start=start,
            end=start + timedelta(days=11, hours=8),
            completed=start + timedelta(days=11, hours=8) if closed else None,
        )
        boards.save_sprint(connection, site.id, sprint, heard_at=start)
        rows = [_issue(site, number, place, chance) for place in range(ISSUES_EACH)]
        connection.execute(insert(tables.issues), [issue for issue, _ in rows])
        connection.execute(insert(tables.changes), [change for _, changes in rows for change in changes])
        members = [{"site_id": site.id, "sprint_id": number, "issue_id": issue["id"]} for issue, _ in rows]
        connection.execute(insert(tables.sprint_issues), members)
    return site


def _issue(site: Site, number: int, place: int, chance: random.Random) -> tuple[dict[str, Any], list[Any]]:
    start, issue_id = start_of(number), number * 1000 + place
    points = chance.choice((1, 2, 3, 5, 8))
    ends = chance.random() < 0.8
    status = DONE if ends else IN_PROGRESS
    told: list[tuple[datetime, str, str | None, str | None]] = [
        (start - timedelta(days=2), SPRINT_FIELD, None, str(number)),
        (start - timedelta(days=3), POINTS_FIELD, None, str(points)),
        (start + timedelta(days=chance.uniform(0, 4)), "status", TO_DO, IN_PROGRESS),
    ]
    for step in range(3):
        at = start + timedelta(days=4 + step * 0.5)
        told += [(at, "status", IN_PROGRESS, TO_DO), (at + timedelta(hours=2), "status", TO_DO, IN_PROGRESS)]
    if ends:
        told.append((start + timedelta(days=chance.uniform(6, 11)), "status", IN_PROGRESS, DONE))
    while len(told) < CHANGES_EACH:
        at = start + timedelta(days=chance.uniform(-20, 11))
        told.append((at, "description", "as it was written before", "as it is written now"))
    issue = {
        "site_id": site.id,
        "id": str(issue_id),
        "key": f"BURN-{issue_id}",
        "project_key": "BURN",
        "summary": f"What issue {issue_id} is about",
        "type_name": "Story",
        "is_subtask": False,
        "status_id": status,
        "status_name": status,
        "assignee": f"Person {place % 9}",
        "flagged": False,
        "created": start - timedelta(days=30),
        "updated": start + timedelta(days=11),
        "fields": {POINTS_FIELD: points, SPRINT_FIELD: [{"id": number}]},
        "history_complete": True,
    }
    return issue, [_change(site, issue_id, place, *one) for place, one in enumerate(sorted(told))]


def _change(
    site: Site, issue_id: int, place: int, at: datetime, field: str, before: str | None, after: str | None
) -> dict[str, Any]:
    return {
        "site_id": site.id,
        "history_id": issue_id * 100 + place,
        "field": field,
        "position": 0,
        "issue_id": str(issue_id),
        "at": at,
        "before": None if field == POINTS_FIELD else before,
        "before_text": before,
        "after": None if field == POINTS_FIELD else after,
        "after_text": after,
        "author": "dana",
    }
