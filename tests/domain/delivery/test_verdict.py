"""What dates mean on a day: the verdict, the order of the page, the place in the road map."""

from dataclasses import replace
from datetime import date

import pytest

from app.domain.delivery.ledger import Pace, Standing, Sum
from app.domain.delivery.outlook import Dates, Delivery, Outlook
from app.domain.delivery.verdict import Part, Verdict, part, verdict, worst_first
from tests.domain.delivery.made import a_version

TODAY = date(2026, 11, 18)
OPEN = Standing(Sum(1, 3), Sum(1, 2), Sum(2, 5), 0, 7, 10, 0, 0)


def a_delivery(
    name: str = "1.0",
    *,
    due: date | None = date(2026, 12, 12),
    sure: date | None = date(2026, 12, 20),
    chance: float | None = 0.6,
    take_out: float = 3.2,
) -> Delivery:
    by = {50: sure, 85: sure, 95: sure}
    told = Dates(by, chance if due else None, take_out if due else None, 0)
    return Delivery(a_version(name, due), OPEN, told)


@pytest.mark.parametrize(
    ("chance", "expected"),
    [
        (0.85, Verdict.ON_TRACK),
        (0.849, Verdict.AT_RISK),
        (0.5, Verdict.AT_RISK),
        (0.49, Verdict.OFF_TRACK),
    ],
)
def test_the_chance_decides(chance: float, expected: Verdict) -> None:
    assert verdict(a_delivery(chance=chance), TODAY) is expected


def test_what_is_overdue_is_off_track_from_the_day_after() -> None:
    one = a_delivery(due=TODAY, chance=0.9)
    assert verdict(one, TODAY) is Verdict.ON_TRACK
    assert verdict(one, date(2026, 11, 19)) is Verdict.OFF_TRACK
    assert verdict(replace(one, dates=None), date(2026, 11, 19)) is Verdict.OFF_TRACK


def test_without_issues_without_open_ones_without_a_day_and_without_a_forecast() -> None:
    empty = replace(OPEN, done=Sum(), in_progress=Sum(), to_do=Sum())
    done = replace(OPEN, in_progress=Sum(), to_do=Sum())
    one = a_delivery()
    assert verdict(replace(one, standing=empty, dates=None), TODAY) is Verdict.EMPTY
    assert verdict(replace(one, standing=done, dates=None), TODAY) is Verdict.DONE
    assert verdict(a_delivery(due=None), TODAY) is Verdict.NO_DATE
    assert verdict(replace(one, dates=None), TODAY) is Verdict.NO_FORECAST


def test_the_worst_comes_first_then_the_least_likely() -> None:
    every = [
        a_delivery("fine", chance=0.9),
        a_delivery("free", due=None),
        a_delivery("worse", chance=0.1),
        a_delivery("bad", chance=0.3),
        a_delivery("shaky", chance=0.7),
    ]
    told = Outlook(tuple(every), Pace((), 0), 1.0, 10, 0)
    names = [one.scope.name for one in worst_first(told, TODAY)]
    assert names == ["worse", "bad", "shaky", "free", "fine"]


@pytest.mark.parametrize(
    ("sure", "expected"),
    [
        (date(2026, 11, 30), Part.NOW),
        (date(2026, 12, 1), Part.NEXT),
        (date(2027, 1, 1), Part.LATER),
        (date(2027, 11, 18), Part.LATER),
        (None, Part.LATER),
    ],
)
def test_the_road_map_goes_by_the_day_that_is_sure(sure: date | None, expected: Part) -> None:
    assert part(a_delivery(sure=sure), TODAY) is expected
    assert part(a_delivery(sure=date(2027, 1, 31)), date(2026, 12, 31)) is Part.NEXT, "over the year's end"


def test_what_is_done_can_go_out_now_and_of_what_is_not_known_nothing_is_said() -> None:
    done = replace(OPEN, in_progress=Sum(), to_do=Sum())
    assert part(replace(a_delivery(), standing=done, dates=None), TODAY) is Part.NOW
    assert part(replace(a_delivery(), dates=None), TODAY) is None
