"""OAuth tokens in the store, encrypted, for sites whose settings name no file for them.

A refresh token works once, so the newest pair replaces the one before in one transaction.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Connection

from app.errors import BurnishError, StoreUnavailable
from app.services.secrets import OAUTH_TOKENS, Keyring, purpose_of
from app.store import site_settings, sites
from app.store.database import Database
from connectors.jira.tokens import Tokens


def keep(connection: Connection, keyring: Keyring, site: str, tokens: Tokens, *, now: datetime) -> None:
    """Replace the tokens of a site.

    Raises:
        NotFound: no such site.
        SecretsLocked: there is no key to keep them with.
    """
    row = site_settings.get(connection, site, lock=True)
    pair = [tokens.access_token, tokens.refresh_token, tokens.expires_at.astimezone(UTC).isoformat()]
    sealed = keyring.lock(json.dumps(pair), purpose=purpose_of(site, OAUTH_TOKENS))
    site_settings.forget_secrets(connection, row["id"], OAUTH_TOKENS)
    site_settings.put_secret(connection, row["id"], OAUTH_TOKENS, sealed, now=now)
    sites.resume_mended(connection, row["id"])


def kept(connection: Connection, keyring: Keyring, site: str, *, now: datetime) -> Tokens | None:
    """The tokens of a site; None if it never had any.

    Raises:
        NotFound: no such site.
        SecretsLocked: no key opens them.
    """
    row = site_settings.get(connection, site)
    for one in site_settings.secrets_of(connection, now=now, site_id=row["id"]):
        if one["name"] == OAUTH_TOKENS:
            access, refresh, ends = json.loads(
                keyring.open(one["sealed"], purpose=purpose_of(site, OAUTH_TOKENS))
            )
            return Tokens(access, refresh, datetime.fromisoformat(ends))
    return None


class StoredTokens:
    """Where a client keeps its tokens (a `TokenStore`), for a process that may write the store."""

    def __init__(
        self, database: Database, keyring: Keyring, site: str, *, now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._site = site
        self._now = now

    async def load(self) -> Tokens | None:
        """The newest pair.

        Raises:
            OSError: the store does not answer.
            ValueError: no key opens them.
        """
        now = self._now()
        try:
            return await self._database.call_read(lambda tx: kept(tx, self._keyring, self._site, now=now))
        except StoreUnavailable as error:
            raise OSError(str(error)) from None
        except BurnishError as error:
            raise ValueError(str(error)) from None

    async def save(self, tokens: Tokens) -> None:
        """Keep the pair; it is durable when this returns.

        Raises:
            OSError: it could not be kept.
        """
        now = self._now()
        try:
            await self._database.call_write(lambda tx: keep(tx, self._keyring, self._site, tokens, now=now))
        except BurnishError as error:
            raise OSError(str(error)) from None
