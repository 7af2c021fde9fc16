"""`burnish sync` is killed when it has read about 60 % of a project; asked again, it goes on where it was."""

import secrets
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from app.demo import EMAIL, free_port
from app.store import tables
from app.store.database import Database
from app.store.segments import Segment
from app.store.segments import of_site as segments_of
from app.store.sites import get_site
from jobs.sync.issues import PAGE
from tests.connectors.request_log import LOG
from tests.soak import facts
from tests.soak.conftest import Tell
from tests.soak.postgres import Postgres
from tests.soak.processes import Process, plain_environment, until
from tests.soak.scale import SYNCED
from tests.soak.world import World, is_answering, settings_of

OPENS = datetime(2026, 9, 1, 8, tzinfo=UTC)
KILLED_AT = 0.6


@dataclass(frozen=True)
class Jira:
    """One that stands still.

    Attributes:
        holds: all that it holds.
    """

    world: World
    token: str
    holds: facts.Held

    def settings_for(self, database_url: str) -> dict[str, str]:
        """With which Burnish reads it into that store."""
        keys = (secrets.token_urlsafe(24), secrets.token_urlsafe(24))
        return settings_of(self.world.sandbox.address, self.token, *keys, database_url)


@pytest.fixture(scope="module")
def jira(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jira]:
    folder, token = tmp_path_factory.mktemp("jira"), secrets.token_urlsafe(24)
    options = ["--issues", str(SYNCED), "--start", OPENS.strftime("%Y-%m-%dT%H:%M:%S"), "--speed", "0"]
    sandbox = Process("sandbox", ("sandbox", *options), {"SANDBOX_TOKEN": token}, folder, port=free_port())
    with ExitStack() as stack:
        asked = stack.enter_context(httpx.Client(base_url=sandbox.address, auth=(EMAIL, token), timeout=60))
        stack.callback(sandbox.stop)
        sandbox.keep_alive()
        until("the sandbox", lambda: is_answering(sandbox))
        world = World(folder, sandbox, (), (), "", "", "", asked)
        yield Jira(world, token, facts.of_jira(world))


def sync(folder: Path, settings: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    with (folder / "sync.log").open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "app.cli", "sync"],
            cwd=folder,
            env={**plain_environment(), **settings},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )


def pages_asked_for(world: World) -> int:
    """Searches that brought issues in the order of their creation, which only a first reading asks for."""
    sent = world.ask_jira("GET", LOG)["requests"]
    return sum(one["path"].endswith("/search/jql") and _is_page(one.get("body")) for one in sent)


def _is_page(body: Any) -> bool:
    asked = str(body)
    return "ORDER BY created ASC" in asked and "changelog" in asked


def stored(database: Database) -> int:
    with database.read() as tx:
        return tx.scalar(select(func.count()).select_from(tables.issues)) or 0


def parts(database: Database) -> list[Segment]:
    with database.read() as tx:
        (found,) = segments_of(tx, get_site(tx, "demo").id).values()
    return found


def goes_on_where_it_was(jira: Jira, folder: Path, database_url: str) -> Counter[str]:
    settings, everything = jira.settings_for(database_url), len(jira.holds.issues)
    earlier = pages_asked_for(jira.world)
    begun = sync(folder, settings)
    database = Database(database_url)
    try:
        enough = KILLED_AT * everything
        until("most of it", lambda: _so_many(database) >= enough or begun.poll() is not None, every=0.005)
        begun.send_signal(signal.SIGKILL)
        assert begun.wait() == -signal.SIGKILL, "it had ended before it was killed"
        before, left = stored(database), [one for one in parts(database) if not one.done]
        asked = pages_asked_for(jira.world)
        assert before < everything
        assert left
        assert asked - earlier >= before // PAGE, "the log tells of its pages"
        assert sync(folder, settings).wait() == 0, (folder / "sync.log").read_text()
        again = pages_asked_for(jira.world) - asked
        # Of each part that was under way, its last page may have been read and not been written.
        missing = sum(-(-max(one.counted - one.read, 0) // PAGE) for one in left)
        assert again <= missing + len(left)
        assert all(one.done for one in parts(database))
        assert facts.of_store(database) == jira.holds
        return Counter(
            {
                "kills": 1,
                "issues": everything,
                "issues stored when it was killed": before,
                "pages read before": asked - earlier,
                "pages read after": again,
            }
        )
    finally:
        database.close()


def _so_many(database: Database) -> int:
    try:
        return stored(database)
    except Exception:  # noqa: BLE001 - the store is still being made
        return 0


@pytest.mark.timeout(600)
def test_a_sync_that_is_killed_goes_on_on_sqlite(jira: Jira, tmp_path: Path, tell: Tell) -> None:
    tell(goes_on_where_it_was(jira, tmp_path, f"sqlite:///{tmp_path}/burnish.db"))


@pytest.mark.timeout(600)
def test_a_sync_that_is_killed_goes_on_on_postgresql(
    jira: Jira, tmp_path: Path, postgres: Postgres, tell: Tell
) -> None:
    tell(goes_on_where_it_was(jira, tmp_path, postgres.url))
