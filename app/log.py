"""Structured logs: one line an event, stable event names, secrets never."""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from contextlib import AbstractContextManager
from typing import Any, Literal

from opentelemetry import trace

from app.lean import structlog

HIDDEN = "[hidden]"
_SECRET_NAMES = ("token", "secret", "password", "authorization", "api_key", "cookie", "signature")


def _hide_secrets(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """A last net: whatever is named like a secret is not printed, however deep it lies."""
    event.update({name: _shown(name, value) for name, value in event.items()})
    return event


def _shown(name: object, value: Any) -> Any:
    if any(part in str(name).lower() for part in _SECRET_NAMES):
        return HIDDEN
    if isinstance(value, Mapping):
        return {inner: _shown(inner, content) for inner, content in value.items()}
    if isinstance(value, list | tuple) and not str(name).startswith("_"):
        return [_shown("", content) for content in value]
    return value


def _add_trace(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """The way from a line to its trace, where one is recorded."""
    where = trace.get_current_span().get_span_context()
    if where.is_valid:
        event["trace_id"] = trace.format_trace_id(where.trace_id)
        event["span_id"] = trace.format_span_id(where.span_id)
    return event


def set_up(*, level: str, style: Literal["json", "console"]) -> None:
    """Send everything to standard error, ours and the libraries' alike."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        _add_trace,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _hide_secrets,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if style == "json" else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # httpx names every request at INFO and APScheduler every firing; our own events say it better.
    for noisy in ("httpx", "httpcore", "apscheduler", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def bound(**ids: object) -> AbstractContextManager[None]:
    """Every line that is logged inside the block carries the ids, whoever logs it.

    In tasks and threads that are started inside, too. `None` is left out. Ids are words, not secrets.
    """
    return structlog.contextvars.bound_contextvars(
        **{name: value for name, value in ids.items() if value is not None}
    )


def get(name: str) -> structlog.stdlib.BoundLogger:
    """A logger; bind ids to it so that a delivery can be followed to its effect."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger
