"""Traces: off by default and then nothing; on, what a reader of traces expects."""

import sys
from collections.abc import Sequence

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from app import tracing
from app.errors import SettingsInvalid
from app.tracing import Tracing

PLANTED = "planted-0ken-7f3a"


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def traces(spans: InMemorySpanExporter) -> Tracing:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    return Tracing(provider)


def only(spans: Sequence[ReadableSpan]) -> ReadableSpan:
    (span,) = spans
    return span


def test_work_is_a_span_with_what_it_is_about(traces: Tracing, spans: InMemorySpanExporter) -> None:
    with traces.span("burnish.effects", row=7, attempts=2, correlation="run:3", reason=None):
        pass
    span = only(spans.get_finished_spans())
    assert span.name == "burnish.effects"
    assert span.attributes == {"burnish.row": 7, "burnish.attempts": 2, "burnish.correlation": "run:3"}
    assert span.status.status_code is StatusCode.UNSET


def test_of_an_error_only_the_kind_is_noted(traces: Tracing, spans: InMemorySpanExporter) -> None:
    with pytest.raises(LookupError), traces.span("burnish.effects"):
        raise LookupError(PLANTED)
    span = only(spans.get_finished_spans())
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes == {"error.type": "LookupError"}
    assert PLANTED not in span.to_json()


@pytest.mark.parametrize(
    ("outcome", "status", "error"),
    [("201", 201, None), ("404", 404, "404"), ("ReadTimeout", None, "ReadTimeout")],
)
def test_a_request_to_jira_hangs_below_the_work_that_made_it(
    traces: Tracing, spans: InMemorySpanExporter, outcome: str, status: int | None, error: str | None
) -> None:
    watch = traces.watch("demo")
    with traces.span("burnish.effects"):
        watch.answered("POST", "/rest/api/3/issue/{}/comment", outcome, 0.25)
        watch.waited("POST", "/rest/api/3/issue/{}/comment", "slot", 0.25)
    asked, work = spans.get_finished_spans()
    assert asked.name == "POST /rest/api/3/issue/{}/comment"
    assert asked.kind is SpanKind.CLIENT
    assert asked.parent is not None
    assert work.context is not None
    assert asked.parent.span_id == work.context.span_id
    assert asked.attributes is not None
    assert asked.attributes["http.request.method"] == "POST"
    assert asked.attributes["url.template"] == "/rest/api/3/issue/{}/comment"
    assert asked.attributes["burnish.site"] == "demo"
    assert asked.attributes.get("http.response.status_code") == status
    assert asked.attributes.get("error.type") == error
    assert asked.end_time is not None
    assert asked.start_time is not None
    assert asked.end_time - asked.start_time == 250_000_000


def test_off_nothing_is_recorded_and_nothing_else_changes() -> None:
    off = tracing.prepared(on=False)
    with off.span("burnish.effects", row=7):
        assert not trace.get_current_span().get_span_context().is_valid
    off.watch("demo").answered("GET", "/x", "200", 0.1)
    assert off.of_requests["tracing"] is False
    off.start()
    off.stop()


def test_on_without_the_extra_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "app.spans", None)
    with pytest.raises(SettingsInvalid, match=r"pip install --require-hashes -r requirements-tracing\.txt"):
        tracing.prepared(on=True)
    tracing.prepared(on=False)


def test_on_the_service_has_a_name_and_the_variables_stand_above_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def name() -> object:
        provider = tracing.prepared(on=True)._provider
        assert isinstance(provider, TracerProvider)
        return provider.resource.attributes["service.name"]

    assert name() == "burnish"
    monkeypatch.setenv("OTEL_SERVICE_NAME", "burnish-eu")
    assert name() == "burnish-eu"
