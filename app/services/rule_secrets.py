"""Secrets that rules name in their web requests: set by admins, opened in the moment of the request."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.domain.rules.errors import RuleNotUnderstood
from app.domain.rules.reading import read, secrets_of
from app.domain.rules.secrets import Hosts, may_go
from app.errors import NotFound, NotPossible
from app.services.secrets import RULE, Keyring, purpose_of
from app.store import rules, site_settings, sites
from app.store.sites import Site


@dataclass(frozen=True, slots=True)
class Told:
    """A secret, without what it is.

    Attributes:
        hosts: that it may be sent to; None for all that rules may ask.
        rules: names of the rules that need it.
    """

    id: int
    name: str
    hosts: Hosts
    set_at: datetime
    rules: tuple[str, ...] = ()


def listed(connection: Connection, site_name: str, *, now: datetime) -> list[Told]:
    """All of a site, newest first.

    Raises:
        NotFound: no such site.
    """
    site = sites.get_site(connection, site_name)
    users = _users(connection, site)
    return [
        Told(row["id"], name, _hosts(row["hosts"]), row["created_at"], tuple(users.get(name, ())))
        for row in site_settings.secrets_of(connection, now=now, site_id=site.id)
        if (name := row["name"].removeprefix(RULE)) != row["name"]
    ]


def get(connection: Connection, site_name: str, name: str, *, now: datetime) -> Told:
    """One of a site.

    Raises:
        NotFound: no such site, or no such secret.
    """
    every = listed(connection, site_name, now=now)
    for one in every:
        if one.name == name:
            return one
    there = ", ".join(sorted(one.name for one in every)) or "none yet"
    raise NotFound(
        "secret", name, f"Site {site_name} has: {there}. Set it with `burnish secrets set {name}`."
    )


def known(connection: Connection, site: Site, *, now: datetime) -> Mapping[str, Hosts]:
    """Where each secret of a site may be sent, by name."""
    return {
        name: _hosts(row["hosts"])
        for row in site_settings.secrets_of(connection, now=now, site_id=site.id)
        if (name := row["name"].removeprefix(RULE)) != row["name"]
    }


def put(
    connection: Connection,
    keyring: Keyring,
    site_name: str,
    name: str,
    value: str,
    *,
    hosts: Sequence[str] | None,
    now: datetime,
) -> Told:
    """Set a secret, in place of one of that name; rules use it from the next request on.

    Raises:
        NotFound: no such site.
        SecretsLocked: there is no key to keep it with.
    """
    site = sites.get_site(connection, site_name)
    sites.lock_settings(connection)  # nobody else sets it meanwhile
    sealed = keyring.lock(value, purpose=purpose_of(site_name, RULE + name))
    site_settings.forget_secrets(connection, site.id, RULE + name)
    site_settings.put_secret(
        connection,
        site.id,
        RULE + name,
        sealed,
        hosts=None if hosts is None else sorted(set(hosts)),
        now=now,
    )
    return get(connection, site_name, name, now=now)


def forget(connection: Connection, site_name: str, name: str, *, now: datetime) -> Told:
    """Delete a secret that no rule needs.

    Raises:
        NotFound: no such site, or no such secret.
        NotPossible: rules need it.
    """
    found = get(connection, site_name, name, now=now)
    if found.rules:
        users = ", ".join(repr(each) for each in found.rules)
        raise NotPossible(f"These rules need the secret {name}: {users}. Change them first, or delete them.")
    site_settings.forget_secrets(connection, sites.get_site(connection, site_name).id, RULE + name)
    return found


def opened(
    connection: Connection,
    keyring: Keyring,
    site_name: str,
    names: Collection[str],
    *,
    host: str,
    now: datetime,
) -> dict[str, str]:
    """Secrets for a request to a host, by name.

    Raises:
        NotFound: one is not there any more.
        NotPossible: one may not be sent to that host.
        SecretsLocked: no key opens one.
    """
    found = {}
    site = sites.get_site(connection, site_name)
    rows = {row["name"]: row for row in site_settings.secrets_of(connection, now=now, site_id=site.id)}
    for name in sorted(names):
        row = rows.get(RULE + name)
        if row is None:
            raise NotFound(
                "secret", name, f"Set it with `burnish secrets set {name}`, then retry the effect."
            )
        if not may_go(_hosts(row["hosts"]), host):
            raise NotPossible(
                f"The secret {name} may be sent to {', '.join(row['hosts'])}, not to {host}; it was not sent."
            )
        found[name] = keyring.open(row["sealed"], purpose=purpose_of(site_name, RULE + name))
    return found


def _hosts(stored: Sequence[str] | None) -> Hosts:
    return None if stored is None else tuple(stored)


def _users(connection: Connection, site: Site) -> dict[str, list[str]]:
    """Names of rules by the secrets that their versions in use, or their newest one, need."""
    found: dict[str, list[str]] = {}
    for name, documents in rules.documents_in_use(connection, site.id).items():
        for secret in sorted({each for document in documents for each in _needs(document)}):
            found.setdefault(secret, []).append(name)
    return found


def _needs(document: Mapping[str, object]) -> set[str]:
    try:
        return secrets_of(read(document))
    except RuleNotUnderstood:  # written by another version of Burnish
        return set()
