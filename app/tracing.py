"""OpenTelemetry traces, for whoever wants them: off, nothing is recorded and nothing is needed.

The API comes with FastAPI; what records and sends is the extra `tracing`. Where to, and how many of all
traces, say OpenTelemetry's own variables (`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_TRACES_SAMPLER`, …).
"""

from collections.abc import Iterator, MutableMapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from time import time_ns
from typing import Any, Protocol, runtime_checkable

from fastapi.telemetry import TelemetryConfig
from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode

from app.errors import SettingsInvalid
from app.metrics import version_of_this
from connectors.watch import Nobody, Watch, Why

_QUIET = ("/health/", "/metrics")
_FIRST_ERROR = 400


@runtime_checkable
class Sends(Protocol):
    """A provider whose spans go somewhere."""

    def start(self) -> None:
        """Send what is recorded from now on."""

    def shutdown(self) -> None:
        """Send what is left, and record no more."""


class Tracing:
    """The traces of one application.

    Args:
        provider: makes the spans; None records nothing.
    """

    def __init__(self, provider: trace.TracerProvider | None = None) -> None:
        self._provider = provider
        self._tracer = None if provider is None else provider.get_tracer("burnish", version_of_this())

    def span(self, name: str, **attributes: str | float | bool | None) -> AbstractContextManager[None]:
        """A piece of work as part of a trace; what is done inside, requests to Jira too, hangs below it.

        Of an error only the kind is noted: its text may quote an issue.

        Args:
            name: of few, such as "burnish.effects".
            attributes: what the span is about; each is called "burnish.…", and None is left out.
        """
        return nullcontext() if self._tracer is None else _span(self._tracer, name, attributes)

    def watch(self, site: str) -> Watch:
        """Turns every answer of a Jira site into a span."""
        return Nobody() if self._tracer is None else _SiteWatch(self._tracer, site)

    @property
    def of_requests(self) -> TelemetryConfig:
        """What FastAPI is told, which makes the spans of HTTP requests by itself."""
        return {
            "tracing": self._provider is not None,
            "tracer_provider": self._provider,
            "metrics": False,  # `/metrics` has them
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
            "exclude": _is_quiet,
        }

    def start(self) -> None:
        """Send what is recorded from now on."""
        if isinstance(self._provider, Sends):
            self._provider.start()

    def stop(self) -> None:
        """Send what is left, and record no more."""
        if isinstance(self._provider, Sends):
            self._provider.shutdown()


def prepared(*, on: bool) -> Tracing:
    """Traces as the settings want them; nothing is sent before `start()`.

    Raises:
        SettingsInvalid: they are on, and what records them is not installed.
    """
    if not on:
        return Tracing()
    try:
        from app.spans import Provider  # noqa: PLC0415 - takes ten megabytes, for those who want it
    except ImportError:
        raise SettingsInvalid(
            "tracing is on, but OpenTelemetry is not installed. Install it with "
            "`pip install --require-hashes -r requirements-tracing.txt`, or set tracing = false."
        ) from None
    return Tracing(Provider())


def _is_quiet(scope: MutableMapping[str, Any]) -> bool:
    """Probes ask all day long, and nobody wants to read of it."""
    return str(scope.get("path", "")).startswith(_QUIET)


@contextmanager
def _span(tracer: trace.Tracer, name: str, attributes: dict[str, Any]) -> Iterator[None]:
    named = {f"burnish.{key}": value for key, value in attributes.items() if value is not None}
    with tracer.start_as_current_span(
        name, attributes=named, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield
        except BaseException as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(Status(StatusCode.ERROR))
            raise


class _SiteWatch:
    """A request to Jira is told of when it is over, so its span is made backwards."""

    def __init__(self, tracer: trace.Tracer, site: str) -> None:
        self._tracer = tracer
        self._site = site

    def answered(self, method: str, template: str, outcome: str, seconds: float) -> None:
        end = time_ns()  # of the machine, as OpenTelemetry itself takes it
        span = self._tracer.start_span(
            f"{method} {template}",
            kind=SpanKind.CLIENT,
            attributes={
                "http.request.method": method,
                "url.template": template,
                "burnish.site": self._site,
            },
            start_time=end - int(seconds * 1e9),
        )
        status = int(outcome) if outcome.isdecimal() else None
        if status is not None:
            span.set_attribute("http.response.status_code", status)
        if status is None or status >= _FIRST_ERROR:
            span.set_attribute("error.type", outcome)
            span.set_status(Status(StatusCode.ERROR))
        span.end(end)

    def waited(self, method: str, template: str, why: Why, seconds: float) -> None:
        """Seen as the gap before the request."""
