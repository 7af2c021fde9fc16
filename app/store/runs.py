"""Runs: scheduled or asked for, each once; and the schedules that make them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, func, insert, select, true, update

from app.errors import NotFound
from app.store.claim import announce
from app.store.tables import OPEN_STATES, runs, schedules, sites, still_open

DONE, FAILED, CANCELLED = "done", "failed", "cancelled"
STATES = (*OPEN_STATES, DONE, FAILED, CANCELLED)
RULE = "rule"
"""The kind of runs that rules have on schedule."""
GROOMING_POLICY = "grooming_policy"
"""The kind of runs that policies of grooming have by a trigger of their own."""
PATIENCE = timedelta(hours=1)
"""So long a run may fail without coming further; then it is given up. Syncs come further page by page."""


def request(
    connection: Connection,
    site_id: int,
    kind: str,
    parameters: Mapping[str, Any],
    *,
    at: datetime,
    now: datetime,
    requested_by: str,
    schedule_id: int | None = None,
    subject: str = "",
    due_at: datetime | None = None,
) -> int:
    """Ask for a run that speaks about the instant `at`; returns its id.

    It is carried out as soon as possible, or at `due_at`.

    Runs of a site are worked off one after the other: two syncs at once would do the same work twice.
    One with a subject of its own waits only for others of that subject.
    """
    row = {
        "site_id": site_id,
        "kind": kind,
        "parameters": dict(parameters),
        "at": at,
        "requested_by": requested_by,
        "requested_at": now,
        "schedule_id": schedule_id,
        "subject": subject or f"site:{site_id}",
        "state": "waiting",
        "attempts": 0,
        "due_at": due_at or now,
        "give_up_at": (due_at or now) + PATIENCE,
    }
    announce(connection, runs)
    return int(connection.execute(insert(runs).values(row).returning(runs.c.id)).scalar_one())


def before(connection: Connection, schedule_id: int | None, at: datetime) -> datetime | None:
    """The instant of the last run of a schedule before one that was carried out."""
    query = select(func.max(runs.c.at)).where(
        runs.c.schedule_id == schedule_id, runs.c.at < at, runs.c.state == DONE
    )
    found: datetime | None = connection.scalar(query)
    return found


def is_open(connection: Connection, site_id: int, kind: str) -> bool:
    """Whether a run of that kind is waiting or under way."""
    query = select(runs.c.id).where(runs.c.site_id == site_id, runs.c.kind == kind, still_open(runs))
    return connection.execute(query.limit(1)).first() is not None


def was_asked_for(connection: Connection, site_id: int, kind: str, parameters: Mapping[str, Any]) -> bool:
    """Whether a run of that kind with these parameters is there, whatever became of it."""
    rows = connection.scalars(select(runs.c.parameters).where(runs.c.site_id == site_id, runs.c.kind == kind))
    return any(parameters.items() <= row.items() for row in rows)


def get(connection: Connection, run_id: int) -> RowMapping:
    """A run.

    Raises:
        NotFound: none with that id.
    """
    row = connection.execute(select(runs).where(runs.c.id == run_id)).mappings().first()
    if row is None:
        raise NotFound("run", run_id)
    return row


EDITABLE = ("cron", "time_zone", "when_missed")
"""What an admin may say of a schedule in place of the settings, besides whether it is on."""


def set_schedules(
    connection: Connection,
    site_id: int,
    wanted: Sequence[Mapping[str, Any]],
    *,
    following: Callable[[str, str], datetime | None] | None = None,
) -> None:
    """Make the site's schedules those of the settings; one that is no longer named is switched off.

    What an admin said of one over the API stands above the settings. `next_due_at` of an unchanged schedule
    stays, so that what was missed while we were down is still due. Schedules of rules and of policies are
    none of the settings'.

    Args:
        connection: inside a transaction.
        site_id: whose.
        wanted: as the settings have them, each with its `next_due_at`.
        following: when a cron line in a time zone fires next, for times that an admin chose.
    """
    _set(connection, site_id, schedules.c.kind.not_in((RULE, GROOMING_POLICY)), wanted, following)


def set_rule_schedules(
    connection: Connection,
    site_id: int,
    rule_id: int,
    wanted: Sequence[Mapping[str, Any]],
    *,
    following: Callable[[str, str], datetime | None] | None = None,
) -> None:
    """Make the schedules of a rule these; one that is no longer wanted is switched off."""
    of_rule = schedules.c.parameters["rule"].as_integer() == rule_id
    _set(connection, site_id, (schedules.c.kind == RULE) & of_rule, wanted, following)


def rules_switched_off(connection: Connection, site_id: int) -> Sequence[int]:
    """Ids of a site's rules that have a schedule that is off, whoever switched it off."""
    off = (schedules.c.site_id == site_id, schedules.c.kind == RULE, ~schedules.c.enabled)
    found = connection.scalars(select(schedules.c.parameters).where(*off))
    return sorted({int(parameters["rule"]) for parameters in found})


def set_policy_schedules(
    connection: Connection,
    site_id: int,
    wanted: Sequence[Mapping[str, Any]],
    *,
    following: Callable[[str, str], datetime | None] | None = None,
) -> None:
    """Likewise those of a site's grooming policies, all of them."""
    _set(connection, site_id, schedules.c.kind == GROOMING_POLICY, wanted, following)


def switch_off(connection: Connection, site_id: int) -> None:
    """Switch off all schedules of a site that is served no more, those of its rules and policies, too."""
    _set(connection, site_id, true(), (), None)


def _set(
    connection: Connection,
    site_id: int,
    which: ColumnElement[bool],
    wanted: Sequence[Mapping[str, Any]],
    following: Callable[[str, str], datetime | None] | None,
) -> None:
    table = schedules
    theirs = select(table).where(table.c.site_id == site_id, which)
    known = {row["name"]: row for row in connection.execute(theirs).mappings()}
    for one in wanted:
        own = {name: one.get(name, "once") for name in EDITABLE}
        before = known.pop(one["name"], None)
        if before is None:
            connection.execute(insert(table).values(site_id=site_id, enabled=True, own=own, **one))
            continue
        edits = before["edits"] or {}
        values = {**one, "enabled": True, **edits, "own": own}
        times = (values["cron"], values["time_zone"])
        if edits and following is not None:
            values["next_due_at"] = following(*times)
        if times == (before["cron"], before["time_zone"]) and before["enabled"]:
            values.pop("next_due_at")
        connection.execute(update(table).where(table.c.id == before["id"]).values(**values))
    for left in known.values():
        # Should it come back, it is as the settings say then.
        gone = {"enabled": False, "edits": None, "version": left["version"] + bool(left["edits"])}
        connection.execute(update(table).where(table.c.id == left["id"]).values(**gone))


def bring_forward(
    connection: Connection,
    site_id: int,
    parameters: Mapping[str, str],
    *,
    at: datetime,
    boards: Collection[int] | None = None,
) -> int:
    """Have schedules of policies fire at an instant, those that would later; returns how many.

    Asked any number of times before they fire, they fire once. After it, they go on by their cron line.

    Args:
        connection: inside a transaction.
        site_id: whose.
        parameters: that they have.
        at: the instant.
        boards: that they are of; None for any.
    """
    table = schedules
    same = [table.c.parameters[name].as_string() == value for name, value in parameters.items()]
    if boards is not None:
        same.append(table.c.parameters["board"].as_integer().in_(boards))
    later = table.c.next_due_at.is_(None) | (table.c.next_due_at > at)
    of_policies = (table.c.site_id == site_id, table.c.kind == GROOMING_POLICY, table.c.enabled)
    moved = connection.execute(update(table).where(*of_policies, *same, later).values(next_due_at=at))
    return moved.rowcount


def edit_schedule(connection: Connection, schedule_id: int, **values: Any) -> None:
    """Change a schedule, which the caller has locked; a new version of it."""
    table = schedules
    changed = update(table).where(table.c.id == schedule_id)
    connection.execute(changed.values(version=table.c.version + 1, **values))


def switch_off_others(connection: Connection, site_ids: Collection[int]) -> None:
    """Switch off the schedules of all sites but these: nobody could carry their runs out.

    Sites that were made over the API are not the settings' to switch off.
    """
    table = schedules
    made_over_api = select(sites.c.id).where(sites.c.settings.is_not(None))
    others = table.c.site_id.not_in(site_ids) & table.c.site_id.not_in(made_over_api)
    connection.execute(update(table).where(others).values(enabled=False))


def enabled_schedules(connection: Connection) -> Sequence[RowMapping]:
    """All schedules that fire."""
    query = select(schedules).where(schedules.c.enabled).order_by(schedules.c.id)
    return connection.execute(query).mappings().all()


def schedules_of_kinds(connection: Connection, site_id: int, kinds: Collection[str]) -> Sequence[RowMapping]:
    """Those of a site that fire and make runs of some kinds."""
    of_kinds = (schedules.c.site_id == site_id, schedules.c.kind.in_(kinds), schedules.c.enabled)
    return connection.execute(select(schedules).where(*of_kinds).order_by(schedules.c.id)).mappings().all()


def next_firing(connection: Connection) -> datetime | None:
    """When the next schedule fires."""
    query = select(func.min(schedules.c.next_due_at)).where(schedules.c.enabled)
    following: datetime | None = connection.scalar(query)
    return following


def advance(connection: Connection, schedule: RowMapping, *, next_due_at: datetime | None) -> bool:
    """Move a schedule on from where we saw it; False when another replica was first."""
    table = schedules
    moved = connection.execute(
        update(table)
        .where(
            table.c.id == schedule["id"],
            table.c.next_due_at == schedule["next_due_at"],
            table.c.enabled,
        )
        .values(next_due_at=next_due_at)
    )
    return moved.rowcount == 1
