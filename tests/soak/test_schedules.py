"""Ten schedules are due and four replicas ring at the same instant: ten runs, each once, every time."""

import multiprocessing
from collections import Counter
from collections.abc import Iterator
from uuid import uuid4

import pytest

from app.store.database import Database
from tests.conftest import execute_on, named
from tests.soak.conftest import Tell
from tests.soak.firing import TOGETHER, made, make_due, make_schedules, ring
from tests.soak.scale import FIRINGS

REPLICAS, SCHEDULES = 4, 10


@pytest.fixture
def database_url(postgresql_template: str) -> Iterator[str]:
    name = f"burnish_{uuid4().hex[:12]}"
    execute_on(postgresql_template, f"CREATE DATABASE {name} TEMPLATE burnish_template STRATEGY file_copy")
    yield named(postgresql_template, name)
    execute_on(postgresql_template, f"DROP DATABASE {name} WITH (FORCE)")


def test_ten_schedules_fire_once_each_however_many_replicas_ring(database_url: str, tell: Tell) -> None:
    database = Database(database_url)
    schedules = make_schedules(database, SCHEDULES)
    fresh = multiprocessing.get_context("spawn")
    barrier = fresh.Barrier(REPLICAS + 1)
    replicas = [
        fresh.Process(target=ring, args=(database_url, barrier, FIRINGS), daemon=True)
        for _ in range(REPLICAS)
    ]
    for replica in replicas:
        replica.start()
    expected: list[tuple[int, object]] = []
    for _ in range(FIRINGS):
        at = make_due(database)
        barrier.wait(TOGETHER)
        barrier.wait(TOGETHER)
        expected += [(schedule, at) for schedule in schedules]
        assert Counter(made(database)) == Counter(expected)
    for replica in replicas:
        replica.join(TOGETHER)
        assert replica.exitcode == 0
    tell(Counter({"rings": FIRINGS * REPLICAS, "runs due": len(expected), "runs made": len(made(database))}))
    database.close()
