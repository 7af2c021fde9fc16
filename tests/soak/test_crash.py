"""Processes die at random, Jira is in trouble, webhooks come twice and in any order: nothing of it shows."""

from pathlib import Path

import pytest

from tests.soak.conftest import Tell
from tests.soak.postgres import Postgres
from tests.soak.scale import IS_LONG
from tests.soak.soak import Plan, soak
from tests.soak.world import DOORS, SERVE, WORK

# Jira's faults hit writes only in the long run: whoever cannot know what became of one waits two minutes.
ALONE = (
    Plan(seed=1, kills=55, seconds=360, calm=(1.5, 6.0), writes=True, reports_every=2.0)
    if IS_LONG
    else Plan(seed=1, kills=4, seconds=20, faults=0.15)
)
TO_THE_END = 2_400 if IS_LONG else 600
"""Seconds: whatever stands still is told much earlier, by name."""
TOGETHER = (
    Plan(
        seed=2,
        kills=55,
        seconds=400,
        crew=(SERVE, DOORS, WORK, WORK),
        freezes=0.2,
        crashes=0.08,
        writes=True,
        reports_every=2.0,
    )
    if IS_LONG
    else Plan(seed=2, kills=4, seconds=20, crew=(SERVE, DOORS, WORK), freezes=0.2, crashes=0.15, faults=0.15)
)


@pytest.mark.timeout(TO_THE_END)
def test_one_process_on_sqlite_is_killed_again_and_again(tmp_path: Path, tell: Tell) -> None:
    counts = soak(ALONE, tmp_path, f"sqlite:///{tmp_path}/burnish.db")
    tell(counts)
    assert counts["kills"] == ALONE.kills
    assert counts["living comments"] >= 1


@pytest.mark.timeout(TO_THE_END)
def test_replicas_are_killed_and_frozen_and_postgresql_crashes(
    tmp_path: Path, postgres: Postgres, tell: Tell
) -> None:
    counts = soak(TOGETHER, tmp_path, postgres.url, postgres)
    tell(counts)
    assert counts["kills"] == TOGETHER.kills
    assert counts["living comments"] >= 1
