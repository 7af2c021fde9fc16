"""What an admin does about work in the queues: see what comes next, try again, call off.

Whatever changes a row locks it first, so no worker takes it and no other admin changes it meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, Table

from app.errors import NotPossible
from app.store import inbox, outbox, queues, runs, sites
from app.store.claim import rest_after
from app.store.queues import CALLED
from app.store.tables import deliveries, effects
from app.store.tables import runs as runs_table

MOST_AT_ONCE = 500
"""So many rows are tried again by one call, that it ends soon."""

_ENDED: Mapping[str, str] = {
    "done": "nothing, it is done",
    "applied": "nothing, it is applied",
    "dead": "nothing, until an admin acts: it was given up",
    "failed": "nothing, until an admin acts: it failed",
    "unknown": "nothing: this version does not know the event; retry it after an upgrade, or discard it",
    "ignored": "nothing: this version needs nothing of it; retry it after an upgrade",
    "skipped": "nothing, unless it is retried: there was no need of it any more",
    "cancelled": "nothing, unless it is retried: it was called off",
    "discarded": "nothing, it was discarded",
}


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be done by hand about rows of a queue.

    Attributes:
        retry_from: states from which a row is tried again.
        patience: so long it is tried then; None for ever.
        end_from: states in which a row can be called off.
        ended: the state that it ends in then.
        anew: columns that a retry empties.
        at_once: whether one that was postponed after it failed may be tried now. Not what writes to Jira: a
            write whose answer we did not see is given time to show.
    """

    table: Table
    retry_from: Sequence[str]
    patience: timedelta | None
    end_from: Sequence[str]
    ended: str
    anew: Sequence[str] = ()
    at_once: bool = False

    @property
    def called(self) -> str:
        """What a row is called."""
        return CALLED[self.table.name]


DELIVERIES = Policy(
    deliveries,
    retry_from=(inbox.DEAD, inbox.UNKNOWN, inbox.IGNORED),
    patience=None,
    end_from=(inbox.DEAD, inbox.UNKNOWN),
    ended=inbox.DISCARDED,
)
EFFECTS = Policy(
    effects,
    retry_from=(outbox.DEAD, outbox.CANCELLED, outbox.SKIPPED),
    patience=outbox.PATIENCE,
    end_from=("waiting", outbox.DEAD),
    ended=outbox.CANCELLED,
)
RUNS = Policy(
    runs_table,
    retry_from=(runs.FAILED, runs.CANCELLED),
    patience=runs.PATIENCE,
    end_from=("waiting", "claimed", runs.FAILED),
    ended=runs.CANCELLED,
    anew=("progress",),
    at_once=True,
)


@dataclass(frozen=True, slots=True)
class Seen:
    """A row, and in words what happens to it next."""

    row: RowMapping
    next: str


@dataclass(frozen=True, slots=True)
class Retried:
    """Rows that are tried again, and how many more are in the same state."""

    ids: Sequence[int]
    left: int


def listed(
    connection: Connection, table: Table, *, site: str | None, before: int | None, limit: int, **wanted: Any
) -> Sequence[RowMapping]:
    """Rows, newest first, as `app.store.queues.listed`.

    Raises:
        NotFound: no such site.
    """
    site_id = None if site is None else sites.get_site(connection, site).id
    return queues.listed(connection, table, before=before, limit=limit, site_id=site_id, **wanted)


def look(connection: Connection, table: Table, row_id: int, *, now: datetime) -> Seen:
    """A row and what comes next.

    Raises:
        NotFound: none with that id.
    """
    row = queues.get(connection, table, row_id)
    return Seen(row, next_step(connection, table, row, now=now))


def held(connection: Connection, policy: Policy, row_id: int) -> RowMapping:
    """A row that nobody else changes until the transaction ends.

    Raises:
        NotFound: none with that id.
    """
    return queues.get(connection, policy.table, row_id, lock=True)


def picture(seen: Seen, *names: str) -> Mapping[str, Any]:
    """What changes in a row when somebody acts on it, and the columns of these names."""
    return {name: seen.row[name] for name in ("state", "reason", "due_at", "failures", *names)}


def next_step(connection: Connection, table: Table, row: RowMapping, *, now: datetime) -> str:
    """In words, what happens to a row next."""
    match row["state"]:
        case "waiting":
            return _what_it_waits_for(connection, table, row, now=now)
        case "claimed" if row["claimed_until"] > now:
            return f"it is being carried out by {row['claimed_by']}"
        case "claimed" if (free := row["claimed_until"] + rest_after(row["deaths"] + 1)) > now:
            return f"its worker fell silent, as {row['deaths']} did before it; tried again at {shown(free)}"
        case "claimed":
            return "its worker fell silent; the next one takes it over"
        case ended:
            return _ENDED[ended]


def _what_it_waits_for(connection: Connection, table: Table, row: RowMapping, *, now: datetime) -> str:
    ahead = queues.ahead_of(connection, table, row)
    if ahead is not None:
        return f"waits for {CALLED[table.name]} {ahead} of the same {row['subject'].partition(':')[0]}"
    # What Jira told us is applied without asking it anything.
    rests_until = None if table is deliveries else row["paused_until"]
    if rests_until is not None and rests_until > now and rests_until >= row["due_at"]:
        until = f"{shown(rests_until)}, or `burnish sites resume {row['site']}`"
        return f"site paused until {until}: {str(row['paused_reason']).rstrip('.')}"
    if row["due_at"] > now:
        return f"tried again at {shown(row['due_at'])}"
    return "carried out as soon as a worker is free"


def shown(instant: datetime) -> str:
    """An instant in a sentence, as commands show instants in tables."""
    return instant.isoformat(sep=" ", timespec="seconds").replace("+00:00", "Z")


def retry(connection: Connection, policy: Policy, row_id: int, *, now: datetime) -> Seen:
    """Try a row again as if it were new, with a new age at which it is given up.

    Raises:
        NotFound: none with that id.
        NotPossible: it is in a state from which there is nothing to try again.
    """
    row = queues.get(connection, policy.table, row_id, lock=True)
    if row["state"] not in policy.retry_from and not (policy.at_once and _is_postponed(row)):
        where = (*policy.retry_from, *(("postponed after it failed",) if policy.at_once else ()))
        raise NotPossible(_refusal(connection, policy, row, now=now, what="retried", where=where))
    _reopen(connection, policy, [row_id], now=now)
    return look(connection, policy.table, row_id, now=now)


def _is_postponed(row: RowMapping) -> bool:
    """Whether it waits because trying it came to nothing; another may wait for the time that was meant."""
    return row["state"] == "waiting" and bool(row["failures"] or row["deaths"])


def retry_all(
    connection: Connection, policy: Policy, *, state: str, site: str | None, now: datetime
) -> Retried:
    """Try the oldest rows in a state again, `MOST_AT_ONCE` at most.

    Raises:
        NotFound: no such site.
    """
    site_id = None if site is None else sites.get_site(connection, site).id
    ids, left = queues.lock_oldest(connection, policy.table, state=state, site_id=site_id, limit=MOST_AT_ONCE)
    if ids:
        _reopen(connection, policy, ids, now=now)
    return Retried(ids, left)


def _reopen(connection: Connection, policy: Policy, ids: Sequence[int], *, now: datetime) -> None:
    give_up_at = None if policy.patience is None else now + policy.patience
    anew: Mapping[str, Any] = dict.fromkeys(policy.anew)
    queues.reopen(connection, policy.table, ids, now=now, give_up_at=give_up_at, **anew)


def end(connection: Connection, policy: Policy, row_id: int, *, now: datetime, reason: str) -> Seen:
    """Call a row off.

    Raises:
        NotFound: none with that id.
        NotPossible: it is in a state in which it cannot be called off.
    """
    row = queues.get(connection, policy.table, row_id, lock=True)
    if row["state"] not in policy.end_from:
        raise NotPossible(
            _refusal(connection, policy, row, now=now, what=policy.ended, where=policy.end_from)
        )
    before = f" Before: {row['reason']}" if row["reason"] else ""
    queues.end(connection, policy.table, row_id, state=policy.ended, reason=reason + before, now=now)
    return look(connection, policy.table, row_id, now=now)


def _refusal(
    connection: Connection,
    policy: Policy,
    row: RowMapping,
    *,
    now: datetime,
    what: str,
    where: Sequence[str],
) -> str:
    comes = next_step(connection, policy.table, row, now=now)
    return (
        f"{policy.called.capitalize()} {row['id']} is {row['state']}; only one that is "
        f"{' or '.join(where)} can be {what}. What comes next: {comes}."
    )
