"""Cumulative flow and cycle times in the report on a board's flow, in every form that it has."""

import json
from collections.abc import Mapping
from dataclasses import replace
from statistics import median
from typing import Any

import pytest
from sqlalchemy import Connection

from app.domain.reports.comment_pictures import words_of
from app.services.flow import as_comment, described
from app.services.rendering import render
from app.store import tables
from app.store.sites import Site
from connectors.charts.renderer import NotDrawn
from tests.factories import DONE, IN_PROGRESS, STATUS_NAMES, TO_DO, a_change, moved
from tests.services.kanban import SUB_QUERY, a_move, a_team, ago, as_text, begun, finished, flow_of, put


def a_steady_team(tx: Connection) -> Site:
    """One issue every other day: it waits for five days, and is done four days after work on it began."""
    site = a_team(tx)
    for number in range(45):
        done = 0.5 + 2 * number
        finished(tx, site, 100 + number, begun=done + 4, done=done, created=ago(done + 9))
    for number in range(2):
        begun(tx, site, 1 + number, since=0.5 + 2 * number, created=ago(5.5 + 2 * number))
    return site


def draws_nothing(_: Mapping[str, Any]) -> str:
    raise NotDrawn("today")


def test_the_page_shows_both_charts_first_and_says_what_they_show(tx: Connection) -> None:
    told = flow_of(tx, a_steady_team(tx))
    page = as_text(told, "html")
    assert (
        page.index('class="panel')
        < page.index('aria-label="Cumulative flow. 3.')
        < page.index('aria-label="Cycle times')
        < page.index("What can be promised")
        < page.index('aria-label="Issues arrived and finished')
    )
    assert '<figure class="whole" role="img" aria-label="Issues arrived and finished' in page, (
        "in a row alone"
    )
    rates = "3.3 issues a week came since 9 Mar and 3.5 were finished"
    said = f"{rates}; no column is much fuller or emptier than at first"
    law = "work takes about 3 working days on average (Little's law)"
    by_column = "By column, on 9 Mar and now: To Do 2, 0; In Progress 2, 2; Done 0, 43."
    assert f"{said}; {law}. {by_column}" in as_text(told)
    assert "<strong>Cumulative flow:</strong>" not in page, "the chart says it"
    assert "<strong>Cumulative flow:</strong>" in render(
        described(told), style="html", base_url="", draw=draws_nothing
    )
    for style in ("wiki", "adf"):
        assert "no column is much fuller" in as_text(told, style)


def test_a_comment_shows_both_as_one_picture_with_words_for_whoever_does_not_see_it(tx: Connection) -> None:
    site = a_steady_team(tx)
    told = flow_of(tx, site)
    for deployment in ("Cloud", "Server"):
        there = replace(site, deployment=deployment)
        comment, in_words = (as_comment(told, there, "BURN-1", picture=shown) for shown in (True, False))
        (picture,) = comment.pictures
        assert picture.alt.startswith("Cumulative flow. 3.3 issues a week came")
        assert "Cycle times of finished issues" in picture.alt
        assert [one["title"]["text"] for one in picture.spec["hconcat"]] == [
            "Cumulative flow, issues by column",
            "Cycle time, working days",
        ]
        assert in_words.pictures == ()
        assert words_of(comment.body) == words_of(in_words.body)


def test_machines_can_work_out_every_number_again(tx: Connection) -> None:
    document = json.loads(as_text(flow_of(tx, a_steady_team(tx)), "json"))
    told = document["cumulative"]
    assert told["columns"] == ["To Do", "In Progress", "Done"]
    counts = dict(zip(told["columns"], told["before"], strict=True))
    for one in told["days"]:
        for move in one["moves"]:
            for column, change in ((move["from"], -1), (move["to"], 1)):
                if column is not None:
                    counts[column] += change
        assert list(counts.values()) == one["counts"]
    assert [len(one["issues"]) for one in document["columns"]] == told["days"][-1]["counts"][:-1]
    done = {move["key"] for one in told["days"] for move in one["moves"] if move["to"] == "Done"}
    weekly = [key for week in document["weeks"] for key in week["finished"]]
    assert done == set(weekly)
    assert told["finished"] == len(weekly) == 43
    assert told["came"] == sum(len(week["arrived"]) for week in document["weeks"])
    law = document["littles_law"]
    whole = [one["in_progress"] for one in document["flow"]["days"][:-1]]
    assert law["days"] == pytest.approx(sum(whole) / law["finished"], abs=1e-3)
    control = document["control"]
    taken = [one["days"] for one in control["issues"]]
    for number, one in enumerate(control["issues"], 1):
        last = taken[:number][-control["rolling_median_of"] :]
        assert one["rolling_median"] == (pytest.approx(median(last), abs=1e-3) if number >= 15 else None)
    assert control["days"]["85"] == document["flow"]["cycle_time_days"]["85"]
    assert document["limits"].keys() == {"mean", "low", "high", "middle", "outside", "run", "signal"}


def test_what_counts_in_a_flow_counts_in_its_columns(tx: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was released or is hidden was done all the same; what is gone or elsewhere was not."""
    monkeypatch.setitem(STATUS_NAMES, "77", "Released")
    site = a_team(tx, sub_query=SUB_QUERY)
    finished(tx, site, 1, 12, 9)
    way = (moved(ago(12), TO_DO, IN_PROGRESS), moved(ago(9), IN_PROGRESS, DONE))
    put(tx, site, 2, *way, moved(ago(3), DONE, "77"), created=ago(20), status="77")
    finished(tx, site, 3, 12, 9, labels=["released"])
    put(tx, site, 4, moved(ago(3), TO_DO, "77"), created=ago(20), status="77")
    finished(tx, site, 5, 12, 9)
    tx.execute(
        tables.issues.update().filter_by(key="BURN-5").values(deleted_at=ago(1), gone_reason="deleted")
    )
    put(tx, site, 6, a_move(ago(5), "SHOP-6", "BURN-6"), created=ago(20))
    put(tx, site, 7, a_change("assignee", ago(2), "dana", "kim"), created=ago(20), project="SHOP")
    told = flow_of(tx, site).cumulative
    assert {move.key for move in told.moves} == {"BURN-1", "BURN-2", "BURN-3", "BURN-6"}
    assert told.now == (1, 0, 3)
