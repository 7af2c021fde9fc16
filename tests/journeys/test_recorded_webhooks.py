"""Bodies that real Jira sites sent, posted to the receiver: every one finds a home."""

import hashlib
import hmac
from pathlib import Path

import anyio
import httpx
import pytest

from app.main import create_app
from app.settings import Settings, SiteSettings
from app.store import inbox, queues, tables
from app.store.database import Database

RECORDED = Path(__file__).parents[2].parent / "shared" / "data" / "webhooks"
SECRET = "recorded"


@pytest.fixture
def bodies() -> dict[str, bytes]:
    found = {
        f"{path.parent.name}/{path.name}": path.read_bytes() for path in sorted(RECORDED.rglob("*.json"))
    }
    if not found:
        pytest.skip("the recorded bodies are not at hand")
    return found


async def test_every_recorded_body_is_applied_ignored_with_a_reason_or_kept_as_unknown(
    database_url: str, bodies: dict[str, bytes]
) -> None:
    # Jira itself is not there: nothing on this path may need it.
    site = SiteSettings.model_validate(
        {"url": "http://127.0.0.1:9", "email": "a@b", "token": "t", "webhook_secrets": [SECRET]}
    )
    settings = Settings.model_validate({"database_url": database_url, "sites": {"demo": site}})
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://burnish") as client:
            for body in bodies.values():
                digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
                answer = await client.post(
                    "/webhooks/jira/demo", content=body, headers={"X-Hub-Signature": f"sha256={digest}"}
                )
                assert answer.status_code == httpx.codes.ACCEPTED
            ready = await client.get("/health/ready")
        database = Database(database_url)
        await _settled(database)
        rows = _outcomes(database)
        database.close()
    assert ready.json()["checks"]["worker"] == "ok"
    identities = {f"sha256:{hashlib.sha256(body).hexdigest()}": name for name, body in bodies.items()}
    for identity, event, state, reason in rows:
        print(f"{identities[identity]:70} {event or '(no event name)':28} {state:8} {reason or ''}")
        assert state in {inbox.APPLIED, inbox.IGNORED, inbox.UNKNOWN}
        assert state == inbox.APPLIED or reason
    assert len(rows) == len(set(bodies.values()))
    assert sum(state == inbox.APPLIED for _, _, state, _ in rows) > len(rows) / 2


async def _settled(database: Database) -> None:
    with anyio.fail_after(30):
        while True:
            counts = await database.call_read(inbox.counts)
            if counts["waiting"] == counts["claimed"] == 0:
                return
            await anyio.sleep(0.05)


def _outcomes(database: Database) -> list[tuple[str, str | None, str, str | None]]:
    with database.read() as connection:
        rows = queues.listed(connection, tables.deliveries, before=None, limit=1000)
    return [(row["identity"], row["event"], row["state"], row["reason"]) for row in reversed(rows)]
