"""A backlog in the store, filled issue by issue."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select

from app.domain.flow.path import Policy
from app.domain.grooming.definitions import Definitions
from app.domain.grooming.facts import Backlog
from app.domain.grooming.item import Item
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.from_jira import read_issue
from app.domain.scrum.issue import Change
from app.services.backlog_grooming import asked_of, backlog_health, keep
from app.services.grooming_wish import Wish, read_wish
from app.store import boards, issues, jira_tables, tables, things
from app.store.backlog import read_backlog
from app.store.backlog_scope import Scope
from app.store.comments import save_comments
from app.store.grooming_tables import grooming_memories
from app.store.sites import Site
from tests.factories import DONE, IN_PROGRESS, TO_DO, a_board, a_sprint, day
from tests.payloads import issue, sprint_object
from tests.stores import a_site

NOW = day(9)
STATUSES = [
    {"id": TO_DO, "name": "To Do", "statusCategory": {"key": "new"}},
    {"id": DONE, "name": "Done", "statusCategory": {"key": "done"}},
]
BOT, US = "bot-1", "burnish-account"
BOARD = a_board()


@pytest.fixture
def site(tx: Connection) -> Site:
    found = replace(a_site(tx), account_id=US)
    boards.save_board(tx, found.id, BOARD, heard_at=day(0), project_key="BURN")
    boards.save_sprint(tx, found.id, a_sprint(), heard_at=day(1))
    things.replace_all(
        tx,
        found,
        jira_tables.link_types,
        [{"id": "1", "name": "Blocks", "outward": "blocks", "inward": "is blocked by"}],
        at=day(0),
    )
    return found


def save(tx: Connection, site: Site, number: int, *changes: Change, **fields: Any) -> None:
    fields.setdefault("sprints", None)
    record = read_issue(issue(number, **{"updated": day(8), **fields}), site.fields)
    assert record is not None
    issues.save_issues(tx, site, [record], history_complete=True)
    numbered = [one._replace(history_id=number * 1000 + place) for place, one in enumerate(changes)]
    issues.save_changes(tx, site, {record.id: numbered}, final=True)


def filled(tx: Connection, site: Site) -> None:
    """One issue overdue, one without an estimate, one in progress in the sprint."""
    save(tx, site, 1, duedate="2026-03-05", assignee=None)
    save(tx, site, 2, points=None)
    save(tx, site, 3, status=IN_PROGRESS, sprints=[sprint_object()])


def say(
    tx: Connection,
    site: Site,
    number: int,
    body: Any,
    *,
    at: datetime,
    by: str | None = "dana",
    limited: bool = False,
) -> None:
    row = {
        "id": f"{number}-{at.timestamp()}",
        "issue_id": f"1{number}",
        "author": by,
        "created": at,
        "updated": at,
        "body": body,
        "limited": limited,
    }
    save_comments(tx, site, [row])


def read(tx: Connection, site: Site, **scope: Any) -> Backlog:
    return read_backlog(
        tx,
        site,
        BOARD,
        Scope(**{"project_keys": ("BURN",), "bots": frozenset({US, BOT}), **scope}),
        calendar=Calendar(),
        now=NOW,
        definitions=Definitions(),
        policy=Policy(),
    )


def the(backlog: Backlog, number: int) -> Item:
    return next(item for item in backlog.items if item.key == f"BURN-{number}")


SAME = "The stock display flickers when a customer orders abroad with several currencies"


# --- runs that go on ------------------------------------------------------------------------------

Standing = Mapping[tuple[str, str], tuple[datetime, str]]


def standing(tx: Connection) -> dict[tuple[str, str], tuple[datetime, str]]:
    """What nothing has ended, with its first run and key."""
    table = tables.grooming_findings
    rows = tx.execute(
        select(table.c.check_name, table.c.issue_id, table.c.found_at, table.c.issue_key).where(
            table.c.gone_at.is_(None)
        )
    )
    return {(check, issue_id): (at, key) for check, issue_id, at, key in rows}


def looked(tx: Connection, site: Site, at: datetime, wish: Wish) -> tuple[Any, Standing]:
    """A run as a job makes it, and what is kept after it."""
    found = backlog_health(tx, site, board_id=1, at=at, calendar=Calendar(), wish=wish)
    keep(tx, site, found, asked=asked_of(wish, Calendar()))
    return found, standing(tx)


def from_nothing(tx: Connection, site: Site, at: datetime, wish: Wish) -> tuple[Any, Standing]:
    """Likewise in a store that knows of no earlier run; it is as it was afterwards."""
    with tx.begin_nested() as aside:
        tx.execute(delete(grooming_memories))
        tx.execute(delete(tables.grooming_findings))
        told = looked(tx, site, at, wish)
        aside.rollback()
    return told


def goes_on_as_from_nothing(tx: Connection, site: Site) -> bool:
    wish, at = read_wish({}), NOW + timedelta(days=1)
    _, whole = from_nothing(tx, site, at, wish)
    _, kept = looked(tx, site, at, wish)
    return kept.keys() == whole.keys()
