"""What an admin does about runs, schedules and workers over the API."""

from datetime import timedelta
from typing import Any

import pytest

from app.store import boards, sites, tables, workers
from app.store.runs import request
from tests.api.queued import RUNS, run, take
from tests.api.support import Service, is_problem
from tests.conftest import NOW
from tests.factories import a_board, a_sprint


async def listed(service: Service, path: str = RUNS, **query: Any) -> list[dict[str, Any]]:
    answer = await service.http.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def scheduled(service: Service) -> int:
    """A run that the report of board 1 made."""

    def make(tx: Any) -> int:
        rows = tx.execute(tables.schedules.select()).mappings().all()
        schedule = next(row for row in rows if row["name"] == "sprint health of board 1")
        return request(
            tx, 1, "sprint_health", {}, at=NOW, now=NOW, requested_by="", schedule_id=schedule["id"]
        )

    return await service.database.call_write(make)


async def test_runs_are_listed_by_kind_site_schedule_and_state(service: Service) -> None:
    (first,) = await listed(service)
    failed, made = await run(service, state="failed"), await scheduled(service)
    for query, ids in (
        ({"kind": "sync"}, [failed, first["id"]]),
        ({"kind": "housekeeping"}, []),
        ({"state": "failed"}, [failed]),
        ({"state": "cancelled"}, []),
        ({"schedule": "sprint health of board 1"}, [made]),
        ({"schedule": "\x00"}, []),
        ({"site": "demo"}, [made, failed, first["id"]]),
    ):
        assert [one["id"] for one in await listed(service, **query)] == ids, query
    is_problem(await service.http.get(RUNS, params={"site": "nowhere"}), 404)


async def test_what_a_server_answered_a_rule_is_shown_to_nobody(service: Service) -> None:
    event = {"issue_key": "BURN-1", "kept": {"variables": {"a": "b"}, "sealed": "gAAAA"}}
    number = await run(service, subject="own", parameters={"rule": 1, "event": event})
    one = (await service.http.get(f"{RUNS}/{number}")).text
    assert '"a":"b"' in one
    assert "gAAAA" not in one + (await service.http.get(RUNS)).text


async def test_a_run_shows_how_far_it_is_and_what_comes_next(service: Service) -> None:
    number = await run(
        service,
        subject="own",
        progress={"issues": 7},
        attempts=2,
        failures=1,
        due_at=NOW + timedelta(minutes=1),
    )
    one = (await service.http.get(f"{RUNS}/{number}")).json()
    assert (one["progress"], one["attempts"], one["failures"]) == ({"issues": 7}, 2, 1)
    assert (one["site"], one["schedule"], one["give_up_at"]) == ("demo", None, "2026-03-11T13:00:00Z")
    assert one["next"] == "tried again at 2026-03-11 12:01:00Z"
    behind = (await service.http.get(f"{RUNS}/{await run(service)}")).json()
    assert behind["next"] == "waits for run 1 of the same site"


async def test_a_waiting_run_is_cancelled_and_tried_again(
    service: Service, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    number = await run(service, subject="own", progress={"issues": 7})
    one = (await service.http.post(f"{RUNS}/{number}/cancel")).json()
    assert (one["state"], one["reason"]) == ("cancelled", "Cancelled by an admin.")
    refused = is_problem(await service.http.post(f"{RUNS}/{number}/cancel"), 409)
    assert "only one that is waiting or claimed or failed can be cancelled" in refused["detail"]
    one = (await service.http.post(f"{RUNS}/{number}/retry")).json()
    assert (one["state"], one["reason"], one["progress"]) == ("waiting", None, None)
    is_problem(await service.http.post(f"{RUNS}/{number}/retry"), 409)
    # Where the command line was tested before, this process logs as it does.
    logged = capsys.readouterr().out + caplog.text
    assert "admin.run_cancelled" in logged
    assert "admin.run_retried" in logged


async def test_a_run_under_way_is_cancelled_with_a_word_on_when_it_stops(service: Service) -> None:
    await service.database.call_write(lambda tx: take(tx, tables.runs))
    one = (await service.http.post(f"{RUNS}/1/cancel")).json()
    assert one["state"] == "cancelled"
    assert "its worker stops within a fifth of `lease_seconds`" in one["reason"]


async def test_a_failed_run_gets_a_new_hour(service: Service) -> None:
    number = await run(service, state="failed", reason="no", give_up_at=NOW - timedelta(hours=3))
    one = (await service.http.post(f"{RUNS}/{number}/retry")).json()
    assert (one["state"], one["give_up_at"]) == ("waiting", "2026-03-11T13:00:00Z")


async def test_schedules_tell_when_they_are_due_and_how_their_last_run_went(service: Service) -> None:
    made = await scheduled(service)
    found = {one["name"]: one for one in await listed(service, "/api/v1/schedules")}
    assert found.keys() == {"catch-up", "housekeeping", "reconcile", "sprint health of board 1"}
    assert found["catch-up"]["last_run"] is None
    assert found["sprint health of board 1"].pop("id")
    assert found["sprint health of board 1"] == {
        "edited": [],
        "name": "sprint health of board 1",
        "site": "demo",
        "kind": "sprint_health",
        "cron": "0 8 * * mon-fri",
        "time_zone": "UTC",
        "when_missed": "once",
        "enabled": True,
        "next_due_at": "2026-03-12T08:00:00Z",
        "last_run": {"id": made, "state": "waiting", "at": "2026-03-11T12:00:00Z"},
    }


async def test_workers_tell_who_works_and_who_fell_silent_within_a_day(service: Service) -> None:
    for name, hours in (("silent", 23), ("forgotten", 25)):
        await service.database.call_write(
            lambda tx, name=name, hours=hours: workers.seen(tx, name, NOW - timedelta(hours=hours))  # type: ignore[misc]
        )
    names = [one["name"] for one in await listed(service, "/api/v1/workers")]
    assert names[0] == "silent"
    assert "forgotten" not in names


OF_BOARDS = ["sprint_health", "sprint_start", "velocity", "flow", "backlog_grooming", "delivery"]


@pytest.mark.parametrize("kind", OF_BOARDS)
async def test_a_run_for_what_the_store_does_not_have_is_refused_with_what_there_is(
    service: Service, kind: str
) -> None:
    def filled(tx: Any) -> None:
        boards.save_board(tx, 1, a_board(), heard_at=NOW, project_key="BURN")
        boards.save_board(tx, 1, a_board(id=2, name="Other"), heard_at=NOW)
        boards.save_sprint(tx, 1, a_sprint(), heard_at=NOW)
        sites.update_site(tx, 1, synced_at=NOW)

    await service.database.call_write(filled)
    before = len(await listed(service))
    answer = await service.http.post(RUNS, json={"kind": kind, "board": 99})
    is_problem(answer, 404)
    assert answer.json()["detail"] == "There is no board 99. There are: 1 (Burnish board), 2 (Other)."
    if kind == "sprint_health":
        answer = await service.http.post(RUNS, json={"kind": kind, "board": 1, "sprint": 99})
        is_problem(answer, 404)
        assert answer.json()["detail"] == "There is no sprint 99. There are: 7 (Sprint 7)."
        answer = await service.http.post(RUNS, json={"kind": kind, "board": 2, "sprint": 7})
        (fault,) = is_problem(answer, 422)["errors"]
        assert fault["pointer"] == "/body/sprint"
        assert "Sprint 7 (Sprint 7) is none of board 2 (Other)" in fault["detail"]
        query = {"sprint": "7"}
        is_problem(await service.http.get("/api/v1/boards/2/sprint-health", params=query), 422)
    if kind == "backlog_grooming":
        answer = await service.http.post(RUNS, json={"kind": kind, "board": 1, "at": "2026-03-10T08:00:00Z"})
        assert is_problem(answer, 400)["errors"][0]["pointer"] == "/body/at"
    assert len(await listed(service)) == before
    assert (await service.http.post(RUNS, json={"kind": kind, "board": 1})).status_code == 202


async def test_before_the_first_sync_a_run_reads_what_it_needs(service: Service) -> None:
    assert (await service.http.post(RUNS, json={"kind": "sprint_health", "board": 99})).status_code == 202
