"""Texts are indexed soon after they came, by runs that may be broken off anywhere."""

from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, func, select

from app.domain.scrum.from_jira import read_issue
from app.services.jql import search
from app.store import issues, jql_words, sites, tables
from app.store.comments import save_comments
from app.store.database import Database
from app.store.sites import Site
from jobs import text_words
from tests.factories import day
from tests.jobs.support import context_of, unconnected
from tests.payloads import issue
from tests.stores import a_site

DESCRIBED, COMMENTED = 350, 230


def tell(tx: Connection) -> Site:
    """Issues, and comments of some of them, each of which says that it is a zebra."""
    site = a_site(tx)
    for number in range(1, DESCRIBED + 1):
        document = {**issue(updated=day(1), description="Zebra"), "id": str(number), "key": f"BURN-{number}"}
        record = read_issue(document, site.fields)
        assert record is not None
        issues.save_issues(tx, site, [record], history_complete=True)
    written = {"author": None, "created": day(1), "updated": day(1), "body": "a zebra, too"}
    comments = [{"id": str(one), "issue_id": str(one), **written} for one in range(1, COMMENTED + 1)]
    save_comments(tx, site, comments)
    return site


def left(tx: Connection) -> int:
    """Texts and comments that are not indexed."""
    counts = (
        tx.scalar(select(func.count()).where(~table.c.has_words)) or 0
        for table in (tables.issue_texts, tables.comments)
    )
    return sum(counts)


async def test_a_run_indexes_all_that_came_and_the_next_one_what_came_since(database: Database) -> None:
    with database.write() as tx:
        site = tell(tx)
    context = context_of(database)
    await text_words.index(context, unconnected(site))
    with database.write() as tx:
        assert left(tx) == 0
        assert tx.scalar(select(func.count()).select_from(tables.text_words)) == DESCRIBED + COMMENTED
        document = {**issue(updated=day(2), description="Lion"), "id": "1", "key": "BURN-1"}
        record = read_issue(document, site.fields)
        assert record is not None
        issues.save_issues(tx, site, [record], history_complete=True)
        assert left(tx) == 1
    await text_words.index(context, unconnected(site))
    with database.read() as tx:
        assert left(tx) == 0
        asked = search(tx, site, "description ~ lions", now=day(9), zone=ZoneInfo("UTC"))
        assert asked == ["BURN-1"]


async def test_a_run_that_is_broken_off_goes_on_there_and_searches_miss_nothing_meanwhile(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as tx:
        site = tell(tx)
    index_some, turns = text_words.text_words.index_some, 2

    def dying(connection: Connection, site_id: int, *, limit: int) -> int:
        nonlocal turns
        done = index_some(connection, site_id, limit=limit)
        turns -= 1
        if turns < 0:
            message = "power cut"
            raise OSError(message)
        return done

    monkeypatch.setattr(text_words, "_AT_ONCE", 100)
    monkeypatch.setattr(text_words.text_words, "index_some", dying)
    with pytest.raises(Exception, match="power cut"):
        await text_words.index(context_of(database), unconnected(site))
    with database.read() as tx:
        assert left(tx) == DESCRIBED + COMMENTED - 2 * 200
        for most in (0, 10_000):
            monkeypatch.setattr(jql_words, "_MOST_PENDING", most)
            found = search(
                tx, sites.get_site(tx, "demo"), "comment ~ zebras", now=day(9), zone=ZoneInfo("UTC")
            )
            assert len(found) == COMMENTED
    monkeypatch.setattr(text_words.text_words, "index_some", index_some)
    await text_words.index(context_of(database), unconnected(site))
    with database.read() as tx:
        assert left(tx) == 0
