"""Scoped tokens, OAuth 2.0 and the webhooks of apps: all at the gateway address."""

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from connectors.sandbox.config import OAuthSetting
from connectors.sandbox.sender import signature
from tests.connectors.sandbox.support import CONFIG, Receiver, drained, opened

APP = OAuthSetting()
GATEWAY = f"/ex/jira/{CONFIG.cloud_id}"


@pytest.fixture
async def cloud() -> AsyncIterator[httpx.AsyncClient]:
    async with opened(replace(CONFIG, oauth=APP, scoped_token="scoped")) as client:
        client.auth = None  # type: ignore[assignment]
        yield client


async def _tokens(cloud: httpx.AsyncClient, refresh: str) -> httpx.Response:
    body = {"grant_type": "refresh_token", "refresh_token": refresh}
    return await cloud.post(
        "/oauth/token", json={**body, "client_id": APP.client_id, "client_secret": APP.client_secret}
    )


async def _bearer(cloud: httpx.AsyncClient) -> dict[str, str]:
    return {"Authorization": f"Bearer {(await _tokens(cloud, APP.refresh_token)).json()['access_token']}"}


async def test_a_scoped_token_is_good_at_the_gateway_only(cloud: httpx.AsyncClient) -> None:
    assert (await cloud.get("/_edge/tenant_info")).json() == {"cloudId": CONFIG.cloud_id}
    scoped = httpx.BasicAuth(CONFIG.email, "scoped")
    assert (await cloud.get("/rest/api/3/myself", auth=scoped)).status_code == 401
    assert (await cloud.get(f"{GATEWAY}/rest/api/3/myself", auth=scoped)).status_code == 200
    assert (await cloud.get(f"{GATEWAY}/rest/webhooks/1.0/webhook", auth=scoped)).status_code == 401
    classic = httpx.BasicAuth(CONFIG.email, CONFIG.token)
    assert (await cloud.get(f"{GATEWAY}/rest/api/3/myself", auth=classic)).status_code == 401


async def test_a_refresh_token_is_good_for_one_use(cloud: httpx.AsyncClient) -> None:
    first = (await _tokens(cloud, APP.refresh_token)).json()
    assert (await _tokens(cloud, APP.refresh_token)).status_code == 403
    second = (await _tokens(cloud, first["refresh_token"])).json()
    bearer = {"Authorization": f"Bearer {second['access_token']}"}
    assert (await cloud.get(f"{GATEWAY}/rest/api/3/myself", headers=bearer)).status_code == 200
    assert (await cloud.get("/rest/api/3/myself", headers=bearer)).status_code == 401
    resources = (await cloud.get("/oauth/token/accessible-resources", headers=bearer)).json()
    assert resources[0]["id"] == CONFIG.cloud_id


async def test_consent_gives_a_code_that_gives_tokens(cloud: httpx.AsyncClient) -> None:
    asked = {"client_id": APP.client_id, "redirect_uri": "http://here.test/back", "state": "s"}
    back = httpx.URL((await cloud.get("/authorize", params=asked)).headers["location"])
    body = {"grant_type": "authorization_code", "code": back.params["code"]}
    app = {"client_id": APP.client_id, "client_secret": APP.client_secret}
    assert (await cloud.post("/oauth/token", json={**body, **app})).json()["token_type"] == "Bearer"
    assert (await cloud.post("/oauth/token", json={**body, **app})).status_code == 403


async def test_an_access_token_expires(cloud: httpx.AsyncClient) -> None:
    bearer = await _bearer(cloud)
    await cloud.post("/_sandbox/clock/advance", json={"hours": 2})
    assert (await cloud.get(f"{GATEWAY}/rest/api/3/myself", headers=bearer)).status_code == 401


async def test_an_app_has_webhooks_of_its_own(cloud: httpx.AsyncClient, receiver: Receiver) -> None:
    bearer, base = await _bearer(cloud), f"{GATEWAY}/rest/api/3/webhook"
    hooks: list[dict[str, Any]] = [
        {"events": ["jira:issue_updated"], "jqlFilter": "project = BURN"},
        {"events": ["worklog_created"], "jqlFilter": ""},
        {"events": ["comment_created"], "jqlFilter": "summary ~ x"},
    ]
    made = await cloud.post(base, json={"url": receiver.url, "webhooks": hooks}, headers=bearer)
    first, second, third = made.json()["webhookRegistrationResult"]
    assert "not supported" in second["errors"][0]
    assert "summary" in third["errors"][0]
    listed = (await cloud.get(base, headers=bearer)).json()["values"]
    assert [one["id"] for one in listed] == [first["createdWebhookId"]]
    await cloud.put(f"{GATEWAY}/rest/api/3/issue/BURN-1", json={"fields": {"summary": "x"}}, headers=bearer)
    await drained(cloud)
    headers, _ = receiver.deliveries[0]
    head, claims, signed = headers["authorization"].removeprefix("Bearer ").split(".")
    assert "x-hub-signature" not in headers
    assert json.loads(base64.urlsafe_b64decode(claims + "==")) == {"iss": APP.client_id}
    expected = bytes.fromhex(
        signature(APP.client_secret, f"{head}.{claims}".encode()).removeprefix("sha256=")
    )
    assert base64.urlsafe_b64decode(signed + "=") == expected
    assert receiver.bodies[0]["matchedWebhookIds"] == [first["createdWebhookId"]]


async def test_a_webhook_of_an_app_is_silent_after_thirty_days(
    cloud: httpx.AsyncClient, receiver: Receiver
) -> None:
    bearer, base = await _bearer(cloud), f"{GATEWAY}/rest/api/3/webhook"
    hook = {"events": ["jira:version_created"], "jqlFilter": ""}
    made = await cloud.post(base, json={"url": receiver.url, "webhooks": [hook]}, headers=bearer)
    number = made.json()["webhookRegistrationResult"][0]["createdWebhookId"]
    classic = httpx.BasicAuth(CONFIG.email, CONFIG.token)
    for days, name in ((31, "1"), (0, "2")):
        await cloud.post("/_sandbox/clock/advance", json={"days": days})
        await cloud.post("/rest/api/3/version", json={"project": "BURN", "name": name}, auth=classic)
        if days:
            assert not receiver.deliveries
            renewed = await _renewed(cloud)
            answer = await cloud.put(f"{base}/refresh", json={"webhookIds": [number]}, headers=renewed)
            assert answer.status_code == 200
    await drained(cloud)
    assert [body["version"]["name"] for body in receiver.bodies] == ["2"]


async def _renewed(cloud: httpx.AsyncClient) -> dict[str, str]:
    """A new access token by way of a new consent."""
    asked = {"client_id": APP.client_id, "redirect_uri": "http://here.test/back"}
    back = httpx.URL((await cloud.get("/authorize", params=asked)).headers["location"])
    body = {"grant_type": "authorization_code", "code": back.params["code"]}
    app = {"client_id": APP.client_id, "client_secret": APP.client_secret}
    tokens = (await cloud.post("/oauth/token", json={**body, **app})).json()
    return {"Authorization": f"Bearer {tokens['access_token']}"}
