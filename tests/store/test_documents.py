"""A document comes out of both databases as it went in."""

import json
from datetime import datetime
from math import inf, nan
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw
from sqlalchemy import Connection, delete, insert, select

from app.store.tables import runs
from app.store.types import as_json, from_json
from tests.stores import a_site

MARK = "\N{REPLACEMENT CHARACTER}"


def stored(tx: Connection, now: datetime, document: Any) -> Any:
    """The document after a way through the database."""
    site = a_site(tx)
    tx.execute(delete(runs))
    row = {"site_id": site.id, "kind": "sync", "subject": "s", "requested_by": "test"}
    at = dict.fromkeys(("at", "requested_at", "due_at"), now)
    tx.execute(insert(runs).values(**row, **at, parameters=document))
    return tx.scalar(select(runs.c.parameters))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ([0.1, 3.0, -2.5, 1e-7, 123456789.125], [0.1, 3.0, -2.5, 1e-7, 123456789.125]),
        ([2**53 + 1, 2**63, 2**64, -(10**30)], [2**53 + 1, 2**63, 2**64, -(10**30)]),
        ([inf, -inf, nan, 1], [None, None, None, 1]),
        ([inf, 10**30], [None, 10**30]),
        ({"a\0b": ["\0", "\ud83d"]}, {f"a{MARK}b": [MARK, MARK]}),
        ({"\\u0000": "\\\\u0000"}, {"\\u0000": "\\\\u0000"}),
        ({"😀": "😀 ü \u2028 \x7f"}, {"😀": "😀 ü \u2028 \x7f"}),
        ({1: (2, None, True)}, {"1": [2, None, True]}),
        (MappingProxyType({"a": 1}), {"a": 1}),
        ({}, {}),
    ],
)
def test_both_databases_give_the_same_document(
    tx: Connection, now: datetime, document: Any, expected: Any
) -> None:
    found = stored(tx, now, document)
    assert found == expected
    assert json.dumps(found) == json.dumps(expected), "3 is not 3.0"


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(-1e15, 1e15) | st.text(st.characters())
_DOCUMENTS = st.recursive(
    _SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12
)


@settings(max_examples=150, derandomize=True)
@given(document=_DOCUMENTS)
def test_every_document_can_be_written_and_read_and_holds_no_sign_that_a_database_refuses(
    document: Any,
) -> None:
    written = as_json(document)
    written.encode()
    read = from_json(written)
    assert from_json(written.encode()) == read
    assert as_json(read) == as_json(from_json(as_json(read))), "once cleaned it stays as it is"
    text = json.dumps(document)
    if "\\u0000" not in text and "\\ud" not in text:
        assert read == document


@settings(max_examples=30, derandomize=True)
@given(document=st.dictionaries(st.text(), _DOCUMENTS))
def test_what_comes_out_of_a_database_is_what_was_written(
    tx: Connection, now: datetime, document: Any
) -> None:
    assert stored(tx, now, document) == from_json(as_json(document))


@pytest.mark.parametrize(
    "unread",
    [
        b'{"b": [1, 2.50, 1e2, null, "\\n\\"\\\\ \\u00fc \xc3\xbc"]}',
        b'"\\u0000 \\ud83d \\ud83d\\ude00 \\\\u0000"',
        b'{"\\u0000": "\\uD83D"}',
        b'{"a": 1, "a": 2}',
        b"123456789012345678901234567890",
    ],
)
def test_a_part_that_nobody_has_read_is_stored_as_if_it_had_been(
    tx: Connection, now: datetime, unread: bytes
) -> None:
    read = json.loads(unread)
    found = stored(tx, now, {"part": Raw(unread), "other": "\ud83d"})
    assert found == stored(tx, now, {"part": read, "other": "\ud83d"})
    assert stored(tx, now, {"part": Raw(unread)}) == {"part": found["part"]}


@settings(max_examples=100, derandomize=True)
@given(document=st.dictionaries(st.text(), _DOCUMENTS))
def test_every_document_is_written_alike_read_or_unread(document: dict[str, Any]) -> None:
    unread = {name: Raw(json.dumps(part).encode()) for name, part in document.items()}
    assert from_json(as_json(unread)) == from_json(as_json(document))


def test_letters_that_were_written_as_escapes_are_found_as_letters() -> None:
    """Some write JSON for the sake of HTML; searches look for letters as they stand."""
    unread = Raw(b'{"text": "O\\u0027Neil \\u0026 \\u003csons\\u003e", "big": 123456789012345678901}')
    assert as_json(unread) == '{"text":"O\'Neil & <sons>","big":123456789012345678901}'


def test_a_number_beyond_all_bounds_in_an_unread_part_is_read_as_nothing() -> None:
    for digits in (b"1e999", b"9" * 5000):
        assert from_json(as_json({"part": Raw(digits)})) == {"part": None}


def test_text_that_the_standard_library_wrote_before_is_still_read() -> None:
    assert from_json('{"a": Infinity}') == {"a": None}
    assert from_json("1" * 400) == int("1" * 400)
    with pytest.raises(json.JSONDecodeError):
        from_json("{")
