"""A person agrees once; what comes back is checked before it is believed."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from connectors.errors import ReconnectRequired
from connectors.jira.consent import SCOPES, code_in, consent_url, first_tokens
from tests.connectors.specs import SPECS, cloud_specs

NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)


def test_the_address_asks_for_boards_and_for_tokens_that_can_be_renewed() -> None:
    asked = parse_qs(urlsplit(consent_url("app", "https://localhost/x", "state-1")).query)
    assert {"offline_access", "read:board-scope:jira-software"} <= set(asked["scope"][0].split())
    assert asked["redirect_uri"] == ["https://localhost/x"]


def test_a_code_that_answers_another_question_is_not_taken() -> None:
    with pytest.raises(ValueError, match="does not belong"):
        code_in("https://localhost/x?code=stolen&state=other", state="state-1")


def test_a_refusal_by_the_person_is_said_in_atlassians_words() -> None:
    with pytest.raises(ValueError, match="User declined"):
        code_in("https://localhost/x?state=s&error=denied&error_description=User+declined", state="s")


def test_the_code_is_found_in_the_address() -> None:
    assert code_in(" https://localhost/x?code=c-1&state=s\n", state="s") == "c-1"


async def test_the_code_buys_the_first_tokens() -> None:
    def atlassian(request: httpx.Request) -> httpx.Response:
        assert b'"code":"c-1"' in request.content
        return httpx.Response(200, json={"access_token": "a", "refresh_token": "r", "expires_in": 60})

    transport = httpx.MockTransport(atlassian)
    tokens = await first_tokens("app", "hidden", "c-1", "https://localhost/x", now=NOW, transport=transport)
    assert (tokens.access_token, tokens.refresh_token) == ("a", "r")
    assert tokens.expires_at == NOW + timedelta(seconds=60)


async def test_a_used_code_is_refused_without_repeating_any_secret() -> None:
    refusing = httpx.MockTransport(lambda _: httpx.Response(403, json={"error": "invalid_grant"}))
    with pytest.raises(ReconnectRequired) as refused:
        await first_tokens("app", "hidden", "c-1", "https://localhost/x", now=NOW, transport=refusing)
    assert "hidden" not in str(refused.value)
    assert "c-1" not in str(refused.value)


def test_the_app_asks_for_every_scope_that_a_sync_and_a_report_need() -> None:
    cloud_specs()
    needed = {
        "cloud-platform-v3.json": [
            ("get", "/rest/api/3/serverInfo"),
            ("get", "/rest/api/3/myself"),
            ("get", "/rest/api/3/field"),
            ("get", "/rest/api/3/status"),
            ("get", "/rest/api/3/project/search"),
            ("post", "/rest/api/3/search/jql"),
            ("post", "/rest/api/3/changelog/bulkfetch"),
            ("get", "/rest/api/3/issue/{issueIdOrKey}"),
            ("post", "/rest/api/3/issue/{issueIdOrKey}/comment"),
            ("put", "/rest/api/3/issue/{issueIdOrKey}/comment/{id}"),
        ],
        "cloud-software.json": [
            ("get", "/rest/agile/1.0/board"),
            ("get", "/rest/agile/1.0/board/{boardId}/configuration"),
            ("get", "/rest/agile/1.0/board/{boardId}/sprint"),
        ],
    }
    for name, operations in needed.items():
        paths = json.loads((SPECS / name).read_text("utf-8"))["paths"]
        for method, path in operations:
            ways = [
                set(scopes) for way in paths[path][method]["security"] for scopes in way.values() if scopes
            ]
            assert not ways or any(way <= set(SCOPES) for way in ways), (method, path, ways)
