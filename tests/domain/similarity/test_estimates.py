"""Estimates are suggested from the team's own done issues, or not at all."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.similarity.estimates import (
    FEWEST_PAST,
    Estimated,
    Estimator,
    NoSuggestion,
    blind_suggestions,
    learn,
    track_record,
)
from app.domain.similarity.index import IssueText
from app.domain.similarity.learner import Learner

BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)
EFFORT = {"typo": 1, "label": 1, "form": 3, "report": 5, "migration": 13}


def a_team(number: int, *, tells: bool = True, days: float = 3, seed: int = 7) -> list[Estimated]:
    """Done issues, one created a day; what they are about tells their effort, or chance does."""
    chance = random.Random(seed)
    return [an_issue(place, chance, tells=tells, days=days) for place in range(number)]


def an_issue(place: int, chance: random.Random, *, tells: bool, days: float) -> Estimated:
    about = chance.choice(list(EFFORT))
    said = IssueText(
        f"T-{place}",
        f"{about.capitalize()} of the {chance.choice(['orders', 'users', 'invoices'])} page",
        f"Needed by the {chance.choice(['sales', 'support', 'finance'])} people.",
    )
    estimate = EFFORT[about] if tells else chance.choice(list(EFFORT.values()))
    created = BEGIN + place * DAY
    return Estimated(said, estimate, created, created + days * DAY)


def learnt(past: Sequence[Estimated]) -> Estimator:
    found = learn(past)
    assert isinstance(found, Estimator)
    return found


def test_who_speaks_of_the_same_is_estimated_alike_and_the_neighbours_are_named() -> None:
    estimator = learnt(a_team(120))
    suggested = estimator.suggest(IssueText("T-999", "Migration of the archive"))
    assert suggested.estimate == 13
    assert {each.estimate for each in suggested.neighbours} == {13}
    assert len(suggested.neighbours) == 5
    assert suggested.low <= suggested.estimate <= suggested.high
    assert suggested.learnt_from == 120
    assert estimator.suggest(IssueText("T-998", "Typo in a mail")).estimate == 1


def test_a_suggestion_carries_how_far_off_such_suggestions_were() -> None:
    record = learnt(a_team(120)).suggest(IssueText("T-999", "Form")).record
    assert record.issues == 60
    assert record.error < record.median_error / 2
    assert record.inside > 0.9


def test_where_texts_do_not_tell_the_effort_nothing_is_suggested() -> None:
    found = learn(a_team(200, tells=False))
    assert isinstance(found, NoSuggestion)
    assert found.record is not None
    assert "median" in found.reason


def test_of_teams_whose_texts_tell_nothing_hardly_one_is_taken_for_another() -> None:
    """Chance makes suggestions a little better than the median for half of them."""
    found = [learn(a_team(100, tells=False, seed=seed)) for seed in range(8)]
    assert sum(isinstance(each, Estimator) for each in found) <= 2


def test_from_too_few_issues_nothing_is_learnt() -> None:
    found = learn(a_team(FEWEST_PAST - 1))
    assert isinstance(found, NoSuggestion)
    assert f"{FEWEST_PAST - 1} done issues" in found.reason


def test_a_team_that_finishes_everything_at_the_end_gives_nothing_to_be_tried_on() -> None:
    found = learn(a_team(100, days=365))
    assert isinstance(found, NoSuggestion)
    assert "too few others had been done" in found.reason


def test_the_past_is_suggested_from_nothing_that_came_later() -> None:
    """Estimates of the future are garbled: what was suggested before stays as it was."""
    past = a_team(120)
    garbled = [each if place < 96 else replace(each, estimate=99) for place, each in enumerate(past)]
    as_it_was, after = blind_suggestions(past), blind_suggestions(garbled)
    assert [replace(each, estimate=0) for each in as_it_was[:48]] == [
        replace(each, estimate=0) for each in after[:48]
    ]
    assert as_it_was[48:] != after[48:]


def test_what_was_not_done_yet_is_not_learnt_from() -> None:
    past = a_team(120)
    open_then = [replace(each, done=BEGIN + 200 * DAY) if each.estimate == 13 else each for each in past]
    assert all(each.high < 13 for each in blind_suggestions(open_then))
    assert any(each.suggested == 13 for each in blind_suggestions(past))


def test_the_order_of_the_past_does_not_matter() -> None:
    past = a_team(90)
    asked = IssueText("T-999", "Report of the orders page")
    shuffled = random.Random(1).sample(past, len(past))
    assert learnt(shuffled).suggest(asked) == learnt(past).suggest(asked)


@pytest.mark.parametrize(
    "text", [IssueText("E-1", ""), IssueText("E-2", "Zzz yyy", "xxx"), IssueText("E-3", "🙂")]
)
def test_an_issue_that_says_nothing_known_gets_a_value_of_the_scale_and_no_neighbours(
    text: IssueText,
) -> None:
    suggested = learnt(a_team(90)).suggest(text)
    assert suggested.estimate in EFFORT.values()
    assert suggested.neighbours == ()


def test_a_team_with_one_estimate_for_everything_gets_no_suggestion() -> None:
    found = learn([replace(each, estimate=2) for each in a_team(90)])
    assert isinstance(found, NoSuggestion)
    assert track_record([]) is None


@pytest.mark.parametrize("said", ["{}", ""], ids=["nothing in common", "nothing at all"])
def test_issues_that_say_nothing_in_common_teach_nothing(said: str) -> None:
    past = [
        replace(each, text=IssueText(each.text.id, said.format(chr(0x4E00 + place))))
        for place, each in enumerate(a_team(90))
    ]
    assert isinstance(learn(past), NoSuggestion)


def test_of_an_issue_that_says_nothing_known_the_recent_level_is_suggested() -> None:
    """The team once estimated the same things low, and now estimates them high; the median of all is low."""
    past = a_team(200, tells=False)
    levels = [(1, 2) if place < 150 else (8, 13) for place in range(200)]
    estimates = [level[place % 2] for place, level in enumerate(levels)]
    learner = Learner([each.text for each in past], estimates)
    (suggested,) = learner.quantiles([IssueText("T-999", "Zzz yyy")], [0.5])[0]
    assert suggested in (8, 13)
    assert sorted(estimates)[100] == 2


def test_chances_are_chances_however_strangely_a_text_is_built() -> None:
    past = a_team(90)
    learner = Learner([each.text for each in past], [each.estimate for each in past])
    strange = [
        IssueText("S-1", "!" * 255, "? * <li " * 4_000),
        IssueText("S-2", "Migration " * 25, "1. a\n2) b\n# c\n" * 2_000),
        IssueText("S-3", "", ""),
    ]
    chances = learner.chances(strange)
    assert chances.min() >= 0
    assert chances.sum(axis=1) == pytest.approx(1)


def test_what_is_suggested_for_an_issue_does_not_depend_on_what_else_is_asked() -> None:
    past, asked = a_team(400), [each.text for each in a_team(300, seed=3)]
    learner = Learner([each.text for each in past], [each.estimate for each in past])
    parts = (0.1, 0.5, 0.9)
    assert learner.quantiles(asked, parts) == [learner.quantiles([each], parts)[0] for each in asked]
