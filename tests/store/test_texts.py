"""Long texts of issues: written when they change, found with the issue, let go of when nobody has them."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection

from app.domain.scrum.from_jira import read_issue
from app.store import issue_texts, issues, tables
from app.store.among import among
from app.store.sites import Site
from tests.factories import day
from tests.payloads import issue
from tests.stores import a_site, rows, texts_of


def save(tx: Connection, site: Site, description: Any, *, at: datetime, number: int = 0) -> str:
    document = {**issue(updated=at, description=description), "id": str(11 + number), "key": f"BURN-{number}"}
    record = read_issue(document, site.fields)
    assert record is not None
    issues.save_issues(tx, site, [record], history_complete=True)
    return record.id


def test_an_issue_has_the_texts_of_its_newest_picture(tx: Connection) -> None:
    site = a_site(tx)
    for description, at in (("new", day(3)), ("old", day(1)), ("newest", day(4)), ("older", day(2))):
        number = save(tx, site, description, at=at)
    assert texts_of(tx, number) == {"description": "newest"}


def test_an_issue_whose_text_was_taken_away_has_none(tx: Connection) -> None:
    site = a_site(tx)
    save(tx, site, "text", at=day(1))
    number = save(tx, site, None, at=day(2))
    assert texts_of(tx, number) is None


def test_a_text_that_did_not_change_is_not_written_again(tx: Connection) -> None:
    site = a_site(tx)
    for number in range(3):
        save(tx, site, "text", at=day(1 + number))
    assert len(rows(tx, tables.issue_texts)) == 1


def test_a_text_with_half_a_sign_is_kept_with_a_mark_in_its_place(tx: Connection) -> None:
    site = a_site(tx)
    number = save(tx, site, "half: \ud83d", at=day(1))
    assert texts_of(tx, number) == {"description": "half: \N{REPLACEMENT CHARACTER}"}


def test_texts_that_no_issue_has_any_more_are_forgotten(tx: Connection) -> None:
    site = a_site(tx)
    for number in range(3):
        for version in range(4):
            save(tx, site, f"text {version}", at=day(1 + version), number=number)
    first = issue_texts.unneeded(tx, after=(0, "", 0), limit=5)
    others = issue_texts.unneeded(tx, after=first[-1], limit=5)
    assert (len(first), len(others), issue_texts.unneeded(tx, after=others[-1], limit=5)) == (5, 4, [])
    save(tx, site, "text 1", at=day(9))  # which it had before
    assert issue_texts.forget(tx, [*first, *others]) == 8
    assert texts_of(tx, "11") == {"description": "text 1"}
    assert texts_of(tx, "12") == {"description": "text 3"}
    assert len(rows(tx, tables.issue_texts)) == 4


@pytest.mark.parametrize("count", [0, 1, 50_000])
def test_any_number_of_values_is_looked_for(tx: Connection, count: int) -> None:
    """A parameter for each would be refused above some ten thousands."""
    site = a_site(tx)
    number = save(tx, site, None, at=day(1))
    wanted = [str(one) for one in range(count)]
    assert issues.known_among(tx, site, wanted) == ({number} & set(wanted))
    ids = tables.issues.c.site_id
    assert tx.execute(tables.issues.select().where(among(tx, ids, [site.id, *range(100, 100 + count)]))).all()
