from collections.abc import Iterator

import pytest

from tests.jobs.answered import Server, answering
from tests.logs import plain_logs as plain_logs  # noqa: PLC0414 - a fixture


@pytest.fixture
def server() -> Iterator[Server]:
    """One that rules ask."""
    with answering() as made:
        yield made
