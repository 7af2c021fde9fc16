"""A bare day is its end where the board is; today is now."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from app.domain.scrum.asked_instants import instant

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 11, 23, 30, tzinfo=UTC)  # half past midnight of the twelfth in Berlin


@pytest.mark.parametrize(
    ("said", "zone", "meant"),
    [
        (datetime.fromisoformat("2026-03-06"), UTC, datetime(2026, 3, 6, 23, 59, 59, 999_999, tzinfo=UTC)),
        (datetime.fromisoformat("2026-03-06"), BERLIN, datetime(2026, 3, 6, 22, 59, 59, 999_999, tzinfo=UTC)),
        (
            datetime.fromisoformat("2026-03-29"),
            BERLIN,
            datetime(2026, 3, 29, 21, 59, 59, 999_999, tzinfo=UTC),
        ),
        (datetime.fromisoformat("2026-03-11"), UTC, NOW),
        (
            datetime.fromisoformat("2026-03-11"),
            BERLIN,
            datetime(2026, 3, 11, 22, 59, 59, 999_999, tzinfo=UTC),
        ),
        (datetime.fromisoformat("2026-03-12"), BERLIN, NOW),
        (datetime(2026, 3, 6, 17, tzinfo=UTC), BERLIN, datetime(2026, 3, 6, 17, tzinfo=UTC)),
        (None, UTC, None),
    ],
)
def test_a_day_is_over_at_midnight_where_it_is(
    said: datetime | None, zone: ZoneInfo, meant: datetime | None
) -> None:
    assert instant(said, zone=zone, now=NOW) == meant
