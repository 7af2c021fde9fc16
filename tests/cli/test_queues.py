"""Dead letters, runs, sites and workers on the command line, with and without a running service."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.cli.showing import show_one
from app.clock import utc_now
from app.store import sites, tables, workers
from app.store.database import Database
from jobs.catalogue import RUNS
from tests.api.queued import DOCUMENT, put_delivery, put_effect, put_run
from tests.cli.support import burnish, says
from tests.conftest import NOW
from tests.stores import rows

SCHEDULE = {
    "site_id": 1,
    "name": "every minute",
    "kind": "sync",
    "cron": "* * * * *",
    "time_zone": "UTC",
    "parameters": {},
}


@pytest.fixture
def store(database: Database, database_url: str, configured: Callable[..., None]) -> Iterator[Database]:
    """A store that no service holds, with the site of the settings."""
    configured(database_url)
    with database.write() as tx:
        sites.ensure_site(tx, "demo", "https://burnish.test")
    return database


def written(store: Database, work: Callable[..., int], *arguments: Any, **columns: Any) -> int:
    with store.write() as tx:
        return work(tx, *arguments, **columns)


def printed(*words: str) -> str:
    result = burnish(*words)
    assert result.exit_code == 0, result.output
    return result.stdout


def documents(*words: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in printed(*words, "--json").splitlines()]


# --- dead letters ---------------------------------------------------------------------------------


def test_dead_effects_are_listed_as_a_table_and_as_json(store: Database) -> None:
    number = written(store, put_effect, state="dead", reason="Jira said\nno.")
    written(store, put_effect, state="done")
    header, line = printed("effects", "list", "--state", "dead").splitlines()
    assert header.split()[:3] == ["ID", "SITE", "STATE"]
    assert line.split()[:5] == [str(number), "demo", "dead", "living_comment", "issue:BURN-1"]
    assert line.endswith("Jira said no.")
    (one,) = documents("effects", "list", "--state", "dead")
    assert (one["id"], one["reason"]) == (number, "Jira said\nno.")
    assert printed("effects", "list", "--state", "skipped") == "None.\n"


def test_a_long_list_says_how_to_go_on(store: Database) -> None:
    for _ in range(3):
        newest = written(store, put_effect)
    result = burnish("effects", "list", "--limit", "2")
    assert result.stderr == f"There are more: --before {newest - 1}\n"
    assert len(documents("effects", "list", "--before", str(newest - 1))) == 1


def test_an_effect_is_shown_with_what_comes_next(store: Database) -> None:
    number = written(store, put_effect, state="dead")
    shown = printed("effects", "show", str(number))
    assert "next:            nothing, until an admin acts: it was given up" in shown
    assert '"marker": "m:1"' in shown


def test_a_long_document_is_begun_and_does_not_bury_what_comes_next(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_one({"id": 1, "payload": {"lines": list(range(100))}, "next": "nothing"}, as_json=False)
    shown = capsys.readouterr().out.splitlines()
    assert shown[:3] == ["id:      1", "next:    nothing", "payload:"]
    assert shown[-2] == "  … and 44 lines more; --json prints all of it."
    assert len(shown) == 3 + 60 + 2


def test_effects_are_retried_and_cancelled_several_at_once(store: Database) -> None:
    first, second = written(store, put_effect, state="dead"), written(store, put_effect, state="dead")
    said = printed("effects", "retry", str(first), str(second))
    assert f"Effect {first} is waiting: carried out as soon as a worker is free." in said
    assert f"Effect {second} is waiting: waits for effect {first} of the same issue." in said
    assert f"Effect {first} is cancelled" in printed("effects", "cancel", str(first), str(second))


def test_one_that_is_refused_holds_up_no_other_and_the_command_fails(store: Database) -> None:
    done, dead = written(store, put_effect, state="done"), written(store, put_effect, state="dead")
    result = burnish("effects", "retry", str(done), "77", str(dead))
    assert result.exit_code == 1
    assert f"Effect {dead} is waiting" in result.stdout
    refused = result.stderr.splitlines()
    assert any(line.startswith(f"burnish: Effect {done} is done; only one that is dead") for line in refused)
    assert "burnish: There is no effect 77." in refused


def test_all_dead_ones_are_retried_with_one_word(store: Database) -> None:
    for number in range(3):
        written(store, put_effect, state="dead")
        written(store, put_delivery, number, state="unknown")
    assert printed("effects", "retry", "--all", "dead") == "Tried again: 3 effects; 0 more dead.\n"
    said = printed("deliveries", "retry", "--all", "unknown", "--site", "demo")
    assert said == "Applied again: 3 deliveries; 0 more unknown.\n"
    for words in ((), ("1", "--all", "dead")):
        assert "Name the ids, or give --all and a state: one of both." in says(
            burnish("effects", "retry", *words)
        )


ASSIGNED = {"issue_key": "BURN-1", "account": "nobody-here"}


def test_what_an_effect_writes_is_mended_from_a_file(store: Database, tmp_path: Path) -> None:
    number = str(written(store, put_effect, state="dead"))
    (tmp_path / "body.json").write_text(json.dumps(DOCUMENT))
    said = printed("effects", "edit", number, "--issue", "BURN-2", "--body", "body.json")
    assert f"not sent yet: `burnish effects retry {number}`" in said
    (told,) = printed("audit").splitlines()[1:]
    assert "issue_key BURN-1" in told, "what changed"
    assert "issue_key BURN-2" in told
    assert "marker" not in told, "and not what stayed"
    assert f"Effect {number} is dead" in said
    payload = documents("effects", "show", number)[0]["payload"]
    assert (payload["issue_key"], payload["body"]) == ("BURN-2", DOCUMENT)
    (tmp_path / "body.json").write_text("h1. wiki")
    assert "The body is not JSON" in says(burnish("effects", "edit", number, "--body", "body.json"))
    assert "/body/issue_key" in says(burnish("effects", "edit", number, "--issue", "burn 2"))


def test_an_effect_that_writes_no_comment_is_mended_from_a_file(store: Database, tmp_path: Path) -> None:
    number = str(written(store, put_effect, state="dead", kind="assign_issue", payload=ASSIGNED))
    (tmp_path / "payload.json").write_text('{"account": "jonas"}')
    printed("effects", "edit", number, "--payload", "payload.json")
    assert documents("effects", "show", number)[0]["payload"] == ASSIGNED | {"account": "jonas"}
    assert "writes no comment" in says(burnish("effects", "edit", number, "--body", "payload.json"))
    (tmp_path / "payload.json").write_text('["account"]')
    assert "no JSON object" in says(burnish("effects", "edit", number, "--payload", "payload.json"))


def an_editor(monkeypatch: pytest.MonkeyPatch, folder: Path, command: str) -> None:
    editor = folder / "editor"
    editor.write_text(f'#!/bin/sh\n{command} "$1"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(editor))
    monkeypatch.delenv("VISUAL", raising=False)


def test_without_options_an_effect_opens_in_the_editor(
    store: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = str(written(store, put_effect, state="dead"))
    an_editor(monkeypatch, tmp_path, """sed -i 's/\\[\\]/[{"type": "rule"}]/'""")
    printed("effects", "edit", number)
    assert documents("effects", "show", number)[0]["payload"]["body"] == DOCUMENT
    other = str(written(store, put_effect, state="dead", kind="assign_issue", payload=ASSIGNED))
    an_editor(monkeypatch, tmp_path, "sed -i 's/nobody-here/jonas/'")
    printed("effects", "edit", other)
    assert documents("effects", "show", other)[0]["payload"] == ASSIGNED | {"account": "jonas"}


def test_deliveries_are_listed_shown_retried_and_discarded(store: Database) -> None:
    dead, unknown = (written(store, put_delivery, n, state=s) for n, s in enumerate(("dead", "unknown")))
    assert [one["id"] for one in documents("deliveries", "list", "--state", "dead")] == [dead]
    assert documents("deliveries", "show", str(unknown))[0]["body"]["number"] == 1
    assert f"Delivery {dead} is waiting" in printed("deliveries", "retry", str(dead))
    assert f"Delivery {unknown} is discarded" in printed("deliveries", "discard", str(unknown))


# --- runs, sites, schedules, workers --------------------------------------------------------------


def test_runs_are_listed_cancelled_and_tried_again(store: Database) -> None:
    number = str(written(store, put_run, progress={"issues": 7}))
    (line,) = printed("runs", "list", "--kind", "sync", "--state", "waiting").splitlines()[1:]
    assert "issues 7" in line
    assert f"Run {number} is cancelled: Cancelled by an admin." in printed("runs", "cancel", number)
    assert f"Run {number} is waiting: carried out as soon" in printed("runs", "retry", number)
    assert documents("runs", "show", number)[0]["effects"] == []


@pytest.mark.parametrize("kind", RUNS)
def test_runs_of_every_kind_can_be_asked_for(store: Database, kind: str) -> None:
    number = written(store, put_run, kind=kind)
    (shown,) = documents("runs", "list", "--kind", kind)
    assert (shown["id"], shown["kind"]) == (number, kind)


def test_a_site_is_paused_and_resumed(store: Database) -> None:
    said = printed("sites", "pause", "demo", "--minutes", "30", "--reason", "Jira is upgraded")
    assert "Site demo is paused until" in said
    assert "Jira is upgraded" in printed("sites", "list")
    assert printed("sites", "resume", "demo") == "Site demo is not paused.\n"
    assert "give `minutes` or `until`" in says(burnish("sites", "pause", "demo", "--reason", "r"))
    assert "There is no site 'other'" in says(burnish("sites", "resume", "other"))


def test_schedules_and_workers_are_listed(store: Database) -> None:
    with store.write() as tx:
        workers.seen(tx, "lives:1", utc_now())
        workers.seen(tx, "died:1", utc_now() - timedelta(minutes=5))
        workers.seen(tx, "forgotten:1", NOW)
        tx.execute(tables.schedules.insert().values(**SCHEDULE, enabled=False))
    lines = [line.split() for line in printed("workers", "list").splitlines()[1:]]
    assert sorted((line[0], line[-1]) for line in lines) == [("died:1", "silent"), ("lives:1", "work")]
    (line,) = printed("schedules", "list").splitlines()[1:]
    told = ["1", "every", "minute", "demo", "*", "*", "*", "*", "*", "UTC", "-", "once", "no", "-", "-"]
    assert line.split() == told


def test_a_schedule_is_edited_and_taken_back(store: Database) -> None:
    with store.write() as tx:
        tx.execute(tables.schedules.insert().values(**SCHEDULE, enabled=True))
    said = printed("schedules", "edit", "1", "--cron", "0 9 * * *", "--off")
    assert said == "Schedule 1 (every minute) is off: 0 9 * * * in UTC. Edited: cron, enabled.\n"
    said = printed("schedules", "edit", "1", "--cron", "0 9 2 1 *", "--time-zone", "Europe/Berlin", "--on")
    assert "is on: 0 9 2 1 * in Europe/Berlin. Next: 20" in said
    assert "-01-02 09:00 Europe/Berlin. Edited: " in said
    assert "-01-02 09:00 Europe/Berlin  once" in printed("schedules", "list")
    assert "Schedule 1 (every minute) is on: * * * * * in UTC." in printed("schedules", "reset", "1")
    assert "not a cron line" in says(burnish("schedules", "edit", "1", "--cron", "now"))


# --- who is asked ---------------------------------------------------------------------------------


def test_a_command_leaves_sites_and_schedules_as_they_are(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be typed on another machine, with fewer settings than the service has."""
    monkeypatch.setenv("BURNISH_SITES", "{}")
    with store.write() as tx:
        tx.execute(tables.schedules.insert().values(**SCHEDULE, enabled=True))
        before = rows(tx, tables.sites), rows(tx, tables.schedules), rows(tx, tables.runs)
    assert documents("sites", "list")[0]["source"] is None
    assert len(documents("schedules", "list")) == 1
    with store.read() as tx:
        assert (rows(tx, tables.sites), rows(tx, tables.schedules), rows(tx, tables.runs)) == before


def test_a_change_is_on_record_and_nothing_else_is_logged(store: Database) -> None:
    number = written(store, put_effect, state="dead")
    (line,) = burnish("effects", "retry", str(number)).stderr.splitlines()
    assert json.loads(line)["event"] == "admin.effect_retried"
    assert burnish("effects", "list").stderr == ""


def test_while_a_service_holds_the_file_it_is_asked(served: str, url: str) -> None:
    database = Database(url)
    with database.read() as tx:
        (run,) = rows(tx, tables.runs)
    database.close()
    assert f"Run {run['id']} is cancelled" in printed("runs", "cancel", str(run["id"]))
    assert len(documents("schedules", "list")) == 4


def test_without_a_key_the_service_is_not_asked(served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BURNISH_API_KEYS", "[]")
    assert "The API is closed: set BURNISH_API_KEYS" in says(burnish("runs", "list"))
    monkeypatch.setenv("BURNISH_API_KEYS", '["planted-wrong"]')
    assert "The key is not one of `api_keys`" in says(burnish("runs", "list"))


def test_a_holder_that_does_not_answer_is_named(url: str, configured: Callable[..., None]) -> None:
    configured(url)
    database = Database(url)
    database.claim_file({"address": "http://127.0.0.1:1"})
    said = says(burnish("runs", "list"))
    assert "The service at http://127.0.0.1:1 does not answer (ConnectError). Is it running?" in said
    database.close()
    database.claim_file({"doing": "burnish sync"})
    assert "burnish sync" in says(burnish("runs", "list"))
    database.close()


def test_an_address_that_a_dead_service_left_behind_is_not_asked(
    url: str, configured: Callable[..., None]
) -> None:
    configured(url)
    database = Database(url)
    database.claim_file({"address": "http://127.0.0.1:1"})
    database.close()
    assert printed("runs", "list") == "None.\n"


def test_where_there_is_no_store_none_is_made(configured: Callable[..., None], tmp_path: Path) -> None:
    configured()
    assert "There is no store at" in says(burnish("effects", "list"))
    assert list(tmp_path.iterdir()) == []
