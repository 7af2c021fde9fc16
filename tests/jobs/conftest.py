from collections.abc import Iterator

import pytest
import structlog

from tests.jobs.answered import Server, answering


@pytest.fixture(autouse=True)
def plain_logs() -> Iterator[None]:
    """Before it is set up, structlog renders a failure with all locals, which takes a second."""
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=str)]
    )
    yield
    structlog.reset_defaults()


@pytest.fixture
def server() -> Iterator[Server]:
    """One that rules ask."""
    with answering() as made:
        yield made
