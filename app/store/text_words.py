"""The index of words: of texts that stand apart from their issues, and of comments.

Neither database cuts words as Jira does, so both are fed with lexemes of ours: PostgreSQL as a tsvector that
its own parser never saw, SQLite's FTS5 with a tokenizer that takes them as they are. A text that was indexed
says so in its row. It is indexed soon after it came, not with the event that brought it; until then searches
look at it without the index. What the index finds *may* match: whoever searches looks at the text itself, so
words of a text that nobody has any more do no harm, and meaning stands in one place.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, Table, Text, bindparam, delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY

from app.domain.jql.analysis import ENGLISH, lexemes_of, written_as
from app.domain.scrum.texts import plain_text
from app.store import tables
from app.store.database import Database
from app.store.sqlite_functions import packed_words

_AT_ONCE = 1_000
_MOST_BYTES_OF_A_SIGN = 4
_MOST_BYTES = 500_000
"""Of a text's lexemes. PostgreSQL refuses a tsvector of more than a megabyte."""
_MOST_SIGNS = 500_000
"""Of a text, fifteen times what Jira takes unless it is told otherwise; and of all of a transaction, about.
Cutting 12 MB of log into a million words took half a minute, in which nobody else could write, and all for
nothing: their lexemes are too many to be kept."""
ALL = "\u2026"
"""Stands for the words of a text that has too many: each search finds it. No word holds that sign."""
_LOCK = 0x776F726473 << 16
"""With a site's id; any constant will do, as long as every replica uses the same one."""


def index_some(connection: Connection, site_id: int, *, limit: int) -> int:
    """Index texts of a site that are not indexed yet, or make room where they are indexed in an old way.

    Args:
        connection: inside a transaction.
        site_id: whose.
        limit: so many texts and so many comments at most.

    Returns:
        How many rows were looked at; nothing is left to do when it is none.
    """
    if connection.dialect.name == "postgresql":
        # By one at a time: a site whose language changed must not be written in both.
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK + site_id})
    table = tables.sites
    here = table.c.id == site_id
    language, written = connection.execute(select(table.c.text_language, table.c.words_as).where(here)).one()
    language = language or ENGLISH
    if written != written_as(language):
        if gone := _clear_some(connection, site_id, limit):
            connection.execute(update(table).where(here).values(words_as=None))
            return gone
        connection.execute(update(table).where(here).values(words_as=written_as(language)))
    return _index_texts(connection, site_id, language, limit) + _index_comments(
        connection, site_id, language, limit
    )


def index_here(database: Database, site_id: int) -> None:
    """Index all that is not indexed yet in this thread, for who has the store alone."""
    done = 1
    while done:
        with database.write() as connection:
            done = index_some(connection, site_id, limit=_AT_ONCE)


def _index_texts(connection: Connection, site_id: int, language: str, limit: int) -> int:
    table = tables.issue_texts
    key = ("site_id", "issue_id", "digest")
    found = connection.execute(_without_words(table, key, ("texts",), site_id, limit)).all()
    texts = (row.texts.values() for row in found)
    rows = [
        {
            "site_id": site_id,
            "issue_id": row.issue_id,
            "digest": row.digest,
            "comment_id": None,
            "words": words,
        }
        for row, words in zip(found, _words_of(texts, language), strict=False)
    ]
    _insert(connection, rows)
    _mark(connection, table, key, rows, has_words=True)
    return len(rows)


def _words_of(every: Iterable[Iterable[Any]], language: str) -> Iterator[Collection[str]]:
    """Of texts, up to the one with which they get too long for one transaction.

    One that is too long itself, or nested beyond all bounds, each search finds, and looks at.
    """
    signs = 0
    for texts in every:
        try:
            plain = "\n".join(map(plain_text, texts))
        except RecursionError:
            yield [ALL]
            continue
        if len(plain) > _MOST_SIGNS:
            yield [ALL]
            continue
        yield lexemes_of(plain, language)
        signs += len(plain)
        if signs > _MOST_SIGNS:
            return


def _index_comments(connection: Connection, site_id: int, language: str, limit: int) -> int:
    """An edited comment has words of before."""
    table, words = tables.comments, tables.text_words
    found = connection.execute(
        _without_words(table, ("site_id", "id"), ("issue_id", "body"), site_id, limit)
    ).all()
    rows = [
        {
            "site_id": site_id,
            "issue_id": row.issue_id,
            "digest": None,
            "comment_id": row.id,
            "words": cut,
        }
        for row, cut in zip(found, _words_of(([row.body] for row in found), language), strict=False)
    ]
    if rows:
        here = (words.c.site_id == site_id, words.c.comment_id == bindparam("of_comment"))
        connection.execute(delete(words).where(*here), [{"of_comment": row["comment_id"]} for row in rows])
    _insert(connection, rows)
    _mark(
        connection,
        table,
        ("site_id", "id"),
        [{**one, "id": one["comment_id"]} for one in rows],
        has_words=True,
    )
    return len(rows)


def _without_words(
    table: Table, key: Sequence[str], others: Sequence[str], site_id: int, limit: int
) -> Select[Any]:
    """The first ones, held fast; none that somebody writes at this moment, who may wait for us."""
    hint = f"INDEXED BY ix_{table.name}_without_words"
    return (
        select(*(table.c[name] for name in (*key, *others)))
        .with_hint(table, hint, "sqlite")
        .where(table.c.site_id == site_id, text("NOT has_words"))
        .order_by(*(table.c[name] for name in key))
        .limit(limit)
        .with_for_update(key_share=True, skip_locked=True)
    )


def _insert(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    statement = insert(tables.text_words)
    if connection.dialect.name == "sqlite":
        connection.execute(
            statement, [{**row, "words": packed_words(" ".join(_bounded(row["words"])))} for row in rows]
        )
        return
    words = func.array_to_tsvector(bindparam("lexemes", type_=ARRAY(Text)))
    values = [
        {**{name: row[name] for name in row if name != "words"}, "lexemes": _bounded(row["words"])}
        for row in rows
    ]
    connection.execute(statement.values(words=words), values)


def _bounded(words: Collection[str]) -> list[str]:
    """In order; one that stands for all where there are too many."""
    signs = sum(map(len, words))
    if (
        signs * _MOST_BYTES_OF_A_SIGN > _MOST_BYTES
        and sum(len(each.encode()) for each in words) > _MOST_BYTES
    ):
        return [ALL]
    return sorted(words)


def _mark(
    connection: Connection,
    table: Table,
    key: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    *,
    has_words: bool,
) -> None:
    """In the order of their key, as events write them, so that nobody waits in a ring."""
    if not rows:
        return
    which = [table.c[name] == bindparam(f"of_{name}") for name in key]
    connection.execute(
        update(table).where(*which).values(has_words=has_words),
        sorted(
            ({f"of_{name}": row[name] for name in key} for row in rows), key=lambda one: tuple(one.values())
        ),
    )


def _clear_some(connection: Connection, site_id: int, limit: int) -> int:
    """Take words away; their texts are to be indexed anew."""
    table = tables.text_words
    columns = [table.c[name] for name in ("id", "site_id", "issue_id", "digest", "comment_id")]
    found = (
        connection.execute(select(*columns).where(table.c.site_id == site_id).limit(limit)).mappings().all()
    )
    texts = [dict(row) for row in found if row["comment_id"] is None]
    comments = [{**row, "id": row["comment_id"]} for row in found if row["comment_id"] is not None]
    _mark(connection, tables.issue_texts, ("site_id", "issue_id", "digest"), texts, has_words=False)
    _mark(connection, tables.comments, ("site_id", "id"), comments, has_words=False)
    if found:
        which = table.c.id == bindparam("gone")
        connection.execute(delete(table).where(which), [{"gone": row["id"]} for row in found])
    return len(found)
