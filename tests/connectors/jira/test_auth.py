"""Every kind of credentials: how it signs, what it cannot do, and that nobody but Jira sees it."""

import base64
import logging
import re
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors.errors import ConnectorError, CredentialsCannot
from connectors.jira.auth import (
    ApiToken,
    Credentials,
    Password,
    PersonalAccessToken,
    ScopedToken,
    limits_of,
)
from connectors.jira.deployment import Deployment
from connectors.jira.oauth import OAuth
from connectors.jira.tokens import Tokens
from connectors.jira.webhooks import expiry
from tests.connectors.jira.site import BASE, Site, ok

SECRET = "planted-secret-one"
REFRESH = "planted-secret-two"
CLIENT = "planted-secret-three"
NAME = "bot@burnish.test"
ENCODED = base64.b64encode(f"{NAME}:{SECRET}".encode()).decode()
NOW = datetime(2026, 11, 2, 10, tzinfo=UTC)
GATEWAY = "https://gateway.test"
CLOUD, DATA_CENTER = Deployment.CLOUD, Deployment.DATA_CENTER


class Store:
    async def load(self) -> Tokens | None:
        return Tokens(SECRET, REFRESH, NOW + timedelta(hours=1))

    async def save(self, tokens: Tokens) -> None:
        raise AssertionError(tokens)


def oauth() -> OAuth:
    return OAuth("app", CLIENT, Store(), now=lambda: NOW, gateway=GATEWAY, cloud_id="c-7")


KINDS: list[tuple[Callable[[], Credentials], str, str]] = [
    (lambda: ApiToken(NAME, SECRET), f"Basic {ENCODED}", BASE),
    (
        lambda: ScopedToken(NAME, SECRET, gateway=GATEWAY, cloud_id="c-7"),
        f"Basic {ENCODED}",
        f"{GATEWAY}/ex/jira/c-7",
    ),
    (lambda: PersonalAccessToken(SECRET), f"Bearer {SECRET}", BASE),
    (lambda: Password(NAME, SECRET), f"Basic {ENCODED}", BASE),
    (oauth, f"Bearer {SECRET}", f"{GATEWAY}/ex/jira/c-7"),
]
every_kind = pytest.mark.parametrize(("make", "header", "base"), KINDS)


@every_kind
async def test_each_kind_signs_in_its_way_at_its_address(
    make: Callable[[], Credentials], header: str, base: str
) -> None:
    async with Site(None, credentials=make()).opened() as site:
        site.router.route(url=f"{base}/rest/api/3/myself").mock(return_value=ok({}))
        await site.jira.myself()
        assert site.requests[0].headers["Authorization"] == header


@every_kind
@pytest.mark.parametrize(
    "answer",
    [
        *(httpx.Response(status) for status in (200, 302, 400, 403, 404, 409, 429, 500)),
        httpx.Response(200, headers={"content-type": "text/html"}, text="<html>"),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
    ],
)
async def test_no_secret_is_in_any_error_log_line_repr_or_address(
    make: Callable[[], Credentials],
    header: str,
    base: str,
    answer: httpx.Response | Exception,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    credentials = make()
    async with Site(None, credentials=credentials).opened() as site:
        for address in (BASE, GATEWAY):
            site.router.route(host=httpx.URL(address).host).mock(side_effect=[answer] * 20)
        told: list[Any] = [repr(credentials), str(credentials), repr(site.jira), vars(site.jira).keys()]
        for call in (site.jira.server_info, lambda: site.jira.add_comment("BURN-1", {"type": "doc"})):
            with pytest.raises(ConnectorError) as caught:
                await call()
            told += [
                "".join(traceback.format_exception(caught.value)),
                repr(caught.value),
                vars(caught.value),
            ]
        told += [str(request.url) for request in site.requests]
    emitted = " ".join(map(str, told)) + caplog.text
    for secret in (SECRET, REFRESH, CLIENT, ENCODED, header):
        assert secret not in emitted


@every_kind
@pytest.mark.parametrize("deployment", list(Deployment))
def test_each_kind_says_in_one_sentence_what_it_cannot_do(
    make: Callable[[], Credentials], header: str, base: str, deployment: Deployment
) -> None:
    sentence = limits_of(make(), deployment)
    assert sentence.endswith(".")
    assert len(re.findall(r"\.(?:\s|$)", sentence)) == 1


@pytest.mark.parametrize(
    ("credentials", "deployment", "words"),
    [
        (ApiToken(NAME, SECRET), CLOUD, "cannot register dynamic webhooks"),
        (ApiToken(NAME, SECRET), DATA_CENTER, "CAPTCHA"),
        (ScopedToken(NAME, SECRET), CLOUD, "cannot register webhooks of any kind"),
        (oauth(), CLOUD, "expire after 30 days"),
        (PersonalAccessToken(SECRET), CLOUD, "knows no personal access tokens"),
        (PersonalAccessToken(SECRET), DATA_CENTER, "only if that user is a Jira admin"),
        (Password(NAME, SECRET), CLOUD, "accepts no passwords"),
    ],
)
def test_the_sentence_names_what_surprises(
    credentials: Credentials, deployment: Deployment, words: str
) -> None:
    assert words in limits_of(credentials, deployment)


@pytest.mark.parametrize("credentials", [ScopedToken(NAME, SECRET, cloud_id="c"), oauth()])
async def test_an_admins_webhook_is_not_even_tried_with_credentials_that_cannot(
    credentials: Credentials,
) -> None:
    async with Site(None, credentials=credentials).opened() as site:
        with pytest.raises(CredentialsCannot):
            await site.jira.webhooks()
        with pytest.raises(CredentialsCannot):
            await site.jira.register_webhook("B", "https://b", [], "", "s")
        assert site.requests == []


async def test_an_api_token_registers_no_dynamic_webhook(site: Site) -> None:
    with pytest.raises(CredentialsCannot, match="cannot register dynamic webhooks"):
        await site.jira.register_dynamic_webhook("https://b.test", [], "project = A")
    assert await site.jira.limits_of_credentials() == limits_of(ApiToken(NAME, SECRET), CLOUD)


async def test_an_app_registers_refreshes_and_deletes_its_webhooks() -> None:
    async with Site(None, credentials=oauth()).opened() as site:
        there = site.router.route(host="gateway.test")
        there.mock(
            side_effect=[
                ok({"webhookRegistrationResult": [{"createdWebhookId": 5}]}),
                ok({"webhookRegistrationResult": [{"errors": ["The clause project is unsupported"]}]}),
                ok({"expirationDate": 1_762_077_600_000}),
                httpx.Response(202),
            ]
        )
        assert await site.jira.register_dynamic_webhook("https://b", ["comment_created"], "project = A") == 5
        with pytest.raises(ConnectorError, match="is unsupported"):
            await site.jira.register_dynamic_webhook("https://b", ["comment_created"], "text ~ a")
        until = await site.jira.refresh_dynamic_webhooks([5])
        assert until == datetime(2025, 11, 2, 10, tzinfo=UTC)
        await site.jira.delete_dynamic_webhooks([5])


def test_an_expiry_comes_as_number_or_text_or_not_at_all() -> None:
    assert expiry({"expirationDate": "2026-12-01T10:00:00.000+0000"}) == datetime(2026, 12, 1, 10, tzinfo=UTC)
    assert expiry({}) is None


async def test_a_gateway_is_told_apart_from_the_site_that_does_not_know_itself() -> None:
    async with Site(None, credentials=ScopedToken(NAME, SECRET, gateway=GATEWAY)).opened() as site:
        site.router.route(url=f"{BASE}/_edge/tenant_info").mock(
            side_effect=[httpx.Response(404, headers={"content-type": "text/html"}), ok({"cloudId": "c-9"})]
        )
        site.router.route(url=f"{GATEWAY}/ex/jira/c-9/rest/api/3/myself").mock(return_value=ok({}))
        with pytest.raises(ConnectorError, match="tenant_info"):
            await site.jira.myself()
        await site.jira.myself()
