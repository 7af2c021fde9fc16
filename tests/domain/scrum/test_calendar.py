from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from app.domain.scrum.calendar import Calendar

BERLIN = ZoneInfo("Europe/Berlin")
FRIDAY = datetime(2026, 3, 6, tzinfo=UTC)
MINUTES_OF_A_YEAR = st.integers(0, 365 * 24 * 60)
INSTANTS = MINUTES_OF_A_YEAR.map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def test_a_weekend_is_no_working_time() -> None:
    assert Calendar().working_time(FRIDAY, FRIDAY + timedelta(days=3)) == timedelta(days=1)


def test_a_holiday_is_no_working_time() -> None:
    calendar = Calendar(holidays=frozenset({date(2026, 3, 6)}))
    assert calendar.working_time(FRIDAY, FRIDAY + timedelta(days=4)) == timedelta(days=1)
    assert not calendar.is_working_day(date(2026, 3, 6))


def test_a_team_may_work_on_other_days() -> None:
    calendar = Calendar(weekdays=frozenset({6, 0, 1, 2, 3}))
    assert calendar.working_time(FRIDAY, FRIDAY + timedelta(days=3)) == timedelta(days=1)


def test_days_begin_at_midnight_where_the_team_is() -> None:
    friday_evening = datetime(2026, 3, 6, 22, tzinfo=UTC)
    monday = datetime(2026, 3, 9, 1, tzinfo=UTC)
    assert Calendar(BERLIN).working_time(friday_evening, monday) == timedelta(hours=3)
    assert Calendar(BERLIN).day_of(datetime(2026, 3, 6, 23, 30, tzinfo=UTC)) == date(2026, 3, 7)


def test_the_day_when_clocks_go_forward_has_23_hours() -> None:
    every_day = Calendar(BERLIN, weekdays=frozenset(range(7)))
    start = datetime(2026, 3, 29, tzinfo=BERLIN)
    assert every_day.working_time(start, datetime(2026, 3, 30, tzinfo=BERLIN)) == timedelta(hours=23)


def test_days_left_count_today_while_something_of_it_is_left() -> None:
    end = FRIDAY + timedelta(hours=17)
    assert Calendar().days_left(FRIDAY + timedelta(hours=16), end) == 1
    assert Calendar().days_left(FRIDAY - timedelta(hours=1), end) == 2
    assert Calendar().days_left(end, end) == 0


def test_a_day_is_left_until_its_midnight_whatever_the_office_hours() -> None:
    """On Friday at 23:00 there are two working days until Monday noon, with 13 hours between them."""
    late, noon = FRIDAY + timedelta(hours=23), FRIDAY + timedelta(days=3, hours=12)
    assert Calendar().days_left(late, noon) == 2
    assert Calendar().working_time(late, noon) == timedelta(hours=13)
    assert Calendar().days_left(FRIDAY + timedelta(days=1), noon) == 1


@given(INSTANTS, INSTANTS, INSTANTS)
def test_working_time_adds_up(one: datetime, two: datetime, three: datetime) -> None:
    start, middle, end = sorted((one, two, three))
    calendar = Calendar(BERLIN, holidays=frozenset({date(2026, 5, 1)}))
    parts = calendar.working_time(start, middle) + calendar.working_time(middle, end)
    assert calendar.working_time(start, end) == parts
    assert timedelta() <= parts <= end - start
