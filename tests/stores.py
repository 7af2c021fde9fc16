"""What tests put into a store, and how they look at it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, make_url, select

from app.domain.scrum.from_jira import SiteFields
from app.store import arrivals, inbox, sites, tables
from app.store.arrivals import Arrived
from app.store.claim import Claimed, claim
from app.store.database import Database
from app.store.inbox import Received
from tests.conftest import execute_on
from tests.factories import FLAG_FIELD, POINTS_FIELD, SPRINT_FIELD
from tests.payloads import encoded

LEASE = timedelta(seconds=30)
FIELDS = (
    {"id": SPRINT_FIELD, "name": "Sprint", "custom": True, "schema": {"type": "array", "custom": "x:sprint"}},
    {"id": POINTS_FIELD, "name": "Story Points", "custom": True, "schema": {"type": "number"}},
    {"id": FLAG_FIELD, "name": "Flagged", "custom": True, "schema": {"type": "array"}},
    {"id": "status", "name": "Status", "custom": False, "schema": {"type": "status"}},
)


def a_site(tx: Connection, name: str = "demo") -> sites.Site:
    """A site whose fields are known, as after a sync."""
    site = sites.ensure_site(tx, name, "https://burnish.test")
    sites.replace_fields(tx, site.id, FIELDS, SiteFields(SPRINT_FIELD, FLAG_FIELD))
    return sites.get_site(tx, name)


def texts_of(tx: Connection, issue_id: str) -> dict[str, Any] | None:
    """The long texts that an issue has by now; None where it has none."""
    table, texts = tables.issues, tables.issue_texts
    same = (texts.c.issue_id == table.c.id) & (texts.c.digest == table.c.texts_digest)
    found: dict[str, Any] | None = tx.scalar(
        select(texts.c.texts).select_from(table.join(texts, same)).where(table.c.id == issue_id)
    )
    return found


def received(site_id: int, number: int, *, at: datetime, subject: str = "", **document: Any) -> Received:
    """A delivery of its own subject, unless told otherwise."""
    body = {"webhookEvent": "jira:issue_updated", "number": number, **document}
    return Received(
        site_id=site_id,
        identity=f"id:{number}",
        event=body["webhookEvent"],
        subject=subject or f"issue:{number}",
        retry=0,
        received_at=at,
        body=encoded(body),
    )


def put(tx: Connection, site_id: int, *subjects: str, at: datetime) -> None:
    """Deliveries of these subjects, in this order."""
    inbox.put(tx, [received(site_id, n, at=at, subject=one) for n, one in enumerate(subjects, 1)])


def arrived(tx: Connection) -> list[Arrived]:
    """What the door stored and nobody filed yet, in its order."""
    return [one for arrival in arrivals.unfiled(tx, 1_000_000) for one in arrival.deliveries]


def claimed_one(tx: Connection, table: Table, now: datetime) -> Claimed:
    """The only row that is due, in our hands."""
    (work,) = claim(tx, table, worker="w", now=now, lease=LEASE, limit=9)
    return work


def rows(tx: Connection, table: Table) -> list[dict[str, Any]]:
    """All of a table, in the order of its key."""
    found = tx.execute(select(table).order_by(*table.primary_key)).mappings()
    return [dict(row) for row in found]


def states(tx: Connection, table: Table = tables.deliveries) -> list[str]:
    """How far each row is, in the order of their ids."""
    return [row["state"] for row in rows(tx, table)]


@contextmanager
def read_only(database: Database, url: str) -> Iterator[None]:
    """As a standby is, or a disk that is full: everything can be read, a transaction can even begin."""
    engine = database.engine
    server, name = make_url(url).set(database="postgres"), make_url(url).database

    def pragma(value: str) -> None:
        connection = engine.raw_connection()  # the only one, which stays
        connection.cursor().execute(f"PRAGMA query_only = {value}")
        connection.close()

    def setting(change: str) -> None:
        address = server.render_as_string(hide_password=False)
        execute_on(address, f"ALTER DATABASE {name} {change}")
        # It holds for new connections.
        ended = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        execute_on(address, f"{ended} WHERE datname = '{name}'")

    switch, on, off = (
        (pragma, "ON", "OFF")
        if database.is_sqlite
        else (setting, "SET default_transaction_read_only = on", "RESET default_transaction_read_only")
    )
    switch(on)
    yield
    switch(off)
