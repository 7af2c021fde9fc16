"""How requests to Jira are signed."""

import httpx


class ApiToken(httpx.BasicAuth):
    """A classic API token of Jira Cloud: Basic authentication with the account's e-mail address.

    Such tokens last at most a year. Scoped tokens work at another address only and are not meant here.
    """

    def __init__(self, email: str, token: str) -> None:
        super().__init__(username=email, password=token)
        self._email = email

    def __repr__(self) -> str:
        return f"ApiToken({self._email!r}, token=…)"
