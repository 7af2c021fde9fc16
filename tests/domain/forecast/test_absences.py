"""Who is away gets less done: what is known of absences is in the forecast."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.forecast.backtest import backtest
from app.domain.forecast.chances import chances
from app.domain.forecast.forecast import (
    MOST_SPRINTS,
    Forecast,
    closed_before,
    forecast,
)
from app.domain.forecast.record import DAY, SprintRecord, record
from app.domain.scrum.calendar import Calendar
from tests.domain.forecast_team import records, told
from tests.domain.team import OPENED
from tests.factories import (
    DONE,
    SPRINT_FIELD,
    START,
    TO_DO,
    a_board,
    a_sprint,
    an_issue,
    moved,
)


def test_a_team_that_is_away_gets_less_done() -> None:
    away = {OPENED.date() + timedelta(days=number): 0.9 for number in range(14)}
    assert told(away=away).days_left < told().days_left
    assert told(away=away).expected < told().expected


def test_who_will_be_away_makes_no_issue_older() -> None:
    """Chances go by how long an issue stands in its column, whoever will be away."""
    past = records(21)
    current = past[20]
    now = current.with_days_left(5.0)
    found = forecast(
        current, past, at=now.at, away={now.at.date() + timedelta(days=n): 0.5 for n in range(1, 14)}
    )
    assert isinstance(found, Forecast)
    assert found.days_left < 4
    by_fewer = 1 - (1 - np.array(chances(now.items, now.days_left, past[:20]))) ** (found.days_left / 5.0)
    told = {item.key: item.chance for item in found.items}
    assert told == pytest.approx(dict(zip((item.key for item in now.items), by_fewer, strict=True)))


@cache
def full(days_left: float) -> tuple[SprintRecord, datetime]:
    current = records(21)[24]
    return current, current.with_days_left(days_left).at


SHARES_AWAY = st.sampled_from((0.0, 0.1, 0.25, 0.5, 0.9, 1.0))


@given(
    days_left=st.sampled_from((0.5, 2.0, 4.25, 6.0, 8.0, 10.0)),
    shares=st.lists(st.tuples(SHARES_AWAY, SHARES_AWAY), min_size=14, max_size=14),
    before=st.lists(SHARES_AWAY, min_size=60, max_size=60),
)
@settings(max_examples=60, deadline=None)
def test_more_absence_never_makes_anything_likelier(
    days_left: float, shares: list[tuple[float, float]], before: list[float]
) -> None:
    """Exactly, whoever was away in earlier sprints; and what is done is never less."""
    current, at = full(days_left)
    earlier = {at.date() - timedelta(days=5 * n): share for n, share in enumerate(before, start=1)}
    days = [at.date() + timedelta(days=n) for n in range(14)]
    few = earlier | dict(zip(days, (min(pair) for pair in shares), strict=True))
    many = earlier | dict(zip(days, (max(pair) for pair in shares), strict=True))
    usual, fewer = (
        forecast(current, records(21), at=at, commitment=current.final, away=one) for one in (few, many)
    )
    assert isinstance(fewer, Forecast)
    assert isinstance(usual, Forecast)
    assert fewer.chance_of_all <= usual.chance_of_all
    assert (fewer.chance_of_commitment or 0) <= (usual.chance_of_commitment or 0)
    assert fewer.expected <= usual.expected
    assert fewer.score == usual.score
    for less, more in zip(fewer.ranges, usual.ranges, strict=True):
        assert (less.low <= more.low, less.high <= more.high) == (True, True)
    odds = {item.key: item.chance for item in usual.items}
    assert all(item.chance <= odds[item.key] for item in fewer.items)
    known = closed_before(records(21), at, current.sprint_id)[-MOST_SPRINTS:]
    done = current.at(at).done
    reopened = min(0.0, *(each.final - each.with_days_left(days_left).done for each in known))
    assert fewer.ranges[-1].low >= done + reopened


def test_nobody_away_is_the_same_as_no_word_of_it() -> None:
    current, at = full(5.0)
    away = {at.date() + timedelta(days=n): 0.0 for n in range(-200, 14)}
    one, other = (forecast(current, records(21), at=at, away=given) for given in (away, None))
    assert one == other


def a_steady_team(sprints: int, away: dict[date, float]) -> list[SprintRecord]:
    """It finishes eight points on a working day, less by the share of those who are away."""
    found = []
    for number in range(sprints):
        start = START + timedelta(weeks=2 * number)
        sprint = a_sprint(
            id=number + 1, start=start, end=start + timedelta(days=11), completed=start + timedelta(days=11)
        )
        issues = []
        for n in range(12):
            at = start + timedelta(days=n, hours=3)
            if at.weekday() < 5:
                for place in range(8):
                    done = place < round(8 * (1 - away.get(at.date(), 0.0)))
                    moves = (moved(at, TO_DO, DONE),) if done else ()
                    issues.append(
                        an_issue(
                            f"BURN-{number * 1000 + n * 10 + place}",
                            created=start - timedelta(days=1),
                            sprint_ids=frozenset({number + 1}),
                            status=DONE if done else TO_DO,
                            estimate=Decimal(1),
                            changes=moves,
                        )
                    )
        known = record(
            sprint, a_board(), issues, sprint_field=SPRINT_FIELD, calendar=Calendar(), now=OPENED + 9999 * DAY
        )
        assert known is not None
        found.append(known)
    return found


def test_with_absences_known_blind_forecasts_are_a_lot_closer() -> None:
    """Half of the team is away in every third sprint, and a quarter in every fourth."""
    away: dict[date, float] = {}
    for number in range(16):
        share = 0.5 if number % 3 == 2 else 0.25 if number % 4 == 3 else 0.0
        for n in range(14):
            away[(START + timedelta(weeks=2 * number, days=n)).date()] = share
    team = a_steady_team(16, away)
    scores = [backtest(team, away=one) for one in (away, {})]
    for share in (0.0, 0.3, 0.5):
        knowing, guessing = (one[share] for one in scores)
        assert knowing is not None
        assert guessing is not None
        assert knowing.error < guessing.error / 2
        assert (knowing.brier or 0) <= (guessing.brier or 0)
