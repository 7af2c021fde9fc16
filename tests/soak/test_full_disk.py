"""The disk of a SQLite store is full: Jira is told to come again, and nothing that was accepted is lost."""

import random
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from app.clock import utc_now
from tests.soak.conftest import Tell
from tests.soak.disk import Disk, small_disk
from tests.soak.load import Readers, Team, Witness, report_issues
from tests.soak.post import PostOffice
from tests.soak.processes import until
from tests.soak.scale import FULL_DISKS
from tests.soak.soak import judge, quiet
from tests.soak.world import World, running


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    small = small_disk(tmp_path / "disk")
    yield small
    small.remove()


@pytest.mark.timeout(500 + 30 * FULL_DISKS)
@pytest.mark.parametrize("killed", [False, True], ids=["it waits", "it is killed meanwhile"])
def test_a_full_disk_loses_nothing(tmp_path: Path, disk: Disk, tell: Tell, *, killed: bool) -> None:
    office = PostOffice(3, rest=0.005)
    try:
        office.open()
        url = f"sqlite:///{disk.folder}/burnish.db"
        opens_at = utc_now() - timedelta(days=20)
        with running(tmp_path, url, opens_at=opens_at, told_at=office.address) as world:
            office.doors = tuple(world.doors)
            readers = Readers(world, random.Random(3), report_issues(world, 2))
            for _ in range(FULL_DISKS):
                _fill_and_clear(world, disk, office, readers, killed=killed)
            office.hush()
            quiet(world)
            witness = Witness(world)
            witness.look()
            counts = judge(world, office, readers, witness)
    finally:
        office.close()
    tell(counts)
    assert counts["answers to deliveries: 503"] > 0
    assert counts["living comments"] > 0


def _fill_and_clear(world: World, disk: Disk, office: PostOffice, readers: Readers, *, killed: bool) -> None:
    (service,) = world.replicas
    team = Team(world, random.Random(3), minutes=120)
    for _ in range(5):
        team.work()
    readers.ask()
    before = office.answers["503"]
    disk.fill(service.pid)

    def refused() -> bool:
        team.work()
        return office.answers["503"] > before + 5

    until("the first refusal", refused)
    until("trouble to be told", lambda: _status(world) == httpx.codes.SERVICE_UNAVAILABLE)
    if killed:
        service.kill()
    time.sleep(1)
    team.work()
    disk.clear(service.pid)
    until("the service to be ready again", lambda: world.is_ready(service))
    readers.ask()
    team.work()


def _status(world: World) -> int | None:
    answer = world.ask(world.doors[0], "GET", "/health/ready")
    return answer.status_code if answer is not None else None
