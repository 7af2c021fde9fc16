"""Events that no single change makes: at times, when a metric crosses a value, when a sprint is so far."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.domain.rules.event import LONGEST_KEY, Event, Happened
from app.domain.rules.metrics import METRICS, instant_at
from app.domain.rules.trigger_parts import (
    MetricCrossed,
    Scheduled,
    SprintProgress,
    ThingHappened,
    Trigger,
)
from app.domain.sprint_health.errors import SprintHealthRefused
from app.errors import NoSprint, NotFound
from app.services import jql, once
from app.services.board_habits import Teams, usual
from app.services.happenings import of_sprint
from app.services.past import Issues, keys_at
from app.services.ruling import catalogue_of
from app.services.sprint_health import sprint_health
from app.store import related, rule_history
from app.store.sites import Site

EVERY_TEN_MINUTES = "*/10 * * * *"


def times_of(trigger: Trigger) -> tuple[str, str] | None:
    """Cron line and time zone at which somebody has to look whether it fires; None where events tell it."""
    match trigger:
        case Scheduled(cron=cron, time_zone=zone) | MetricCrossed(cron=cron, time_zone=zone):
            return cron, zone
        case SprintProgress():
            return EVERY_TEN_MINUTES, "UTC"
        case _:
            return None


@dataclass(frozen=True, slots=True)
class Look:
    """An instant at which somebody looks whether a trigger fires.

    Attributes:
        before: when it was looked last.
        is_live: whether that is not long ago.
    """

    at: datetime
    before: datetime
    is_live: bool


def fired(
    connection: Connection, site: Site, trigger: Trigger, look: Look, teams: Teams = usual
) -> Iterator[Event]:
    """An event for each issue that the trigger fires for, in the order of its query or of keys; or one.

    Figures and times of sprints go by how the team of the board works, as reports do.

    Raises:
        JqlNotUnderstood: its query names what the site does not have (any more).
    """
    match trigger:
        case Scheduled():
            yield from _found(connection, site, trigger, look, Happened.SCHEDULED, {})
        case MetricCrossed():
            yield from _crossed(connection, site, trigger, look, teams)
        case SprintProgress():
            yield from _so_far(connection, site, trigger, look, teams)
        case _:
            pass


def _found(
    connection: Connection,
    site: Site,
    trigger: Scheduled | MetricCrossed,
    look: Look,
    happened: Happened,
    data: Mapping[str, Any],
) -> Iterator[Event]:
    at = look.at
    named = f"{happened.value}:{at:%Y-%m-%dT%H:%M:%S}"
    if trigger.jql is None:
        yield once.event(happened, at, named, data=data or None)
        return
    keys = keys_found(connection, site, trigger.jql, at, is_live=look.is_live)
    ids = related.ids_of(connection, site, set(keys))
    for key in keys:
        if key in ids:
            yield Event(happened, ids[key], key, at, named, data=data or None)


def keys_found(
    connection: Connection, site: Site, query: str, at: datetime, *, is_live: bool = True
) -> Sequence[str]:
    """Keys of the issues that a query of a trigger finds at an instant, in its order."""
    if is_live:
        return keys_at(_issues(connection, site, at), query, at)
    return jql.search(connection, site, query, now=at, zone=jql.UTC_ZONE, account=site.account_id, at=at)


def _issues(connection: Connection, site: Site, at: datetime) -> Issues:
    return Issues(connection, site, jql.subjects_of(catalogue_of(connection, site, now=at)))


def _crossed(
    connection: Connection, site: Site, trigger: MetricCrossed, look: Look, teams: Teams
) -> Iterator[Event]:
    """Once for each crossing: beyond the value now, and not when it was looked last."""
    value = _measured(connection, site, trigger, look.at, teams)
    if value is None or not trigger.is_beyond(value):
        return
    earlier = _measured(connection, site, trigger, look.before, teams)
    if earlier is not None and trigger.is_beyond(earlier):
        return
    data = {"name": trigger.metric, "value": value, "limit": trigger.limit, "board": trigger.board}
    yield from _found(connection, site, trigger, look, Happened.METRIC_CROSSED, data)


def _measured(
    connection: Connection, site: Site, trigger: MetricCrossed, at: datetime, teams: Teams
) -> float | None:
    """Of the sprint that ran on the board then; None where none did, or where it has no such figure."""
    team = teams(trigger.board)
    try:
        health = sprint_health(
            connection,
            site,
            board_id=trigger.board,
            sprint_id=None,
            at=at,
            calendar=team.calendar,
            habits=team.habits,
            show_restricted=True,  # a number is all that comes of it, and a rule acts on the whole sprint
        )
    except (NotFound, NoSprint, SprintHealthRefused):
        return None
    value = METRICS[trigger.metric](health)
    return None if value is None else float(value)


def _so_far(
    connection: Connection, site: Site, trigger: SprintProgress, look: Look, teams: Teams
) -> Iterator[Event]:
    """For each issue of a sprint, or once, at the instant at which so much of its time was over."""
    issues = _issues(connection, site, look.at)
    for sprint in rule_history.running_sprints(connection, site, look.before, look.at):
        worked = teams(sprint.board_id).calendar if trigger.working else None
        at = instant_at(sprint, trigger.percent, calendar=worked)
        is_meant = not trigger.boards or sprint.board_id in trigger.boards
        if is_meant and at is not None and look.before < at <= look.at:
            name = f"{Happened.SPRINT_PROGRESS.value}:{trigger.percent}"
            if trigger.once:
                yield once.of_sprint(connection, site, sprint.id, Happened.SPRINT_PROGRESS, at, name=name)
            else:
                yield from of_sprint(issues, sprint.id, Happened.SPRINT_PROGRESS, at, name=name)


def about(
    connection: Connection, site: Site, trigger: Trigger, thing: Mapping[str, Any], *, at: datetime
) -> Iterator[Event]:
    """An event for each issue that the trigger finds, as something happened to a sprint or the like; or one.

    Raises:
        JqlNotUnderstood: its query names what the site does not have (any more).
    """
    if not isinstance(trigger, ThingHappened):
        return
    happened = Happened(trigger.type)
    number = thing.get("id") or thing.get("accountId") or thing.get("key")
    name = f"{happened.value}:{at:%Y%m%dT%H%M%S.%f}:{number}"[:LONGEST_KEY]
    if trigger.jql is None:
        yield once.of_thing(connection, site, happened, thing, at, name)
        return
    keys = keys_found(connection, site, trigger.jql, at)
    ids = related.ids_of(connection, site, set(keys))
    for key in keys:
        if key in ids:
            yield Event(happened, ids[key], key, at, name, data=dict(thing))
