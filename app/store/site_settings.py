"""Sites that were made over the API: what they are like, and their secrets as they were locked."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, or_, select, update

from app.errors import NotFound
from app.store.pages import newest_first
from app.store.tables import secrets, sites


def get(connection: Connection, name: str, *, lock: bool = False) -> RowMapping:
    """A site's row.

    Raises:
        NotFound: none of that name.
    """
    query = select(sites).where(sites.c.name == name)
    row = connection.execute(query.with_for_update() if lock else query).mappings().first()
    if row is None:
        raise NotFound("site", name)
    return row


def all_stored(connection: Connection) -> Sequence[RowMapping]:
    """Rows of all sites that were made over the API, by name."""
    query = select(sites).where(sites.c.settings.is_not(None)).order_by(sites.c.name)
    return connection.execute(query).mappings().all()


def save(connection: Connection, site_id: int, settings: Mapping[str, Any] | None) -> None:
    """What the site is like from now on; None: nobody serves it any more. A new version of it."""
    document = None if settings is None else dict(settings)
    changed = update(sites).where(sites.c.id == site_id)
    connection.execute(changed.values(settings=document, version=sites.c.version + 1))


def secrets_of(
    connection: Connection,
    *,
    now: datetime,
    site_id: int | None = None,
    secret_id: int | None = None,
    before: int | None = None,
    limit: int | None = None,
) -> Sequence[RowMapping]:
    """Secrets that are of use, of one site or all, or that one, newest first; `site` is the site's name."""
    query = (
        select(secrets, sites.c.name.label("site"))
        .join(sites, sites.c.id == secrets.c.site_id)
        .where(or_(secrets.c.ends_at.is_(None), secrets.c.ends_at > now))
    )
    if site_id is not None:
        query = query.where(secrets.c.site_id == site_id)
    if secret_id is not None:
        query = query.where(secrets.c.id == secret_id)
    page = newest_first(query, secrets.c.id, before=before, limit=limit)
    return connection.execute(page).mappings().all()


def put_secret(
    connection: Connection,
    site_id: int,
    name: str,
    sealed: str,
    *,
    now: datetime,
    hosts: Sequence[str] | None = None,
) -> None:
    """One more secret of that name."""
    row = {"site_id": site_id, "name": name, "sealed": sealed, "created_at": now}
    connection.execute(insert(secrets).values(**row, hosts=None if hosts is None else list(hosts)))


def end_secrets(connection: Connection, site_id: int, name: str, *, ends_at: datetime) -> None:
    """Those of that name are of no use from then on; none lives longer for it."""
    later = or_(secrets.c.ends_at.is_(None), secrets.c.ends_at > ends_at)
    ended = update(secrets).where(secrets.c.site_id == site_id, secrets.c.name == name, later)
    connection.execute(ended.values(ends_at=ends_at))


def forget_secrets(connection: Connection, site_id: int, name: str | None = None) -> None:
    """Delete those of that name, or all of the site."""
    gone = delete(secrets).where(secrets.c.site_id == site_id)
    connection.execute(gone if name is None else gone.where(secrets.c.name == name))


def forget_ended(connection: Connection, *, now: datetime) -> None:
    """Delete secrets that are of no use any more."""
    connection.execute(delete(secrets).where(secrets.c.ends_at <= now))


def reseal(connection: Connection, secret_id: int, sealed: str) -> None:
    """The same secret, locked by another key."""
    connection.execute(update(secrets).where(secrets.c.id == secret_id).values(sealed=sealed))
