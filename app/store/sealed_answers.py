"""Rows in which what a server answered a rule may stand, encrypted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, RowMapping, Table, select, update

from app.domain.effects import CreateIssue, WebRequest
from app.store import outbox
from app.store import runs as run_store
from app.store.rule_tables import rule_decisions
from app.store.tables import effects, runs, sites


@dataclass(frozen=True, slots=True)
class Place:
    """Where they stand.

    Attributes:
        called: what a row is called.
        column: the document that holds them.
        wanted: which rows may hold any.
        given_up: rows for which nobody needs them, unless an admin has them tried again after all.
    """

    called: str
    table: Table
    column: Column[Any]
    wanted: tuple[ColumnElement[bool], ...]
    given_up: ColumnElement[bool]


EFFECTS = Place(
    "effect",
    effects,
    effects.c.payload,
    (effects.c.kind.in_((WebRequest.kind, CreateIssue.kind)), effects.c.state != outbox.DONE),
    effects.c.state == outbox.CANCELLED,
)
RUNS = Place(
    "run",
    runs,
    runs.c.parameters,
    (runs.c.kind == run_store.RULE, runs.c.state != run_store.DONE),
    runs.c.state == run_store.CANCELLED,
)
DECISIONS = Place(
    "decision",
    rule_decisions,
    rule_decisions.c.effects,
    (rule_decisions.c.outcome == "held",),
    rule_decisions.c.outcome != "held",
)


def some(connection: Connection, place: Place, *, after: int, limit: int) -> Sequence[RowMapping]:
    """Rows by id, above that: `id`, `document`, `given_up`, and `site`, the site's name."""
    table = place.table
    query = (
        select(
            table.c.id,
            place.column.label("document"),
            place.given_up.label("given_up"),
            sites.c.name.label("site"),
        )
        .join(sites, sites.c.id == table.c.site_id)
        .where(*place.wanted, table.c.id > after)
    )
    return connection.execute(query.order_by(table.c.id).limit(limit)).mappings().all()


def locked(connection: Connection, place: Place, row_id: int) -> Any:
    """The document as it is by now, kept so until the transaction ends; None where it holds none any more."""
    query = select(place.column).where(place.table.c.id == row_id, *place.wanted)
    return connection.scalar(query.with_for_update())


def change(connection: Connection, place: Place, row_id: int, document: Any) -> None:
    """Another document in a row that the caller has locked."""
    changed = update(place.table).where(place.table.c.id == row_id)
    connection.execute(changed.values({place.column.name: document}))
