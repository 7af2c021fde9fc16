"""What people and housekeeping do with rows of the queues: look, try again, call off, forget.

States are written into the statements word for word: partial indexes are used only then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    RowMapping,
    Select,
    Table,
    bindparam,
    delete,
    func,
    select,
    update,
)

from app.errors import NotFound
from app.store.among import among
from app.store.claim import announce
from app.store.pages import newest_first
from app.store.tables import deliveries, effects, runs, schedules, sites, still_open

CALLED: Mapping[str, str] = {deliveries.name: "delivery", effects.name: "effect", runs.name: "run"}
"""What a row of the table is called."""


@dataclass(frozen=True, slots=True)
class OpenWork:
    """How many rows of a site are waiting or under way, by queue."""

    deliveries: int = 0
    runs: int = 0
    effects: int = 0


def get(connection: Connection, table: Table, row_id: int, *, lock: bool = False) -> RowMapping:
    """A row with every column, its `site` by name with `paused_until` and `paused_reason`, and the name of
    the `schedule` that made a run.

    Args:
        connection: inside a transaction.
        table: the queue.
        row_id: of the row.
        lock: keep it as it is until the transaction ends; nobody claims, settles or changes it meanwhile.

    Raises:
        NotFound: none with that id.
    """
    query = _named(table).where(table.c.id == row_id)
    if lock:
        query = query.with_for_update(of=table)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFound(CALLED[table.name], row_id)
    return row


def listed(
    connection: Connection,
    table: Table,
    *,
    before: int | None,
    limit: int,
    state: str | None = None,
    schedule: str | None = None,
    without: Sequence[str] = (),
    **wanted: Any,
) -> Sequence[RowMapping]:
    """Rows as `get` gives them, newest first, below the id `before`.

    Args:
        connection: inside a transaction.
        table: the queue.
        before: only older ones.
        limit: most rows.
        state: only those in it.
        schedule: only runs that the schedule of that name made.
        without: columns to leave out, such as bodies.
        wanted: further columns with the value that they must have; None means any.
    """
    query = newest_first(_named(table, without=without), table.c.id, before=before, limit=limit)
    if state is not None:
        query = query.where(table.c.state == _word(state))
    if schedule is not None:
        query = query.where(schedules.c.name == schedule)
    for name, value in wanted.items():
        if value is not None:
            query = query.where(table.c[name] == value)
    return connection.execute(query).mappings().all()


def _named(table: Table, *, without: Sequence[str] = ()) -> Select[Any]:
    columns = [column for column in table.c if column.name not in without]
    of_site = (sites.c.name.label("site"), sites.c.paused_until, sites.c.paused_reason)
    query = select(*columns, *of_site).join(sites, sites.c.id == table.c.site_id)
    if table is runs:
        made_by = schedules.c.id == runs.c.schedule_id
        query = query.add_columns(schedules.c.name.label("schedule")).outerjoin(schedules, made_by)
    return query


def _word(state: str) -> BindParameter[str]:
    return bindparam(None, state, literal_execute=True)


def ahead_of(connection: Connection, table: Table, row: RowMapping) -> int | None:
    """Id of the open row of the same subject that is worked off first; None where the row itself is."""
    first: int | None = connection.scalar(
        select(func.min(table.c.id)).where(
            table.c.site_id == row["site_id"],
            table.c.subject == row["subject"],
            table.c.id < row["id"],
            still_open(table),
        )
    )
    return first


def open_work(connection: Connection) -> Mapping[int, OpenWork]:
    """By site, how much is waiting or under way in each queue; a site with nothing open is not named."""
    found: dict[int, dict[str, int]] = {}
    for table in (deliveries, runs, effects):
        counted = select(table.c.site_id, func.count()).where(still_open(table))
        for site_id, number in connection.execute(counted.group_by(table.c.site_id)):
            found.setdefault(site_id, {})[table.name] = int(number)
    return {site_id: OpenWork(**numbers) for site_id, numbers in found.items()}


def all_sites(connection: Connection) -> Sequence[RowMapping]:
    """Every site in the store, by name, also those that left the settings."""
    return connection.execute(select(sites).order_by(sites.c.name)).mappings().all()


def schedules_listed(
    connection: Connection,
    *,
    site_id: int | None = None,
    schedule_id: int | None = None,
    before: int | None = None,
    limit: int | None = None,
) -> Sequence[RowMapping]:
    """Schedules, newest first, each with its site and its newest run: `run_id`, `run_state`, `run_at`."""
    made = runs.alias("made")
    newest = select(func.max(made.c.id)).where(made.c.schedule_id == schedules.c.id).scalar_subquery()
    query = (
        select(
            schedules,
            sites.c.name.label("site"),
            runs.c.id.label("run_id"),
            runs.c.state.label("run_state"),
            runs.c.at.label("run_at"),
        )
        .join(sites, sites.c.id == schedules.c.site_id)
        .outerjoin(runs, runs.c.id == newest)
    )
    for column, value in ((schedules.c.site_id, site_id), (schedules.c.id, schedule_id)):
        if value is not None:
            query = query.where(column == value)
    page = newest_first(query, schedules.c.id, before=before, limit=limit)
    return connection.execute(page).mappings().all()


def get_schedule(connection: Connection, schedule_id: int, *, lock: bool = False) -> RowMapping:
    """A schedule as `schedules_listed` has it.

    Args:
        connection: inside a transaction.
        schedule_id: which one.
        lock: nobody else edits it, and none of its runs is made, until the transaction ends.

    Raises:
        NotFound: none with that id.
    """
    if lock:
        locked = select(schedules.c.id).where(schedules.c.id == schedule_id)
        connection.execute(locked.with_for_update())
    found = schedules_listed(connection, schedule_id=schedule_id)
    if not found:
        raise NotFound("schedule", schedule_id)
    return found[0]


def lock_oldest(
    connection: Connection, table: Table, *, state: str, site_id: int | None, limit: int
) -> tuple[list[int], int]:
    """Up to `limit` rows in that state, held as they are, and how many more there are."""
    there = [table.c.state == _word(state)]
    if site_id is not None:
        there.append(table.c.site_id == site_id)
    oldest = select(table.c.id).where(*there).order_by(table.c.id).limit(limit)
    ids = list(connection.scalars(oldest.with_for_update(skip_locked=True)))
    all_of_them = connection.scalar(select(func.count()).select_from(table).where(*there))
    return ids, int(all_of_them or 0) - len(ids)


def reopen(
    connection: Connection,
    table: Table,
    ids: Sequence[int],
    *,
    now: datetime,
    give_up_at: datetime | None,
    **values: Any,
) -> None:
    """Let rows, which the caller has locked, be tried again as if they were new.

    `attempts` goes on counting: whoever still holds an old claim stays fenced off.
    """
    change(
        connection,
        table,
        *ids,
        state="waiting",
        reason=None,
        due_at=now,
        failures=0,
        deaths=0,
        give_up_at=give_up_at,
        settled_at=None,
        **values,
    )
    announce(connection, table)


def be_patient(connection: Connection, table: Table, site_id: int, *, until: datetime) -> None:
    """Give up none of the open rows of a site before then: they wait for an admin, and do not fail."""
    rows = (table.c.site_id == site_id, still_open(table), table.c.give_up_at < until)
    connection.execute(update(table).where(*rows).values(give_up_at=until))


def end(connection: Connection, table: Table, row_id: int, *, state: str, reason: str, now: datetime) -> None:
    """End a row, which the caller has locked, whoever holds its claim.

    A worker that holds it learns so at its next renewal, and can write nothing.
    """
    ended = {"state": state, "reason": reason, "settled_at": now}
    change(connection, table, row_id, **ended, claimed_by=None, claimed_until=None)


def change(connection: Connection, table: Table, *ids: int, **values: Any) -> None:
    """Change columns of rows, which the caller has locked."""
    connection.execute(update(table).where(table.c.id.in_(ids)).values(**values))


def ended_before(
    connection: Connection,
    *,
    table: Table,
    site_id: int,
    before: datetime,
    states: Sequence[str],
    after: int,
    limit: int,
) -> list[int]:
    """Ids of rows in one of those states that ended before then: the first ones above `after`.

    Never the newest: SQLite gives the number of a deleted last row to the next one, and numbers of runs and
    effects must never mean two things.
    """
    newest = connection.scalar(select(func.max(table.c.id))) or 0
    old = (
        select(table.c.id)
        .with_hint(table, "NOT INDEXED", "sqlite")  # else it would sort all of the site, for each thousand
        .where(
            table.c.site_id == site_id,
            table.c.state.in_(states),
            table.c.settled_at < before,
            table.c.id > after,
            table.c.id < newest,
        )
    )
    return list(connection.scalars(old.order_by(table.c.id).limit(limit)))


def forget(connection: Connection, ids: Sequence[int], *, table: Table, states: Sequence[str]) -> int:
    """Delete those that are in one of the states still; returns how many."""
    gone = delete(table).where(among(connection, table.c.id, ids), table.c.state.in_(states))
    return connection.execute(gone).rowcount
