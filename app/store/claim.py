"""Work as rows: claim, renew, settle, hand back. One meaning for deliveries, effects and runs.

A row is open while it is `waiting` or `claimed`. Only the oldest open row of a subject can be claimed (with
those right behind it, where a queue takes several at once), so work on one issue happens in order and never
twice at once. A claim is a lease: when its time is over, the row may be claimed again. `attempts` counts the
claims and is the fencing token: whoever settles must still be the one who claimed last.

`now` is the store's clock (`Database.server_time`), never that of one replica among several.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Exists,
    FromClause,
    Table,
    and_,
    case,
    exists,
    func,
    or_,
    select,
    text,
    tuple_,
    update,
)

from app.store.among import among
from app.store.tables import still_open

CHANNEL = "burnish_work"
"""PostgreSQL's channel on which the name of a table means: there is work in it."""
_LONGEST_REST = timedelta(minutes=2)


def rest_after(deaths: int) -> timedelta:
    """How long a row is left alone after its latest death: nothing, then 2 s, doubling up to two minutes.

    Processes that die again and again of something else would otherwise use up, within a minute, all the
    deaths that a row is allowed.
    """
    return min(timedelta(seconds=2 ** (deaths - 1)), _LONGEST_REST) if deaths > 1 else timedelta()


_UNTIL_LONGEST = next(deaths for deaths in count() if rest_after(deaths) == _LONGEST_REST)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row in our hands.

    Attributes:
        row: every column.
        content: what the row is about, where whoever claimed it has read that already.
    """

    table: Table
    id: int
    attempts: int
    row: Mapping[str, Any]
    content: Any = None


def announce(connection: Connection, table: Table) -> None:
    """Wake whoever waits for work in the table, in whatever process, when this transaction is durable."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT pg_notify(:channel, :queue)"), {"channel": CHANNEL, "queue": table.name}
        )


def claim(
    connection: Connection,
    table: Table,
    *,
    worker: str,
    now: datetime,
    lease: timedelta,
    limit: int,
    followers: bool = False,
    without_sites: Collection[int] = (),
) -> list[Claimed]:
    """Take up to `limit` rows that are due, oldest first.

    Args:
        connection: inside a transaction.
        table: the queue.
        worker: who claims.
        now: of the store.
        lease: how long the rows are ours without a renewal.
        limit: most rows.
        followers: take also what stands behind the first row of a subject, in order; one row of each
            subject otherwise. A subject with thousands of rows is then worked off by the hundred. A row at
            which a worker died is taken alone: if it kills again, that must not count for others.
        without_sites: ids of sites to leave alone now.
    """
    due = and_(_is_head(table), _is_free(table, now), table.c.site_id.not_in(without_sites))
    if not followers:
        due = and_(due, _is_alone(table, now))
    found = connection.execute(
        select(table.c.id, _is_suspect(table).label("suspect"))
        .where(due)
        .order_by(table.c.due_at, table.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if followers and found and found[0].suspect:
        return _take(connection, table, [found[0].id], worker=worker, until=now + lease)
    heads = [int(row.id) for row in found if not (followers and row.suspect)]
    behind = _behind(connection, table, heads, now=now, limit=limit - len(heads)) if followers else []
    return _take(connection, table, [*heads, *behind], worker=worker, until=now + lease)


def claim_in_turn(
    connection: Connection,
    table: Table,
    *,
    worker: str,
    now: datetime,
    lease: timedelta,
    after: tuple[int, str],
    without_sites: Collection[int] = (),
) -> list[Claimed]:
    """Take one row that is due, of the site and project next in turn after the one given.

    However much one project floods its site with, every other gets its row in the same round.
    """
    place = tuple_(table.c.site_id, table.c.project_key)
    due = and_(
        _is_head(table), _is_alone(table, now), _is_free(table, now), table.c.site_id.not_in(without_sites)
    )
    for there in (place > tuple_(*after), place <= tuple_(*after)):
        head = connection.scalar(
            select(table.c.id)
            .where(due, there)
            .order_by(table.c.site_id, table.c.project_key, table.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if head is not None:
            return _take(connection, table, [head], worker=worker, until=now + lease)
    return []


def _is_head(table: Table) -> ColumnElement[bool]:
    """Open, with nothing open before it of the same subject."""
    older = table.alias("older")
    blocked = _same_subject(table, older).where(older.c.id < table.c.id)
    return and_(still_open(table), ~blocked)


def _is_alone(table: Table, now: datetime) -> ColumnElement[bool]:
    """Nothing of the same subject is in somebody's hands.

    Behind the first row there may be one under way where an admin has an old row tried again. Batches need
    not look: they may be applied in any order, and a subject may have thousands of rows.
    """
    other = table.alias("other")
    under_way = _same_subject(table, other).where(
        other.c.id > table.c.id, other.c.state == "claimed", other.c.claimed_until > now
    )
    return ~under_way


def _same_subject(table: Table, other: FromClause) -> Exists:
    same = and_(other.c.site_id == table.c.site_id, other.c.subject == table.c.subject)
    return exists().where(same, still_open(other))


def _is_free(table: Table, now: datetime) -> ColumnElement[bool]:
    """Due, in nobody's hands, and rested after whoever had it died."""
    # A lease that lapsed is a death that nobody counted yet.
    bounds = {deaths: now - rest_after(deaths + 1) for deaths in range(_UNTIL_LONGEST)}
    rested = case(bounds, value=table.c.deaths, else_=now - _LONGEST_REST)
    lapsed = and_(table.c.state == "claimed", table.c.claimed_until <= rested)
    return and_(table.c.due_at <= now, or_(table.c.state == "waiting", lapsed))


def _is_suspect(table: Table) -> ColumnElement[bool]:
    """A worker died or froze while it held the row."""
    return or_(table.c.deaths > 0, table.c.state == "claimed")


def _behind(
    connection: Connection, table: Table, heads: Sequence[int], *, now: datetime, limit: int
) -> list[int]:
    """Ids of the rows that follow the given ones, by subject, up to the first that cannot be taken now.

    Nobody else can take them meanwhile: they are no heads, and the heads are locked.
    """
    if not heads or limit <= 0:
        return []
    head = table.alias("head")
    same = and_(head.c.site_id == table.c.site_id, head.c.subject == table.c.subject)
    rows = connection.execute(
        select(
            table.c.id,
            table.c.site_id,
            table.c.subject,
            and_(_is_free(table, now), ~_is_suspect(table)).label("free"),
        )
        .join(head, and_(same, head.c.id < table.c.id))
        .where(head.c.id.in_(heads), still_open(table))
        .order_by(table.c.id)
        .limit(limit)
    )
    taken, ended = [], set()
    for row in rows:
        if not row.free:
            ended.add((row.site_id, row.subject))
        elif (row.site_id, row.subject) not in ended:
            taken.append(int(row.id))
    return taken


def _take(
    connection: Connection, table: Table, ids: Sequence[int], *, worker: str, until: datetime
) -> list[Claimed]:
    if not ids:
        return []
    taken = connection.execute(
        update(table)
        .where(among(connection, table.c.id, ids), still_open(table))
        .values(
            state="claimed",
            claimed_by=worker,
            claimed_until=until,
            attempts=table.c.attempts + 1,
            deaths=table.c.deaths + case((table.c.state == "claimed", 1), else_=0),
        )
        .returning(*table.c)
    )
    rows = sorted((dict(row) for row in taken.mappings()), key=lambda row: int(row["id"]))
    return [Claimed(table, row["id"], row["attempts"], row) for row in rows]


def _ours(connection: Connection, *works: Claimed) -> ColumnElement[bool]:
    """Rows of one table that one worker claimed, and that nobody claimed since."""
    table = works[0].table
    # Nearly all were claimed equally often, and a list of pairs is dear.
    alike: defaultdict[int, list[int]] = defaultdict(list)
    for work in works:
        alike[work.attempts].append(work.id)
    claimed = [
        and_(among(connection, table.c.id, ids), table.c.attempts == attempts)
        for attempts, ids in alike.items()
    ]
    return and_(
        or_(*claimed),
        table.c.state == "claimed",
        table.c.claimed_by == works[0].row["claimed_by"],
    )


def renew(connection: Connection, *works: Claimed, until: datetime) -> bool:
    """Say that we are still at those that we have not ended yet. False: none is ours, and we must stop.

    Where only some were taken from us, ending them fails, and whatever is written with that.
    """
    renewed = connection.execute(
        update(works[0].table).where(_ours(connection, *works)).values(claimed_until=until)
    )
    return renewed.rowcount > 0


def failing(connection: Connection, work: Claimed) -> tuple[int, datetime | None]:
    """How often a row failed, and when it is given up; it may have come further since it was claimed."""
    table = work.table
    row = connection.execute(
        select(table.c.failures, table.c.give_up_at).where(table.c.id == work.id)
    ).one_or_none()
    return (work.row["failures"], work.row["give_up_at"]) if row is None else (row.failures, row.give_up_at)


def note(connection: Connection, work: Claimed, **values: Any) -> bool:
    """Write into a row that we are still at. False: it is not ours any more, and nothing was written."""
    noted = connection.execute(update(work.table).where(_ours(connection, work)).values(**values))
    return noted.rowcount == 1


def settle(
    connection: Connection,
    *works: Claimed,
    state: str,
    now: datetime,
    reason: str | None = None,
    **values: Any,
) -> bool:
    """End rows that all end alike.

    False: one was no longer ours; whatever else is in this transaction must not happen.
    """
    settled = connection.execute(
        update(works[0].table)
        .where(_ours(connection, *works))
        .values(
            state=state,
            reason=reason,
            settled_at=now,
            claimed_by=None,
            claimed_until=None,
            **values,
        )
    )
    return settled.rowcount == len(works)


def hand_back(
    connection: Connection,
    *works: Claimed,
    due_at: datetime,
    reason: str | None = None,
    failed: bool = False,
) -> bool:
    """Let rows be claimed again from `due_at` on, by anybody; `failed` where trying them came to nothing."""
    table = works[0].table
    returned = connection.execute(
        update(table)
        .where(_ours(connection, *works))
        .values(
            state="waiting",
            reason=reason,
            due_at=due_at,
            claimed_by=None,
            claimed_until=None,
            failures=table.c.failures + (1 if failed else 0),
        )
    )
    return returned.rowcount == len(works)


def release_all(connection: Connection, table: Table, *, now: datetime) -> int:
    """Free every claim at once; right only where no other process can hold one (SQLite's single writer).

    What was held when a process died for the first time may be taken again at once; from the second death on
    it rests first.
    """
    held = connection.execute(select(table.c.id, table.c.deaths).where(table.c.state == "claimed")).all()
    alike: defaultdict[int, list[int]] = defaultdict(list)
    for row in held:
        alike[row.deaths + 1].append(row.id)
    for deaths, ids in alike.items():
        connection.execute(
            update(table)
            .where(among(connection, table.c.id, ids), table.c.state == "claimed")
            .values(
                state="waiting",
                claimed_by=None,
                claimed_until=None,
                deaths=deaths,
                due_at=now + rest_after(deaths),
            )
        )
    return len(held)


def next_due(
    connection: Connection, table: Table, *, now: datetime, without_sites: Collection[int] = ()
) -> datetime | None:
    """When there is something to claim: `now` or before if there is now, None when nothing is open.

    Looking takes no lock, claiming does.
    """
    wanted = and_(still_open(table), table.c.site_id.not_in(without_sites))
    waiting: datetime | None = connection.scalar(
        select(func.min(table.c.due_at)).where(wanted, table.c.state == "waiting")
    )
    if waiting is not None and waiting <= now:
        return waiting
    leased = connection.execute(
        select(table.c.deaths, func.min(table.c.claimed_until))
        .where(wanted, table.c.state == "claimed")
        .group_by(table.c.deaths)
    )
    free = [until + rest_after(deaths + 1) for deaths, until in leased]
    return min(free if waiting is None else [waiting, *free], default=None)
