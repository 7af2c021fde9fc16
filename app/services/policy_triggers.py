"""Policies that are run by a trigger of their own: their schedules, and what brings these forward."""

from collections.abc import Collection, Iterator
from datetime import datetime
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping

from app.cron import cron_fault, next_after
from app.domain.grooming.faults import Fault
from app.domain.grooming.policy_trigger import SPRINT_ENTERED, WITH_ITS_BOARD, Trigger
from app.services.runs import BACKLOG_GROOMING
from app.store import boards, runs
from app.store import grooming_policies as store
from app.store.sites import Site


def schedule_of(policy: str) -> str:
    """The name of a policy's schedule."""
    return f"policy {policy}"


def cron_faults(document: Any) -> Iterator[Fault]:
    """What is wrong with the cron line of a policy that was read as YAML."""
    trigger = document.get("trigger") if isinstance(document, dict) else None
    cron = trigger.get("cron") if isinstance(trigger, dict) else None
    if isinstance(cron, str) and (said := cron_fault(cron)) is not None:
        yield "/trigger/cron", f"{said}."


def arrange(connection: Connection, site_id: int, *, now: datetime) -> None:
    """Make the schedules of a site's policies what these say; one that is off, or gone, has none."""
    wanted = [
        _schedule(row, trigger, now)
        for row in store.latest(connection, site_id)
        if row["mode"] != "off" and (trigger := trigger_of(row)) is not None
    ]
    following = partial(next_after, instant=now)
    runs.set_policy_schedules(connection, site_id, wanted, following=following)


def trigger_of(row: RowMapping) -> Trigger | None:
    """Of a policy as it is stored; None: it is run with the grooming of its board."""
    told = row["document"].get("trigger")
    return None if told is None else msgspec.convert(told, Trigger)


def _schedule(row: RowMapping, trigger: Trigger, now: datetime) -> dict[str, Any]:
    cron, zone = trigger.times
    board = row["document"]["board"]
    return {
        "name": schedule_of(row["name"]),
        "kind": runs.GROOMING_POLICY,
        "cron": cron,
        "time_zone": zone,
        "parameters": {"policy": row["name"], "board": board, "trigger": trigger.type},
        "next_due_at": next_after(cron, zone, now),
        "when_missed": "once",
    }


def issues_entered(connection: Connection, site: Site, sprint_ids: Collection[int], *, now: datetime) -> int:
    """Have the policies run that wait for it, of the boards that show one of the sprints; returns how many.

    A sprint that no board shows yet may be of any.
    """
    shown = boards.boards_of_sprints(connection, site.id, sprint_ids)
    known = None if set(sprint_ids) - shown.keys() else {board for every in shown.values() for board in every}
    return runs.bring_forward(connection, site.id, {"trigger": SPRINT_ENTERED}, at=now, boards=known)


def go_on_at(connection: Connection, site: Site, policy: str, at: datetime) -> None:
    """Have a policy that waits for issues to enter a sprint run at an instant, too: a waiting time ends."""
    wanted = {"trigger": SPRINT_ENTERED, "policy": policy}
    runs.bring_forward(connection, site.id, wanted, at=at)


class Due:
    """When the policies of a site are run, and when next.

    Args:
        connection: reading.
        site_id: whose.
    """

    def __init__(self, connection: Connection, site_id: int) -> None:
        self._own = dict[str, datetime | None]()
        self._of_boards = dict[int, list[datetime]]()
        for row in runs.schedules_of_kinds(connection, site_id, (runs.GROOMING_POLICY, BACKLOG_GROOMING)):
            if row["kind"] == runs.GROOMING_POLICY:
                self._own[row["parameters"]["policy"]] = row["next_due_at"]
            elif row["next_due_at"] is not None:
                self._of_boards.setdefault(row["parameters"]["board"], []).append(row["next_due_at"])

    def words(self, row: RowMapping) -> str:
        """When a policy is run, for people."""
        trigger = trigger_of(row)
        return WITH_ITS_BOARD if trigger is None else trigger.words

    def next(self, row: RowMapping) -> datetime | None:
        """When it is run next; None where nothing runs it."""
        if row["mode"] == "off":
            return None
        if trigger_of(row) is not None:
            return self._own.get(row["name"])
        return min(self._of_boards.get(row["document"]["board"], ()), default=None)
