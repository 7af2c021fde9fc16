"""A replica is frozen beyond its lease while it writes to Jira, and wakes up when another did its work."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from app.clock import utc_now
from app.domain.reports.comment_pictures import words_of
from app.store import tables
from app.store.database import Database
from tests.soak.conftest import Tell
from tests.soak.facts import comments_of, markers_of
from tests.soak.load import COMMENT, Witness, report_issues
from tests.soak.postgres import Postgres
from tests.soak.processes import Process, until
from tests.soak.scale import FREEZES
from tests.soak.world import LEASE, SERVE, World, request_report, running

_SLOW = 1.5
"""Seconds that Jira holds an answer back: long enough to freeze whoever waits for it."""


@dataclass(frozen=True)
class Stage:
    """Three replicas, each known by the name that its worker claims with."""

    world: World
    database: Database
    workers: dict[str, Process]

    def effect_on(self, issue: str) -> dict[str, Any] | None:
        """The newest effect there."""
        table = tables.effects
        query = select(table).where(table.c.subject == f"issue:{issue}").order_by(table.c.id.desc())
        with self.database.read() as connection:
            row = connection.execute(query.limit(1)).mappings().first()
        return dict(row) if row is not None else None


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Iterator[Stage]:
    folder, opens_at = tmp_path_factory.mktemp("frozen"), utc_now() - timedelta(days=3)
    with running(folder, postgres.url, crew=(SERVE,) * 3, opens_at=opens_at) as world:
        database = Database(postgres.url)
        yield Stage(world, database, _workers(world, database))
        database.close()


def _workers(world: World, database: Database) -> dict[str, Process]:
    """The replicas began one after the other, and so did their workers."""
    table = tables.workers

    def names() -> list[str]:
        with database.read() as connection:
            return list(connection.scalars(select(table.c.name).order_by(table.c.started_at)))

    until("all workers to show themselves", lambda: len(names()) == len(world.replicas))
    return dict(zip(names(), world.replicas, strict=True))


@pytest.mark.timeout(60 + 20 * FREEZES)
@pytest.mark.parametrize("held_back", ["GET", "POST"])
def test_whoever_wakes_up_late_writes_nothing(stage: Stage, held_back: str, tell: Tell) -> None:
    """GET: the late one has looked and is about to write. POST: it has written and cannot say so any more."""
    chance = random.Random(held_back)
    issues = report_issues(stage.world, 6)
    for number in range(FREEZES):
        sprint = number % len(issues)
        before = _written(stage.world)
        issue = issues[sprint] if held_back == "GET" else issues[-1 - sprint]
        _freeze_one(stage, held_back, sprint=sprint + 1, issue=issue, moment=chance.uniform(0, _SLOW / 3))
        marker = f"sprint-health:1:{sprint + 1}"
        found = [one for one in comments_of(stage.world, issue) if marker in markers_of(one)]
        effect = stage.effect_on(issue)
        assert effect is not None
        assert [words_of(one["body"]) for one in found] == [words_of(effect["payload"]["body"])]
        assert _written(stage.world) - before == 1
        stage.world.ask_jira("DELETE", f"/rest/api/3/issue/{issue}/comment/{found[0]['id']}")
        _forget(stage.database)
    tell(Counter({f"freezes while Jira held back its answer to {held_back}": FREEZES, "written twice": 0}))


def _freeze_one(stage: Stage, held_back: str, *, sprint: int, issue: str, moment: float) -> None:
    """From the request of a report until the replica that was frozen with it has gone on."""
    world = stage.world
    fault = {"kind": "delay_after", "method": held_back, "path": COMMENT, "seconds": _SLOW, "times": 1}
    world.ask_jira("POST", "/_sandbox/faults", json=fault)
    old = stage.effect_on(issue)
    asked = partial(request_report, world, world.doors[0], sprint=sprint, issue=issue)
    until("the service to take the request", lambda: asked() is not None)

    def waiting() -> bool:
        """Jira has got the request, and holds its answer back."""
        return not any(one["times"] for one in world.ask_jira("GET", "/_sandbox/faults")["faults"])

    until("the request to Jira", waiting)
    time.sleep(moment)
    claimed = stage.effect_on(issue)
    assert claimed is not None
    assert old is None or claimed["id"] > old["id"]
    sleeper = stage.workers[claimed["claimed_by"]]
    assert sleeper.freeze()
    until(
        "another replica", lambda: (stage.effect_on(issue) or {}).get("state") == "done", seconds=LEASE + 40
    )
    done = stage.effect_on(issue)
    sleeper.thaw()
    until("the late one to be itself again", lambda: world.is_ready(sleeper))
    time.sleep(LEASE / 2)
    assert done is not None
    assert done["attempts"] == claimed["attempts"] + 1
    assert stage.effect_on(issue) == done
    world.ask_jira("DELETE", "/_sandbox/faults")


def _written(world: World) -> int:
    witness = Witness(world)
    witness.look()
    return sum(witness.written.values())


def _forget(database: Database) -> None:
    """So that the next report is written anew, not edited."""
    with database.write() as connection:
        connection.execute(tables.living_comments.delete())
