"""OAuth tokens, and a place to keep them: the refresh token is used once, so losing one loses the site."""

import asyncio
import json
import os
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Tokens:
    """A pair as Atlassian hands it out. Its text shows no secret.

    Attributes:
        access_token: signs requests, for about an hour.
        refresh_token: buys the next pair, once; dies when not used for 90 days.
        expires_at: of the access token.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime


class TokenStore(Protocol):
    """Keeps the tokens of one connection to one site, over restarts."""

    async def load(self) -> Tokens | None:
        """The newest pair; None if there never was one."""
        ...

    async def save(self, tokens: Tokens) -> None:
        """Keep the pair so that it survives a crash right after this returns.

        Raises:
            OSError: it could not be kept.
        """
        ...


class FileTokenStore:
    """One file that only its owner can read (mode 0600), replaced as a whole and flushed to the disk."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def load(self) -> Tokens | None:
        """The pair in the file.

        Raises:
            ValueError: the file is there, but holds no tokens.
        """
        return await asyncio.to_thread(self._read)

    async def save(self, tokens: Tokens) -> None:
        """Write beside, flush, replace, flush the folder: either the old pair is there or the new one."""
        await asyncio.to_thread(self._write, tokens)

    def _read(self) -> Tokens | None:
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        try:
            kept = json.loads(text)
            expires_at = datetime.fromisoformat(kept["expires_at"]).astimezone(UTC)
            return Tokens(str(kept["access_token"]), str(kept["refresh_token"]), expires_at)
        except (ValueError, KeyError, TypeError):
            message = f"{self._path} holds no OAuth tokens; connect the site again."
            raise ValueError(message) from None  # the reason may quote a token

    def _write(self, tokens: Tokens) -> None:
        kept = {
            "access_token": tokens.access_token,
            "refresh_token": tokens.refresh_token,
            "expires_at": tokens.expires_at.isoformat(),
        }
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=self._path.name, suffix=".new")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:  # mkstemp makes it 0600
                json.dump(kept, file)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
