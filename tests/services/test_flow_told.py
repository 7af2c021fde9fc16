"""What the report on a board's flow says: what to do, what can be promised, and what it rests on."""

import json
from dataclasses import replace
from itertools import pairwise
from math import ceil

import pytest
from sqlalchemy import Connection

from app.domain.flow.weeks import Direction
from app.domain.forecast.forecast import NoForecast
from app.domain.forecast.throughput import ThroughputForecast
from app.domain.scrum.board import Limits
from app.domain.sprint_health.habits import BoardHabits
from app.errors import NotPossible
from app.services.flow import as_comment, as_messages
from app.services.rendering import FORMATS
from app.store import partial_data, tables
from app.store.sites import Site
from tests.factories import (
    CLOSED,
    DONE,
    IN_PROGRESS,
    STATUS_NAMES,
    TO_DO,
    moved,
)
from tests.services.kanban import (
    DAY,
    NOW,
    a_move,
    a_team,
    ago,
    as_text,
    begun,
    finished,
    flow_of,
    kanban,
    keys_begun,
    put,
    waits_for,
)


def a_busy_team(tx: Connection) -> Site:
    """Thirty issues of two to four working days each, one finished every other day, and some in progress."""
    site = a_team(tx)
    for number in range(30):
        done = 2 + 2.5 * number
        finished(tx, site, 100 + number, begun=done + 2 + number % 3, done=done)
    begun(tx, site, 1, since=30)
    begun(tx, site, 2, since=2)
    return site


def test_the_oldest_beyond_the_teams_own_measure_comes_first(tx: Connection) -> None:
    told = flow_of(tx, a_busy_team(tx))
    assert [one.key for one in told.flow.outliers] == ["BURN-1"]
    text = as_text(told)
    assert "2 issues in progress" in text
    assert "Finish or split first, in In Progress (85 % leave it within" in text
    first_advice = text.index("Finish or split first")
    assert first_advice < text.index("BURN-1") < text.index("What can be promised")


def test_the_service_level_is_kept_by_at_least_85_percent_of_what_was_finished(tx: Connection) -> None:
    told = flow_of(tx, a_busy_team(tx))
    level = told.service_level
    assert level is not None
    took = [path.cycle_time / DAY for path in told.flow.finished if path.cycle_time is not None]
    assert sum(one <= level for one in took) / len(took) >= 0.85
    assert sum(one <= level - 1 for one in took) / len(took) < 0.85
    assert f"**{level} working days**" in as_text(told)


def test_where_the_time_goes_is_said_of_enough_issues(tx: Connection) -> None:
    told = as_text(flow_of(tx, a_busy_team(tx)))
    meaning = "on average In Progress 2.1 of 2.1 working days from start to done"
    assert f"| Where the time goes | **In Progress** | {meaning} |" in told


def test_figures_that_people_know_by_name_are_told_and_have_their_receipts(tx: Connection) -> None:
    told = flow_of(tx, a_busy_team(tx))
    text = as_text(told)
    assert (
        text.index("What can be promised") < text.index("| Predictability |") < text.index("How work flows")
    )
    taken = told.flow.cycle_times
    assert taken is not None
    days = " | ".join(str(ceil(taken.days[percent])) for percent in (50, 70, 85, 95))
    assert f"| From start to done | {days} | {taken.sample} |" in text
    document = json.loads(as_text(told, "json"))
    ages = [one["age_days"] for one in document["flow"]["in_progress"]]
    assert document["total_age_days"] == pytest.approx(sum(ages), abs=1e-3)
    assert f"| Total age | **{sum(ages):.1f} working days** | of 2 issues in progress together" in text
    assert [issue for one in document["people"] for issue in one["issues"]] == ["BURN-1", "BURN-2"]
    assert sum(one["age_days"] for one in document["people"]) == pytest.approx(sum(ages), abs=1e-3)
    assert document["balance"]["net"] == document["balance"]["arrived"] - document["balance"]["finished"]
    in_four_weeks = document["forecast"]["how_many"][-1]["at_least"]
    assert document["forecast"]["predictability"] == round(100 * in_four_weeks["95"] / in_four_weeks["50"])


def test_the_forecast_says_how_many_and_when_and_is_tried_blind(tx: Connection) -> None:
    site = a_busy_team(tx)
    told = flow_of(tx, site, asked=20)
    assert isinstance(told.forecast, ThroughputForecast)
    assert told.forecast.when is not None
    assert told.forecast.when.issues == 20
    assert [one.weeks for one in told.forecast.how_many] == [2, 4]
    assert told.forecast == flow_of(tx, site, asked=20).forecast
    text = as_text(told)
    assert "Next 20 issues" in text
    assert "Tried blind on" in text
    as_many = flow_of(tx, site).forecast
    assert isinstance(as_many, ThroughputForecast)
    assert as_many.when is not None
    assert as_many.when.issues == told.flow.wip == 2


def test_with_little_behind_it_says_why_there_is_no_forecast_and_no_service_level(tx: Connection) -> None:
    site = a_team(tx)
    finished(tx, site, 1, begun=12, done=5)
    told = flow_of(tx, site)
    assert isinstance(told.forecast, NoForecast)
    assert told.service_level is None
    assert "1 issue begun and finished since 9 Mar; it takes 10" in as_text(told)
    assert "a forecast needs 10 on 20" in as_text(told)


def test_a_column_over_its_limit_is_named_with_what_to_do(tx: Connection) -> None:
    first, second, last = kanban().columns
    site = a_team(tx, columns=(first, replace(second, limits=Limits(most=1)), last))
    begun(tx, site, 1, since=2)
    begun(tx, site, 2, since=2)
    said = "In Progress holds 2 issues, its limit is 1: finish 1 there before anything new is begun."
    assert said in as_text(flow_of(tx, site))


def test_a_comment_on_a_board_of_many_full_columns_is_no_longer_than_jira_takes(
    tx: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its oldest work is named all the same; of the advice below it is said how much more there is."""
    first, second, last = kanban().columns
    steps = [str(1000 + each) for each in range(25)]
    for one in steps:
        monkeypatch.setitem(STATUS_NAMES, one, f"Status {one}")
    between = [replace(second, name=f"Step {one}", status_ids=(one,), limits=Limits(most=1)) for one in steps]
    site = a_team(tx, columns=(first, *between, last))
    way = [moved(ago(30 - each / 2), one, then) for each, (one, then) in enumerate(pairwise([*steps, DONE]))]
    for number in range(500, 512):
        put(tx, site, number, moved(ago(31), TO_DO, steps[0]), *way, created=ago(60), status=DONE)
    for number in range(1, 176):
        stood = steps[number % len(steps)]
        told = {"status": stood, "summary": "ü|*_" * 40}
        put(tx, site, number, moved(ago(60), TO_DO, stood), created=ago(90), **told)
    flow = flow_of(tx, site)
    assert len(flow.over_limit) == len({one.column for one in flow.flow.outliers}) == len(steps)
    for deployment in ("Cloud", "Server"):
        comment = as_comment(flow, replace(site, deployment=deployment), "BURN-1").body
        text = comment if isinstance(comment, str) else json.dumps(comment)
        assert 20_000 < len(text) <= 32_767
        assert "Finish or split first, in Step 10" in text
        assert "What can be promised" in text


def test_a_column_of_the_board_says_that_work_goes_on_whatever_the_site_calls_its_status(
    tx: Connection,
) -> None:
    first, second, last = kanban().columns
    columns = (
        first,
        replace(second, status_ids=(IN_PROGRESS, CLOSED)),
        replace(last, status_ids=(DONE,)),
    )
    site = a_team(tx, columns=columns)
    begun(tx, site, 1, 9, moved(ago(5), IN_PROGRESS, CLOSED), status=CLOSED)
    assert keys_begun(flow_of(tx, site)) == ["BURN-1"]


def test_days_before_there_was_any_issue_do_not_tell_what_is_usual(tx: Connection) -> None:
    """Five have been in progress on every day of the four weeks that the board is old."""
    site = a_team(tx)
    for number in range(1, 6):
        begun(tx, site, number, since=27, created=ago(28))
    told = flow_of(tx, site)
    assert (told.usual_wip, len(told.flow.days)) == (5, 21)
    assert "5 issues in progress (5 is usual)" in as_text(told)
    older = flow_of(tx, site, weeks=4)
    assert (older.usual_wip, older.flow.days[0].day) == (5, ago(28).date())


def test_a_backlog_that_grows_is_told(tx: Connection) -> None:
    site = a_team(tx)
    for number in range(30):
        put(tx, site, number + 1, created=ago(2 * number + 1))
    told = flow_of(tx, site)
    assert (told.balance.arrived, told.balance.direction) == (30, Direction.RISING)
    assert "the backlog grows" in as_text(told)


def test_partial_data_is_said_before_any_number_and_nothing_is_forecast(tx: Connection) -> None:
    site = a_busy_team(tx)
    tx.execute(tables.issues.update().filter_by(key="BURN-101").values(history_complete=False))
    told = flow_of(tx, site)
    assert isinstance(told.forecast, NoForecast)
    text = as_text(told)
    assert text.index("These numbers rest on incomplete data") < text.index("issues in progress")
    tx.execute(tables.issues.update().values(history_complete=True))
    unread = partial_data.Partial(partial_data.of_project("10000"), partial_data.Kind.UNREAD, "Half is read.")
    partial_data.note(tx, site, [unread], at=NOW)
    assert flow_of(tx, site).missing == ("Half is read",)


def test_fields_that_sprints_need_are_not_missed(tx: Connection) -> None:
    site = a_busy_team(tx)
    hidden = partial_data.Kind.FIELD_HIDDEN
    unread = partial_data.Partial(partial_data.SITE, hidden, "Jira shows no Sprint field.", part="sprint")
    partial_data.note(tx, site, [unread], at=NOW)
    told = flow_of(tx, site)
    assert told.missing == ()
    assert isinstance(told.forecast, ThroughputForecast)


def test_a_team_says_what_it_calls_work(tx: Connection) -> None:
    site = a_team(tx)
    put(tx, site, 1, created=ago(3))
    assert keys_begun(flow_of(tx, site)) == []
    habits = BoardHabits(started_in=("To Do", "In Progress"))
    assert keys_begun(flow_of(tx, site, habits=habits)) == ["BURN-1"]


def test_of_restricted_issues_it_is_told_how_many_there_are(tx: Connection) -> None:
    site = a_busy_team(tx)
    secret = tables.issues.update().filter_by(key="BURN-1")
    tx.execute(secret.values(security_id="10100", summary="A secret takeover", assignee="Grace Hopper"))
    told = flow_of(tx, site)
    assert told.flow.wip == 1
    every = [as_text(told, style) for style in FORMATS]
    every += [repr(as_comment(told, site, "BURN-2")), repr(as_messages(told, site, "BURN-2", ["team"]))]
    for text in every:
        assert "takeover" not in text
        assert "Grace" not in text
        assert "BURN-1)" not in text
        assert '"BURN-1"' not in text
    assert "A restricted issue is not counted here." in as_text(told)
    assert "A secret takeover" in as_text(flow_of(tx, site, show_restricted=True))
    tx.execute(secret.values(status_id=DONE, status_name="Done"))
    assert flow_of(tx, site).restricted == 1, "whatever becomes of it, nobody learns when"


SECRET = {"security": {"id": "7", "name": "Board"}}


@pytest.mark.parametrize("clause", ["nonsense = BURN-13", "nonsense = burn-13", "nonsense = SHOP-13"])
def test_a_filter_that_cannot_be_asked_is_told_without_the_restricted_issues_it_names(
    tx: Connection, clause: str
) -> None:
    """Nor by the key that it had, and nor where the report is refused for it."""
    site = a_team(tx, filter_jql=f"project = BURN AND {clause}")
    put(tx, site, 13, a_move(ago(2), "SHOP-13", "BURN-13"), created=ago(3), **SECRET)
    begun(tx, site, 2, since=9)
    key = clause.partition("= ")[2]
    for style in FORMATS:
        assert key not in as_text(flow_of(tx, site), style)
    assert key.upper() in as_text(flow_of(tx, site, show_restricted=True)).upper()
    tx.execute(tables.boards.update().values(project_key=None))
    with pytest.raises(NotPossible) as refused:
        flow_of(tx, site)
    assert key not in str(refused.value)


@pytest.mark.parametrize(
    "clause", ["issue WAS 113", "parent WAS 113 AFTER 'never'", "issue in linkedIssues(113, 'no such words')"]
)
def test_a_filter_that_names_a_restricted_issue_by_its_number_is_told_without_it(
    tx: Connection, clause: str
) -> None:
    site = a_team(tx, filter_jql=f"project = BURN AND {clause}")
    put(tx, site, 13, created=ago(3), **SECRET)
    begun(tx, site, 2, since=9)
    assert "113" in as_text(flow_of(tx, site, show_restricted=True))
    for style in FORMATS:
        text = as_text(flow_of(tx, site), style)
        assert "cannot be answered here" in text
        assert "113" not in text


def test_a_number_of_something_else_stays_in_what_is_told_of_a_filter(tx: Connection) -> None:
    site = a_team(tx, filter_jql="project = BURN AND sprint CHANGED FROM 113 AFTER 'never'")
    put(tx, site, 13, created=ago(3), **SECRET)
    begun(tx, site, 2, since=9)
    assert "113" in as_text(flow_of(tx, site))


def test_a_restricted_blocker_that_was_moved_is_not_named_by_the_key_that_it_had(tx: Connection) -> None:
    site = a_team(tx)
    move = a_move(ago(5), "BURN-13", "SHOP-13")
    put(tx, site, 13, move, created=ago(30), project="SHOP", **SECRET)
    begun(tx, site, 2, 9, waits_for("BURN-13", ago(8)))
    text = as_text(flow_of(tx, site))
    assert "waits for" not in text
    assert "BURN-13" not in text
    assert "waits for BURN-13" in as_text(flow_of(tx, site, show_restricted=True))


def test_machines_get_all_of_it_with_its_receipts(tx: Connection) -> None:
    document = json.loads(as_text(flow_of(tx, a_busy_team(tx)), "json"))
    assert document["board"] == {"id": 1, "name": "Burnish board", "kind": "kanban"}
    assert document["since"] == "2026-03-09T00:00:00Z"
    assert len(document["weeks"]) == 13
    assert sum(len(week["finished"]) for week in document["weeks"]) == 30
    assert document["wip"] == len(document["flow"]["in_progress"]) == 2
    assert document["flow"]["cycle_time_days"]["sample"] == 30
    spent = document["flow"]["time_spent"]
    assert spent.keys() == {"days", "statuses", "blocked", "sample"}
    assert spent["statuses"] == {"In Progress": spent["days"]}
    assert (spent["blocked"], spent["sample"]) == (0, 30)
    assert document["forecast"]["how_many"][0]["at_least"].keys() == {"50", "85", "95"}
    assert [one["name"] for one in document["columns"]] == ["To Do", "In Progress"]
