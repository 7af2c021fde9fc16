"""Ask for a run, and see what became of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping

from app.errors import NotUnderstood
from app.services import queues
from app.services.queues import RUNS, Seen
from app.store import outbox, reports, runs, sites

SPRINT_HEALTH, SYNC, HOUSEKEEPING = "sprint_health", "sync", "housekeeping"


def request_sprint_health(
    connection: Connection,
    *,
    site_name: str,
    board_id: int,
    sprint_id: int | None,
    post_to: str | None,
    at: datetime | None,
    now: datetime,
    requested_by: str,
) -> int:
    """Ask for a sprint report; returns the run's id.

    The board need not be in the store yet: the run reads Jira first.

    Raises:
        NotFound: no such site.
        NotUnderstood: `at` lies ahead.
    """
    if at is not None and at > now:
        raise NotUnderstood(f"{at.isoformat()} lies ahead; ask about now or an instant before.", field="/at")
    site = sites.get_site(connection, site_name)
    parameters: dict[str, Any] = {"board": board_id, "sprint": sprint_id, "post_to": post_to}
    return runs.request(
        connection,
        site.id,
        SPRINT_HEALTH,
        parameters,
        at=at or now,
        now=now,
        requested_by=requested_by,
    )


def request_sync(connection: Connection, *, site_name: str, now: datetime, requested_by: str) -> int:
    """Ask for a sync; returns the run's id.

    Raises:
        NotFound: no such site.
    """
    site = sites.get_site(connection, site_name)
    return runs.request(connection, site.id, SYNC, {}, at=now, now=now, requested_by=requested_by)


@dataclass(frozen=True, slots=True)
class Shown:
    """A run with what it made: the id of its report, and the effects that it made us owe."""

    run: RowMapping
    next: str
    report: int | None
    effects: list[RowMapping]


def show(connection: Connection, run_id: int, *, now: datetime) -> Shown:
    """A run and what became of it.

    Raises:
        NotFound: no such run.
    """
    seen = queues.look(connection, RUNS.table, run_id, now=now)
    return Shown(seen.row, seen.next, reports.of_run(connection, run_id), outbox.of_run(connection, run_id))


def cancel(connection: Connection, run_id: int, *, now: datetime) -> Seen:
    """Call a run off. One that is under way is broken off by its worker when that renews its lease next.

    Raises:
        NotFound: no such run.
        NotPossible: it has ended.
    """
    under_way = queues.look(connection, RUNS.table, run_id, now=now).row["state"] == "claimed"
    said = "Cancelled by an admin"
    if under_way:
        said += " while it was under way; its worker stops within a fifth of `lease_seconds`"
    return queues.end(connection, RUNS, run_id, now=now, reason=f"{said}.")
