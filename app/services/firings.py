"""Events that no single change makes: at times, when a metric crosses a value, when a sprint is so far."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.domain.rules.errors import TemplateRefused
from app.domain.rules.event import LONGEST_KEY, Event, Happened
from app.domain.rules.metrics import METRICS, instant_at
from app.domain.rules.rendering import render_query
from app.domain.rules.smart_values import shown
from app.domain.rules.trigger_parts import (
    IncomingWebhook,
    MetricCrossed,
    Scheduled,
    SprintProgress,
    ThingHappened,
    Trigger,
)
from app.domain.sprint_health.errors import SprintHealthRefused
from app.errors import NoSprint, NotFound, NotUnderstood
from app.services import jql
from app.services.board_habits import Teams, usual
from app.services.happenings import of_sprint
from app.services.past import Issues, keys_at
from app.services.ruling import catalogue_of
from app.services.sprint_health import sprint_health
from app.store import related, rule_history
from app.store.sites import Site

EVERY_TEN_MINUTES = "*/10 * * * *"
MOST_ISSUES = 1000
"""That one webhook is about."""


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
    """An event for each issue that the trigger fires for, in the order of its query or of keys.

    Figures and times of sprints go by how the team of the board works, as reports do.

    Raises:
        JqlNotUnderstood: its query names what the site does not have (any more).
    """
    match trigger:
        case Scheduled(jql=query):
            yield from _found(connection, site, query, look, Happened.SCHEDULED, {})
        case MetricCrossed():
            yield from _crossed(connection, site, trigger, look, teams)
        case SprintProgress():
            yield from _so_far(connection, site, trigger, look, teams)
        case _:
            pass


def _found(
    connection: Connection,
    site: Site,
    query: str,
    look: Look,
    happened: Happened,
    data: Mapping[str, Any],
) -> Iterator[Event]:
    at = look.at
    keys = _keys(connection, site, query, at, is_live=look.is_live)
    ids = related.ids_of(connection, site, set(keys))
    named = f"{happened.value}:{at:%Y-%m-%dT%H:%M:%S}"
    for key in keys:
        if key in ids:
            yield Event(happened, ids[key], key, at, named, data=data or None)


def _keys(
    connection: Connection, site: Site, query: str, at: datetime, *, is_live: bool = True
) -> Sequence[str]:
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
    yield from _found(connection, site, trigger.jql, look, Happened.METRIC_CROSSED, data)


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
        )
    except (NotFound, NoSprint, SprintHealthRefused):
        return None
    value = METRICS[trigger.metric](health)
    return None if value is None else float(value)


def _so_far(
    connection: Connection, site: Site, trigger: SprintProgress, look: Look, teams: Teams
) -> Iterator[Event]:
    """For each issue of a sprint, at the instant at which so much of its time was over."""
    issues = _issues(connection, site, look.at)
    for sprint in rule_history.running_sprints(connection, site, look.before, look.at):
        worked = teams(sprint.board_id).calendar if trigger.working else None
        at = instant_at(sprint, trigger.percent, calendar=worked)
        is_meant = not trigger.boards or sprint.board_id in trigger.boards
        if is_meant and at is not None and look.before < at <= look.at:
            name = f"{Happened.SPRINT_PROGRESS.value}:{trigger.percent}"
            yield from of_sprint(issues, sprint.id, Happened.SPRINT_PROGRESS, at, name=name)


def about(
    connection: Connection, site: Site, trigger: Trigger, thing: Mapping[str, Any], *, at: datetime
) -> Iterator[Event]:
    """An event for each issue that the trigger finds, as something happened to a sprint or the like.

    Raises:
        JqlNotUnderstood: its query names what the site does not have (any more).
    """
    if not isinstance(trigger, ThingHappened):
        return
    happened = Happened(trigger.type)
    keys = _keys(connection, site, trigger.jql, at)
    ids = related.ids_of(connection, site, set(keys))
    number = thing.get("id") or thing.get("accountId") or thing.get("key")
    name = f"{happened.value}:{at:%Y%m%dT%H%M%S.%f}:{number}"[:LONGEST_KEY]
    for key in keys:
        if key in ids:
            yield Event(happened, ids[key], key, at, name, data=dict(thing))


def _with_values(query: str, body: Any) -> str:
    try:
        return render_query(query, {"webhook": shown(body)})
    except TemplateRefused as error:
        raise NotUnderstood(
            f"The body of the webhook does not fit: {error}.", field="/trigger/jql"
        ) from error


def called(
    connection: Connection, site: Site, trigger: Trigger, body: Any, *, at: datetime, name: str
) -> Iterator[Event]:
    """An event for each issue that an incoming webhook is about; `name` tells it from others.

    Issues that are not in the store are left out: whoever calls cannot know what is.

    Raises:
        JqlNotUnderstood: the query of the trigger, with values of the body, is none.
        NotUnderstood: the body has no such value.
    """
    if not isinstance(trigger, IncomingWebhook):
        return
    if trigger.jql is not None:
        query = _with_values(trigger.jql, body)
        keys = _keys(connection, site, query, at)
    else:
        listed = body.get("issues") if isinstance(body, dict) else None
        keys = [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
    ids = related.ids_of(connection, site, set(keys[:MOST_ISSUES]))
    for key in keys[:MOST_ISSUES]:
        if key in ids:
            yield Event(Happened.WEBHOOK, ids[key], key, at, name, data=body)
