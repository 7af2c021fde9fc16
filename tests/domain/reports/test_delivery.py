"""What the report on deliveries says, in sentences that can be sent on."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import altair as alt
import pytest

from app.domain.delivery.backtest import Blind, Score
from app.domain.delivery.ledger import Day, Pace, Standing, Sum
from app.domain.delivery.outlook import SURE, Dates, Delivery, Outlook
from app.domain.delivery.rhythm import Rhythm, Train
from app.domain.delivery.scopes import Kind, Scope
from app.domain.reports.charts.delivery import delivery as drawn
from app.domain.reports.delivery import report
from app.domain.reports.delivery_as_json import to_json
from app.domain.reports.delivery_parts import BoardDelivery, Part
from app.domain.reports.document import Medium
from app.domain.reports.markdown import render
from app.domain.scrum.calendar import Calendar
from tests.domain.delivery.made import a_version
from tests.domain.delivery.test_verdict import OPEN, TODAY, a_delivery
from tests.factories import a_board

AT = datetime(2026, 11, 18, 9, tzinfo=UTC)
PACE = Pace(tuple(Day(date(2026, 11, 2 + number), 3.5, 1.3, 1) for number in range(5)), 20)
DONE = Standing(Sum(3, 9), Sum(), Sum(), 0, 0, 9, 0, 0)


def told(*deliveries: Delivery, score: Score | None = None, refused: str = "", **board: Any) -> BoardDelivery:
    kind = deliveries[0].scope.kind if deliveries else Kind.VERSION
    outlook = Outlook(deliveries, PACE, 2.5, 1000, 1, refused)
    return BoardDelivery(a_board(**board), AT, Calendar(), (Part(kind, outlook, score),))


def text_of(*deliveries: Delivery, **more: Any) -> str:
    return render(report(told(*deliveries, **more)))


def test_what_is_too_much_is_said_and_which_day_holds() -> None:
    text = text_of(a_delivery("Shop 1.6"))
    assert "To make 12 Dec with 85 %, take out some 4 points; or move it to 20 Dec." in text
    assert "> **1 version: 1 at risk.**" in text
    assert "> - Next: **Shop 1.6** by 20 Dec (85 % sure, due 12 Dec)." in text
    assert "> - Decide: **Shop 1.6**. To make 12 Dec" in text
    assert "███░░░░░░░ 30 %" in text


def test_nothing_is_told_as_all_done_before_it_is() -> None:
    nearly = replace(a_delivery(), standing=replace(OPEN, left=0.1, size=40))
    assert "█████████░ 99 %" in text_of(nearly)


@pytest.mark.parametrize("due", [date(2026, 11, 2), date(2026, 12, 12), None])
def test_open_issues_that_are_estimated_at_nothing_are_to_be_closed_or_estimated(due: date | None) -> None:
    """Whether it is due or overdue: what is left are issues, and no points that a day could be said for."""
    left = Standing(Sum(3, 9), Sum(), Sum(2, 0), 0, 0, 9, 0, 0)
    text = text_of(replace(a_delivery(due=due, chance=0.0), standing=left))
    assert "█████████░ 99 %" in text
    assert "2 open issues have no estimate above 0: close what is done, estimate what is not." in text
    assert "100 %" not in text
    one_left = replace(left, to_do=Sum(1, 0), done=Sum(), size=0)
    text = text_of(replace(a_delivery(due=due, chance=0.0), standing=one_left, dates=None))
    assert "░ 0 %" in text
    assert "1 open issue has no estimate above 0:" in text


def test_a_day_that_nothing_can_save_is_not_to_be_promised() -> None:
    text = text_of(a_delivery(chance=0.1, take_out=7))
    assert "12 Dec cannot be promised: move it to 20 Dec, or settle for what is done by then." in text


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (
            a_delivery(due=date(2026, 11, 2), chance=0.0),
            "Overdue since 2 Nov with 7 points left: move it to 20 Dec, or release what is done.",
        ),
        (a_delivery(due=None), "Set a day: 20 Dec can be promised."),
        (a_delivery(chance=0.99, take_out=0), "Nothing."),
        (
            a_delivery(sure=None, chance=0.0),
            "At this pace there is no end in sight: stop adding to it, or cut it.",
        ),
        (
            replace(a_delivery(), standing=DONE, dates=None),
            "All of it is done: release it. It is due on 12 Dec.",
        ),
        (replace(a_delivery(), dates=None), "Too little is known for a date."),
        (
            replace(a_delivery(due=None), standing=replace(OPEN, unestimated=2)),
            "Set a day: 20 Dec can be promised. Estimate 2 issues for a surer day.",
        ),
    ],
)
def test_each_line_says_what_to_do(one: Delivery, said: str) -> None:
    assert f"| {said} |" in text_of(one)


def on_a_train(chance: float, take_out: float) -> Delivery:
    one = a_delivery(chance=chance, take_out=take_out, sure=date(2026, 12, 12))
    assert one.dates is not None
    return replace(one, dates=replace(one.dates, following=date(2026, 12, 26)))


def test_where_fixed_days_are_not_sure_yet_the_day_is_not_promised() -> None:
    one = on_a_train(1.0, 0)
    assert one.dates is not None
    text = text_of(replace(one, dates=replace(one.dates, by={**one.dates.by, SURE: date(2026, 12, 26)})))
    assert "| **AT RISK** |" in text
    assert "It is meant to go out on 12 Dec with all of it. The day itself is not 85 % sure" in text
    assert "It goes out on 12 Dec" not in text


@pytest.mark.parametrize(
    ("one", "state", "said"),
    [
        (on_a_train(0.9, 0), "ON TRACK", "It goes out on 12 Dec with all of it."),
        (
            on_a_train(0.0, 7),
            "AT RISK",
            (
                "It goes out on 12 Dec with what is ready: of the 7 points left nothing is sure to be. "
                "Say what can wait until 26 Dec."
            ),
        ),
        (
            on_a_train(0.2, 3.2),
            "AT RISK",
            (
                "It goes out on 12 Dec with what is ready: up to 4 points of 7 will not be ready. "
                "Say what can wait until 26 Dec."
            ),
        ),
    ],
)
def test_what_goes_out_on_a_fixed_day_is_not_late_but_smaller(one: Delivery, state: str, said: str) -> None:
    text = text_of(one)
    assert f"| **{state}** |" in text
    assert f"| {said} |" in text


def test_fixed_days_are_told_with_how_well_they_were_kept() -> None:
    train = Train(Rhythm(date(2026, 11, 12), 2), (0, 0, 1), 3.3, 8.25)
    found = told(on_a_train(0.9, 0))
    (part,) = found.parts
    found = replace(found, parts=(replace(part, outlook=replace(part.outlook, train=train)),))
    text = render(report(found))
    assert "Versions go out every second Thursday with what is ready: of the last 3 versions 2 kept" in text
    assert "off by 3.3 working days on average; told by the work left, by 8.2." in text
    (as_json,) = to_json(found)["parts"]
    assert as_json["fixed_days"]["words"] == "every second Thursday"
    assert as_json["scopes"][0]["next_fixed_day"] == "2026-12-26"


def test_the_road_map_is_by_months_in_the_order_in_which_things_come() -> None:
    text = text_of(
        replace(a_delivery("Done"), standing=DONE, dates=None),
        a_delivery("Soon", sure=date(2026, 11, 30), chance=0.9),
        a_delivery("Next", chance=0.6),
        a_delivery("Late", due=None, sure=date(2027, 2, 1)),
    )
    road_map = text[text.index("Road map") :]
    plain = road_map.replace("\N{NO-BREAK SPACE}", " ")
    lines = [line for line in plain.splitlines() if line.startswith("- ")]
    assert lines[:3] == [
        "- **Now (Nov)**: **Done** (all done), **Soon** by 30 Nov (on track)",
        "- **Next (Dec)**: **Next** by 20 Dec (at risk)",
        "- **Later**: **Late** by 1 Feb",
    ]


def test_what_it_rests_on_is_said_in_its_unit() -> None:
    assert "from the last 5 working days (3.5 points a day finished, 1.3 added)" in text_of(a_delivery())
    hours = text_of(a_delivery(), estimation_field="timeoriginalestimate")
    assert "take out some 4 hours" in hours
    issues = text_of(a_delivery(), estimation_field=None)
    assert "take out some 4 issues" in issues
    assert "An issue without an estimate" not in issues


def test_how_good_it_was_is_said_beside_it() -> None:
    blind = Blind(a_version("0.9"), AT, {50: TODAY, 85: TODAY, 95: TODAY}, TODAY, 2)
    score = Score((blind,) * 4, {50: 0.5, 85: 0.75, 95: 1.0}, 3.25)
    said = "2 by the 50 % day, 3 by the 85 % day, 4 by the 95 % day were done."
    text = text_of(a_delivery(), score=score)
    assert "Checked on the last 4 versions that ended" in text
    assert said in text
    assert "off by 3.2 working days on average" in text
    found = to_json(told(a_delivery(), score=score))["parts"][0]["backtest"]
    assert (found["coverage"], found["error_in_working_days"]) == ({"50": 0.5, "85": 0.75, "95": 1}, 3.25)


def test_without_a_forecast_the_reason_is_said_and_nothing_is_drawn() -> None:
    one = replace(a_delivery(), dates=None)
    told_of = told(one, refused="9 working days are known")
    assert "No dates are told: 9 working days are known." in render(report(told_of))
    assert report(told_of).pictures(Medium.PAGE) == ()
    assert to_json(told_of)["parts"][0]["refused"] == "9 working days are known"


def test_names_are_no_markup_and_epics_are_linked() -> None:
    assert "\\*loud\\*" in text_of(replace(a_delivery(), scope=a_version("*loud*", date(2026, 12, 12))))
    epic = Scope("11", Kind.EPIC, "Pay by invoice", key="SHOP-11")
    text = render(report(told(replace(a_delivery(due=None), scope=epic))), base_url="https://shop.test")
    assert "[SHOP-11](https://shop.test/browse/SHOP-11) Pay by invoice" in text


# --- the chart ------------------------------------------------------------------------------------


def test_the_chart_has_a_range_for_each_with_its_due_day_and_is_understood() -> None:
    by = {50: date(2026, 12, 1), 85: date(2026, 12, 15), 95: None}
    one = replace(a_delivery(), dates=Dates(by, 0.2, 3, 0))
    every = [one, a_delivery("1.1", due=None), replace(a_delivery("1.2"), dates=None)]
    spec = drawn(every, ["1.0", "1.0", "1.2"], TODAY, width=600)
    assert spec is not None
    assert alt.LayerChart.from_dict(spec, validate=True)
    today, likely, sure, due, said = (layer["data"]["values"] for layer in spec["layer"])
    assert today == [{"at": "2026-11-18T00:00:00"}]
    assert [row["at"] for row in likely] == ["2026-12-01T00:00:00", "2026-12-20T00:00:00"]
    assert len({row["name"] for row in likely}) == 2, "names that are alike stay apart"
    assert len(sure) == 2
    assert [row["text"] for row in due] == ["12 Dec"]
    assert [row["text"] for row in said] == ["85 %: 15 Dec", "85 %: 20 Dec"], (
        "what can be promised is written there"
    )


def test_without_any_day_there_is_no_chart() -> None:
    assert drawn([replace(a_delivery(), dates=None)], ["1.0"], TODAY, width=600) is None
