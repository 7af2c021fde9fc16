"""Three issues with known fields and histories, by themselves or with what stands around them."""

from typing import Any

from sqlalchemy import Connection, Table

from app.domain.scrum.from_jira import SiteFields, read_issue
from app.domain.scrum.issue import Change
from app.store import groups, issues, jira_tables, sites, tables, things
from app.store.comments import bury_comments, save_comments
from app.store.sites import Site
from tests.store.jql_world import FIELDS, PICKER, PLACE, POINTS, SPRINT, TEAM, make_site
from tests.store.jql_world import at_day as at

JANE, BOB = {"accountId": "acc-1", "displayName": "Jane Doe"}, {"accountId": "acc-3", "displayName": "Bob"}
ONE: dict[str, Any] = {
    "summary": "Pay the invoice by card",
    "description": "error in login_page",
    "issuetype": {"id": "10", "name": "Bug"},
    "status": {"id": "5", "name": "Done"},
    "assignee": JANE,
    "creator": BOB,
    "reporter": JANE,
    "priority": {"id": "2", "name": "High"},
    "labels": ["red", "blue"],
    "fixVersions": [{"id": "72", "name": "2.0"}],
    "duedate": "2026-03-11",
    "created": at(1).isoformat(),
    "updated": at(10).isoformat(),
    SPRINT: [{"id": 8, "name": "Sprint 8"}],
    POINTS: 5,
    TEAM: {"id": "55", "value": "Red Team"},
    PICKER: [{"id": "72", "name": "2.0"}],
    PLACE: {"id": "1", "value": "USA", "child": {"id": "2", "value": "New York"}},
    "votes": {"self": "https://jql.test/votes", "votes": 3, "hasVoted": False},
    "watches": {"self": "https://jql.test/watchers", "watchCount": 1, "isWatching": True},
    "workratio": 80,
}
TWO: dict[str, Any] = {
    "summary": "Invoices are late",
    "issuetype": {"id": "11", "name": "Story"},
    "status": {"id": "1", "name": "To Do"},
    "creator": JANE,
    "labels": ["red"],
    "created": at(2).isoformat(),
    "updated": at(2).isoformat(),
    PLACE: {"id": "1", "value": "USA"},
    "votes": {"votes": 0},
    "watches": {"watchCount": 12},
    "workratio": -1,
}
TEN: dict[str, Any] = {
    "summary": "nothing to pay",
    "issuetype": {"id": "11", "name": "Story"},
    "status": {"id": "3", "name": "In Progress"},
    "assignee": BOB,
    "creator": JANE,
    "priority": {"id": "3", "name": "Low"},
    "duedate": "2026-03-20",
    "created": at(3).isoformat(),
    "updated": at(9).isoformat(),
    POINTS: 8,
}
HISTORY = {
    "1": [
        Change(1, 0, at(4), "status", "1", "To Do", "3", "In Progress", "acc-1"),
        Change(2, 0, at(6), "status", "3", "In Progress", "5", "Done", "acc-3"),
        Change(3, 0, at(7), "assignee", "acc-3", "Bob", "acc-1", "Jane Doe", "acc-1"),
        Change(4, 0, at(8), "fixVersions", "71", "1.0", None, None, "acc-1"),
        Change(4, 1, at(8), "fixVersions", None, None, "72", "2.0", "acc-1"),
        Change(5, 0, at(8), POINTS, None, "3", None, "5", "acc-1"),
        Change(6, 0, at(9), SPRINT, "7", "Sprint 7", "7, 8", "Sprint 7, Sprint 8", "acc-1"),
        Change(7, 0, at(10), SPRINT, "7, 8", "Sprint 7, Sprint 8", "8", "Sprint 8", "acc-1"),
    ],
    "2": [Change(9, 0, at(2), "Key", None, "OLD-7", None, "WEB-2", "acc-1")],
    "10": [Change(8, 0, at(9), "status", "1", "To Do", "3", "In Progress", "acc-3")],
}


def filled(tx: Connection) -> Site:
    site = make_site(tx)
    for number, fields in (("1", ONE), ("2", TWO), ("10", TEN)):
        record = read_issue({"id": number, "key": f"WEB-{number}", "fields": fields}, site.fields)
        assert record is not None
        issues.save_issues(tx, site, [record], history_complete=True)
    issues.save_changes(tx, site, HISTORY, final=True)
    return site


def surrounded(tx: Connection) -> Site:
    """Lists of the site, and what hangs on its issues."""
    site = filled(tx)
    for record in (
        {**ONE, "issuetype": {"id": "12", "name": "Sub-task"}},
        {**TWO, "components": [{"id": "31", "name": "Shop"}], "parent": {"id": "1", "key": "WEB-1"}}
        | {"resolution": {"id": "4", "name": "Fixed"}},
        {**TEN, "parent": {"id": "2", "key": "WEB-2"}},
    ):
        number = {ONE["summary"]: "1", TWO["summary"]: "2"}.get(record["summary"], "10")
        read = read_issue({"id": number, "key": f"WEB-{number}", "fields": record}, site.fields)
        assert read is not None
        issues.save_issues(tx, site, [read], history_complete=True)
    version = {"description": "", "start_on": None, "released_on": None, "merged_into": None}
    facts: list[tuple[Table, list[dict[str, Any]]]] = [
        (
            jira_tables.versions,
            [
                {**version, "id": each, "project_id": project, "name": name, "released": released}
                | {"archived": archived, "position": place}
                for each, project, name, released, archived, place in (
                    ("70", "100", "0.9", True, False, 0),
                    ("72", "100", "2.0", True, False, 1),
                    ("71", "100", "1.0", False, False, 2),
                    ("73", "100", "3.0", False, False, 3),
                    ("74", "100", "72", False, False, 4),
                    ("80", "101", "a", True, True, 0),
                    ("81", "101", "b", False, False, None),
                )
            ],
        ),
        (jira_tables.components, [{"id": "31", "project_id": "100", "name": "Shop", "lead": "acc-1"}]),
        (
            jira_tables.issue_types,
            [
                {"id": each, "name": name, "is_subtask": level < 0, "hierarchy_level": level}
                | {"project_id": None}
                for each, name, level in (("10", "Bug", 0), ("11", "Story", 0), ("12", "Sub-task", -1))
            ],
        ),
        (
            jira_tables.priorities,
            [{"id": "2", "name": "High", "position": 0}, {"id": "3", "name": "Low", "position": 1}],
        ),
        (
            jira_tables.resolutions,
            [{"id": "5", "name": "Done", "position": 0}, {"id": "4", "name": "Fixed", "position": 1}],
        ),
        (
            jira_tables.link_types,
            [
                {"id": "1", "name": "Blocks", "outward": "blocks", "inward": "is blocked by"},
                {"id": "2", "name": "Relates", "outward": "relates to", "inward": "relates to"},
            ],
        ),
        (
            jira_tables.issue_links,
            [
                {"id": "1", "type_id": "1", "source_id": "1", "target_id": "2"},
                {"id": "2", "type_id": "2", "source_id": "10", "target_id": "1"},
            ],
        ),
        (
            jira_tables.users,
            [
                {"account_id": each, "name": name, "username": None, "active": True, "account_type": None}
                for each, name in (("acc-1", "Jane Doe"), ("acc-3", "Bob"))
            ],
        ),
        (
            jira_tables.attachments,
            [
                {"id": "1", "issue_id": "1", "filename": "a.png", "mime_type": None, "bytes": 1}
                | {"author": None, "created": at(4)}
            ],
        ),
    ]
    for table, rows in facts:
        things.save(tx, site, table, rows, at(10))
    for name, members in (("shop team", ["acc-3", "acc-9"]), ("nobody", [])):
        groups.keep(tx, site, name, members, at(10))
    for key, kind in (("WEB", "software"), ("API", "business")):
        led = {"kind": kind, "lead": "acc-1" if key == "WEB" else "acc-3", "category": "Shops"}
        tx.execute(tables.projects.update().where(tables.projects.c.key == key).values(**led))
    comments = [("1", "1", adf("Reviewed it")), ("2", "10", "Looks\ngood"), ("3", "10", "deleted words")]
    save_comments(
        tx,
        site,
        [
            {"id": each, "issue_id": issue, "author": "acc-1", "created": at(4), "updated": at(4)}
            | {"body": body}
            for each, issue, body in comments
        ],
    )
    bury_comments(tx, site, {"3": at(5)})
    for each, issue, author, started, comment in (
        ("1", "2", "acc-1", at(5, 9), adf("We paired")),
        ("2", "10", "acc-3", at(5, 23), None),  # the sixth in Berlin
    ):
        tx.execute(
            jira_tables.worklogs.insert().values(
                site_id=site.id, id=each, issue_id=issue, author=author, started=started, seconds=60
            ),
            {"updated": at(6), "comment": comment},
        )
    return site


EPIC_LINK = "customfield_10014"


def hiding(tx: Connection) -> Site:
    """WEB-1 has a security level, and the others say more of it; see `jql_cases.hidden`."""
    site = surrounded(tx)
    epic_link = {"id": EPIC_LINK, "name": "Epic Link", "custom": True}
    kind = {"schema": {"type": "any", "custom": "com.pyxis.greenhopper.jira:gh-epic-link"}}
    known = SiteFields(SPRINT, None, epic_link=EPIC_LINK)
    sites.replace_fields(tx, site.id, (*FIELDS, {**epic_link, **kind}), known)
    site = sites.get_site(tx, site.name)
    one, two = {"id": "1", "key": "WEB-1"}, {"id": "2", "key": "WEB-2"}
    for number, record in (
        ("1", {**ONE, "security": {"id": "9", "name": "Secret"}}),
        ("2", {**TWO, "parent": one, EPIC_LINK: "WEB-10"}),
        ("10", {**TEN, "parent": two, EPIC_LINK: "OLD-1"}),
    ):
        read = read_issue({"id": number, "key": f"WEB-{number}", "fields": record}, site.fields)
        assert read is not None
        issues.save_issues(tx, site, [read], history_complete=True)
    tx.execute(jira_tables.old_keys.insert().values(site_id=site.id, issue_id="1", key="OLD-1", until=at(1)))
    told = {
        "2": [
            Change(20, 0, at(5), "parent", None, None, "1", "WEB-1", "acc-9"),
            Change(21, 0, at(6), EPIC_LINK, "1", "OLD-1", "10", "WEB-10", "acc-9"),
            Change(22, 0, at(7), "issuelinks", None, None, "WEB-1", "This is blocked by WEB-1", "acc-9"),
            Change(23, 0, at(8), "labels", None, None, None, "red", None),  # by whoever was not signed in
        ],
        "10": [
            Change(30, 0, at(5), EPIC_LINK, None, None, "1", "WEB-1", "acc-9"),
            Change(31, 0, at(6), "Epic Child", "1", "WEB-1", None, None, "acc-9"),
        ],
    }
    issues.save_changes(tx, site, told, final=True)
    link = {"id": "3", "type_id": "2", "source_id": "10", "target_id": "77"}
    things.save(tx, site, jira_tables.issue_links, [link], at(10))
    limited = {"comment": "Overtime", "limited": True}
    tx.execute(jira_tables.worklogs.update().where(jira_tables.worklogs.c.id == "2").values(**limited))
    return site


def adf(text: str) -> dict[str, Any]:
    return {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}]}
