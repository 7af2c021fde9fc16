"""Which rules are asked of an event, and with which names of the site."""

import pytest

from app.domain.jql.check import plan
from app.domain.jql.memory import Facts, matches
from app.domain.jql.parser import parse
from app.domain.rules.errors import RuleNotUnderstood
from app.domain.rules.event import changed, created
from app.domain.rules.reading import read
from app.domain.rules.triggers import Active, Index
from app.domain.scrum.issue import ASSIGNEE, STATUS, Change
from app.services.rules import understood
from app.services.ruling import RuleBook, ground_of
from app.store import sites, tables
from app.store.database import Database
from tests.factories import day
from tests.jobs.ruled import STATUSES
from tests.stores import a_site


def _index(*triggers: dict[str, object]) -> Index:
    documents = [
        {"name": "r", "projects": ["BURN"], "trigger": one, "actions": [{"type": "log", "text": "x"}]}
        for one in triggers
    ]
    return Index(Active(number, 1, read(one)) for number, one in enumerate(documents, 1))


def test_a_rule_that_waits_for_one_field_is_not_asked_of_changes_of_others() -> None:
    index = _index(
        {"type": "issue_transitioned"},
        {"type": "issue_updated"},
        {"type": "issue_assigned"},
        {"type": "manual"},
    )
    of_status = Change(7, 0, day(1), STATUS, "1", "To Do", "2", "Done")
    of_both = [of_status, Change(7, 0, day(1), ASSIGNEE, None, None, "a", "Ann")]
    (moved,), (both,) = changed("11", "BURN-1", [of_status]), changed("11", "BURN-1", of_both)
    assert [one.id for one in index.candidates(moved)] == [1, 2]
    assert [one.id for one in index.candidates(both)] == [1, 2, 3]
    assert index.candidates(created("11", "BURN-1", day(1), None)) == []
    (elsewhere,) = changed("12", "OTHER-1", [of_status])
    assert index.candidates(elsewhere) == []


def test_the_names_of_a_site_are_read_again_when_one_changed(database: Database) -> None:
    book = RuleBook()
    with database.write() as tx:
        site = a_site(tx)
        sites.replace_statuses(tx, site.id, STATUSES)
        first = book.ground(tx, site, now=day(1))
        assert book.ground(tx, site, now=day(2)) is first
        tx.execute(tables.statuses.update().values(name="Ready").where(tables.statuses.c.name == "To Do"))
        renamed = book.ground(tx, site, now=day(2))
    assert renamed is not first
    assert "Ready" in {one.name for one in renamed.catalogue.statuses}


def test_a_live_rule_with_an_empty_text_goes_on_and_who_saves_one_is_told(database: Database) -> None:
    """Until it was refused, `labels != ""` was true of every issue that has labels."""
    jql = 'labels != ""'
    rule = {"name": "r", "trigger": {"type": "issue_updated"}, "actions": [{"type": "log", "text": "x"}]}
    with database.write() as tx:
        site = a_site(tx)
        condition = plan(parse(jql), ground_of(tx, site, now=day(1)).catalogue).condition
        understood(tx, site, {**rule, "when": "labels IS NOT EMPTY"}, now=day(1))
        with pytest.raises(RuleNotUnderstood, match="write IS EMPTY"):
            understood(tx, site, {**rule, "when": jql}, now=day(1))
    for labels in ([], ["red"]):
        issue = Facts("1", "BURN-1", "BURN", "1", "", day(1), day(1), {"labels": labels})
        assert matches(condition, issue) == bool(labels)
