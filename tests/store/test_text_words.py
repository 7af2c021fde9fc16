"""The index of words: it never hides a text that matches, costs an event nothing, and goes with the texts."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, delete, func, select, text, update

from app.domain.jql.analysis import ENGLISH, NONE
from app.domain.jql.text_search import sought
from app.domain.scrum.from_jira import read_issue
from app.services.jql import search
from app.store import issue_texts, issues, jql_texts, jql_words, sites, tables, text_words
from app.store.comments import save_comments
from app.store.database import Database
from app.store.sites import Site
from tests.domain.jql import test_text_search
from tests.factories import day
from tests.payloads import issue
from tests.stores import a_site, rows

NUMBERS = {"1": "Zebra crossing", "2": "A zebra's late invoice", "3": "invoices of customers"}


def describe(tx: Connection, site: Site, texts: Mapping[str, str | None], *, at: datetime) -> None:
    """Issues by number."""
    records = []
    for number, description in texts.items():
        document = {**issue(updated=at, description=description), "id": number, "key": f"BURN-{number}"}
        record = read_issue(document, site.fields)
        assert record is not None
        records.append(record)
    issues.save_issues(tx, site, records, history_complete=True)


def comment(tx: Connection, site: Site, body: object, *, at: datetime, of: str = "1") -> None:
    row = {"id": "7", "issue_id": of, "author": None, "created": day(1), "updated": at, "body": body}
    save_comments(tx, site, [row])


def index(tx: Connection, site: Site) -> None:
    while text_words.index_some(tx, site.id, limit=2):
        pass


def found(tx: Connection, site: Site, query: str) -> list[str]:
    return search(tx, sites.get_site(tx, site.name), query, now=day(9), zone=ZoneInfo("UTC"))


def named(
    tx: Connection, site: Site, said: str, *, language: str = ENGLISH, most: int = 99
) -> set[str] | None:
    """The issues that the index leaves in."""
    wanted = sought(said, language).lexemes
    ids = jql_words.issues_that_may_match(tx, site.id, wanted, language, of=("texts", "comments"), most=most)
    return None if ids is None else set(ids)


def test_texts_are_found_before_and_after_their_words_are_indexed(tx: Connection) -> None:
    site = a_site(tx)
    describe(tx, site, NUMBERS, at=day(1))
    for _ in range(4):  # one more text each time
        assert found(tx, site, "description ~ zebras") == ["BURN-2", "BURN-1"]
        assert found(tx, site, 'text ~ "inv*"') == ["BURN-3", "BURN-2"]
        assert found(tx, site, 'description !~ "zebra"') == ["BURN-3"]
        text_words.index_some(tx, site.id, limit=1)
    assert named(tx, site, "zebras") == {"1", "2"}
    assert named(tx, site, "customizing") == {"3"}
    assert named(tx, site, "zebra -late") == {"1", "2"}
    assert named(tx, site, "nothing") == set()


def test_another_sites_words_are_not_named(tx: Connection) -> None:
    site, other = a_site(tx), a_site(tx, "other")
    for one in (site, other):
        describe(tx, one, {"1": "Zebra"} if one is site else NUMBERS, at=day(1))
        index(tx, one)
    assert named(tx, site, "zebra") == {"1"}
    assert named(tx, other, "zebra") == {"1", "2"}


def test_whatever_a_query_says_no_text_that_matches_is_left_out(tx: Connection) -> None:
    """Words with dots, apostrophes and signs of all scripts, as each database takes them."""
    site = a_site(tx)
    texts = {str(number): one for number, one in enumerate({each for _, each, _ in test_text_search.CASES})}
    odd = [
        "l'été; 3'4;5 a\u00b7b",
        "\u0130stanbul",
        'quo"ted back\\slash',
        "100% %s :name {x}",
        "it''s",
        "\u2026",
    ]
    texts |= {f"9{number}": one for number, one in enumerate(odd)}
    describe(tx, site, texts, at=day(1))
    index(tx, site)
    queries = {query for query, _, _ in test_text_search.CASES} | {
        *(
            '"l\'été"',
            "4",
            "5",
            "b",
            "\u0130st*",
            "i*",
            "quo*",
            'a"b"',
            "a\\ b*",
            "a\\'*",
            "x\\-y*",
            "\\:n*",
            "it''s",
            "%s",
        ),
    }
    for query in sorted(queries):
        names, wanted = named(tx, site, query), sought(query, ENGLISH)
        matching = {number for number, one in texts.items() if wanted.matches(one)}
        assert (names is None) == (not wanted.lexemes)
        assert names is None or matching <= names, query


def test_an_edited_comment_is_found_by_its_new_words_at_once(tx: Connection) -> None:
    site = a_site(tx)
    describe(tx, site, {"1": None}, at=day(1))
    comment(tx, site, "Zebra", at=day(1))
    index(tx, site)
    comment(tx, site, "Lion", at=day(2))
    assert found(tx, site, "comment ~ lion") == ["BURN-1"]
    assert found(tx, site, "comment ~ zebra") == []
    index(tx, site)
    assert found(tx, site, "comment ~ lion") == ["BURN-1"]
    assert named(tx, site, "zebra") == set()


def test_a_comment_that_is_being_edited_is_indexed_later_and_nobody_waits(database: Database) -> None:
    with database.write() as tx:
        site = a_site(tx)
        describe(tx, site, {"1": None}, at=day(1))
        comment(tx, site, "Zebra", at=day(1))
    if not database.has_one_writer:
        with database.write() as editing:
            comment(editing, site, "Lion", at=day(2))
            with database.write() as tx:
                assert text_words.index_some(tx, site.id, limit=9) == 0
    with database.write() as tx:
        assert text_words.index_some(tx, site.id, limit=9) == 1


def test_a_comment_that_is_told_again_is_not_indexed_again(tx: Connection) -> None:
    site = a_site(tx)
    describe(tx, site, {"1": None}, at=day(1))
    comment(tx, site, {"type": "doc", "content": [{"type": "text", "text": "Zebra"}]}, at=day(1))
    index(tx, site)
    comment(tx, site, {"type": "doc", "content": [{"type": "text", "text": "Zebra"}]}, at=day(2))
    assert text_words.index_some(tx, site.id, limit=9) == 0
    comment(tx, site, {"type": "doc", "content": [{"type": "text", "text": "Lion"}]}, at=day(2))
    assert text_words.index_some(tx, site.id, limit=9) == 1


def test_words_of_comments_are_not_taken_for_those_of_descriptions(tx: Connection) -> None:
    site = a_site(tx)
    describe(tx, site, {"1": "Lion", "2": "Zebra"}, at=day(1))
    comment(tx, site, "Zebra", at=day(1))
    index(tx, site)
    wanted = sought("zebra", ENGLISH).lexemes
    for of, ids in ((("texts",), ["2"]), (("comments",), ["1"]), (("texts", "comments"), ["1", "2"])):
        assert jql_words.issues_that_may_match(tx, site.id, wanted, ENGLISH, of=of, most=9) == ids


def words_held(tx: Connection, site: Site, said: str) -> int:
    """How many texts the database's own index has a word of, whatever else is known of them."""
    if tx.dialect.name == "sqlite":
        return (
            tx.scalar(text("SELECT count(*) FROM words_index WHERE words_index MATCH :said"), {"said": said})
            or 0
        )
    asked = text("SELECT count(*) FROM text_words WHERE words @@ CAST(:said AS tsquery)")
    return tx.scalar(asked, {"said": said}) or 0


def test_with_a_text_its_words_go(tx: Connection) -> None:
    site = a_site(tx)
    for at, description in ((day(1), "Zebra"), (day(2), "Lion")):
        describe(tx, site, {"1": description}, at=at)
        index(tx, site)
    comment(tx, site, "Tiger", at=day(1))
    index(tx, site)
    assert [words_held(tx, site, each) for each in ("zebra", "lion", "tiger")] == [1, 1, 1]
    issue_texts.forget(tx, issue_texts.unneeded(tx, after=(0, "", 0), limit=9))
    assert [words_held(tx, site, each) for each in ("zebra", "lion", "tiger")] == [0, 1, 1]
    tx.execute(delete(tables.comments))
    assert [words_held(tx, site, each) for each in ("zebra", "lion", "tiger")] == [0, 1, 0]
    tx.execute(delete(tables.issue_texts))
    assert words_held(tx, site, "lion") == 0
    assert rows(tx, tables.text_words) == []


def test_in_another_language_the_words_are_indexed_anew_and_nothing_is_missed(tx: Connection) -> None:
    site = a_site(tx)
    describe(tx, site, {"1": "the invoices", "2": "an invoice", "3": "the zebra"}, at=day(1))
    comment(tx, site, "the invoices", at=day(1), of="3")
    index(tx, site)
    tx.execute(update(tables.sites).values(text_language=NONE))
    done = 1
    while done:
        assert found(tx, site, "text ~ invoices") == ["BURN-3", "BURN-1"]
        assert found(tx, site, "description ~ the") == ["BURN-3", "BURN-1"]
        done = text_words.index_some(tx, site.id, limit=1)
    assert named(tx, site, "invoices", language=NONE) == {"1", "3"}
    assert named(tx, site, "the", language=NONE) == {"1", "3"}
    assert named(tx, site, "the", language=ENGLISH) is None
    assert tx.scalar(select(func.count()).select_from(tables.text_words)) == 4


def test_a_text_with_more_words_than_the_index_takes_is_always_looked_at(tx: Connection) -> None:
    site = a_site(tx)
    many = " ".join(f"жук{number:05}я" for number in range(45_000))
    describe(tx, site, {"1": f"{many} zebra", "2": "zebra", "3": "lion"}, at=day(1))
    index(tx, site)
    assert found(tx, site, "description ~ zebras") == ["BURN-2", "BURN-1"]
    assert named(tx, site, "lion") == {"1", "3"}


def test_an_endless_text_is_not_cut_into_words_and_long_ones_take_turns(tx: Connection) -> None:
    """A pasted log of 12 MB held up whoever wrote for half a minute, and so did a hundred long texts."""
    site = a_site(tx)
    long = "zebra " * 60_000
    describe(tx, site, {"1": "lion " * 110_000, "2": long, "3": long, "4": long, "5": "tiger"}, at=day(1))
    assert [text_words.index_some(tx, site.id, limit=99) for _ in range(3)] == [3, 2, 0]
    assert named(tx, site, "tiger") == {"1", "5"}
    assert found(tx, site, "description ~ lions") == ["BURN-1"]


@pytest.mark.parametrize("most", [0, 1, 2, 99])
def test_words_of_many_texts_are_looked_for_without_the_index(
    tx: Connection, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = a_site(tx)
    describe(tx, site, NUMBERS, at=day(1))
    index(tx, site)
    assert named(tx, site, "zebra", most=most) == ({"1", "2"} if most > 1 else None)
    monkeypatch.setattr(jql_texts, "_MOST_FOUND", most)
    monkeypatch.setattr(jql_texts, "_MOST_OF_FEW", most)
    for query in ("description ~ zebra", "key in (BURN-1, BURN-2, BURN-3) AND description ~ zebra"):
        assert found(tx, site, query) == ["BURN-2", "BURN-1"]


def test_while_too_much_is_not_indexed_the_index_is_not_asked(
    tx: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = a_site(tx)
    describe(tx, site, NUMBERS, at=day(1))
    monkeypatch.setattr(jql_words, "_MOST_PENDING", 1)
    for pending in (3, 2, 1):
        assert (named(tx, site, "zebra") is None) == (pending > 1)
        assert found(tx, site, "description ~ zebra") == ["BURN-2", "BURN-1"]
        text_words.index_some(tx, site.id, limit=1)


def test_sites_that_are_gone_leave_no_words(tx: Connection) -> None:
    site = a_site(tx)
    describe(tx, site, NUMBERS, at=day(1))
    index(tx, site)
    every: Iterable[object] = (tables.issues, tables.issue_texts)
    assert words_held(tx, site, "zebra") == 2
    tx.execute(delete(tables.sites).where(tables.sites.c.id == site.id))
    assert words_held(tx, site, "zebra") == 0
    assert [rows(tx, one) for one in (tables.text_words, *every)] == [[], [], []]
