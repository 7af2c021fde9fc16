"""Registering webhooks from the command line."""

import json
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from click.testing import Result

from app import connections
from jobs.deliveries import HANDLED
from tests.cli.support import burnish, says
from tests.jobs.support import scripted

HOOK = "https://burnish.example.com/webhooks/jira/demo"


@pytest.fixture
def jira(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The webhooks of a Jira in memory."""
    hooks: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/rest/webhooks/1.0/webhook"
        if request.method == "GET":
            return httpx.Response(200, json=hooks)
        hook = {**json.loads(request.content), "self": f"{request.url}/{len(hooks) + 1}"}
        hooks.append(hook)
        return httpx.Response(201, json=hook)

    async def jira_of(stack: AsyncExitStack, _: object, *, now: object) -> Any:
        return await stack.enter_async_context(scripted(answer))

    monkeypatch.setattr(connections, "jira_of", jira_of)
    return hooks


def register() -> Result:
    return burnish("webhook", "register", "https://burnish.example.com/")


def test_jira_is_asked_to_tell_what_is_handled_of_the_projects_that_are_kept(
    configured: Callable[..., None], jira: list[dict[str, Any]]
) -> None:
    configured()
    result = register()
    assert result.exit_code == 0, result.output
    (hook,) = jira
    assert hook["url"] == HOOK
    assert set(hook["events"]) == HANDLED.keys()
    assert hook["filters"]["issue-related-events-section"] == 'project in ("BURN", "ORDER")'
    assert hook["secret"] == "planted-secret"
    assert "planted" not in result.output


def test_where_all_projects_are_kept_nothing_is_filtered(
    configured: Callable[..., None], jira: list[dict[str, Any]]
) -> None:
    configured(projects=[])
    assert register().exit_code == 0
    assert "project" not in json.dumps(jira[0].get("filters", {}))


def test_a_second_webhook_for_the_same_address_is_refused(
    configured: Callable[..., None], jira: list[dict[str, Any]]
) -> None:
    """Jira would tell everything twice."""
    configured()
    register()
    assert f"Jira already tells {HOOK}" in says(register())
    assert len(jira) == 1


def test_without_a_secret_no_webhook_is_registered(
    configured: Callable[..., None], jira: list[dict[str, Any]]
) -> None:
    configured(webhook_secrets=[])
    assert "Set `webhook_secrets` of site 'demo' first" in says(register())
    assert jira == []
