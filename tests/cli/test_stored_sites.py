"""Commands that ask Jira themselves, for a site that was made over the API."""

import json
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from app import cli, connections
from app.cli import oauth
from app.cli.caller import calling
from app.errors import NotPossible
from app.services.secrets import new_key
from app.settings import SiteSettings, load_settings
from connectors.jira.tokens import Tokens
from tests.api.stored_sites import HOOK_SECRET, NEW, OAUTH
from tests.cli.support import burnish, says
from tests.conftest import NOW
from tests.jobs.support import scripted

REGISTER = ("webhook", "register", "https://burnish.example.com", "--site", "acme")


@pytest.fixture
def made(filled: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes a site beside the one of the settings, as somebody who asks the API would."""
    monkeypatch.setenv("BURNISH_SECRET_KEY", new_key())

    def make(**site: Any) -> None:
        wanted = {name: value for name, value in {**NEW, **site}.items() if value is not None}
        with calling(load_settings()) as api:
            api.post("/sites", wanted)

    return make


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The webhooks of a Jira in memory."""
    known: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            known.append(json.loads(request.content))
            return httpx.Response(201, json={"self": "hook 1"})
        return httpx.Response(200, json=known)

    async def jira_of(stack: AsyncExitStack, site: SiteSettings, **_: object) -> Any:
        if site.url != NEW["url"]:
            raise NotPossible("nobody is there")
        connections.credentials_of(site, now=lambda: NOW)
        return await stack.enter_async_context(scripted(answer))

    monkeypatch.setattr(connections, "jira_of", jira_of)
    return known


def test_the_webhook_of_a_stored_site_is_signed_with_its_secret(
    made: Callable[..., None], hooks: list[dict[str, Any]]
) -> None:
    made()
    done = burnish(*REGISTER)
    assert done.exit_code == 0, done.output
    assert [one["secret"] for one in hooks] == [HOOK_SECRET]
    assert hooks[0]["url"] == "https://burnish.example.com/webhooks/jira/acme"


def test_consent_for_a_stored_site_is_kept_in_the_store(
    made: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    made(auth="oauth", email=None, token=None, oauth={**OAUTH, "redirect_uri": "https://burnish.test/back"})

    async def bought(_: object, __: str) -> Tokens:
        return Tokens("planted-access", "planted-refresh", NOW)

    monkeypatch.setattr(oauth, "_bought", bought)
    monkeypatch.setattr(oauth.secrets, "token_urlsafe", lambda _: "state")
    landed = "https://burnish.test/back?state=state&code=1\n"
    done = CliRunner().invoke(cli.app, ["oauth", "connect", "--site", "acme"], input=landed)
    assert done.exit_code == 0, done.output
    assert "oauth_tokens" in burnish("secrets", "list").output


def test_a_stored_site_whose_secrets_no_key_opens_is_told_as_that(
    made: Callable[..., None], hooks: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    made()
    for key in (new_key(), ""):
        monkeypatch.setenv("BURNISH_SECRET_KEY", key)
        for words in (REGISTER, ("oauth", "connect", "--site", "acme")):
            said = says(burnish(*words))
            assert "BURNISH_SECRET_KEY" in said
            assert "There is no site" not in said
        told = [json.loads(line) for line in burnish("doctor", "--json").stdout.splitlines()]
        (fault,) = [one for one in told if one["site"] == "acme"]
        assert (fault["level"], fault["check"]) == ("fault", "site")
    assert hooks == []


def test_a_stored_site_without_a_webhook_secret_is_told_where_one_is_made(
    made: Callable[..., None], hooks: list[dict[str, Any]]
) -> None:
    made(webhook_secrets=[])
    assert "/sites/acme/webhook-secret" in says(burnish(*REGISTER))
    assert hooks == []


def test_with_oauth_an_admin_is_told_what_to_enter(
    made: Callable[..., None], hooks: list[dict[str, Any]]
) -> None:
    made(auth="oauth", email=None, token=None, oauth={**OAUTH, "redirect_uri": "https://burnish.test/back"})
    said = says(burnish(*REGISTER))
    assert "System, WebHooks" in said
    assert "https://burnish.example.com/webhooks/jira/acme" in said
    assert hooks == []
