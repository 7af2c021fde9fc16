"""OAuth tokens: kept before used, bought once, never shown."""

import asyncio
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from connectors.errors import ConnectorError, ReconnectRequired, TokensNotSaved, Unreachable
from connectors.jira.oauth import OAuth
from connectors.jira.tokens import FileTokenStore, Tokens
from tests.connectors.jira.site import BASE, Site, ok

NOW = datetime(2026, 11, 2, 10, tzinfo=UTC)
FRESH = Tokens("access-1", "refresh-1", NOW + timedelta(hours=1))
STALE = Tokens("access-1", "refresh-1", NOW - timedelta(hours=1))
GATEWAY = "https://gateway.test"
ADDRESS = "https://login.test/oauth/token"


class Store:
    """Remembers what was kept, and can be full."""

    def __init__(self, tokens: Tokens | None) -> None:
        self.tokens = tokens
        self.full = False

    async def load(self) -> Tokens | None:
        return self.tokens

    async def save(self, tokens: Tokens) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        await asyncio.sleep(0)
        self.tokens = tokens


class Atlassian:
    """Sells a pair for each refresh token, once; the site accepts the newest access token only."""

    def __init__(self, store: Store) -> None:
        self.store, self.sold, self.refusal = store, 1, None
        self.valid = {"access-1"}
        self.used_before_kept: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "login.test":
            return self.sell(json.loads(request.content))
        if request.url.path == "/_edge/tenant_info":
            assert "Authorization" not in request.headers
            return ok({"cloudId": "cloud-7"})
        token = request.headers["Authorization"].removeprefix("Bearer ")
        if self.store.tokens is None or token != self.store.tokens.access_token:
            self.used_before_kept.append(token)
        return ok({"accountId": "a"}) if token in self.valid else httpx.Response(401)

    def sell(self, asked: dict[str, str]) -> httpx.Response:
        if self.refusal is not None:
            return self.refusal
        if asked["refresh_token"] != f"refresh-{self.sold}":
            return ok(
                {"error": "invalid_grant", "error_description": "Unknown or invalid refresh token."}, 403
            )
        self.sold += 1
        self.valid = {f"access-{self.sold}"}
        pair = {"access_token": f"access-{self.sold}", "refresh_token": f"refresh-{self.sold}"}
        return ok({**pair, "expires_in": 3600})


def connected(tokens: Tokens | None) -> tuple[Site, Store, Atlassian]:
    store = Store(tokens)
    credentials = OAuth("app", "client-secret", store, now=lambda: NOW, gateway=GATEWAY, token_url=ADDRESS)
    site = Site(None, credentials=credentials, deployment=None)
    atlassian = Atlassian(store)
    site.router.route(host="login.test").mock(side_effect=atlassian)
    site.router.route(host="gateway.test").mock(side_effect=atlassian)
    site.router.route(url=f"{BASE}/_edge/tenant_info").mock(side_effect=atlassian)
    return site, store, atlassian


def sales(site: Site) -> int:
    return sum(request.url.host == "login.test" for request in site.requests)


async def test_requests_go_to_the_site_behind_the_gateway_whose_id_is_asked_once() -> None:
    site, _, _ = connected(FRESH)
    async with site.opened():
        await site.jira.myself()
        await site.jira.myself()
    assert [str(request.url) for request in site.requests] == [
        f"{BASE}/_edge/tenant_info",
        f"{GATEWAY}/ex/jira/cloud-7/rest/api/3/myself",
        f"{GATEWAY}/ex/jira/cloud-7/rest/api/3/myself",
    ]


async def test_an_expired_token_is_replaced_first_and_kept_before_it_is_used() -> None:
    site, store, atlassian = connected(STALE)
    async with site.opened():
        assert await site.jira.myself() == {"accountId": "a"}
    assert store.tokens == Tokens("access-2", "refresh-2", NOW + timedelta(hours=1))
    assert atlassian.used_before_kept == []


async def test_a_refused_token_is_replaced_once_and_the_request_repeated() -> None:
    site, _, atlassian = connected(FRESH)
    atlassian.valid = set()
    async with site.opened():
        await site.jira.myself()
        assert sales(site) == 1
        atlassian.valid = {"nothing"}
        atlassian.refusal = None
        atlassian.sold = 99
        with pytest.raises(ReconnectRequired, match="connect the site again"):
            await site.jira.myself()


async def test_many_requests_share_one_purchase() -> None:
    site, _, atlassian = connected(STALE)
    async with site.opened():
        await asyncio.gather(*(site.jira.myself() for _ in range(20)))
    assert sales(site) == 1
    assert atlassian.used_before_kept == []


async def test_tokens_that_cannot_be_kept_are_not_used_and_are_kept_later() -> None:
    site, store, atlassian = connected(STALE)
    store.full = True
    async with site.opened():
        with pytest.raises(TokensNotSaved) as caught:
            await site.jira.myself()
        assert caught.value.retryable
        store.full = False
        await site.jira.myself()
    assert sales(site) == 1
    assert atlassian.used_before_kept == []


async def test_another_process_may_have_bought_new_tokens_already() -> None:
    site, store, atlassian = connected(FRESH)
    async with site.opened():
        await site.jira.myself()
        store.tokens, atlassian.valid = Tokens("access-9", "refresh-9", FRESH.expires_at), {"access-9"}
        await site.jira.myself()
    assert sales(site) == 0


@pytest.mark.parametrize(
    ("tokens", "refusal", "kind"),
    [
        (None, None, ReconnectRequired),
        (STALE, ok({"error": "invalid_grant"}, 403), ReconnectRequired),
        (STALE, httpx.Response(503), Unreachable),
        (STALE, httpx.Response(400, text="odd"), ReconnectRequired),
    ],
)
async def test_what_cannot_be_bought_has_a_name(
    tokens: Tokens | None, refusal: httpx.Response | None, kind: type[ConnectorError]
) -> None:
    site, _, atlassian = connected(tokens)
    atlassian.refusal = refusal
    async with site.opened():
        with pytest.raises(kind) as caught:
            await site.jira.myself()
    for secret in ("access-1", "refresh-1", "client-secret"):
        assert secret not in str(caught.value) + repr(caught.value)


async def test_a_file_keeps_tokens_for_its_owner_only_and_is_replaced_as_a_whole(tmp_path: Path) -> None:
    file = tmp_path / "tokens.json"
    store = FileTokenStore(file)
    assert await store.load() is None
    for tokens in (FRESH, STALE):
        await store.save(tokens)
        assert await store.load() == tokens
        assert file.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["tokens.json"]  # noqa: PTH208 -- pathlib is not for async functions
    file.write_text('{"access_token": "hush"')
    with pytest.raises(ValueError, match="holds no OAuth tokens") as caught:
        await store.load()
    assert "hush" not in str(caught.value)
