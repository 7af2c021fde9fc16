"""Syncing from the command line: here, or by the service that holds the store; and how it stands."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from app.cli import sync as sync_command
from app.cli import watching
from app.store import runs, sites, tables
from app.store.database import Database
from app.store.sweeps import Difference, Drift
from jobs.sync.reading import Backfill, Reading
from jobs.sync.reconcile import summary
from jobs.sync.sweep import Swept
from tests.api.test_sync import a_project, a_sweep
from tests.cli.support import burnish, says
from tests.conftest import NOW
from tests.stores import rows


def test_what_a_sync_could_not_read_is_named_and_the_command_fails(
    configured: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    configured()

    async def sync(*_: object, **__: object) -> Reading:
        return Reading(NOW, {"issues": 5}, {"board 7": "hidden"})

    monkeypatch.setattr(sync_command, "sync_site", sync)
    said = says(burnish("sync"))
    assert "5 issues" in said
    assert "board 7 cannot be read: hidden" in said


def test_the_database_that_is_made_knows_the_sites_of_the_settings(
    configured: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    configured()

    async def sync(*_: object, **__: object) -> Reading:
        return Reading(NOW, {"issues": 0})

    monkeypatch.setattr(sync_command, "sync_site", sync)
    assert burnish("sync").exit_code == 0
    database = Database("sqlite:///burnish.db")
    with database.read() as tx:
        assert sites.get_site(tx, "demo").base_url == "https://burnish.test"
    database.close()


def test_a_first_reading_is_shown_as_it_goes(
    configured: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    configured()

    async def sync(*_: object, report: Callable[[Mapping[str, Any]], Any]) -> Reading:
        reading = Reading(NOW, {"issues": 0}, backfill=Backfill(200, 0, 0, NOW))
        for _ in range(2):
            reading.note(100, {})
            await report(reading.progress)
        return Reading(NOW, {"issues": 200})

    monkeypatch.setattr(sync_command, "sync_site", sync)
    result = burnish("sync")
    assert result.exit_code == 0, result.output
    assert "Reading issues" in result.stderr
    assert result.stdout == "200 issues\n"


def test_a_reconcile_tells_what_differed(
    configured: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    configured()
    project = sites.Project("10000", "BURN", "Burnish", NOW)

    async def reconcile(
        *_: object, report: Callable[[Mapping[str, Any]], Any], reading: Reading, **__: object
    ) -> list[Swept]:
        swept = Swept(project, 1, listed=70)
        swept.note([Difference("1", "BURN-1", Drift.DELETED, "Jira does not know it (404).")])
        done = [swept, Swept(project, 2, listed=7, failure="403: No.")]
        await report(summary(done, reading))
        return done

    line = "2 projects compared, 77 issues listed, 1 deleted"
    monkeypatch.setattr(sync_command, "reconcile_site", reconcile)
    result = burnish("sync", "reconcile")
    assert result.stdout == f"{line}\n", "what a script reads"
    assert "project BURN cannot be read: 403: No." in says(result)
    monkeypatch.setattr(watching, "_shows_both", lambda: True)
    assert says(burnish("sync", "reconcile")).count(line) == 1, "a terminal shows progress and result"


@pytest.mark.parametrize(("state", "code"), [("done", 0), ("failed", 1)])
def test_a_service_that_holds_the_store_is_asked_for_the_run(
    served: str, url: str, monkeypatch: pytest.MonkeyPatch, state: str, code: int
) -> None:
    tried: list[float] = []

    def a_worker_ends_it(seconds: float) -> None:
        tried.append(seconds)
        database = Database(url)
        with database.write() as tx:
            newest = max(row["id"] for row in rows(tx, tables.runs))
            values = {"state": state, "reason": "Jira said no.", "progress": {"issues": 7}}
            if len(tried) == 1:
                values = {"state": "waiting", "reason": "No answer.", "due_at": NOW + timedelta(days=9999)}
            tx.execute(tables.runs.update().where(tables.runs.c.id == newest).values(**values))
        database.close()

    monkeypatch.setattr(sync_command.time, "sleep", a_worker_ends_it)
    result = burnish("sync", "reconcile")
    assert result.exit_code == code, result.output
    assert f"The service at {served} does it, as run " in result.stderr
    assert "It is not done yet: " in result.stderr
    assert "(No answer)." in result.stderr
    assert ("7 issues" in result.stdout) == (state == runs.DONE)
    assert ("is failed: Jira said no." in result.stderr) == (state == runs.FAILED)
    assert ("`burnish runs retry 2` tries it again" in result.stderr) == (state == runs.FAILED)
    database = Database(url)
    with database.read() as tx:
        assert rows(tx, tables.runs)[-1]["kind"] == "reconcile"
    database.close()


def test_status_and_drift_are_tables(
    database: Database, database_url: str, configured: Callable[..., None]
) -> None:
    configured(database_url)
    with database.write() as tx:
        sites.ensure_site(tx, "demo", "https://burnish.test")
        a_project(tx, (100, 25, None))
        sweep = a_sweep(tx, Difference("1", "BURN-1", Drift.HIDDEN, "Jira says 403."))
    header, line = burnish("sync", "status").stdout.splitlines()
    assert header.split()[:3] == ["SITE", "PROJECT", "STATE"]
    assert "being read, 25 %" in line
    assert "hidden 1" in line
    (line,) = burnish("sync", "drift", "--project", "BURN").stdout.splitlines()[1:]
    assert line.split()[:3] == [str(sweep), "demo", "BURN"]
    shown = burnish("sync", "drift", str(sweep)).stdout
    assert "BURN-1  hidden  yes     Jira says 403." in shown
    unknown = says(burnish("sync", "drift", "99"))
    assert unknown == "burnish: There is no comparison 99. `burnish sync drift` lists them."


def test_a_store_that_does_not_answer_is_told_with_the_way_out(configured: Callable[..., None]) -> None:
    configured("postgresql+psycopg://somebody:planted@127.0.0.1:9/burnish")
    said = says(burnish("sync"))
    assert "The store does not answer: OperationalError" in said
    assert said.endswith("What else is to be seen of it, `burnish doctor` says.")
