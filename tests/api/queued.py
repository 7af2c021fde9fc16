"""Rows in the queues of a running service, as far as a test needs them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Table, insert, update

from app.domain.comments import LivingComment
from app.store import inbox, outbox, runs, sites
from app.store.claim import claim
from app.store.tables import deliveries, effects
from tests.api.support import Service
from tests.conftest import NOW
from tests.stores import LEASE, received

EFFECTS, DELIVERIES, RUNS, SITES = "/api/v1/effects", "/api/v1/deliveries", "/api/v1/runs", "/api/v1/sites"
DOCUMENT = {"type": "doc", "version": 1, "content": [{"type": "rule"}]}


def put_effect(tx: Connection, *, issue: str = "BURN-1", marker: str = "m", **columns: Any) -> int:
    """An effect of the site "demo"; further columns as given."""
    site = sites.get_site(tx, "demo")
    number = len(tx.execute(effects.select()).all()) + 1
    comment = LivingComment(issue, f"{marker}:{number}", {"type": "doc", "version": 1, "content": []})
    outbox.put(
        tx, site.id, comment, key=f"run:9:{number}", cause="run 9, a test", correlation="run:9", now=NOW
    )
    effect = int(tx.execute(effects.select().order_by(effects.c.id.desc())).mappings().first()["id"])  # type: ignore[index]
    change(tx, effects, effect, **columns)
    return effect


def put_delivery(tx: Connection, number: int, **columns: Any) -> int:
    """A delivery that nobody takes before tomorrow; further columns as given."""
    site = sites.get_site(tx, "demo")
    one = received(site.id, number, at=NOW + timedelta(days=1))
    inbox.put(tx, [replace(one, body=columns.pop("body", one.body))])
    newest = tx.execute(deliveries.select().order_by(deliveries.c.id.desc())).mappings().first()
    assert newest is not None
    change(tx, deliveries, newest["id"], **columns)
    return int(newest["id"])


def put_run(tx: Connection, *, subject: str = "", **columns: Any) -> int:
    """A sync of the site "demo"; further columns as given."""
    site = sites.get_site(tx, "demo")
    run = runs.request(tx, site.id, "sync", {}, at=NOW, now=NOW, requested_by="a test", subject=subject)
    change(tx, runs.runs, run, **columns)
    return run


def change(tx: Connection, table: Table, row_id: int, **columns: Any) -> None:
    if columns:
        tx.execute(update(table).where(table.c.id == row_id).values(**columns))


def take(tx: Connection, table: Table) -> None:
    """A worker takes all that it can."""
    claim(tx, table, worker="somebody", now=NOW, lease=LEASE, limit=100)


def another_site(tx: Connection, name: str) -> int:
    return int(
        tx.execute(
            insert(sites.tables.sites)
            .values(name=name, base_url="https://b.test")
            .returning(sites.tables.sites.c.id)
        ).scalar_one()
    )


async def effect(service: Service, **columns: Any) -> int:
    return await service.database.call_write(lambda tx: put_effect(tx, **columns))


async def delivery(service: Service, number: int = 1, **columns: Any) -> int:
    return await service.database.call_write(lambda tx: put_delivery(tx, number, **columns))


async def run(service: Service, **columns: Any) -> int:
    return await service.database.call_write(lambda tx: put_run(tx, **columns))
