"""What Prometheus reads, parsed as Prometheus parses it."""

import re
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert, update

from app.store import inbox, tables
from app.store.inbox import Received
from tests.api.support import Service, serving
from tests.conftest import NOW

Values = dict[tuple[str, frozenset[tuple[str, str]]], float]


async def scraped(service: Service) -> Values:
    answer = await service.http.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def value(values: Values, name: str, **labels: str) -> float | None:
    return values.get((name, frozenset(labels.items())))


def delivery(number: int, age: timedelta) -> Received:
    return Received(1, f"d{number}", "jira:issue_updated", f"issue:{number}", 0, NOW - age, b"{}")


@pytest.fixture
async def filled(service: Service, monkeypatch: pytest.MonkeyPatch) -> Service:
    """Three deliveries that are not due, one of them given up."""

    def fill(tx: Any) -> None:
        inbox.put(tx, [delivery(number, timedelta(minutes=number)) for number in (30, 20, 10)])
        inbox.note_heard(tx, {1: NOW - timedelta(minutes=10)})
        later = NOW + timedelta(days=1)
        tx.execute(update(tables.deliveries).values(due_at=later))
        worst = tables.deliveries.c.identity == "d30"
        tx.execute(update(tables.deliveries).where(worst).values(state="dead"))

    await service.database.call_write(fill)
    return service


async def test_queues_are_told_by_state_with_the_age_of_their_oldest_row(filled: Service) -> None:
    seen = await scraped(filled)
    assert value(seen, "burnish_store_up") == 1
    assert value(seen, "burnish_queue_depth", queue="deliveries", state="waiting") == 2
    assert value(seen, "burnish_queue_depth", queue="deliveries", state="claimed") == 0
    assert value(seen, "burnish_queue_oldest_age_seconds", queue="deliveries") == 20 * 60
    assert value(seen, "burnish_queue_dead_letters", queue="deliveries") == 1
    assert value(seen, "burnish_queue_depth", queue="effects", state="waiting") == 0
    assert value(seen, "burnish_queue_oldest_age_seconds", queue="effects") == 0
    assert value(seen, "burnish_queue_dead_letters", queue="runs") == 0


async def test_sites_are_told_by_name_with_instants_that_an_alert_can_subtract(filled: Service) -> None:
    poll = NOW - timedelta(hours=1)

    def heard(tx: Any) -> None:
        tx.execute(insert(tables.sites).values(name="gone", base_url="https://gone.test"))
        tx.execute(update(tables.sites).values(synced_at=poll, paused_until=NOW + timedelta(minutes=1)))

    await filled.database.call_write(heard)
    seen = await scraped(filled)
    newest = (NOW - timedelta(minutes=10)).timestamp()
    assert value(seen, "burnish_site_last_webhook_timestamp_seconds", site="demo") == newest
    assert value(seen, "burnish_site_last_poll_timestamp_seconds", site="demo") == poll.timestamp()
    assert value(seen, "burnish_site_paused", site="demo") == 1
    assert not [labels for _, labels in seen if ("site", "gone") in labels]


async def test_a_site_that_was_never_heard_of_has_no_instant_rather_than_a_wrong_one(
    service: Service,
) -> None:
    seen = await scraped(service)
    assert value(seen, "burnish_site_paused", site="demo") == 0
    assert value(seen, "burnish_site_last_webhook_timestamp_seconds", site="demo") is None
    assert value(seen, "burnish_site_last_poll_timestamp_seconds", site="demo") is None


async def test_without_the_store_the_rest_is_there_and_says_so(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    service.lose_the_store()
    seen = await scraped(service)
    assert value(seen, "burnish_store_up") == 0
    assert value(seen, "burnish_queue_depth", queue="deliveries", state="waiting") is None
    assert [name for name, _ in seen if name.startswith("process_")]
    assert "metrics.store" in capsys.readouterr().out


async def test_a_store_that_hangs_does_not_hold_up_the_scrape(
    service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("app.api.metrics._PATIENCE", 0.01)
    monkeypatch.setattr("app.store.gauges.queues", lambda tx: tx.exec_driver_sql(slow(service)))
    assert value(await scraped(service), "burnish_store_up") == 0
    assert "no answer within" in capsys.readouterr().out


def slow(service: Service) -> str:
    if not service.database.is_sqlite:
        return "SELECT pg_sleep(0.3)"
    counting = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)"
    return f"{counting} SELECT count(*) FROM n"


async def test_it_says_what_runs_and_how_the_process_is(service: Service) -> None:
    seen = await scraped(service)
    (built,) = [dict(labels) for name, labels in seen if name == "burnish_build_info"]
    assert re.match(r"\d+\.\d+", built["version"])
    names = {name for name, _ in seen}
    assert {"process_resident_memory_bytes", "python_info", "python_gc_collections_total"} <= names


async def test_applications_in_one_process_count_for_themselves(database_url: str) -> None:
    async with serving(database_url) as service:
        service.app.state.doors.metrics.effect_done("comment", "done")
        assert value(await scraped(service), "burnish_effects_total", kind="comment", outcome="done") == 1
    async with serving(database_url) as service:
        assert value(await scraped(service), "burnish_effects_total", kind="comment", outcome="done") is None


async def test_names_keep_prometheus_conventions(filled: Service) -> None:
    for family in text_string_to_metric_families((await filled.http.get("/metrics")).text):
        assert family.documentation, family.name
        if not family.name.startswith(("burnish_", "jira_")):
            continue
        assert re.fullmatch(r"[a-z_]+", family.name)
        assert not family.name.endswith("_created")
        if family.type == "counter":
            assert all(sample.name.endswith("_total") for sample in family.samples)


async def test_nobody_needs_a_key_to_scrape(service: Service) -> None:
    del service.http.headers["authorization"]
    await scraped(service)


def test_a_million_webhooks_leave_bounded_series() -> None:
    """In a process of its own: what is measured must not depend on other tests."""
    code = (
        "from app.metrics import Metrics\n"
        "from prometheus_client import generate_latest\n"
        "metrics = Metrics(sites=['demo'], events=['known'])\n"
        "for n in range(5000):\n"
        "    metrics.webhook_answered(f'guess{n}', 404, 0.001)\n"
        "    metrics.delivery_settled(f'event{n}', 'unknown')\n"
        "print(len(generate_latest(metrics.registry).splitlines()))\n"
    )
    lines = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    assert int(lines) < 150
