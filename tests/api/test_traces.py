"""A request is a span of its own; a trace that began elsewhere goes on here."""

from contextlib import AsyncExitStack

import httpx
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from app.main import create_app
from app.tracing import Tracing
from tests.api.support import BEARER, settings_for
from tests.conftest import NOW


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


async def test_requests_are_traced_by_route_and_probes_are_not(
    database_url: str, spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    traces = Tracing(provider)
    monkeypatch.setattr(Tracing, "start", lambda _: None)  # nobody listens where it would send them
    app = create_app(settings_for(database_url), now=lambda: NOW, traces=traces)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        http = await stack.enter_async_context(
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app=app), base_url="http://burnish.test", headers=BEARER
            )
        )
        began = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        await http.get("/api/v1/runs/7", headers={"traceparent": began})
        await http.get("/health/live")
        await http.get("/health/ready")
        await http.get("/metrics")
        served = [span for span in spans.get_finished_spans() if span.kind.name == "SERVER"]
    (span,) = served
    assert span.name == "GET /api/v1/runs/{run_id}"
    assert span.context is not None
    assert f"{span.context.trace_id:032x}" == "0af7651916cd43dd8448eb211c80319c"
    assert BEARER["Authorization"] not in span.to_json()
