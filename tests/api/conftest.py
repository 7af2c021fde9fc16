from collections.abc import AsyncIterator, Iterator

import pytest
import structlog

from app import main
from tests.api.support import Service, serving


@pytest.fixture(autouse=True)
def runs_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only deliveries are worked off: Jira is nowhere, and nobody waits for what cannot succeed."""
    monkeypatch.setattr(main, "QUEUES", main.QUEUES[:1])


@pytest.fixture
async def service(database_url: str) -> AsyncIterator[Service]:
    async with serving(database_url) as running:
        yield running


@pytest.fixture(autouse=True)
def plain_logs() -> Iterator[None]:
    """Before it is set up, structlog renders a failure with all locals, which takes a second."""
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=str)]
    )
    yield
    structlog.reset_defaults()
