"""What an admin says of a schedule in place of the settings: when it fires, and whether."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping

from app.cron import next_after
from app.errors import NotPossible, NotUnderstood
from app.services import versions
from app.store import queues, runs, sites


def listed(
    connection: Connection, *, site: str | None, before: int | None, limit: int
) -> Sequence[RowMapping]:
    """Schedules, newest first, of that site or of all.

    Raises:
        NotFound: no such site.
    """
    site_id = None if site is None else sites.get_site(connection, site).id
    return queues.schedules_listed(connection, site_id=site_id, before=before, limit=limit)


def left_the_settings(schedule: RowMapping) -> bool:
    """Whether it is off because nobody names it any more, rather than because somebody switched it off."""
    return not schedule["enabled"] and (schedule["edits"] or {}).get("enabled", True)


def edit(
    connection: Connection, schedule_id: int, wanted: Mapping[str, Any], *, seen: str | None, now: datetime
) -> RowMapping:
    """Say something of a schedule, or take it back.

    Args:
        connection: inside a transaction.
        schedule_id: which one.
        wanted: columns of `runs.EDITABLE` and `enabled`; None: what the settings say.
        seen: the editor's `If-Match`.
        now: it fires next after this instant, if its times change or it is switched on.

    Raises:
        NotFound: no such schedule.
        VersionNeeded, ChangedMeanwhile: see `versions.check`.
        NotPossible: it left the settings.
        NotUnderstood: nothing to change.
    """
    row = queues.get_schedule(connection, schedule_id, lock=True)
    versions.check(seen, row["version"], what=f"schedule {schedule_id}")
    if left_the_settings(row):
        raise NotPossible(
            f"Schedule {schedule_id} ({row['name']}) is off because it left the settings of site "
            f"{row['site']}. Name it there again."
        )
    if not wanted:
        raise NotUnderstood("Nothing to change: give at least one of its settings.", field="/body")
    own = row["own"] or {name: row[name] for name in runs.EDITABLE}
    said = {**(row["edits"] or {}), **wanted}
    edits = {name: value for name, value in said.items() if value is not None}
    values: dict[str, Any] = {**own, "enabled": True, **edits}
    if _moves(row, values):
        values["next_due_at"] = next_after(values["cron"], values["time_zone"], now)
    runs.edit_schedule(connection, schedule_id, edits=edits or None, own=own, **values)
    return queues.get_schedule(connection, schedule_id)


def _moves(before: RowMapping, after: Mapping[str, Any]) -> bool:
    """Whether it fires at other times than before; what was due while it was off is not made up."""
    times = any(before[name] != after[name] for name in ("cron", "time_zone"))
    return times or (after["enabled"] and not before["enabled"])
