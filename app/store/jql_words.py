"""Asks the index of words (`text_words`) which issues may have a text that `~` looks for."""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, TypeAlias

from sqlalchemy import Connection, TextClause, select, text

from app.domain.jql.analysis import written_as
from app.domain.jql.text_search import Lexeme, Lexemes
from app.store import tables
from app.store.text_words import ALL

Of: TypeAlias = Literal["texts", "comments"]
"""Texts that stand apart from their issues, or comments."""
_MOST_PENDING = 1_000
"""With more that are still to be indexed the index is no help."""
_OWN_TABLE = {"texts": "issue_texts", "comments": "comments"}
_ROWS = {"texts": "w.comment_id IS NULL", "comments": "w.comment_id IS NOT NULL"}


def issues_that_may_match(
    connection: Connection,
    site_id: int,
    lexemes: Sequence[Lexemes],
    language: str,
    *,
    of: Sequence[Of],
    most: int,
) -> list[str] | None:
    """Ids of issues; no other one has such a text.

    None where the index is no help: too many texts are not in it, more than that would be found, or no word
    of the texts is known.

    Args:
        connection: reading.
        site_id: whose.
        lexemes: what a text must have (`Sought.lexemes`).
        language: of the query.
        of: what is looked at.
        most: so many texts may be found.
    """
    if not lexemes or not of:
        return None
    is_sqlite = connection.dialect.name == "sqlite"
    # First what is not indexed: what is indexed meanwhile is then found twice, and not missed.
    found: set[str] = set()
    for each in of:
        pending = connection.scalars(
            _pending(each, is_sqlite), {"site": site_id, "most": _MOST_PENDING + 1}
        ).all()
        if len(pending) > _MOST_PENDING:
            return None
        found.update(pending)
    asked, words = (_FTS5, as_fts5(lexemes)) if is_sqlite else (_TSVECTOR, as_tsquery(lexemes))
    rows = " OR ".join(_ROWS[each] for each in of)
    values = {"site": site_id, "words": words, "most": most + 1}
    if is_sqlite and (connection.scalar(text(_NUMBER), values) or 0) > most:
        return None
    indexed = connection.scalars(text(f"{asked} AND ({rows}) LIMIT :most"), values).all()
    # Last whether all is there: who writes it anew says so with the first that is taken away.
    written = connection.scalar(select(tables.sites.c.words_as).where(tables.sites.c.id == site_id))
    if len(indexed) > most or written != written_as(language):
        return None
    return sorted(found.union(indexed))


def _pending(of: Of, is_sqlite: bool) -> TextClause:
    table = _OWN_TABLE[of]
    hint = f"INDEXED BY ix_{table}_without_words" if is_sqlite else ""
    return text(f"SELECT issue_id FROM {table} {hint} WHERE site_id = :site AND NOT has_words LIMIT :most")


# Without their issues, which takes a thirtieth of the time.
_NUMBER = "SELECT count(*) FROM (SELECT 1 FROM words_index WHERE words_index MATCH :words LIMIT :most)"
# The index first, for SQLite knows nothing of how few it finds.
_FTS5 = (
    "SELECT w.issue_id FROM words_index CROSS JOIN text_words w "
    "WHERE words_index MATCH :words AND w.id = words_index.rowid AND w.site_id = :site"
)
_TSVECTOR = (
    "SELECT w.issue_id FROM text_words w WHERE w.words @@ CAST(:words AS tsquery) AND w.site_id = :site"
)


def as_fts5(lexemes: Sequence[Lexemes]) -> str:
    """As FTS5 reads a query."""
    return _said(lexemes, lambda one: f'"{one.said}"' + (" *" if one.begins else ""), " AND ", " OR ")


def as_tsquery(lexemes: Sequence[Lexemes]) -> str:
    """As PostgreSQL's type `tsquery` is written."""

    def quoted(one: Lexeme) -> str:
        said = one.said.replace("'", "''")
        return f"'{said}'" + (":*" if one.begins else "")

    return _said(lexemes, quoted, " & ", " | ")


def _said(lexemes: Sequence[Lexemes], quoted: Callable[[Lexeme], str], both: str, either: str) -> str:
    def each() -> Iterator[str]:
        for ways in lexemes:
            runs = (both.join(quoted(one) for one in run) for run in ways)
            yield f"({either.join(f'({run})' for run in runs)})"

    return f"({both.join(each())}){either}{quoted(Lexeme(ALL))}"
