"""Instants are written for SQLite as SQLAlchemy itself would, and read back as they were."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import DateTime
from sqlalchemy.dialects import sqlite

from app.store.types import Instant

_SQLITE = sqlite.dialect()
_ours, _theirs = Instant(), DateTime().dialect_impl(_SQLITE).bind_processor(_SQLITE)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


# At either end of all years other zones have no such instant.
instants = st.datetimes(timezones=zones | st.just(UTC)).filter(lambda at: 1 < at.year < 9999)


@given(at=instants)
def test_an_instant_is_written_alike_in_whatever_zone_it_is_told(at: datetime) -> None:
    assert _theirs is not None
    written = _ours.bind_processor(_SQLITE)(at)
    assert written == _theirs(at.astimezone(UTC))
    assert _ours.result_processor(_SQLITE, None)(written) == at
