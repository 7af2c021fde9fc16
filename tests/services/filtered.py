"""A team whose board shows what a saved filter finds."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.domain.scrum.calendar import Calendar
from app.domain.scrum.from_jira import read_issue
from app.domain.scrum.issue import Change
from app.domain.sprint_health.data_quality import Flaw
from app.domain.sprint_health.health import SprintHealth
from app.services.rendering import render
from app.services.sprint_health import described, sprint_health
from app.store import boards, issues, sites
from app.store.sites import Site
from tests.factories import (
    STATUS_NAMES,
    TO_DO,
    a_board,
    a_sprint,
    day,
)
from tests.payloads import issue
from tests.stores import a_site

CLOSE, LATER = day(12, 17), day(40)
SHOP = {"id": "10001", "key": "SHOP", "name": "Shop"}
CATEGORIES = {TO_DO: "new", "3": "indeterminate", "9": "indeterminate"}


def a_team(tx: Connection, jql: str | None, **board: Any) -> Site:
    """A board with a filter, its sprint, and what JQL can name; nothing is in the sprint yet."""
    site = a_site(tx)
    for project in ({"id": "10000", "key": "BURN", "name": "Burnish"}, SHOP):
        sites.save_project(tx, site.id, project)
    named = [
        {"id": number, "name": name, "statusCategory": {"key": CATEGORIES.get(number, "done")}}
        for number, name in STATUS_NAMES.items()
    ]
    sites.replace_statuses(tx, site.id, named)
    filtered = a_board(**{"filter_id": "9", "filter_jql": jql, **board})
    boards.save_board(tx, site.id, filtered, heard_at=day(0), project_key="BURN")
    boards.save_sprint(tx, site.id, a_sprint(), heard_at=day(1))
    return site


def put(tx: Connection, site: Site, number: int, *history: Change, **told: Any) -> None:
    """An issue of the sprint, as it is now, and how it came to that."""
    record = read_issue(issue(number, **told), site.fields)
    assert record is not None
    issues.save_issues(tx, site, [record], history_complete=True)
    changes = [change._replace(history_id=change.history_id * 100 + number) for change in history]
    issues.save_changes(tx, site, {record.id: changes}, final=True)


def closed(tx: Connection, site: Site) -> None:
    boards.save_sprint(tx, site.id, a_sprint(completed=CLOSE), heard_at=CLOSE)


def health_of(tx: Connection, site: Site, when: datetime = LATER, **asked: Any) -> SprintHealth:
    given = {"board_id": 1, "sprint_id": 7, "at": when, "calendar": Calendar(), **asked}
    return sprint_health(tx, site, **given)


def counted(tx: Connection, site: Site, when: datetime = LATER, **asked: Any) -> list[str]:
    return [row.key for row in health_of(tx, site, when, **asked).issues]


def noted(health: SprintHealth) -> list[tuple[str, str, tuple[str, ...]]]:
    ours = {Flaw.OUTSIDE_FILTER, Flaw.FILTER_UNKNOWN}
    return [(note.flaw.value, note.text, note.keys) for note in health.notes if note.flaw in ours]


def as_text(health: SprintHealth) -> str:
    return render(described(health), style="markdown", base_url="https://burnish.test", draw=str)
