"""A Kanban board with issues that flow over it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from app.domain.reports.board_flow import BoardFlow
from app.domain.scrum.board import Board
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.from_jira import read_issue
from app.domain.scrum.issue import LINKS, Change
from app.services.flow import board_flow, described
from app.services.rendering import render
from app.store import boards, issues, sites
from app.store.sites import Site
from tests.factories import (
    DONE,
    IN_PROGRESS,
    STATUS_NAMES,
    TO_DO,
    a_board,
    a_change,
    moved,
)
from tests.payloads import as_jira_writes, issue
from tests.stores import a_site

NOW = datetime(2026, 6, 3, 10, tzinfo=UTC)
"""A Wednesday; twelve whole weeks before it begin on 9 March."""
DAY = timedelta(days=1)
SUB_QUERY = "labels is EMPTY OR labels != released"
CATEGORIES = {TO_DO: "new", "3": "indeterminate", "9": "indeterminate"}


def ago(days: float) -> datetime:
    return NOW - days * DAY


def kanban(**values: Any) -> Board:
    given = {"kind": "kanban", "filter_id": "9", "filter_jql": "project = BURN ORDER BY Rank", **values}
    return a_board(**given)


def a_team(tx: Connection, **board: Any) -> Site:
    site = a_site(tx)
    for project in (
        {"id": "10000", "key": "BURN", "name": "Burnish"},
        {"id": "2", "key": "SHOP", "name": "S"},
    ):
        sites.save_project(tx, site.id, project)
    named = [
        {"id": number, "name": name, "statusCategory": {"key": CATEGORIES.get(number, "done")}}
        for number, name in STATUS_NAMES.items()
    ]
    sites.replace_statuses(tx, site.id, named)
    boards.save_board(tx, site.id, kanban(**board), heard_at=ago(200), project_key="BURN")
    return site


def put(tx: Connection, site: Site, number: int, *history: Change, created: datetime, **told: Any) -> None:
    last = max((change.at for change in history), default=created)
    told = {"sprints": None, "created": as_jira_writes(created), **told}
    record = read_issue(issue(number, updated=told.pop("updated", last), **told), site.fields)
    assert record is not None
    issues.save_issues(tx, site, [record], history_complete=True)
    changes = [change._replace(history_id=change.history_id * 100 + number) for change in history]
    issues.save_changes(tx, site, {record.id: changes}, final=True)


def finished(tx: Connection, site: Site, number: int, begun: float, done: float, **told: Any) -> None:
    """Begun and done so many days ago."""
    put(
        tx,
        site,
        number,
        moved(ago(begun), TO_DO, IN_PROGRESS),
        moved(ago(done), IN_PROGRESS, DONE),
        created=told.pop("created", ago(begun + 7)),
        **{"status": DONE, **told},
    )


def begun(tx: Connection, site: Site, number: int, since: float, *more: Change, **told: Any) -> None:
    change = moved(ago(since), TO_DO, IN_PROGRESS)
    created = told.pop("created", ago(since + 7))
    put(tx, site, number, change, *more, created=created, **{"status": IN_PROGRESS, **told})


def a_move(at: datetime, before: str, after: str) -> Change:
    """Into another project."""
    return a_change("Key", at, None, None, before_text=before, after_text=after)


def waits_for(key: str, since: datetime) -> Change:
    return a_change(LINKS, since, None, key, after_text=f"This issue is blocked by {key}")


def flow_of(tx: Connection, site: Site, at: datetime = NOW, **asked: Any) -> BoardFlow:
    given = {"board_id": 1, "at": at, "calendar": Calendar(), **asked}
    return board_flow(tx, site, **given)


def as_text(told: BoardFlow, style: str = "markdown") -> str:
    return render(described(told), style=style, base_url="https://burnish.test", draw=lambda _: "<svg/>")


def keys_done(told: BoardFlow) -> list[str]:
    return [path.issue.key for path in told.flow.finished]


def keys_begun(told: BoardFlow) -> list[str]:
    return [one.key for one in told.flow.aging]
