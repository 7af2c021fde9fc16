"""Who may use the API: whoever has one of the keys."""

import hmac
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.api.state import StateDep
from app.errors import Unauthorized

_bearer = HTTPBearer(auto_error=False, description="One of the keys in `api_keys`.")


def require_key(
    state: StateDep, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> None:
    """Let the request through if it carries a key.

    Raises:
        Unauthorized: it does not.
    """
    if not state.api_keys:
        raise Unauthorized("The API is closed: set BURNISH_API_KEYS (or `api_keys`) to open it.")
    if given is None:
        raise Unauthorized("Send a key: `Authorization: Bearer <key>`.")
    # All are compared, in constant time.
    fits = [hmac.compare_digest(given.credentials.encode(), key.encode()) for key in state.api_keys]
    if not any(fits):
        raise Unauthorized("The key is not one of `api_keys`.")
