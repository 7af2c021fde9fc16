"""What a query found a while ago, worked out from what the store holds now and from what changed since."""

from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.scrum.issue import Gone
from app.services import jql
from app.services.past import Issues, Past, keys_at
from app.store import jql_facts, presence
from app.store.database import Database
from tests.store import jql_world
from tests.store.jql_issues import surrounded
from tests.store.jql_world import NOW, at_day

ISSUES, QUERIES = 40, 20  # times the examples: 8,000 combinations on each database


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_it_finds_what_taking_back_the_changes_of_all_issues_finds(database: Database, seed: int) -> None:
    random = Random(seed)
    with database.write() as tx:
        savepoint = tx.begin_nested()
        site = replace(jql_world.make_site(tx), account_id="acc-1")
        jql_world.fill(tx, site, random, ISSUES)
        issues = Issues(tx, site, jql.subjects_of(jql_world.the_catalogue(tx, site)))
        every = len(list(jql_facts.all_facts(tx, site)))
        changed = set[int]()
        for _ in range(QUERIES):
            query = jql_world.a_query(random) + jql_world.an_order(random)
            at = NOW - random.choice([timedelta(0), timedelta(days=1), timedelta(days=50)]) * random.random()
            then = jql.search(tx, site, query, now=at, zone=jql.UTC_ZONE, account="acc-1", at=at)
            assert keys_at(issues, query, at) == then, (query, at)
            changed.add(len(issues.get(issues.changed_since(at))))
        assert min(changed) < every / 2, "most of them are not read"
        savepoint.rollback()


def test_a_late_rule_and_a_replay_act_on_nothing_that_is_gone(database: Database) -> None:
    """Whoever searches as of an instant finds it; see `search`."""
    at = NOW - timedelta(days=1)
    with database.write() as tx:
        site = surrounded(tx)
        issues = Issues(tx, site, jql.subjects_of(jql_world.the_catalogue(tx, site)))
        presence.bury(tx, site, {"1": NOW}, reason=Gone.DELETED)
        assert "WEB-1" in jql.search(tx, site, "created > -9999d", now=at, zone=jql.UTC_ZONE, at=at)
        for query in ("created > -9999d", "created > -9999d AND (sprint IS EMPTY OR sprint IS NOT EMPTY)"):
            for is_live in (True, False):
                found = Past(issues, at, is_live=is_live).found(query, 99)
                assert [one.key for one in found if one.key == "WEB-1"] == [], (query, is_live)


def test_what_has_no_history_is_as_it_is_now(database: Database) -> None:
    """As of an instant such a question is refused; a rule that is late is still answered."""
    with database.write() as tx:
        site = surrounded(tx)
        issues = Issues(tx, site, jql.subjects_of(jql_world.the_catalogue(tx, site)))
        query = "comment ~ reviewed"
        now = jql.search(tx, site, query, now=NOW, zone=jql.UTC_ZONE)
        assert now
        assert keys_at(issues, query, at_day(1)) == now
