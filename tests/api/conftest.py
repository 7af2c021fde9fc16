from collections.abc import AsyncIterator

import pytest

from app import main
from tests.api.support import Service, serving
from tests.logs import plain_logs as plain_logs  # noqa: PLC0414 - a fixture


@pytest.fixture(autouse=True)
def runs_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only deliveries are worked off: Jira is nowhere, and nobody waits for what cannot succeed."""
    monkeypatch.setattr(main, "QUEUES", main.QUEUES[:1])


@pytest.fixture
async def service(database_url: str) -> AsyncIterator[Service]:
    async with serving(database_url) as running:
        yield running
