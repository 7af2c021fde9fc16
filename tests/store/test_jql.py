"""Both interpreters of JQL and both databases mean the same."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.jql.check import plan
from app.domain.jql.memory import matches
from app.domain.jql.order import in_order
from app.domain.jql.parser import parse
from app.store import jql, jql_facts, jql_history, jql_texts, jql_words, text_words
from app.store.database import Database
from tests.store import jql_world

ISSUES, QUERIES = 60, 25  # times the examples: 22,500 combinations on each database


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32))
def test_memory_and_sql_agree_on_random_queries_issues_and_histories(database: Database, seed: int) -> None:
    random = Random(seed)
    with database.write() as tx:
        savepoint = tx.begin_nested()
        site = jql_world.make_site(tx)
        jql_world.fill(tx, site, random, ISSUES)
        text_words.index_some(tx, site.id, limit=random.choice([0, 15, ISSUES]))
        facts = list(jql_facts.all_facts(tx, site))
        known = jql_world.the_catalogue(tx, site)
        for _ in range(QUERIES):
            query = jql_world.a_query(random) + jql_world.an_order(random)
            asked = plan(parse(query), known)
            expected = [issue.key for issue in facts if matches(asked.condition, issue)]
            ordered = in_order((issue for issue in facts if issue.key in set(expected)), asked.order)
            with pytest.MonkeyPatch.context() as changed:
                # As on a site with many issues or changes, and as on one with few.
                changed.setattr(jql, "_SOME", random.choice([0, 10_000]))
                changed.setattr(jql_history, "_MANY", random.choice([0, 150_000]))
                changed.setattr(jql_texts, "_MOST_FOUND", random.choice([5, 20_000]))
                changed.setattr(jql_words, "_MOST_PENDING", random.choice([0, 1_000]))
                assert jql.search(tx, site, asked) == [issue.key for issue in ordered], query
        savepoint.rollback()
