"""A site that is made over the API: what is asked, and what is seen of it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.services.secrets import new_key
from app.store import tables
from tests.api.queued import SITES
from tests.api.support import Service, serving
from tests.conftest import NOW
from tests.payloads import encoded, issue, issue_event, signed
from tests.stores import rows

KEY, OLDER = new_key(), new_key()
OAUTH = {"client_id": "app", "client_secret": "planted-client-secret"}
TOKEN, HOOK_SECRET = "planted-token-1", "planted-webhook-secret-1"
NEW: dict[str, Any] = {
    "name": "acme",
    "url": "https://acme.test",
    "email": "bot@acme.test",
    "token": TOKEN,
    "webhook_secrets": [HOOK_SECRET],
    "projects": ["SHOP"],
    "sprint_health": [{"board": 7, "report_issue": "SHOP-1"}],
}


@pytest.fixture
async def service(database_url: str) -> AsyncIterator[Service]:
    async with serving(database_url, secret_key=KEY) as running:
        yield running


async def made(service: Service, **overrides: Any) -> dict[str, Any]:
    answer = await service.http.post(SITES, json={**NEW, **overrides})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def hears(service: Service, secret: str, name: str = "acme") -> int:
    """What a webhook that is signed with that secret is answered."""
    body = encoded(issue_event("jira:issue_updated", issue(1), at=NOW))
    return (
        await service.http.post(f"/webhooks/jira/{name}", content=body, headers=signed(body, secret))
    ).status_code


async def version(service: Service, name: str = "acme") -> dict[str, str]:
    return {"If-Match": (await service.http.get(f"{SITES}/{name}")).headers["etag"]}


async def everything(service: Service) -> str:
    """All that is stored, in one text."""

    def read(tx: Any) -> str:
        return repr({table.name: rows(tx, table) for table in tables.metadata.sorted_tables})

    return await service.database.call_read(read)
