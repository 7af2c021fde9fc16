"""Alembic's entry: one tree for SQLite and PostgreSQL, under a lock so that replicas do not race."""

from typing import Any

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, text

from app.store.base import Id, is_declared_for
from app.store.database import Database
from app.store.tables import metadata
from app.store.types import Document, Instant, Words

# Any constant will do, as long as every replica uses the same one.
ADVISORY_LOCK = 0x6275726E697368


def render_item(kind: str, item: object, autogen: AutogenContext) -> str | bool:
    """Migrations must not import today's code, so our own types are written out."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Words):
        return "sa.Text()"
    if kind == "type" and isinstance(item, Document):
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")'
    if kind == "type" and item is Id:
        return 'sa.BigInteger().with_variant(sa.Integer(), "sqlite")'
    return False


def migrate(connection: Connection) -> None:
    """Run what was asked for, inside the transaction that the caller opened."""
    if connection.dialect.name == "postgresql":
        # A large table takes its time, and so does a replica that migrates before us.
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
    options: dict[str, Any] = {"render_as_batch": True, "render_item": render_item}
    options["include_object"] = is_declared_for(connection.dialect.name)
    context.configure(connection=connection, target_metadata=metadata, **options)
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:  # `alembic …` by hand: -x url=sqlite:///burnish.db
    database = Database(context.get_x_argument(as_dictionary=True)["url"])
    with database.write_schema() as own:
        migrate(own)
    database.close()
