"""What SQLite lacks: of JQL, from the same functions that the interpreter in memory uses; and digests."""

import json
import sqlite3
import zlib
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b

from app.domain.jql.plan import folded
from app.domain.jql.text_search import sought
from app.domain.scrum.issue_terms import END


def add_functions(connection: sqlite3.Connection) -> None:
    """To a new connection."""
    connection.create_function("jql_fold", 1, _fold, deterministic=True)
    connection.create_function("jql_matches", 3, _matches, deterministic=True)
    connection.create_function("jql_any_term", 2, _any_term, deterministic=True)
    connection.create_function("jql_instant", 1, _instant, deterministic=True)
    connection.create_function("hashtextextended", 2, _hash, deterministic=True)
    connection.create_function("unpacked_words", 1, _unpacked, deterministic=True)


def _fold(value: object) -> str | None:
    return None if value is None else folded(str(value))


def _matches(text: object, said: str, language: str) -> bool:
    return isinstance(text, str) and sought(said, language).matches(text)


@lru_cache(maxsize=64)
def _marks(text: str) -> frozenset[str]:
    return frozenset(json.loads(text))


def _any_term(line: str, marks: str) -> bool:
    """Whether the line of an issue's terms holds one of the marks."""
    return not _marks(marks).isdisjoint(line.split(END))


def _instant(value: object) -> str | None:
    """As the store writes instants."""
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return found.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _hash(text: str | None, _seed: int) -> int | None:
    """As PostgreSQL's function of that name: 64 bits that differ where texts do. Its values are others."""
    if text is None:
        return None
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), signed=True)


def packed_words(words: str) -> bytes:
    """Words with spaces between, as `text_words` keeps them; triggers unpack them for FTS5."""
    return zlib.compress(words.encode())


def _unpacked(words: bytes) -> str:
    return zlib.decompress(words).decode()
