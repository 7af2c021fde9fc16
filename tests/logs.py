"""Logs in tests: plain ones, and logging as it was before."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import structlog


@pytest.fixture(autouse=True)
def plain_logs() -> Iterator[None]:
    """Before it is set up, structlog renders a failure with all locals, which takes a second."""
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=str)]
    )
    yield
    structlog.reset_defaults()


@contextmanager
def logging_as_before() -> Iterator[None]:
    """For what sets logging up as a process of its own does."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
