"""What queries mean: tables of cases, asked of the store and, issue by issue, in memory."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Connection

from app.domain.jql.check import plan
from app.domain.jql.errors import JqlNotUnderstood
from app.domain.jql.memory import matches
from app.domain.jql.order import in_order
from app.domain.jql.parser import parse
from app.domain.jql.unseen import without
from app.domain.scrum.issue import Change, Gone
from app.services.jql import search
from app.store import issues, jql, jql_facts, presence, restricted, text_words
from app.store.database import Database
from app.store.sites import Site
from tests.store.jql_cases import around, fields, hidden, history, order, refused, texts
from tests.store.jql_issues import filled, hiding, surrounded
from tests.store.jql_world import BERLIN, NOW, POINTS, at_day, make_site, the_catalogue

HOUR = timedelta(hours=1)


def index(tx: Connection, site: Site) -> None:
    """The words of all texts."""
    while text_words.index_some(tx, site.id, limit=2):
        pass


CASES = [*fields.CASES, *texts.CASES, *history.CASES, *order.CASES]


def keys(numbers: str) -> list[str]:
    return [f"WEB-{number}" for number in numbers.split()]


@pytest.mark.parametrize("has_index", [False, True])
def test_the_store_and_memory_answer_as_jira_does(database: Database, has_index: bool) -> None:
    with database.write() as tx:
        site = filled(tx)
        if has_index:
            index(tx, site)
        catalogue, facts = the_catalogue(tx, site), list(jql_facts.all_facts(tx, site))
        for query, numbers in CASES:
            asked = plan(parse(query), catalogue)
            assert jql.search(tx, site, asked) == keys(numbers), query
            found = in_order((one for one in facts if matches(asked.condition, one)), asked.order)
            assert [one.key for one in found] == keys(numbers), query


@pytest.mark.parametrize("has_index", [False, True])
def test_what_stands_around_issues_can_be_asked_for(database: Database, has_index: bool) -> None:
    with database.write() as tx:
        site = surrounded(tx)
        if has_index:
            index(tx, site)
        facts = list(jql_facts.all_facts(tx, site, around=True))
        for query, numbers in around.CASES:
            tree = parse(query)
            known = jql_facts.catalogue(tx, site, now=NOW, zone=BERLIN, account="acc-1", query=tree)
            asked = plan(tree, known)
            assert jql.search(tx, site, asked) == keys(numbers), query
            found = in_order((one for one in facts if matches(asked.condition, one)), asked.order)
            assert [one.key for one in found] == keys(numbers), query


def test_others_tell_nobody_of_an_issue_that_is_not_there_for_them(database: Database) -> None:
    with database.write() as tx:
        site = hiding(tx)
        away = restricted.all_of(tx, site.id)
        facts = list(jql_facts.all_facts(tx, site, around=True, hidden=away))
        for query, every, seen in hidden.CASES:
            asked = partial(search, tx, site, query, now=NOW, zone=BERLIN, account="acc-1")
            assert asked() == keys(every), query
            assert asked(hidden=away) == keys(seen), query
            tree = without(parse(query), away.names, away.ids)
            known = jql_facts.catalogue(tx, site, now=NOW, zone=BERLIN, query=tree, hidden=away.ids)
            planned = plan(tree, known)
            found = in_order((one for one in facts if matches(planned.condition, one)), planned.order)
            assert [one.key for one in found] == keys(seen), query
        for query, at, every, seen in hidden.AS_OF:
            asked = partial(search, tx, site, query, now=NOW, zone=BERLIN, account="acc-1", at=at)
            assert (asked(), asked(hidden=away)) == (keys(every), keys(seen)), query


def test_what_jira_does_not_tell_of_them_is_not_guessed(database: Database) -> None:
    with database.write() as tx:
        site = surrounded(tx)
        for query, said in around.REFUSED:
            with pytest.raises(JqlNotUnderstood, match=said):
                search(tx, site, query, now=NOW, zone=BERLIN, account="acc-1")


def test_a_query_as_of_an_instant_sees_nothing_of_later(database: Database) -> None:
    with database.write() as tx:
        site = filled(tx)
        for query, instant, numbers in history.AS_OF:
            assert search(tx, site, query, now=NOW, zone=BERLIN, at=instant) == keys(numbers), query
        for query, numbers in CASES:
            if "currentUser" not in query:
                assert search(tx, site, query, now=NOW, zone=BERLIN, at=NOW) == keys(numbers), query


@pytest.mark.parametrize("reason", list(Gone))
def test_an_issue_that_went_since_was_there_unless_it_is_hidden_from_us(
    database: Database, reason: Gone
) -> None:
    with database.write() as tx:
        site = filled(tx)
        presence.bury(tx, site, {"1": NOW}, reason=reason)
        found = partial(search, tx, site, "key = WEB-1", now=NOW, zone=BERLIN)
        assert found(at=NOW - HOUR) == ([] if reason is Gone.HIDDEN else ["WEB-1"])
        assert found(at=NOW + HOUR) == found() == []


def test_words_in_a_history_of_numbers_are_no_numbers(database: Database) -> None:
    """A field that once held text, or whatever an import wrote: such times are those of an empty field."""
    past = (("Infinity", "nan"), ("NaN", "1_000"), ("1_000", "1e999999999"), ("1e999999999", "3"))
    changes = [
        Change(50 + day, 0, at_day(day), POINTS, None, before, None, after, "acc-1")
        for day, (before, after) in enumerate(past, 2)
    ]
    with database.write() as tx:
        site = filled(tx)
        issues.save_changes(tx, site, {"1": changes}, final=True)
        for day in range(1, 8):
            found = search(
                tx, site, "'Story Points' > 2", now=NOW, zone=BERLIN, at=at_day(day, 13), account="acc-1"
            )
            assert ("WEB-1" in found) == (day >= 5), day


@pytest.mark.parametrize(("query", "error", "said"), refused.CASES)
def test_what_cannot_be_answered_is_refused_with_the_reason(
    database: Database, query: str, error: type[JqlNotUnderstood], said: str
) -> None:
    with database.write() as tx:
        site = make_site(tx)
        with pytest.raises(error, match=said):
            plan(parse(query), the_catalogue(tx, site))
