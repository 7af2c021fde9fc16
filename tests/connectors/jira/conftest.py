from collections.abc import AsyncIterator

import pytest

from tests.connectors.jira.site import Site
from tests.connectors.specs import SPECS, load_cloud_specs


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """A scripted site; what passes between it and the client is held against Atlassian's descriptions."""
    async with Site(load_cloud_specs() if SPECS.is_dir() else None).opened() as site:
        yield site


@pytest.fixture
async def odd_site() -> AsyncIterator[Site]:
    """The same, for answers that no description has: requests alone are checked."""
    checker = load_cloud_specs() if SPECS.is_dir() else None
    async with Site(checker, answers=False).opened() as site:
        yield site
