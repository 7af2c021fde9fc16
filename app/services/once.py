"""What happened as events without an issue: for rules that are decided once for each."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from app.domain.rules.event import Event, Happened
from app.domain.rules.trigger_parts import Trigger
from app.domain.rules.triggers import happened_for
from app.errors import NotFound
from app.store import boards, rule_history, sites
from app.store.sites import Site

_OF_SPRINTS = frozenset({Happened.SPRINT_STARTED, Happened.SPRINT_CLOSED, Happened.SPRINT_PROGRESS})
_LONG_AGO = timedelta(days=3650)


def event(
    happened: Happened, at: datetime, name: str, *, data: Any = None, project: str | None = None
) -> Event:
    """An event without an issue; rules decide once on each `name`."""
    return Event(happened, "", "", at, name, data=data, project=project or "")


def of_sprint(
    connection: Connection, site: Site, sprint_id: int, happened: Happened, at: datetime, *, name: str = ""
) -> Event:
    """Something happened to a sprint, in the project of its board; `name` is what it is called in keys."""
    try:
        board_id = boards.get_sprint(connection, site, sprint_id).board_id
    except NotFound:
        board_id = None
    project = None if board_id is None else boards.project_of(connection, site, board_id)
    return event(happened, at, f"{name or happened.value}:{sprint_id}", project=project)


def of_sprints_between(
    connection: Connection, site: Site, happened: Happened, since: datetime, until: datetime
) -> Iterable[Event]:
    """What happened to sprints in a span of time."""
    is_closed = happened is Happened.SPRINT_CLOSED
    for sprint_id, at in rule_history.sprints_between(connection, site, since, until, closed=is_closed):
        yield of_sprint(connection, site, sprint_id, happened, at)


def sample(connection: Connection, site: Site, trigger: Trigger, now: datetime) -> Event:
    """An event to try a rule on: with the newest sprint, where the trigger is about one."""
    happened = happened_for(trigger)[0]
    if happened in _OF_SPRINTS:
        closed, since = happened is Happened.SPRINT_CLOSED, now - _LONG_AGO
        found = rule_history.sprints_between(connection, site, since, now, closed=closed)
        if found:
            return of_sprint(connection, site, found[-1][0], happened, now)
    return event(Happened.ASKED, now, "preview")


def of_released(connection: Connection, site: Site, version: Mapping[str, Any], at: datetime) -> Event:
    """A version was released."""
    name = f"{Happened.VERSION_RELEASED.value}:{version.get('id')}"
    return event(Happened.VERSION_RELEASED, at, name, project=_project_of(connection, site, version))


def of_thing(
    connection: Connection, site: Site, happened: Happened, thing: Mapping[str, Any], at: datetime, name: str
) -> Event:
    """What Jira tells of a sprint, a version, a board, a project or a person, who is in none."""
    project = None
    if happened.value.startswith("project_"):
        project = str(thing.get("key") or "")
    elif not happened.value.startswith("user_"):
        project = _project_of(connection, site, thing)
    return event(happened, at, name, data=dict(thing), project=project)


def _project_of(connection: Connection, site: Site, thing: Mapping[str, Any]) -> str | None:
    """Key of the project that a version belongs to, or the board of a sprint, or a board."""
    if (project_id := thing.get("projectId")) is not None:
        known = {one.id: one.key for one in sites.projects_of(connection, site.id)}
        return known.get(str(project_id))
    location = thing.get("location")
    if isinstance(location, Mapping) and location.get("projectKey"):
        return str(location["projectKey"])
    board_id = str(thing.get("originBoardId") or thing.get("boardId") or thing.get("id") or "")
    return boards.project_of(connection, site, int(board_id)) if board_id.isdecimal() else None
