"""What the report on velocity says of the simulated team."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.reports import adf, markdown, wiki_markup
from app.domain.reports.velocity import BoardVelocity, report, to_json
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.history import Fields, Histories
from app.domain.sprint_health.velocity import read_result, velocity
from tests.domain.reports import adf_schema
from tests.domain.reports.test_outlook import of_the_team
from tests.domain.reports.test_outlook import told as sprint_report
from tests.domain.team import OPENED, team_history

SITE = "https://burnish.example"


def shown(value: Decimal | None) -> str:
    return "" if value is None else f"{float(value):g}"


@pytest.fixture(scope="module")
def told() -> BoardVelocity:
    team = team_history(30, 21)
    field = team.fields.sprint or ""
    histories = Histories(Fields(field, team.board.estimation_field))
    results = [
        read_result(sprint, team.board, team.issues, sprint_field=field, histories=histories)
        for sprint in team.closed
    ]
    figures = velocity([one for one in results if one is not None])
    return BoardVelocity(team.board, OPENED, Calendar(), figures)


def test_the_figures_stand_first_and_each_sprint_below_newest_first(told: BoardVelocity) -> None:
    text = markdown.render(report(told), base_url=SITE)
    figures = told.velocity
    assert (
        f"(median {shown(figures.median)}, from {shown(figures.lowest)} to {shown(figures.highest)})" in text
    )
    names = [one.name for one in figures.sprints]
    assert [text.index(f"| {name} |") for name in reversed(names)] == sorted(
        text.index(f"| {name} |") for name in names
    )
    for key, length in figures.streaks[:10]:
        row = "for the first time" if length == 1 else f"in {length} sprints in a row"
        assert f"[{key}]({SITE}/browse/{key}): unfinished {row}" in text
    again = next(key for key, length in figures.streaks if length > 1)
    assert f"split or drop: [{again}]({SITE}/browse/{again})" in text


def test_jira_takes_it_on_both_editions(told: BoardVelocity) -> None:
    document = adf.render(adf.fit(report(told), base_url=SITE), base_url=SITE)
    validator = adf_schema.validator()
    assert validator is None or not list(validator.iter_errors(document))
    assert "||Sprint||Closed||" in wiki_markup.render(report(told), base_url=SITE)


def test_for_machines_the_mean_can_be_worked_out_from_the_sprints(told: BoardVelocity) -> None:
    found = json.loads(json.dumps(to_json(told)))
    counted = [one["completed_in_jira"] for one in found["sprints"] if not one["incomplete"]]
    assert found["mean"] == pytest.approx(sum(counted) / len(counted), abs=1e-4)
    assert len(found["sprints"]) == 7


def test_the_sprint_report_tells_it_in_a_sentence_and_draws_the_burn_up() -> None:
    text = sprint_report(of_the_team())
    assert "**Velocity:** " in text
    assert "points a sprint, the mean of the last 7 sprints as Jira has it" in text
    health = of_the_team()
    last = health.burnup[-1]
    assert f" {shown(last.done)} of {shown(last.scope)}\n" in text
    assert last.scope - last.done == health.ledger.remaining.points


@pytest.mark.parametrize(("too_little", "is_told"), [(3, True), (4, False)])
def test_a_team_that_keeps_completing_more_than_it_commits_to_is_told_to_commit_to_more(
    told: BoardVelocity, too_little: int, is_told: bool
) -> None:
    *before, last, one, two = told.velocity.sprints
    below = [replace(each, commitment=each.completed - 1) for each in (last, one, two)]
    lived_up = replace(before[-1], commitment=before[-1].completed)
    figures = replace(told.velocity, sprints=(*before[:-1], lived_up, *below))
    text = markdown.render(report(replace(told, velocity=figures, too_little=too_little)), base_url=SITE)
    assert ("The last 3 sprints completed more than was committed: commit to more." in text) is is_told
