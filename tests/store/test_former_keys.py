"""An epic that moves to another project takes its children along: Data Center's name it by its key alone."""

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import Connection

from app.domain.scrum.issue import KEY
from app.services.jql import UTC_ZONE, search
from app.store import jira_tables, related, schema, sites, tables
from app.store.database import Database
from app.store.sites import Site
from tests.factories import a_change, day
from tests.jobs.telling import applied, applied_together
from tests.payloads import issue, issue_event, item
from tests.services.stored_backlog import save
from tests.stores import FIELDS, a_site, rows

EPIC_LINK = "customfield_10008"


def center_of(tx: Connection, found: Site) -> Site:
    """The site as Data Center: its stories name their epics in a field."""
    kind = {"type": "any", "custom": "com.pyxis.greenhopper.jira:gh-epic-link"}
    field = {"id": EPIC_LINK, "name": "Epic Link", "custom": True, "schema": kind}
    sites.replace_fields(tx, found.id, [*FIELDS, field], replace(found.fields, epic_link=EPIC_LINK))
    return sites.get_site(tx, found.name)


@pytest.fixture
def center(tx: Connection) -> Site:
    return center_of(tx, a_site(tx))


def parents(tx: Connection) -> dict[str, str | None]:
    return {row["key"]: row["parent_key"] for row in rows(tx, tables.issues)}


def epic_moved(history: int, at: int, before: str, after: str) -> dict[str, Any]:
    document = issue(9, updated=day(at)) | {"key": after}
    items = [item("Key", "", before, after)]
    return issue_event("jira:issue_updated", document, at=day(at), history=history, items=items)


def child(at: int, epic: str, *, history: int) -> dict[str, Any]:
    document = issue(1, updated=day(at), **{EPIC_LINK: epic})
    items = [item("labels", "labels", "", "x")]
    return issue_event("jira:issue_updated", document, at=day(at), history=history, items=items)


def test_children_follow_their_epic_to_its_present_key(tx: Connection, center: Site) -> None:
    save(tx, center, 9)
    save(tx, center, 1, **{EPIC_LINK: "BURN-9"})
    save(tx, center, 2, **{EPIC_LINK: "BURN-8"})
    applied(tx, center, epic_moved(7, 9, "BURN-9", "SHOP-4"))
    assert parents(tx) == {"SHOP-4": None, "BURN-1": "SHOP-4", "BURN-2": "BURN-8"}
    assert related.may_be_children(tx, center, "19", "SHOP-4") == {"11"}
    for jql in ('"Epic Link" = SHOP-4', "cf[10008] = SHOP-4", "issue in childIssuesOf('SHOP-4')"):
        assert search(tx, center, jql, now=day(10), zone=UTC_ZONE) == ["BURN-1"], jql


def test_they_follow_in_whatever_order_it_is_told_and_together(tx: Connection, center: Site) -> None:
    """Twice moved; of the child there is a picture from before, between and after the moves."""
    told = [
        child(3, "BURN-9", history=101),
        epic_moved(102, 4, "BURN-9", "OPS-2"),
        epic_moved(103, 5, "OPS-2", "SHOP-4"),
    ]
    for number, order in enumerate(permutations(told)):
        for one in (applied, lambda tx, site, *events: applied_together(tx, site, events)):
            with tx.begin_nested() as aside:
                one(tx, center, *order)
                assert parents(tx)["BURN-1"] == "SHOP-4", (number, one)
                aside.rollback()


def test_an_epic_that_came_back_has_its_children_again(tx: Connection, center: Site) -> None:
    save(tx, center, 1, **{EPIC_LINK: "BURN-9"})
    there, back = epic_moved(7, 4, "BURN-9", "SHOP-4"), epic_moved(8, 5, "SHOP-4", "BURN-9")
    applied(tx, center, there, back)
    assert parents(tx)["BURN-1"] == "BURN-9"


def test_the_children_of_an_issue_that_has_the_key_now_stay(tx: Connection, center: Site) -> None:
    save(tx, center, 1, **{EPIC_LINK: "BURN-5"})
    save(tx, center, 5)
    move = a_change(KEY, day(2), None, None)._replace(before_text="BURN-5", after_text="SHOP-4")
    save(tx, center, 9, move, project="SHOP")
    assert parents(tx)["BURN-1"] == "BURN-5"


def test_a_store_that_was_left_behind_is_mended_once(database: Database) -> None:
    with database.write() as tx:
        site = a_site(tx)
        save(tx, site, 9, project="SHOP")
        save(tx, site, 1, parent={"id": "19", "key": "BURN-9"})
        save(tx, site, 2, parent={"key": "BURN-8"})
        save(tx, center_of(tx, site), 3, **{EPIC_LINK: "BURN-9"})
        old = {"site_id": site.id, "key": "BURN-9", "issue_id": "19", "until": day(1)}
        tx.execute(jira_tables.old_keys.insert().values(old))
    schema.downgrade(database, "0031")
    schema.upgrade(database)
    with database.read() as tx:
        assert parents(tx) == {"SHOP-9": None, "BURN-1": "SHOP-9", "BURN-2": "BURN-8", "BURN-3": "SHOP-9"}
        assert rows(tx, tables.issues)[-2]["fields"][EPIC_LINK] == "SHOP-9"
