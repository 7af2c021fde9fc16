"""Secrets in the store: encrypted by keys that are not there.

Fernet (AES-128-CBC with HMAC-SHA256) of the library `cryptography`. What is encrypted also says what it is
for, so that whoever can write the store, but has no key, cannot have one site's token sent to another's
address. The first key locks, any of them opens: that is how keys are replaced.
"""

import hmac
import json
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from app.errors import SecretsLocked, SettingsInvalid

TOKEN, WEBHOOK_SECRET = "token", "webhook_secret"
OAUTH_SECRET, OAUTH_TOKENS = "oauth_client_secret", "oauth_tokens"
CHANNEL = "channel:"
"""What the name of a channel's address begins with."""
ANSWER = "answer of a server"
RULE = "rule:"
"""What the name of a secret that rules name begins with."""


def new_key() -> str:
    """A key to lock secrets with, for BURNISH_SECRET_KEY."""
    return Fernet.generate_key().decode()


class Keyring:
    """The keys that lock and open.

    Args:
        keys: the newest first; none of them: nothing can be kept.

    Raises:
        SettingsInvalid: one of them is none.
    """

    def __init__(self, keys: Sequence[str] = ()) -> None:
        try:
            fernets = [Fernet(key) for key in keys]
        except ValueError:
            message = (
                "secret_key: a key is 32 random bytes in URL-safe base64. Make one with `burnish secrets "
                "new-key`; several are separated by spaces, the newest first."
            )
            raise SettingsInvalid(message) from None  # the reason may quote it
        self._newest = fernets[0] if fernets else None
        self._all = MultiFernet(fernets) if fernets else None

    def __repr__(self) -> str:
        return "Keyring(…)"

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be kept."""
        return self._newest is None

    def lock(self, secret: str, *, purpose: str) -> str:
        """What may be stored.

        Raises:
            SecretsLocked: there is no key.
        """
        if self._newest is None:
            raise SecretsLocked(
                "Secrets are kept encrypted, and there is no key to do so. Make one with `burnish secrets "
                "new-key`, set it as BURNISH_SECRET_KEY (or its file as `secret_key_file`) for every "
                "process, and start anew."
            )
        return self._newest.encrypt(json.dumps([purpose, secret]).encode()).decode()

    def open(self, sealed: str, *, purpose: str) -> str:
        """The secret.

        Raises:
            SecretsLocked: no key opens it, or it was locked for another purpose.
        """
        opened = None
        if self._all is not None:
            try:
                opened = json.loads(self._all.decrypt(sealed.encode()))
            except (InvalidToken, ValueError):
                opened = None
        if opened is None:
            raise SecretsLocked(
                f"No key opens the {purpose}. Put the key that it was locked with back into "
                "BURNISH_SECRET_KEY, behind the newest, or set the secret anew."
            )
        meant, secret = opened
        if not hmac.compare_digest(str(meant).encode(), purpose.encode()):
            raise SecretsLocked(f"What is stored as the {purpose} was locked as another secret. Set it anew.")
        return str(secret)

    def is_newest(self, sealed: str) -> bool:
        """Whether the newest key locked it."""
        if self._newest is None:
            return False
        try:
            self._newest.decrypt(sealed.encode())
        except InvalidToken:
            return False
        return True


def purpose_of(site: str, name: str) -> str:
    """What a secret is for; it reads well in a sentence."""
    return f"{name} of site {site}"
