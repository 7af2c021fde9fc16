"""Spans that are recorded and sent: the extra `tracing`, imported only where traces are on."""

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from app.metrics import version_of_this


class Provider(TracerProvider):
    """Makes spans that name this service; the variables of OpenTelemetry stand above our name."""

    def __init__(self) -> None:
        ours = Resource({"service.name": "burnish", "service.version": version_of_this()})
        resource = Resource.create().merge(ours).merge(OTELResourceDetector().detect())
        super().__init__(resource=resource, shutdown_on_exit=False)

    def start(self) -> None:
        """Send what is recorded from now on to where OpenTelemetry's variables say."""
        self.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
