"""What queries mean: one table of cases, asked of the store and, issue by issue, in memory."""

from typing import Any

import pytest
from sqlalchemy import Connection, Table

from app.domain.jql.check import plan
from app.domain.jql.errors import JqlNotUnderstood, JqlRefused
from app.domain.jql.memory import matches
from app.domain.jql.order import in_order
from app.domain.jql.parser import parse
from app.domain.scrum.from_jira import read_issue
from app.domain.scrum.issue import Change
from app.services.jql import search
from app.store import groups, issues, jira_tables, jql, jql_facts, tables, things
from app.store.database import Database
from app.store.sites import Site
from tests.store.jql_world import BERLIN, NOW, PLACE, POINTS, SPRINT, TEAM, make_site, the_catalogue
from tests.store.jql_world import at_day as at

JANE, BOB = {"accountId": "acc-1", "displayName": "Jane Doe"}, {"accountId": "acc-3", "displayName": "Bob"}
ONE: dict[str, Any] = {
    "summary": "Pay the invoice by card",
    "description": "error in login_page",
    "issuetype": {"id": "10", "name": "Bug"},
    "status": {"id": "5", "name": "Done"},
    "assignee": JANE,
    "creator": BOB,
    "priority": {"id": "2", "name": "High"},
    "labels": ["red", "blue"],
    "fixVersions": [{"id": "72", "name": "2.0"}],
    "duedate": "2026-03-11",
    "created": at(1).isoformat(),
    "updated": at(10).isoformat(),
    SPRINT: [{"id": 8, "name": "Sprint 8"}],
    POINTS: 5,
    TEAM: {"id": "55", "value": "Red Team"},
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
    "summary": "Nothing to pay",
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

CASES = [
    # empty fields are no match of != and NOT IN, nor of their negations
    ("assignee = acc-1", "1"),
    ("assignee != acc-1", "10"),
    ("not assignee = acc-1", "10"),
    ("assignee not in (acc-1)", "10"),
    ("assignee is empty", "2"),
    ("assignee in (acc-1, empty)", "2 1"),
    ("not assignee in (acc-1, empty)", "10"),
    ("not (assignee = acc-1 or priority = Low)", ""),
    ("assignee = currentUser()", "1"),
    ("labels != blue", "2"),
    ("labels = RED", "2 1"),
    ("labels is not null", "2 1"),
    ("Team = 'red team' or cf[10003] = 55", "1"),
    # Atlassian's examples of cascadeOption()
    ("Place in cascadeOption(USA, 'New York')", "1"),
    ("Place in cascadeOption(usa)", "2 1"),
    ("Place in cascadeOption(USA, none)", "2"),
    ("Place in cascadeOption(none)", "10"),
    ("Place in cascadeOption('\"none\"')", ""),
    ("Place not in cascadeOption(USA, 'New York')", "2"),
    ("Place not in cascadeOption(USA)", ""),
    ("Place not in cascadeOption(USA, none)", "1"),
    ("Place not in cascadeOption(none)", "2 1"),
    ("Place in (cascadeOption(1, 2), empty)", "10 1"),
    ("Place = 'New York'", "1"),
    ("Place != 'New York'", "2"),
    ("Place is empty", "10"),
    # names, keys and ids
    ("status = Done", "1"),
    ("status in ('to do', 3)", "10 2"),
    ("statusCategory = done", "1"),
    ("statusCategory != done", "10 2"),
    ("project = WEB and type = bug", "1"),
    ("project = 'Project API'", ""),
    ("key in (web-1, WEB-10)", "10 1"),
    ("id = 2", "2"),
    ("resolution = Unresolved", "10 2 1"),
    ("sprint in openSprints()", "1"),
    ("sprint = 8 and sprint = 'Sprint 8'", "1"),
    ("sprint in closedSprints()", ""),
    # numbers and dates
    ("'Story Points' > 5", "10"),
    # "Find all issues that have 12 or more votes", and the like; "votes is not empty": one or more of them
    ("votes >= 3", "1"),
    ("votes in (0, 3)", "2 1"),
    ("votes != 3", "2"),
    ("votes is not empty", "1"),
    ("votes is empty", "2"),
    ("watchers > 3", "2"),
    ("order by watchers", "10 2 1"),
    ("order by votes asc", "2 1 10"),
    # a work ratio of -1 is none
    ("workRatio < 90", "1"),
    ("workRatio is empty", "10 2"),
    ("'Story Points' >= 5", "10 1"),
    ("'Story Points' != 5", "10"),
    ("not 'Story Points' > 5", "1"),
    ("due <= now()", "1"),
    ("due = '2026-03-11'", "1"),
    ("due > endOfDay()", "10"),
    ("created >= '2026-03-02 13:00' and created < '2026-03-03'", "2"),
    ("created < -9d", "1"),
    ("updated > -36h", "1"),
    # in quotes a number is minutes, without epoch milliseconds
    ("updated > '-1440'", ""),
    ("updated > '-1441'", "1"),
    ("updated > -1441", "10 2 1"),
    ("created < 1772452800001 and created > '1772366400000'", "2"),
    # of several values the smallest counts
    ("labels is not empty order by labels asc", "1 2"),
    ("labels is not empty order by labels desc", "2 1"),
    # text
    ("summary ~ invoice", "2 1"),
    ("summary ~ 'invoice*'", "2 1"),
    ("summary ~ 'card pay'", "1"),
    ("summary ~ '\"pay the invoice\"'", "1"),
    ("summary ~ '\"card pay\"'", ""),
    ("summary ~ the", ""),
    ("summary !~ the", "10 2 1"),
    ("summary ~ 'nothing OR late'", "10 2"),
    ("summary ~ 'invoces~'", "2 1"),
    ("summary ~ '\"invoice pay\"~3' and text ~ '[log TO logx]'", "1"),
    ("summary ~ '*ing'", "10"),
    ("not summary ~ pay and summary ~ 'LATE AND -pay'", "2"),
    ("description ~ error or (type = story and summary ~ late)", "2 1"),
    ("summary ~ 'pay -card'", "10"),
    ("summary !~ pay", "2"),
    ("description !~ pay", "1"),
    ("text ~ LOGIN_PAGE", "1"),
    # history
    ("status was 'In Progress'", "10 1"),
    ("status was not 'In Progress'", "2"),
    ("status was 'In Progress' by acc-3", "10"),
    ("status was 'In Progress' before '2026-03-05'", "1"),
    ("status was 'In Progress' on '2026-03-05'", "1"),
    ("status was 'In Progress' on '2026-03-07'", ""),
    ("status was 'To Do' by currentUser()", "10 2"),
    ("status was 'To Do' after '2026-03-08'", "10 2"),
    ("status was in (Done, 'In Progress') during ('2026-03-05', '2026-03-06')", "1"),
    ("assignee was Bob", "10 1"),
    ("assignee was empty", "2"),
    ("fixVersion was 71", "1"),
    ("fixVersion was '1.0' after '2026-03-09'", ""),
    ("sprint was 7 on '2026-03-09'", "1"),
    ("sprint was 'Sprint 8' before '2026-03-09'", ""),
    ("status was Abolished", ""),
    ("status changed", "10 1"),
    ("not status changed", "2"),
    ("status changed from 'To Do' to Done", ""),
    ("status changed to Done by acc-3 after '2026-03-05'", "1"),
    ("status changed on '2026-03-09'", "10"),
    ("'Story Points' changed from 3", "1"),
    ("'Story Points' was 3", "1"),
    ("'Story Points' was 8", "10"),
    ("'Story Points' was empty", "2"),
    ("due was '2026/03/11'", "1"),
    ("resolution was unresolved", "10 2 1"),
    ("resolution was not Unresolved", ""),
    ("resolution changed from unresolved", ""),
    ("summary was 'pay the invoice by card'", "1"),
    # names of fields, and of their values
    ("'Story Points[Number]' > 5", "10"),
    ("'Team[Dropdown]' = 'red team'", "1"),
    ("'cf[10003]' = 55", "1"),
    ("Team in choiceOption('Red Team', 56)", "1"),
    ("space = web and workType = story", "10 2"),
    ("'Epic Link' is not empty", ""),
    ("statusCategory = complete", "1"),
    ("statusCategory = 'No Category'", ""),
    ("not statusCategory = undefined", "10 2 1"),
    ("key = old-7", "2"),
    ("key not in (OLD-7, WEB-1)", "10"),
    # keys are compared within their project
    ("key > WEB-1", "10 2"),
    ("issuekey >= web-2 and key <= 'WEB-10'", "10 2"),
    ("key < API-100", ""),
    ("not key < WEB-10", "10"),
    ("assignee changed to acc-1 during ('2026-03-07', '2026-03-08')", "1"),
    # order
    ("order by key", "1 2 10"),
    ("order by key desc", "10 2 1"),
    ("priority is not empty order by priority desc", "1 10"),
    ("priority is not empty order by priority asc", "10 1"),
    ("priority is not empty order by priority", "1 10"),
    ("order by created", "10 2 1"),
    ("order by created asc", "1 2 10"),
    ("order by updated", "1 10 2"),
    ("order by due", "1 10 2"),
    ("order by due desc", "2 10 1"),
    ("order by type asc, 'Story Points' desc", "1 2 10"),
    ("order by assignee, created desc", "10 1 2"),
    ("order by status", "2 10 1"),
    ("order by status desc", "1 10 2"),
    ("order by statusCategory desc, key", "1 10 2"),
    ("order by project, key", "1 2 10"),
]
# What stands around issues: see `surrounded`.
AROUND = [
    ("assignee in membersOf('Shop Team')", "10"),
    ("assignee not in membersOf('shop team')", "1"),
    ("assignee in (membersOf('shop team'), empty)", "10 2"),
    ("worklogAuthor in membersOf('shop team')", "10"),
    ("status changed by membersOf('shop team')", "10 1"),
    ("assignee in membersOf(nobody)", ""),
    ("assignee not in membersOf(nobody)", "10 1"),
    ("issue in updatedBy('jane doe')", "10 2 1"),
    ("issue in updatedBy(acc-3)", "10 1"),
    ("key not in updatedBy(acc-3)", "2"),
    ("issuekey in updatedBy(acc-3, '2026/03/06')", "10 1"),
    ("issuekey in updatedBy(acc-3, '2026-03-07', '2026-03-08')", ""),
    ("issuekey in updatedBy(acc-3, '2026-03-09', '2026-03-09')", "10"),
    ("id in updatedBy(acc-1, '2026-03-04', '2026-03-04')", "10 1"),
    ("id in updatedBy(acc-1, '-1h')", "1"),
    ("id in updatedBy(acc-1, '-1d') and id not in updatedBy(acc-3, '-8d')", ""),
    ("id in updatedBy(nobody)", ""),
    ("fixVersion < '2.0'", ""),
    ("fixVersion <= 2.0", "1"),
    ("fixVersion > 0.9", "1"),
    ("fixVersion ~ '2*'", "1"),
    ("fixVersion ~ '?.?'", "1"),
    ("fixVersion !~ '1.*'", "1"),
    ("fixVersion ~ nothing", ""),
    ("order by fixVersion, key", "1 2 10"),
    ("resolution > Fixed", ""),
    ("resolution <= Fixed", "2"),
    ("order by resolution, key", "2 1 10"),
    ("category = shops", "10 2 1"),
    ("category != shops", ""),
    ("category is empty", ""),
    ("key in childIssuesOf(WEB-1)", "10 2"),
    ("key in childIssuesOf(web-2)", "10"),
    ("issue in parentEpic(WEB-1, WEB-10)", "10 2"),
    ("parentEpic = WEB-1", "10 2"),
    ("parentEpic != WEB-1", "1"),
    ("linkedWorkItem in (WEB-2, web-10)", "10"),
    ("parentEpic = WEB-10", ""),
    ("space in spacesLeadByUser()", "10 2 1"),
    ("key not in portfolioChildIssuesOf(2)", "2 1"),
    ("issueLinkType is empty", ""),
    ("issueLinkType is not empty", "10 2 1"),
    ("issueLinkType = Relates", "10 1"),
    ("issueLinkType != relates and issueLinkType is empty", ""),
    ("assignee changed by 'jane doe'", "1"),
    ("type = STORY and priority = low and resolution was Abolished", ""),
    ("type = 11 and priority in (3, empty)", "10 2"),
    ("status was 'In Progress' by Bob", "10"),
    ("fixVersion in releasedVersions()", "1"),
    ("fixVersion in releasedVersions(WEB, API)", "1"),
    ("fixVersion in releasedVersions('Project API')", ""),
    ("fixVersion in unreleasedVersions(web)", ""),
    ("fixVersion not in unreleasedVersions()", "1"),
    ("fixVersion = latestReleasedVersion(WEB)", "1"),
    ("fixVersion = earliestUnreleasedVersion(WEB)", ""),
    ("fixVersion was earliestUnreleasedVersion(WEB)", "1"),
    ("project in projectsLeadByUser()", "10 2 1"),
    ("project in projectsLeadByUser(Bob)", ""),
    ("component in componentsLeadByUser('jane doe')", "2"),
    ("component in componentsLeadByUser(acc-3)", ""),
    ("type in standardIssueTypes()", "10 2"),
    ("type in subtaskIssueTypes()", "1"),
    ("hierarchyLevel = 0", "10 2"),
    ("hierarchyLevel < 0", "1"),
    ("hierarchyLevel in (-1, 0)", "10 2 1"),
    ("not hierarchyLevel = 0", "1"),
    ("projectType = software", "10 2 1"),
    ("projectType != business", "10 2 1"),
    ("priority > Low", "1"),
    ("priority <= High", "10 1"),
    ("priority is not empty order by priority asc", "10 1"),
    ("key in linkedIssues(WEB-1)", "10 2"),
    ("key in linkedIssues(web-1, blocks)", "2"),
    ("key in linkedIssues(WEB-2, 'is blocked by')", "1"),
    ("key in linkedIssues(WEB-2, blocks)", ""),
    ("key not in linkedIssues(WEB-1, blocks)", "10 1"),
    ("issueLinkType = Blocks", "1"),
    ("issueLinkType in ('is blocked by', 'relates to')", "10 2 1"),
    ("issueLinkType != blocks", "10 2"),
    ("attachments is not empty", "1"),
    ("attachments is empty", "10 2"),
    ("comment ~ reviewed", "1"),
    ("comment ~ 'looks good'", "10"),
    ("comment ~ deleted", ""),
    ("comment !~ reviewed", "10"),
    ("text ~ reviewed", "1"),
    ("text ~ 'reviewed card'", ""),
    ("text !~ invoice", "10"),
    ("worklogComment ~ paired", "2"),
    ("worklogAuthor = 'jane doe'", "2"),
    ("worklogAuthor in (acc-1, acc-3)", "10 2"),
    ("worklogAuthor = currentUser() and worklogDate = '2026-03-05'", "2"),
    ("worklogDate = '2026-03-06'", "10"),
    ("worklogDate >= '2026-03-06'", "10"),
    ("worklogDate > '2026-03-05'", "10"),
    ("worklogDate < '2026-03-06'", "2"),
    ("worklogDate != '2026-03-06'", "2"),
    ("worklogDate not in ('2026-03-06', '2026-03-05')", ""),
    ("worklogAuthor != currentUser()", "10"),
    ("not worklogAuthor in (acc-1, acc-2)", "10"),
    ("worklogAuthor is empty", "1"),
    ("worklogAuthor is not empty", "10 2"),
    ("worklogDate <= '2026-03-06'", "10 2"),
]
NOT_AROUND = [
    ("fixVersion = latestReleasedVersion()", "takes 1 arguments"),
    ("fixVersion in releasedVersions(NOPE)", "no project"),
    ("fixVersion = latestReleasedVersion(API)", "archived"),
    ("fixVersion = earliestUnreleasedVersion(API)", "order of these versions"),
    ("key in linkedIssues(WEB-77)", "no issue"),
    ("key in childIssuesOf(WEB-77)", "no issue"),
    ("parentEpic = WEB-77", "no issue"),
    ("type = Bogus", "no issue type Bogus"),
    ("type in (Bug, Storry)", "Did you mean Story"),
    ("priority = Hihg", "Did you mean High"),
    ("issue = updatedBy(acc-1)", "stands behind"),
    ("issue in (updatedBy(acc-1), WEB-1)", "not in a list"),
    ("assignee in updatedBy(acc-1)", "stands behind"),
    ("issue in updatedBy(acc-1, soon)", "soon is no day"),
    ("issue in updatedBy()", "takes a user"),
    ("assignee = 'bob@example.com'", "E-mail addresses are not held"),
    ("'Epic Link' = Jupiter", "names of epics are not looked up"),
    ("resolution = Nope", "no resolution"),
    ("parentEpic is empty", "does not support IS"),
    ("fixVersion < 9.9", "no version"),
    ("fixVersion < b", "order of these versions"),
    ("resolution > Broken", "There are: Fixed, Done"),
    ("category = Others", "There are: shops"),
    ("id > 1", "write one, such as ABC-12"),
    ("key > NOPE-1", "no project"),
    ("key in linkedIssues(WEB-1, Blocks)", "Did you mean"),
    ("issueLinkType = duplicates", "There are: blocks"),
    ("projectType = movies", "There are: business, software"),
    ("comment = x", "does not support"),
    ("comment is empty", "does not support"),
    ("worklogAuthor > acc-1", "does not support >"),
    ("worklogDate is empty", "does not support IS"),
    ("worklogDate was '2026-03-05'", "does not support"),
    ("attachments = x", "does not support"),
    ("order by attachments", "sorted"),
]
AS_OF = [
    ("status = 'To Do' order by key", at(3), "1 2 10"),
    ("status = 'In Progress'", at(5), "1"),
    ("status was 'In Progress'", at(3, 15), ""),
    ("assignee = Bob and fixVersion = 1.0 and 'Story Points' = 3", at(5), "1"),
    ("sprint = 7", at(9), "1"),
    ("sprint = 7", at(10), ""),
    ("created <= now()", at(2), "2 1"),
    ("updated < '2026-03-05'", at(5), "10 2 1"),
]


def keys(numbers: str) -> list[str]:
    return [f"WEB-{number}" for number in numbers.split()]


def filled(tx: Connection) -> Site:
    site = make_site(tx)
    for number, fields in (("1", ONE), ("2", TWO), ("10", TEN)):
        record = read_issue({"id": number, "key": f"WEB-{number}", "fields": fields}, site.fields)
        assert record is not None
        issues.save_issues(tx, site, [record], history_complete=True)
    issues.save_changes(tx, site, HISTORY, final=True)
    return site


def test_the_store_and_memory_answer_as_jira_does(database: Database) -> None:
    with database.write() as tx:
        site = filled(tx)
        catalogue, facts = the_catalogue(tx, site), list(jql_facts.all_facts(tx, site))
        for query, numbers in CASES:
            asked = plan(parse(query), catalogue)
            assert jql.search(tx, site, asked) == keys(numbers), query
            found = in_order((one for one in facts if matches(asked.condition, one)), asked.order)
            assert [one.key for one in found] == keys(numbers), query


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
    issues.save_comments(
        tx,
        site,
        [
            {"id": each, "issue_id": issue, "author": "acc-1", "created": at(4), "updated": at(4)}
            | {"body": body}
            for each, issue, body in comments
        ],
    )
    issues.bury_comments(tx, site, {"3": at(5)})
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


def adf(text: str) -> dict[str, Any]:
    return {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}]}


def test_what_stands_around_issues_can_be_asked_for(database: Database) -> None:
    with database.write() as tx:
        site = surrounded(tx)
        facts = list(jql_facts.all_facts(tx, site, around=True))
        for query, numbers in AROUND:
            tree = parse(query)
            known = jql_facts.catalogue(tx, site, now=NOW, zone=BERLIN, account="acc-1", query=tree)
            asked = plan(tree, known)
            assert jql.search(tx, site, asked) == keys(numbers), query
            found = in_order((one for one in facts if matches(asked.condition, one)), asked.order)
            assert [one.key for one in found] == keys(numbers), query


def test_what_jira_does_not_tell_of_them_is_not_guessed(database: Database) -> None:
    with database.write() as tx:
        site = surrounded(tx)
        for query, said in NOT_AROUND:
            with pytest.raises(JqlNotUnderstood, match=said):
                search(tx, site, query, now=NOW, zone=BERLIN, account="acc-1")


def test_a_query_as_of_an_instant_sees_nothing_of_later(database: Database) -> None:
    with database.write() as tx:
        site = filled(tx)
        for query, instant, numbers in AS_OF:
            assert search(tx, site, query, now=NOW, zone=BERLIN, at=instant) == keys(numbers), query
        for query, numbers in CASES:
            if "currentUser" not in query:
                assert search(tx, site, query, now=NOW, zone=BERLIN, at=NOW) == keys(numbers), query


@pytest.mark.parametrize(
    ("query", "error", "said"),
    [
        ("asignee = x", JqlNotUnderstood, "Did you mean assignee"),
        ("status = 'In Progres'", JqlNotUnderstood, "Did you mean In Progress"),
        ("project = NOPE", JqlNotUnderstood, "no project"),
        ("created > startOfWek()", JqlNotUnderstood, "startofweek"),
        ("created > tomorrow", JqlNotUnderstood, "no date"),
        ("created > startOfDay(x)", JqlNotUnderstood, "no increment"),
        ("'Story Points' = many", JqlNotUnderstood, "no number"),
        ("summary = x", JqlNotUnderstood, "searched with ~"),
        ("status ~ x", JqlNotUnderstood, "for texts"),
        ("status > 3", JqlNotUnderstood, "Write = or IN"),
        ("fixVersion > 1.0", JqlRefused, "No versions"),
        ("category is empty", JqlRefused, "no project has a category"),
        ("created was '2026-01-01'", JqlNotUnderstood, "WAS"),
        ("key in linkedIssues(WEB-1)", JqlRefused, "searches of the present"),
        ("comment ~ x", JqlRefused, "has no history"),
        ("key in childIssuesOf(WEB-1)", JqlRefused, "searches of the present"),
        ("fixVersion in releasedVersions()", JqlRefused, "no versions"),
        ("hierarchyLevel = 1", JqlRefused, "levels of all issue types are not known"),
        ("projectType = software", JqlRefused, "types of all projects are not known"),
        ("assignee in membersOf(x)", JqlRefused, "Name the group under `groups`"),
        ("priority > High", JqlRefused, "order of the priorities"),
        ("voter = currentUser()", JqlRefused, "does not hold who voted. How many did is in `votes`."),
        ("filter = 'My bugs' AND key > A-1", JqlRefused, "Put the filter's own query in parentheses"),
        ("Team in cascadeOption(x)", JqlNotUnderstood, "options below them"),
        ("Place = cascadeOption(x)", JqlNotUnderstood, "stands behind IN"),
        ("votes changed", JqlNotUnderstood, "CHANGED"),
        ("issue.property[a].b = 1", JqlRefused, "Properties"),
        ("summary ~ 'pay AND'", JqlNotUnderstood, "missing behind AND"),
        (r"labels = '\ud83d'", JqlRefused, r"U\+D83D"),
        (r"status was in ('\u0000', x)", JqlRefused, r"U\+0000"),
        (r"status changed from '\u0000'", JqlRefused, r"U\+0000"),
        (r"status was x by '\u0000'", JqlRefused, r"U\+0000"),
        ("status changed on '9999-12-31'", JqlNotUnderstood, "years 1 to 9999"),
        ("due > 253402300799999", JqlNotUnderstood, "years 1 to 9999"),
        ("created > --5", JqlNotUnderstood, "no date"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_the_reason(
    database: Database, query: str, error: type[JqlNotUnderstood], said: str
) -> None:
    with database.write() as tx:
        site = make_site(tx)
        with pytest.raises(error, match=said):
            plan(parse(query), the_catalogue(tx, site))
