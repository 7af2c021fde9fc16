"""What Jira tells of things around issues, in any order, any number of times."""

from collections.abc import Sequence
from datetime import datetime
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import Connection, Table, delete

from app.domain.scrum.issue import Gone
from app.store import issues, jira_tables, sites, tables, things
from app.store.sites import Site
from jobs.told import APPLIED
from tests.factories import day
from tests.jobs.telling import tell
from tests.payloads import issue, issue_event, item
from tests.stores import a_site, rows

PROJECT = {"id": 10000, "key": "BURN", "name": "Burnish"}


def event(name: str, at: datetime, **document: Any) -> dict[str, Any]:
    return {"webhookEvent": name, "timestamp": round(at.timestamp() * 1000), **document}


def updated_event(document: dict[str, Any], at: datetime, history: int = 0, *items: Any) -> dict[str, Any]:
    return issue_event("jira:issue_updated", document, at=at, history=history, items=items)


def a_project(tx: Connection, site: Site) -> None:
    sites.save_project(tx, site.id, PROJECT)


def in_every_order(
    tx: Connection, site: Site, table: Table, events: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The rows that all orders end in, with every event told twice."""
    ends = []
    for order in permutations(events):
        tx.execute(delete(table))
        for one in [*order, *order]:
            assert tell(tx, site, one) == APPLIED
        ends.append(rows(tx, table))
    assert all(end == ends[0] for end in ends)
    return ends[0]


def version(what: str, at: datetime, **more: Any) -> dict[str, Any]:
    merged = {key: more.pop(key) for key in ("mergedTo",) if key in more}
    document = {"id": "20", "projectId": 10000, "name": "1.0", "archived": False, "released": False, **more}
    return event(f"jira:version_{what}", at, version=document, **merged)


def test_a_version_is_as_it_was_told_last(tx: Connection) -> None:
    site = a_site(tx)
    a_project(tx, site)
    told = [
        version("created", day(1)),
        version("updated", day(2), name="1.1", startDate="2026-11-01"),
        version("released", day(3), name="1.1", released=True, releaseDate="2026-11-20"),
    ]
    (row,) = in_every_order(tx, site, jira_tables.versions, told)
    assert (row["name"], row["released"], row["released_on"]) == ("1.1", True, "2026-11-20")
    assert (row["heard_at"], row["deleted_at"]) == (day(3), None)


def test_a_version_that_was_merged_stays_dead_and_says_where_its_issues_went(tx: Connection) -> None:
    site = a_site(tx)
    a_project(tx, site)
    told = [
        version("created", day(1)),
        version("updated", day(3), name="late"),
        version("deleted", day(3), mergedTo={"id": 21}),
    ]
    (row,) = in_every_order(tx, site, jira_tables.versions, told)
    assert (row["deleted_at"], row["merged_into"]) == (day(3), "21")


def test_a_version_of_a_project_that_is_not_kept_is_ignored(tx: Connection) -> None:
    site = a_site(tx)
    assert (
        tell(tx, site, version("created", day(1))).reason
        == "It belongs to no issue or project that is kept here."
    )
    assert rows(tx, jira_tables.versions) == []


def test_an_issue_type_that_was_deleted_does_not_come_back(tx: Connection) -> None:
    site = a_site(tx)
    kind = {"id": 7, "name": "Bug", "subtask": False}
    told = [
        event("issuetype_created", day(1), issuetype=kind),
        event("issuetype_updated", day(2), issuetype={**kind, "name": "Defect"}),
        event("issuetype_deleted", day(3), issuetype={**kind, "name": "Defect"}),
    ]
    (row,) = in_every_order(tx, site, jira_tables.issue_types, told)
    assert (row["id"], row["name"], row["deleted_at"]) == ("7", "Defect", day(3))


def test_a_person_is_renamed_and_deleted_and_keeps_the_last_name(tx: Connection) -> None:
    site = a_site(tx)
    person = {"accountId": "abc", "displayName": "Ann", "active": True, "accountType": "atlassian"}
    told = [
        event("user_created", day(1), user=person),
        event("user_updated", day(2), user={**person, "displayName": "Ann B."}),
    ]
    (row,) = in_every_order(tx, site, jira_tables.users, told)
    assert (row["name"], row["active"]) == ("Ann B.", True)
    # As Cloud sends it: without a name of the event, and without an instant.
    assert tell(tx, site, {"accountId": "abc", "username": "ann"}) == APPLIED
    (row,) = rows(tx, jira_tables.users)
    assert (row["name"], row["active"], row["deleted_at"]) == ("Ann B.", False, day(20))


def link(name: str, at: datetime) -> dict[str, Any]:
    kind = {"id": 10000, "name": "Blocks", "outwardName": "blocks", "inwardName": "is blocked by"}
    return event(
        f"issuelink_{name}",
        at,
        issueLink={"id": 5, "sourceIssueId": 1, "destinationIssueId": 2, "issueLinkType": kind},
    )


def test_a_link_is_answered_from_both_sides_until_it_is_deleted(tx: Connection) -> None:
    site = a_site(tx)
    assert tell(tx, site, link("created", day(1))) == APPLIED
    assert things.links_of(tx, site, "1") == [("blocks", "2", "5")]
    assert things.links_of(tx, site, "2") == [("is blocked by", "1", "5")]
    (row,) = in_every_order(
        tx, site, jira_tables.issue_links, [link("created", day(1)), link("deleted", day(2))]
    )
    assert row["deleted_at"] == day(2)
    assert things.links_of(tx, site, "1") == []


def test_a_link_made_and_deleted_within_a_millisecond_is_deleted(tx: Connection) -> None:
    site = a_site(tx)
    both = [link("created", day(1)), link("deleted", day(1))]
    (row,) = in_every_order(tx, site, jira_tables.issue_links, both)
    assert row["deleted_at"] == day(1)


def test_where_only_some_projects_are_kept_links_of_others_are_ignored(tx: Connection) -> None:
    site = a_site(tx)
    assert tell(tx, site, link("created", day(1)), projects=("BURN",)) != APPLIED
    assert tell(tx, site, worklog("created", day(1), 60), projects=("BURN",)) != APPLIED
    assert rows(tx, jira_tables.issue_links) == rows(tx, jira_tables.worklogs) == []


def worklog(name: str, at: datetime, seconds: int) -> dict[str, Any]:
    document = {
        "id": "30",
        "issueId": "10001",
        "author": {"accountId": "abc"},
        "timeSpentSeconds": seconds,
        "started": "2026-11-02T09:00:00.000+0000",
        "created": "2026-11-02T09:00:00.000+0000",
        "updated": at.isoformat(),
    }
    return event(f"worklog_{name}", at, worklog=document)


def test_logged_work_counts_as_edited_last_and_not_when_deleted(tx: Connection) -> None:
    site = a_site(tx)
    told = [worklog("created", day(2), 3600), worklog("updated", day(3), 7200)]
    (row,) = in_every_order(tx, site, jira_tables.worklogs, told)
    assert (row["seconds"], row["issue_id"], row["author"]) == (7200, "10001", "abc")
    gone = event("worklog_deleted", day(4), worklog=told[1]["worklog"])
    (row,) = in_every_order(tx, site, jira_tables.worklogs, [*told, gone])
    assert (row["seconds"], row["deleted_at"]) == (7200, day(4))


def attachment(name: str, at: datetime) -> dict[str, Any]:
    document = {
        "id": 40,
        "filename": "log.txt",
        "mimeType": "text/plain",
        "size": 12,
        "author": {"accountId": "abc"},
    }
    return event(f"attachment_{name}", at, attachment=document)


def test_a_file_is_known_without_its_issue_until_that_is_read(tx: Connection) -> None:
    site = a_site(tx)
    (row,) = in_every_order(tx, site, jira_tables.attachments, [attachment("created", day(1))])
    assert (row["issue_id"], row["filename"], row["bytes"]) == (None, "log.txt", 12)
    file = attachment("created", day(1))["attachment"]
    changed = issue(1, updated=day(3))
    changed["fields"]["attachment"] = [file]
    added = item("Attachment", "attachment", None, ("40", "log.txt"))
    assert tell(tx, site, updated_event(changed, day(3), 2, added)) == APPLIED
    (row,) = rows(tx, jira_tables.attachments)
    assert row["issue_id"] == changed["id"]
    (row,) = in_every_order(
        tx, site, jira_tables.attachments, [attachment("created", day(1)), attachment("deleted", day(2))]
    )
    assert row["deleted_at"] == day(2)


@pytest.mark.parametrize(
    ("gone", "back", "reason"),
    [
        ("project_archived", "project_restored_archived", Gone.ARCHIVED),
        ("project_soft_deleted", "project_restored_deleted", Gone.DELETED),
    ],
)
def test_issues_go_with_their_project_and_come_back_with_it(
    tx: Connection, gone: str, back: str, reason: Gone
) -> None:
    site = a_site(tx)
    a_project(tx, site)
    tell(tx, site, updated_event(issue(1, updated=day(1)), day(1)))
    deleted = issue(2, updated=day(1))
    tell(tx, site, updated_event(deleted, day(1)))
    issues.bury_issues(tx, site, {deleted["id"]: day(2)})
    assert tell(tx, site, event(gone, day(3), project=PROJECT)) == APPLIED
    assert [row["gone_reason"] for row in rows(tx, tables.issues)] == [reason, Gone.DELETED]
    assert tell(tx, site, event(back, day(4), project=PROJECT)) == APPLIED
    assert [row["gone_reason"] for row in rows(tx, tables.issues)] == [None, Gone.DELETED]
    # What comes late changes nothing.
    assert tell(tx, site, event(gone, day(3), project=PROJECT)) == APPLIED
    assert [row["gone_reason"] for row in rows(tx, tables.issues)] == [None, Gone.DELETED]


def test_an_issue_that_moves_out_of_the_wanted_projects_has_a_tombstone_until_it_moves_back(
    tx: Connection,
) -> None:
    site = a_site(tx)
    here, there = issue(1, updated=day(1)), issue(1, updated=day(2))
    there["key"] = "OTHER-1"
    there["fields"]["project"] = {"id": "10001", "key": "OTHER"}
    again = issue(1, updated=day(3))
    told = [
        updated_event(here, day(1)),
        updated_event(there, day(2), 2, item("Key", "", "BURN-1", "OTHER-1")),
        updated_event(again, day(3), 3, item("Key", "", "OTHER-1", "BURN-1")),
    ]
    for one in told[:2]:
        assert tell(tx, site, one, projects=("BURN",)) == APPLIED
    (row,) = rows(tx, tables.issues)
    assert (row["gone_reason"], row["deleted_at"]) == (Gone.MOVED_OUT, day(2))
    assert issues.find_by_key(tx, site, here["key"]) == here["id"]
    for order in permutations(told):
        tx.execute(delete(tables.issues))
        for one in [told[0], *order]:
            assert tell(tx, site, one, projects=("BURN",)) == APPLIED
        (row,) = rows(tx, tables.issues)
        assert (row["key"], row["gone_reason"], row["deleted_at"]) == (here["key"], None, None)
    assert issues.find_by_key(tx, site, "OTHER-1") == here["id"]
