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
        ("--5", None),
        ("5x", None),
        ("2026-02-30", None),
        ("-", None),
        ("", None),
    ],
)
def test_instants(text: str, instant: datetime | None) -> None:
    assert read_instant(text, now=NOW, zone=BERLIN) == instant


@pytest.mark.timeout(5)
@pytest.mark.parametrize("text", ["1" * 60 + "x", "1 " * 40 + "x", "9" * 5000, "-" + "9" * 5000 + "w"])
def test_what_is_no_date_is_told_at_once_however_long_it_is(text: str) -> None:
    """A reader that tries each way to cut sixty digits would take years."""
    assert read_instant(text, now=NOW, zone=BERLIN) is None
    assert read_seconds(text) is None
    assert period("day", text, now=NOW, zone=BERLIN, ends=False) is None
