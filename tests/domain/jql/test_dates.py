"""Instants as queries write them: what is read, and that nothing keeps the reader busy."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from app.domain.jql.dates import period, read_instant, read_seconds

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 11, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-01", datetime(2026, 2, 28, 23, tzinfo=UTC)),
        ("2026/03/01 08:05", datetime(2026, 3, 1, 7, 5, tzinfo=UTC)),
        ("1772323200000", datetime(2026, 3, 1, tzinfo=UTC)),
        ("-1w", datetime(2026, 3, 3, 23, tzinfo=UTC)),
        ("-24h", datetime(2026, 3, 10, 14, 30, tzinfo=UTC)),
        (" - 1d 2h ", datetime(2026, 3, 10, 12, 30, tzinfo=UTC)),
        ("4w 2d", datetime(2026, 4, 9, 22, tzinfo=UTC)),
        ("90m", datetime(2026, 3, 11, 16, tzinfo=UTC)),
        ("-1.5h", datetime(2026, 3, 11, 13, tzinfo=UTC)),
        ("-1Week, 2days", datetime(2026, 3, 1, 23, tzinfo=UTC)),
        ("-2weeks, 90minutes", datetime(2026, 2, 25, 13, tzinfo=UTC)),
        ("2026/3/1 8:5", datetime(2026, 3, 1, 7, 5, tzinfo=UTC)),
        ("1 month", None),
        ("-1y", None),
        ("--5", None),
        ("5x", None),
        ("2026-02-30", None),
        ("-", None),
        ("", None),
    ],
)
def test_instants(text: str, instant: datetime | None) -> None:
    assert read_instant(text, now=NOW, zone=BERLIN) == instant


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(
            ("2h 30m", 9_000),
            ("1.5h", 5_400),
            ("1.1h", 3_960),
            ("1w, 1d", 172_800),
            ("1day", 28_800),
            ("45", 2_700),
        ),
        *(("0.01m", None), ("-2h", None), ("2x", None), ("", None)),
    ],
)
def test_durations_of_work(text: str, seconds: int | None) -> None:
    assert read_seconds(text) == seconds


@pytest.mark.timeout(5)
@pytest.mark.parametrize("text", ["1" * 60 + "x", "1 " * 40 + "x", "9" * 5000, "-" + "9" * 5000 + "w"])
def test_what_is_no_date_is_told_at_once_however_long_it_is(text: str) -> None:
    """A reader that tries each way to cut sixty digits would take years."""
    assert read_instant(text, now=NOW, zone=BERLIN) is None
    assert read_seconds(text) is None
    assert period("day", text, now=NOW, zone=BERLIN, ends=False) is None


@pytest.mark.parametrize(
    ("name", "increment", "ends", "local"),
    [
        ("day", "", False, "2026-03-11 00:00"),
        ("day", "-1", False, "2026-03-10 00:00"),
        ("day", "8h", False, "2026-03-11 08:00"),
        ("week", "", False, "2026-03-08 00:00"),
        ("week", "+1d", False, "2026-03-09 00:00"),
        ("week", "-1w", False, "2026-03-01 00:00"),
        ("week", "-1M", False, "2026-02-08 00:00"),
        ("week", "-1y", True, "2025-03-15 23:59"),
        ("month", "-2y", True, "2024-03-31 23:59"),
        ("month", "+14d", False, "2026-03-15 00:00"),
        ("month", " -1M ", True, "2026-02-28 23:59"),
        ("month", "+15d", True, "2026-04-15 23:59"),
        ("month", "1", True, "2026-04-30 23:59"),
        ("year", "-1", False, "2025-01-01 00:00"),
        ("year", "+1M", False, "2026-02-01 00:00"),
        ("week", "a", False, None),
    ],
)
def test_another_unit_than_the_periods_own_is_added_to_its_start_or_end(
    name: str, increment: str, ends: bool, local: str | None
) -> None:
    found = period(name, increment, now=NOW, zone=BERLIN, ends=ends)
    assert (found and found.astimezone(BERLIN).strftime("%Y-%m-%d %H:%M")) == local
