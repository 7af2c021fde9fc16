"""Is the service well? Anybody may ask; what is wrong with the store is for the log."""

import asyncio

import pytest
from sqlalchemy import text

from app import errors
from jobs.worker import Worker
from tests.api.support import Service, is_problem, serving
from tests.conftest import NOW
from tests.payloads import encoded, issue, issue_event
from tests.stores import read_only


async def test_a_service_that_is_well_says_so_to_anybody(service: Service) -> None:
    del service.http.headers["authorization"]
    assert (await service.http.get("/health/live")).json() == {"status": "alive"}
    answer = await service.http.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json()["ready"] is True
    assert answer.json()["checks"] == {"store": "ok", "schema": "ok", "worker": "ok"}


async def test_a_service_without_its_store_is_alive_but_not_ready(service: Service) -> None:
    assert (await service.http.get("/health/ready")).status_code == 200
    service.lose_the_store()
    answer = await service.http.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["store"] != "ok"
    assert (await service.http.get("/health/live")).status_code == 200


async def test_a_service_on_an_older_schema_is_not_ready_and_names_both(service: Service) -> None:
    await service.database.call_write(
        lambda tx: tx.execute(text("UPDATE alembic_version SET version_num = 'old'"))
    )
    answer = await service.http.get("/health/ready")
    assert answer.status_code == 503
    assert "old" in answer.json()["checks"]["schema"]


async def test_a_service_whose_worker_has_ended_is_not_ready_and_whoever_runs_it_is_told(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = asyncio.Event()

    async def fail(_: Worker) -> None:
        raise RuntimeError

    monkeypatch.setattr(Worker, "run", fail)
    async with serving(database_url, when_worker_ends=ended.set) as service:
        await asyncio.wait_for(ended.wait(), 5)
        answer = await service.http.get("/health/ready")
        assert answer.status_code == 503
        assert answer.json()["checks"]["worker"] == "the worker has ended; see the log"


async def test_a_worker_that_ends_because_the_service_does_alarms_nobody(database_url: str) -> None:
    ended = asyncio.Event()
    async with serving(database_url, when_worker_ends=ended.set) as service:
        assert (await service.http.get("/health/ready")).status_code == 200
    await asyncio.sleep(0)
    assert not ended.is_set()


async def test_a_table_that_is_gone_does_not_end_the_worker(service: Service) -> None:
    await service.database.call_write(lambda tx: tx.execute(text("DROP TABLE deliveries")))
    service.app.state.doors.wake()
    await asyncio.sleep(0.05)
    assert (await service.http.get("/health/ready")).json()["checks"]["worker"] == "ok"


async def test_a_store_that_takes_no_writes_is_not_ready_and_jira_is_asked_to_come_again(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    body = encoded(issue_event("jira:issue_updated", issue(), at=NOW))
    with read_only(service.database, service.url):
        answer = await service.http.get("/health/ready")
        assert answer.status_code == 503
        assert answer.json()["checks"]["store"] == "the store does not take writes; see the log"
        is_problem(await service.deliver(body), 503)
    assert (await service.http.get("/health/ready")).status_code == 200
    assert (await service.deliver(body)).status_code == 202


@pytest.mark.parametrize(
    "error", [errors.StoreUnavailable("db.internal:5432"), RuntimeError("/srv/burnish.db")]
)
async def test_what_is_wrong_with_the_store_is_for_the_log_and_not_for_anybody_who_asks(
    service: Service, monkeypatch: pytest.MonkeyPatch, error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(service.database, "check_writable", fail)
    answer = await service.http.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"].keys() == {"store", "worker"}
    assert str(error) not in answer.text
    assert str(error) in capsys.readouterr().out
