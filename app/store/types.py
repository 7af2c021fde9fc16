"""What a column can hold besides numbers and short words, the same on both databases."""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from math import isfinite
from typing import Any

import msgspec
from sqlalchemy import JSON, DateTime, Dialect, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB

from app.domain.scrum.nesting import shallow_json


class Instant(TypeDecorator[datetime]):
    """An instant in UTC. A naive one is a mistake of ours and is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], datetime | str | None]:
        """To the database, always as UTC; SQLite keeps no zone, so the zone must be the same for all."""
        return _utc_text if dialect.name == "sqlite" else utc_or_nothing

    def result_processor(
        self,
        dialect: Dialect,
        coltype: object,  # noqa: ARG002
    ) -> Callable[[Any], datetime | None]:
        """From the database, always aware."""
        return _from_text if dialect.name == "sqlite" else utc_or_nothing


def utc_or_nothing(value: datetime | None) -> datetime | None:
    """The same instant in UTC."""
    return None if value is None else _utc(value)


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        message = f"{value!r} has no time zone"
        raise ValueError(message)
    return value if value.tzinfo is UTC else value.astimezone(UTC)


_WITH_FRACTION = len("2026-11-30T09:00:00.000000Z")


def _utc_text(value: datetime | None) -> str | None:
    """As SQLAlchemy writes instants for SQLite and reads them back."""
    if value is None:
        return None
    # Hundreds of thousands are written in a minute, nearly all of them in UTC. `isoformat` takes four times
    # as long: it looks up the zone.
    said: str = msgspec.to_builtins(value if value.tzinfo is UTC else _utc(value))
    day, time = said[:10], said[11:19]
    return f"{day} {said[11:-1]}" if len(said) == _WITH_FRACTION else f"{day} {time}.000000"


def _from_text(value: str | None) -> datetime | None:
    """Thousands of instants are read for one report: this takes a tenth of SQLAlchemy's time."""
    return None if value is None else datetime.fromisoformat(value + "+00:00")


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def is_plain(text: str) -> bool:
    """Whether it is seen at once that both databases take the text; of most texts it is."""
    return text.isascii() and "\0" not in text


def storable(text: str) -> str:
    """Text that both databases take: PostgreSQL has no NUL, and neither takes half a surrogate pair."""
    if text.isascii() and "\0" not in text:
        return text
    return _UNSTORABLE.sub("\ufffd", text)


def _storable_document(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, float) and not isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {storable(str(key)): _storable_document(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_storable_document(each) for each in value]
    if isinstance(value, msgspec.Raw):
        return _read_leniently(bytes(value))
    return _storable_document(msgspec.to_builtins(value)) if isinstance(value, msgspec.Struct) else value


# NUL, and whatever may be half a surrogate pair, as JSON can spell them.
_UNSTORABLE_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
# ASCII that some write so for the sake of HTML: the apostrophe, `<`, `>`, `&`.
_NEEDLESS_ESCAPE = re.compile(r"\\u00[2-7]")
_write = msgspec.json.Encoder().encode


def as_json(document: Any) -> str:
    """The text of a document that both databases take.

    Text is made storable; what a float cannot hold (NaN, infinity) becomes null, as JSON has no word for it.
    A part that nobody has read yet (`msgspec.Raw`) is written as it is, wherever that can be stored.
    """
    try:
        written = _write(document).decode()
    except (TypeError, ValueError):  # half a surrogate pair, a mapping that is no dict
        return json.dumps(_storable_document(document))
    # Most documents have no backslash at all, and that is known at once.
    if "\\" in written:
        if _UNSTORABLE_ESCAPE.search(written):
            return json.dumps(_storable_document(document))
        if _NEEDLESS_ESCAPE.search(written):  # searches look for letters as they are
            with suppress(msgspec.DecodeError):
                return _write(msgspec.json.decode(written)).decode()
    return written


def from_json(written: str | bytes) -> Any:
    """A document as it was stored; whole numbers keep all their digits."""
    try:
        return msgspec.json.decode(written)
    except RecursionError:  # it was kept before what is too deep was left out
        return _read_leniently(shallow_json(written.encode() if isinstance(written, str) else written))
    except msgspec.DecodeError:  # stricter than the standard library, which wrote the text before
        return _read_leniently(written)


def _read_leniently(written: str | bytes) -> Any:
    """Signs that cannot be stored, and numbers beyond all bounds, read as `as_json` would write them."""
    return _storable_document(json.loads(written, parse_int=_whole))


def _whole(digits: str) -> int | None:
    """Python refuses to count beyond 4300 digits."""
    try:
        return int(digits)
    except ValueError:
        return None


class Words(TypeDecorator[str]):
    """Text that people or Jira wrote."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[str | None], str | None]:  # noqa: ARG002
        """To the database."""
        return _words


def _words(value: str | None) -> str | None:
    return None if value is None else storable(value)


class Document(TypeDecorator[Any]):
    """JSON: on PostgreSQL as JSONB. The engine writes and reads it by `as_json` and `from_json`."""

    impl = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    cache_ok = True
