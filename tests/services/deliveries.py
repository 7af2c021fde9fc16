"""A board's project with versions and epics, an issue of two points done on each working day."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from app.domain.reports.delivery_parts import BoardDelivery
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.from_jira import read_issue
from app.domain.scrum.issue import STATUS, Change
from app.services.delivery import board_delivery
from app.services.delivery_scopes import Wanted
from app.store import boards, issues, sites, things
from app.store.jira_tables import issue_types
from app.store.jira_tables import versions as versions_table
from app.store.sites import Site
from tests.factories import DONE, IN_PROGRESS, TO_DO, a_board
from tests.payloads import issue
from tests.stores import a_site

DAY = timedelta(days=1)
MONDAY = datetime(2026, 2, 2, 9, tzinfo=UTC)
AT = MONDAY + 35 * DAY
BASE = "https://burnish.test"
WEEKDAYS = [MONDAY + number * DAY for number in range(35) if (MONDAY + number * DAY).weekday() < 5]


def a_version(number: int, name: str, released_on: str | None, *, released: bool = False) -> dict[str, Any]:
    return {
        "id": str(number),
        "project_id": "10000",
        "name": name,
        "description": "",
        "released": released,
        "archived": False,
        "start_on": None,
        "released_on": released_on,
        "position": number,
        "merged_into": None,
    }


VERSIONS = (
    a_version(1, "1.0", "2026-02-20", released=True),
    a_version(2, "1.1", "2026-03-13"),
    a_version(3, "1.2", "2026-06-02"),
    a_version(4, "Some day", None),
    a_version(5, "Ready", "2026-03-04"),
    a_version(6, "Void", "2026-04-03"),
)


def _moves(number: int, *turns: tuple[datetime, str, str]) -> list[Change]:
    return [
        Change(number * 10 + place, 0, at, STATUS, before, before, after, after, "dana")
        for place, (at, before, after) in enumerate(turns)
    ]


def put(
    tx: Connection,
    site: Site,
    number: int,
    *,
    version: int | None = None,
    status: str = TO_DO,
    points: float | None = 2,
    done_at: datetime | None = None,
    **fields: Any,
) -> None:
    """An issue of a version; one with `done_at` was begun the day before."""
    history: list[Change] = []
    if done_at is not None:
        status = DONE
        history = _moves(number, (done_at - DAY, TO_DO, IN_PROGRESS), (done_at, IN_PROGRESS, DONE))
    if version is not None:
        fields["fixVersions"] = [{"id": str(version), "name": VERSIONS[version - 1]["name"]}]
    created = (MONDAY - 20 * DAY).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    document = issue(number, status=status, points=points, created=created, updated=AT, **fields)
    record = read_issue(document, site.fields)
    assert record is not None
    issues.save_issues(tx, site, [record], history_complete=True)
    issues.save_changes(tx, site, {record.id: history}, final=True)


def fill(tx: Connection, *, done: int = 25) -> Site:
    """One version after the other, an issue of two points on each working day."""
    site = a_site(tx)
    boards.save_board(tx, site.id, a_board(), heard_at=MONDAY, project_key="BURN")
    sites.save_project(tx, site.id, {"id": "10000", "key": "BURN", "name": "Burnish"})
    things.save(tx, site, versions_table, VERSIONS, MONDAY)
    for number, at in enumerate(WEEKDAYS[:done]):
        put(tx, site, 100 + number, version=1 if at < MONDAY + 18 * DAY else 2, done_at=at)
    for number in range(4):
        put(tx, site, 200 + number, version=2)
        put(tx, site, 300 + number, version=3, points=None if number else 2)
    put(tx, site, 400, version=4)
    put(tx, site, 500, version=5, done_at=MONDAY + 20 * DAY)
    return site


def told_of(tx: Connection, site: Site, **asked: Any) -> BoardDelivery:
    values = {
        "board_id": 1,
        "at": AT,
        "now": AT,
        "calendar": Calendar(),
        "wanted": Wanted(scopes=("versions",)),
        **asked,
    }
    return board_delivery(tx, site, **values)


EPIC = {"id": "10000", "name": "Epic", "subtask": False, "hierarchyLevel": 1}


def fill_epics(tx: Connection) -> Site:
    site = fill(tx)
    kind = {"id": "10000", "name": "Epic", "is_subtask": False, "hierarchy_level": 1, "project_id": None}
    things.save(tx, site, issue_types, [kind], MONDAY)
    epic = {"issuetype": EPIC}
    for number, summary in ((11, "Pay by invoice"), (12, "Nobody began this"), (13, "Secret plans")):
        security = {"security": {"id": "7", "name": "Board"}} if number == 13 else {}
        put(tx, site, number, points=None, summary=summary, **epic, **security)
    for number, at in enumerate(WEEKDAYS[:20]):
        put(tx, site, 600 + number, done_at=at, parent={"id": "111", "key": "BURN-11"})
    for number in range(3):
        put(tx, site, 700 + number, parent={"id": "111", "key": "BURN-11"})
        put(tx, site, 800 + number, parent={"id": "113", "key": "BURN-13"})
    return site
