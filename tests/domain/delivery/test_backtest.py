"""How good forecasts of closed versions were, each made blind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from statistics import fmean

import pytest

from app.domain.delivery import outlook as outlooks
from app.domain.delivery.backtest import MOST_SCORED, deliver
from app.domain.delivery.course import Course, in_line
from app.domain.delivery.ledger import Ledger
from app.domain.delivery.scopes import Life
from tests.domain.delivering_team import versions_of_team
from tests.domain.delivery.made import a_ledger, a_version
from tests.domain.team import OPENED

SEEDS = (20, 21, 22)


def test_too_few_closed_scopes_have_no_score() -> None:
    ledger, at = a_ledger([(2.0, 0.0)] * 20, [(a_version("one"), [4])])
    assert deliver(ledger, at=at)[1] is None


@pytest.mark.parametrize("seed", SEEDS)
def test_a_blind_forecast_is_made_half_way_from_what_was_known_then(seed: int) -> None:
    ledger = versions_of_team(seed=seed)
    told, score = deliver(ledger, at=OPENED, seed=1)
    assert score is not None
    assert len(score.blind) <= MOST_SCORED
    for one in score.blind:
        begun, calendar = ledger.begun[one.scope.id], ledger.calendar
        before, after = (
            calendar.working_time(*span)
            for span in ((begun, one.told_at), (one.told_at, ledger.ended(one.scope)))  # type: ignore[arg-type]
        )
        assert abs(before - after) <= timedelta(seconds=1)
        assert sorted(one.by) == [50, 85, 95]
    assert deliver(ledger, at=OPENED, seed=1) == (told, score)


@dataclass(frozen=True)
class _Counted:
    """A course that notes what it is asked."""

    asked: list[float]
    course: Course

    @property
    def places(self) -> Sequence[int]:
        return self.course.places

    @property
    def before(self) -> float:
        return self.course.before

    def take_out(self, bounds: Sequence[float], share: float) -> float:
        self.asked.append(share)
        return self.course.take_out(bounds, share)


def test_what_is_to_be_taken_out_is_worked_out_for_open_versions_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Blind forecasts are compared by their days, and it takes long."""
    asked: list[float] = []
    monkeypatch.setattr(outlooks, "in_line", lambda *given: map(partial(_Counted, asked), in_line(*given)))
    monkeypatch.setattr(outlooks, "LEAST_IN_LINE", 0)
    ledger = versions_of_team(seed=20)
    told, score = deliver(ledger, at=OPENED)
    assert score is not None
    advised = [one for one in told.deliveries if one.dates is not None and one.dates.take_out]
    assert 0 < len(asked) == len(advised)


def test_what_happened_later_changes_no_forecast() -> None:
    """Not even with all of it gone; versions that were released later are open then."""
    ledger = versions_of_team(seed=20)
    at = OPENED - timedelta(days=60)
    cut = [Life(life.issue_id, tuple(one for one in life.phases if one.at <= at)) for life in ledger.lives]
    known = Ledger(ledger.scopes, [life for life in cut if life.phases], ledger.calendar)
    told, score = deliver(ledger, at=at)
    again, same = deliver(known, at=at)
    assert score == same
    for one, other in zip(told.deliveries, again.deliveries, strict=False):
        assert one == other


def test_most_versions_are_done_by_the_day_that_was_told_as_sure() -> None:
    """Of simulated teams, none of which the expected delays were chosen on."""
    scores = [deliver(versions_of_team(seed=seed), at=OPENED)[1] for seed in SEEDS]
    found = [score for score in scores if score is not None]
    assert len(found) == len(SEEDS)
    by_percent = {percent: fmean(one.coverage[percent] for one in found) for percent in (50, 85, 95)}
    assert 0.15 <= by_percent[50] <= by_percent[85] <= by_percent[95]
    assert by_percent[85] >= 0.6
