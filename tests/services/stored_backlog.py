"""A backlog in the store, filled issue by issue."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection

from app.domain.flow.path import Policy
from app.domain.grooming.definitions import Definitions
from app.domain.grooming.facts import Backlog
from app.domain.grooming.item import Item
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.from_jira import read_issue
from app.domain.scrum.issue import Change
from app.store import boards, issues, jira_tables, things
from app.store.backlog import read_backlog
from app.store.backlog_scope import Scope
from app.store.sites import Site
from tests.factories import DONE, TO_DO, a_board, a_sprint, day
from tests.payloads import issue
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
    issues.save_comments(tx, site, [row])


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
