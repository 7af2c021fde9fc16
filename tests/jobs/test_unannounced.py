"""Which changes raise the alarm that no webhook told of them."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from app.store import inbox, sites, sweeps, tables
from app.store.database import Database
from app.store.sites import Project, Site
from connectors.jira.webhook import read_event
from jobs.sync import unannounced
from tests.factories import day
from tests.jobs.support import Clock, context_of, unconnected
from tests.jobs.telling import applied
from tests.payloads import as_jira_writes, encoded, issue, issue_event
from tests.stores import a_site, received

SECOND = timedelta(seconds=1)
NUMBER = str(issue(1)["id"])
LINK = {
    "id": 7,
    "sourceIssueId": int(NUMBER),
    "destinationIssueId": 2,
    "issueLinkType": {"id": 10000, "name": "Blocks", "outwardName": "blocks", "inwardName": "is blocked by"},
}


def event(name: str, **document: Any) -> dict[str, Any]:
    return {"webhookEvent": name, "timestamp": round(day(2).timestamp() * 1000), **document}


COMMENT = {"id": "5", "body": "x", "created": as_jira_writes(day(2)), "updated": as_jira_writes(day(2))}
FILE = {"id": "9", "filename": "a.png", "created": as_jira_writes(day(2))}


PROJECT = Project("10000", "BURN", "Burnish", read_until=day(1))


def heard_of(tx: Connection) -> Site:
    """A site whose webhooks come in; one told of its issue."""
    site = a_site(tx)
    tx.execute(tables.sites.update().values(heard_at=day(2)))
    applied(tx, site, issue_event("jira:issue_created", issue(1, updated=day(1)), at=day(1)))
    sites.save_project(tx, site.id, {"id": PROJECT.id, "key": PROJECT.key, "name": PROJECT.name})
    return site


@pytest.mark.parametrize(
    ("told", "alarm"),
    [
        (None, True),
        (event("issuelink_created", issueLink=LINK), False),
        (event("issuelink_deleted", issueLink=LINK), False),
        (event("attachment_created", attachment=FILE, issue={"id": NUMBER, "key": "BURN-1"}), False),
        (event("comment_created", comment=COMMENT, issue={"id": NUMBER, "key": "BURN-1"}), False),
    ],
)
async def test_what_hangs_on_an_issue_and_was_told_is_no_lost_change(
    database: Database, told: dict[str, Any] | None, *, alarm: bool
) -> None:
    """Jira moves `updated` of an issue with a link of its, and tells the link alone."""
    with database.write() as tx:
        site = heard_of(tx)
        applied(tx, site, *([] if told is None else [told]))
    clock = Clock(day(2) + timedelta(minutes=10))
    context = context_of(database, unconnected(site), clock=clock)
    page = [issue(1, updated=day(2) + SECOND)]
    await unannounced.look(context, unconnected(site), site, PROJECT, page, at=clock.at)
    with database.read() as tx:
        assert bool(sweeps.unannounced_of(tx, site.id)) == alarm


@pytest.mark.parametrize(
    ("told", "alarm"),
    [
        (None, True),
        (issue_event("jira:issue_updated", issue(1, updated=day(2) + SECOND), at=day(2) + SECOND), False),
        (issue_event("jira:issue_updated", issue(2, updated=day(2) + SECOND), at=day(2) + SECOND), True),
        (event("issuelink_created", issueLink=LINK), False),
    ],
)
async def test_a_change_of_a_minute_ago_may_still_be_told_and_is_asked_about_next_time(
    database: Database, told: dict[str, Any] | None, *, alarm: bool
) -> None:
    """A site that is asked every few minutes finds each change before a webhook has to tell it."""
    with database.write() as tx:
        site = heard_of(tx)
    clock = Clock(day(2) + timedelta(minutes=1))
    context, there = context_of(database, unconnected(site), clock=clock), unconnected(site)

    def alarmed() -> bool:
        with database.read() as tx:
            return bool(sweeps.unannounced_of(tx, site.id))

    page = [issue(1, updated=day(2) + SECOND)]
    await unannounced.look(context, there, site, PROJECT, page, at=clock.at)
    with database.write() as tx:
        for each in [] if told is None else [told]:
            subject = read_event(encoded(each)).subject
            inbox.put(tx, [received(site.id, 1, at=clock.at, subject=subject)])
            applied(tx, site, each)
        tx.execute(tables.deliveries.update().values(state=inbox.APPLIED))
    await unannounced.look_again(context, there, site, PROJECT, at=clock.at)
    assert not alarmed(), "it is no older than before"
    clock.at += timedelta(minutes=5)
    await unannounced.look_again(context, there, site, PROJECT, at=clock.at)
    assert alarmed() == alarm
