"""API keys: made, recognised, revoked.

A key is 256 bits of chance, so that its plain SHA-256 cannot be turned back, nor guessed in any time; the
slow hashes that passwords need would only slow down every request. What is stored opens nothing.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping

from app.errors import NotPossible, NotUnderstood, Unauthorized
from app.services.access import Caller, Role
from app.store import keys, sites

PREFIX = "burnish_"
"""So that a key is known as one wherever it turns up, and what cannot be one is not looked up."""
_HINT = 6
LONGEST = timedelta(days=3660)
_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key as it was made, with what its owner sends. That is told once."""

    row: RowMapping
    token: str = field(repr=False)


def create(
    connection: Connection,
    *,
    name: str,
    role: Role,
    site_names: Sequence[str] | None,
    expires_at: datetime | None,
    by: Caller,
    now: datetime,
    sees_restricted: bool = False,
) -> NewKey:
    """A new key.

    Args:
        connection: inside a transaction.
        name: tells it from others that are in use.
        role: what it may do.
        site_names: sites that it is for; None for all.
        expires_at: from then on it opens nothing; None: never.
        by: who makes it.
        now: the instant.
        sees_restricted: whether a viewer reads issues with a security level; all others do.

    Raises:
        NotPossible: the name is taken.
        NotUnderstood: no such site, or the end does not lie ahead, or too far.
    """
    sites.lock_settings(connection)
    if keys.in_use(connection, name):
        raise NotPossible(f"A key {name!r} is in use. Revoke it first, or choose another name.")
    known = set(sites.names(connection))
    for number, site in enumerate(site_names or ()):
        if site not in known:
            there = ", ".join(sorted(known)) or "none yet"
            raise NotUnderstood(
                f"There is no site {site!r}. There are: {there}.", field=f"/body/sites/{number}"
            )
    if expires_at is not None and not now < expires_at <= now + LONGEST:
        raise NotUnderstood(
            f"A key ends after now and within {LONGEST.days} days, or never.", field="/body/expires_at"
        )
    token = PREFIX + secrets.token_urlsafe(32)
    key_id = keys.put(
        connection,
        name=name,
        digest=digest_of(token),
        hint=token[: len(PREFIX) + _HINT],
        role=role.value,
        sites=None if site_names is None else sorted(set(site_names)),
        sees_restricted=sees_restricted or role.reaches(Role.EDITOR),
        created_at=now,
        created_by=by.name,
        expires_at=expires_at,
    )
    return NewKey(keys.get(connection, key_id), token)


def digest_of(token: str) -> bytes:
    """What the store knows of a key."""
    return hashlib.sha256(token.encode()).digest()


def revoke(connection: Connection, key_id: int, *, by: Caller, now: datetime) -> RowMapping:
    """End a key. One that was revoked before stays as it is.

    Raises:
        NotFound: no such key.
    """
    keys.get(connection, key_id, lock=True)
    keys.revoke(connection, key_id, by=by.name, now=now)
    return keys.get(connection, key_id)


@dataclass(frozen=True, slots=True)
class Recognised:
    """Who sent a key.

    Attributes:
        to_note: whether it is time to note that the key was used.
    """

    caller: Caller
    to_note: bool


def recognise(connection: Connection, token: str, *, now: datetime) -> Recognised:
    """Whose key it is.

    Raises:
        Unauthorized: nobody's, or it opens nothing any more.
    """
    row = keys.by_digest(connection, digest_of(token))
    if row is None:
        raise Unauthorized("There is no such key. An admin makes one with `burnish keys create`.")
    if row["revoked_at"] is not None:
        raise Unauthorized(f"Key {row['name']!r} was revoked at {row['revoked_at']:%Y-%m-%d %H:%M} UTC.")
    if row["expires_at"] is not None and row["expires_at"] <= now:
        raise Unauthorized(f"Key {row['name']!r} ended at {row['expires_at']:%Y-%m-%d %H:%M} UTC.")
    named = None if row["sites"] is None else frozenset(row["sites"])
    used, role = row["last_used_at"], Role(row["role"])
    sees = row["sees_restricted"] or role.reaches(Role.EDITOR)
    return Recognised(
        Caller(f"key {row['name']}", role, named, row["id"], sees),
        to_note=used is None or used <= now - _NOTED_EVERY,
    )


def note_use(connection: Connection, caller: Caller, *, now: datetime) -> None:
    """Tell its owner's colleagues, to a minute, when it was used last."""
    assert caller.key_id is not None
    keys.note_use(connection, caller.key_id, now=now, apart=_NOTED_EVERY)
