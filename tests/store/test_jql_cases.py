"""What queries mean: one table of cases, asked of the store and, issue by issue, in memory."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection

from app.domain.jql.check import plan
from app.domain.jql.errors import JqlNotUnderstood, JqlRefused
from app.domain.jql.memory import matches
from app.domain.jql.order import in_order
from app.domain.jql.parser import parse
from app.domain.scrum.from_jira import read_issue
from app.domain.scrum.issue import Change
from app.services.jql import search
from app.store import issues, jql, jql_facts
from app.store.database import Database
from app.store.sites import Site
from tests.store.jql_world import BERLIN, NOW, POINTS, SPRINT, TEAM, make_site, the_catalogue


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


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
}
TWO: dict[str, Any] = {
    "summary": "Invoices are late",
    "issuetype": {"id": "11", "name": "Story"},
    "status": {"id": "1", "name": "To Do"},
    "creator": JANE,
    "labels": ["red"],
    "created": at(2).isoformat(),
    "updated": at(2).isoformat(),
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
    ("'Story Points' >= 5", "10 1"),
    ("'Story Points' != 5", "10"),
    ("not 'Story Points' > 5", "1"),
    ("due <= now()", "1"),
    ("due = '2026-03-11'", "1"),
    ("due > endOfDay()", "10"),
    ("created >= '2026-03-02 13:00' and created < '2026-03-03'", "2"),
    ("created < -9d", "1"),
    ("updated > -36h", "1"),
    # text
    ("summary ~ invoice", "1"),
    ("summary ~ 'invoice*'", "2 1"),
    ("summary ~ 'card pay'", "1"),
    ("summary ~ '\"pay the invoice\"'", "1"),
    ("summary ~ '\"the pay\"'", ""),
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
    ("assignee changed to acc-1 during ('2026-03-07', '2026-03-08')", "1"),
    # order
    ("order by key", "1 2 10"),
    ("order by key desc", "10 2 1"),
    ("priority is not empty order by priority desc", "1 10"),
    ("priority is not empty order by priority", "10 1"),
    ("order by due", "1 10 2"),
    ("order by due desc", "2 10 1"),
    ("order by type asc, 'Story Points' desc", "1 2 10"),
    ("order by assignee, created desc", "10 1 2"),
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
        ("created was '2026-01-01'", JqlNotUnderstood, "WAS"),
        ("key in linkedIssues(WEB-1)", JqlRefused, "relations between issues"),
        ("assignee in membersOf(x)", JqlRefused, "groups"),
        ("priority > High", JqlRefused, "order of the priorities"),
        ("votes > 3", JqlRefused, "votes"),
        ("issue.property[a].b = 1", JqlRefused, "Properties"),
        ("summary ~ 'pay~2'", JqlRefused, "fuzzy"),
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
