"""Whether something answers at an address."""

import httpx

from connectors.http import open_client


async def why_not_reached(url: str, *, transport: httpx.AsyncBaseTransport | None = None) -> str:
    """Why a GET of that address gets no good answer; empty if it does. No credentials are sent."""
    try:
        async with open_client(url, auth=httpx.Auth(), transport=transport) as client:
            answer = await client.get(url)  # as it stands: a client ends its base with a slash
    except ValueError:
        return "it is not an address"
    except httpx.RequestError as error:
        return str(error) or type(error).__name__
    return "" if answer.is_success else f"it answers {answer.status_code}"
