"""What happened is counted under labels that stay few."""

import pytest

from app.metrics import Metrics


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(sites=["demo"], events=["jira:issue_updated"])


def count(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_work_is_timed_by_queue_kind_and_outcome(metrics: Metrics) -> None:
    metrics.work_done("effects", "living_comment", "done", 0.25)
    metrics.work_done("effects", "living_comment", "done", 0.75)
    labels = {"queue": "effects", "kind": "living_comment", "outcome": "done"}
    assert count(metrics, "burnish_work_seconds_count", **labels) == 2
    assert count(metrics, "burnish_work_seconds_sum", **labels) == 1
    assert count(metrics, "burnish_work_seconds_bucket", le="0.5", **labels) == 1


def test_effects_are_counted_by_outcome(metrics: Metrics) -> None:
    metrics.effect_done("living_comment", "dead")
    assert count(metrics, "burnish_effects_total", kind="living_comment", outcome="dead") == 1


@pytest.mark.parametrize(
    ("event", "label"), [("jira:issue_updated", "jira:issue_updated"), ("invented", "other"), (None, "other")]
)
def test_an_event_is_named_only_if_it_is_known(metrics: Metrics, event: str | None, label: str) -> None:
    metrics.delivery_settled(event, "applied")
    assert count(metrics, "burnish_deliveries_total", event=label, outcome="applied") == 1


def test_a_site_is_named_only_if_it_is_in_the_settings(metrics: Metrics) -> None:
    for site, status in (("demo", 202), ("demo", 202), ("demo", 401), ("guess", 404), ("other", 404)):
        metrics.webhook_answered(site, status, 0.002)
    assert count(metrics, "burnish_webhook_requests_total", site="demo", status="202") == 2
    assert count(metrics, "burnish_webhook_requests_total", site="demo", status="401") == 1
    assert count(metrics, "burnish_webhook_requests_total", site="unknown", status="404") == 2
    assert count(metrics, "burnish_webhook_request_duration_seconds_count") == 5


def test_what_strangers_write_is_not_remembered(metrics: Metrics) -> None:
    for number in range(100):
        metrics.webhook_answered(f"guess{number}", 404, 0.001)
    assert len(metrics._doors) == 0


def test_requests_to_jira_are_counted_by_endpoint_and_status(metrics: Metrics) -> None:
    watch = metrics.watch("demo")
    endpoint = {"site": "demo", "method": "GET", "endpoint": "/rest/api/3/issue/{}"}
    watch.answered("GET", "/rest/api/3/issue/{}", "200", 0.2)
    watch.answered("GET", "/rest/api/3/issue/{}", "ReadTimeout", 30)
    watch.waited("GET", "/rest/api/3/issue/{}", "pause", 7)
    assert count(metrics, "jira_requests_total", status="200", **endpoint) == 1
    assert count(metrics, "jira_requests_total", status="ReadTimeout", **endpoint) == 1
    assert count(metrics, "jira_request_duration_seconds_sum", **endpoint) == 30.2
    assert count(metrics, "jira_limiter_wait_seconds_sum", site="demo", reason="pause") == 7


def test_each_has_its_own_registry(metrics: Metrics) -> None:
    metrics.effect_done("living_comment", "done")
    assert count(Metrics(), "burnish_effects_total", kind="living_comment", outcome="done") is None
