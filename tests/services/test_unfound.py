"""Values of a query that nothing has or ever had are warned of, with their place and what is like them."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection

from app.domain.scrum.from_jira import read_issue
from app.domain.scrum.issue import Change
from app.services.jql import UTC_ZONE, answer, warnings_of
from app.store import issues, jira_tables, restricted, tables
from app.store.database import Database
from app.store.sites import Site
from tests.store import jql_world
from tests.store.jql_world import NOW, at_day


def a_world(tx: Connection) -> Site:
    """Forty issues by chance, lists of people, versions and components, and one issue with a past."""
    site = jql_world.make_site(tx)
    jql_world.fill(tx, site, Random(3), 40)
    mortal: dict[str, Any] = {"site_id": site.id, "heard_at": NOW}
    for account, name in jql_world.PEOPLE.items():
        person = {"account_id": account, "name": name, "active": True, **mortal}
        tx.execute(jira_tables.users.insert().values(person))
    version = {"id": "73", "name": "Next Spring", "project_id": "100", "released": False, "archived": False}
    tx.execute(jira_tables.versions.insert().values(**version, description="", **mortal))
    component = {"id": "33", "name": "Checkout", "project_id": "100"}
    tx.execute(jira_tables.components.insert().values(**component, **mortal))
    fields = {
        "project": {"id": "100", "key": "WEB"},
        "summary": "An old one",
        "issuetype": {"id": "10", "name": "Bug"},
        "status": {"id": "5", "name": "Done"},
        "labels": ["forgotten"],
        "created": at_day(1).isoformat(),
        "updated": at_day(2).isoformat(),
    }
    record = read_issue({"id": "5000", "key": "WEB-5000", "fields": fields}, site.fields)
    assert record is not None
    issues.save_issues(tx, site, [record], history_complete=True)
    moves = [
        Change(9001, 0, at_day(1), "status", "77", "Waiting", "5", "Done", "acc-1"),
        Change(9002, 0, at_day(2), "Key", None, "API-900", None, "WEB-5000", "acc-1"),
        Change(9003, 0, at_day(2), "Fix Version", "70", "0.9", None, None, "acc-gone"),
        Change(9004, 0, at_day(2), "assignee", "acc-gone", "Gone Girl", None, None, "acc-gone"),
    ]
    issues.save_changes(tx, site, {"5000": moves}, final=True)
    return site


KNOWN = [
    "assignee = 'jane doe' AND reporter = acc-2 AND creator in ('Émile Zola', currentUser())",
    "assignee WAS 'Gone Girl'",
    "assignee = 'Gone Girl'",  # who was there once: the present may have nobody
    "status WAS Waiting OR status CHANGED FROM 77",
    "status CHANGED TO Done BY Bob",
    "fixVersion = 'Next Spring' OR fixVersion WAS 0.9 OR affectedVersion = 73",
    "component = Checkout OR component IS EMPTY",
    "key = WEB-5000 OR issue in (5000, API-900) OR key = web-1",
    "labels = red AND Team = 'Red Team' AND labels != Forgotten",
    "resolution = Unresolved OR resolution = Fixed",
    "sprint WAS 'Sprint 7' OR sprint in openSprints()",
    "summary ~ nbody AND 'Story Points' = 3 AND created > -1w",
    "statusCategory = Done AND Place = 'nowhere'",
]
UNFOUND = [
    ("assignee = Jnae", 11, "Nobody is called Jnae in the store, so nothing matches it."),
    ("assignee in (Bob, 'Jane Do')", 18, "Did you mean Jane Doe?"),
    ("assignee = Jaen", 11, "Did you mean Jane Doe?"),
    ("NOT reporter != Bobb", 16, "Did you mean Bob?"),
    ("status WAS Dnoe", 11, "No status is or was called Dnoe in the store, so nothing matches it. Did you"),
    ("status WAS NOT IN (Done, Dnoe)", 25, "Did you mean Done?"),
    ("project = WEB AND\n status CHANGED TO Dnoe", 37, "Did you mean Done?"),
    ("status CHANGED FROM Dnoe BY Bobb", 28, "Did you mean Bob?"),
    ("status CHANGED BY nobody", 18, "Nobody is called nobody"),
    ("issue in updatedBy(Bobb)", 19, "Did you mean Bob?"),
    ("worklogAuthor = Bobb", 16, "Did you mean Bob?"),
    ("key = NOPE-1", 6, "There is no such issue in the store, nor such a project"),
    ("key = WBE-1", 6, "Did you mean WEB?"),
    ("issue in (WEB-5000, WEB-9999)", 20, "There is no such issue in the store, so nothing matches it."),
    ("key in (WEB-5000, WEB)", 18, "That is no key of an issue, such as ABC-12, so nothing matches it."),
    ("key != ''", 7, "That is no key of an issue"),
    ("id = 987654", 5, "There is no such issue in the store, so nothing matches it."),
    ("parent = WEB-9998", 9, "There is no such issue"),
    ("fixVersion = 'Next Sprng'", 13, "No version is or was called 'Next Sprng'"),
    ("fixVersion = 'Next Sprng'", 13, "Did you mean Next Spring?"),
    ("component = Chekout", 12, "No component is or was called Chekout"),
    ("sprint WAS 'Sprint 77'", 11, "No sprint is or was called 'Sprint 77' in the store"),
    ("labels = forgoten", 9, "No label is or was called forgoten in the store, so nothing matches it."),
    ("Team = 'Rde Team'", 7, "No value of Team is or was called 'Rde Team'"),
]


@pytest.fixture
def world(database: Database) -> Iterator[tuple[Connection, Site]]:
    with database.write() as tx:
        savepoint = tx.begin_nested()
        yield tx, a_world(tx)
        savepoint.rollback()


def test_what_is_or_once_was_is_not_warned_of(world: tuple[Connection, Site]) -> None:
    for query in KNOWN:
        assert [str(each) for each in warnings_of(*world, query, now=NOW)] == [], query


def test_what_never_was_is_warned_of_with_its_place(world: tuple[Connection, Site]) -> None:
    for query, position, said in UNFOUND:
        *_, found = warnings_of(*world, query, now=NOW)
        assert (found.position, said in found.fault) == (position, True), found


def test_it_is_answered_all_the_same_now_and_then(world: tuple[Connection, Site]) -> None:
    for at in (None, at_day(9)):
        said = answer(*world, "key in (WEB-5000, NOPE-1)", now=NOW, zone=UTC_ZONE, at=at)
        assert (said.keys, len(said.warnings)) == (["WEB-5000"], 1)
        # Of labels there is no list: all issues are looked at only where nothing was found.
        for query, number in (("labels in (forgotten, forgoten)", 0), ("labels = forgoten", 1)):
            said = answer(*world, query, now=NOW, zone=UTC_ZONE, at=at)
            assert len(said.warnings) == number, query


def test_of_many_unknown_values_some_are_told(world: tuple[Connection, Site]) -> None:
    query = f"key in ({', '.join(f'NOPE-{number}' for number in range(1, 999))})"
    assert len(warnings_of(*world, query, now=NOW)) == 20


HIDDEN_AND_NEVER = [
    ("key = WEB-5000", "key = WEB-5999"),
    ("key = api-900", "key = api-999"),
    ("issue in (5000)", "issue in (5999)"),
    ("parent = 'WEB-5000'", "parent = 'WEB-5999'"),
    ("parent WAS WEB-5000", "parent WAS WEB-5999"),
    ("assignee = WEB-5000", "assignee = WEB-5999"),
    ("labels = forgotten", "labels = forgoooot"),
    ("status WAS Waiting", "status WAS Wafting"),
    ("status CHANGED FROM Waiting", "status CHANGED FROM Wafting"),
    ("fixVersion WAS 0.9", "fixVersion WAS 0.8"),
    ("assignee WAS acc-gone", "assignee WAS acc-none"),
]


def test_a_hidden_issue_is_warned_of_as_one_that_never_was(world: tuple[Connection, Site]) -> None:
    tx, site = world
    own = tables.issues.c.id == "5000"
    tx.execute(tables.issues.update().where(own).values(security_id="1"))
    unseen = restricted.all_of(tx, site.id)
    for pair in HIDDEN_AND_NEVER:
        said = []
        for query in pair:
            found = answer(tx, site, query, now=NOW, zone=UTC_ZONE, hidden=unseen)
            assert found.keys == []
            word = query.rpartition(" ")[2].strip("()")
            said.append([(each.position, each.fault.replace(word, "…")) for each in found.warnings])
        assert said[0] == said[1], pair
        assert len(said[0]) == 1, pair
