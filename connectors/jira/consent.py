"""The one time a person has to agree that an OAuth 2.0 (3LO) app may act for them.

They open an address of Atlassian's, agree, and are sent to the app's redirect address with a code, which buys
the first tokens. Source: Atlassian's page on OAuth 2.0 (3LO) apps.
"""

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from connectors.errors import NotAllowed, NotAuthenticated, NotJira, ReconnectRequired, Refused
from connectors.http import Http, an_object, open_client
from connectors.jira.tokens import Tokens

LOGIN = "https://auth.atlassian.com"
SCOPES = (
    "read:jira-user",
    "read:jira-work",
    "write:jira-work",
    "manage:jira-webhook",
    # Boards and sprints have granular scopes only.
    "read:board-scope:jira-software",
    "read:board-scope.admin:jira-software",  # a board's configuration: its columns and its estimation
    "write:board-scope:jira-software",
    "read:sprint:jira-software",
    "write:sprint:jira-software",
    "read:project:jira",
    "read:issue-details:jira",
    "read:jql:jira",
    "offline_access",  # without it there is no refresh token
)


def consent_url(client_id: str, redirect_uri: str, state: str) -> str:
    """Where a person agrees. `state` comes back with the code, so that nobody else's code is taken."""
    asked = {
        "audience": "api.atlassian.com",
        "client_id": client_id,
        "scope": " ".join(SCOPES),
        "redirect_uri": redirect_uri,
        "state": state,
        "response_type": "code",
        "prompt": "consent",
    }
    return f"{LOGIN}/authorize?{urlencode(asked)}"


def code_in(address: str, *, state: str) -> str:
    """The code in the address that the browser was sent to.

    Raises:
        ValueError: there is none, or it answers another question than ours.
    """
    said = parse_qs(urlsplit(address.strip()).query)
    if said.get("state") != [state]:
        message = "this address does not belong to the question that was just asked (its `state` differs)"
        raise ValueError(message)
    if "code" not in said:
        message = f"Atlassian gave no code: {' '.join(said.get('error_description', said.get('error', [])))}"
        raise ValueError(message)
    return said["code"][0]


async def first_tokens(
    client_id: str,
    client_secret: str,
    code: str,
    redirect_uri: str,
    *,
    now: datetime,
    login: str = LOGIN,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Tokens:
    """Buy the first pair of tokens with the code, which works once.

    Raises:
        ReconnectRequired: the code is used, expired or not for this app.
        NotJira: an answer without tokens.
        ConnectorError: any other failure on the way.
    """
    asked = "POST /oauth/token"
    body = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "client_secret": client_secret,
        "code": code,
        "redirect_uri": redirect_uri,
    }
    async with open_client(login, auth=httpx.Auth(), transport=transport) as client:
        try:
            answer = await Http(client).write("POST", "/oauth/token", json=body)
        except (NotAuthenticated, NotAllowed, Refused) as error:
            raise ReconnectRequired(
                asked, reason="the code was refused; it works once, for a moment"
            ) from error
    document = an_object(answer, asked=asked)
    try:
        return Tokens(
            access_token=str(document["access_token"]),
            refresh_token=str(document["refresh_token"]),
            expires_at=now + timedelta(seconds=int(document.get("expires_in", 3600))),
        )
    except (ValueError, KeyError, TypeError):
        raise NotJira(asked, "an answer without tokens") from None
