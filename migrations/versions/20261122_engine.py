"""The engine: failures and deaths counted, projects in turn, preconditions, pauses, who works."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# With the state in which a row waits for an admin.
QUEUES = {"deliveries": "dead", "effects": "dead", "runs": "failed"}
IS_OPEN = sa.text("state IN ('waiting', 'claimed')")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)

# Rows of the queues come and go: sweep them up long before a fifth of a large table is dead.
SWEPT = {
    "autovacuum_vacuum_scale_factor": 0.01,
    "autovacuum_vacuum_threshold": 1000,
    "autovacuum_analyze_scale_factor": 0.05,
    "autovacuum_vacuum_cost_delay": 0,
}


def added() -> dict[str, list[sa.Column]]:
    """The new columns by table; made anew for each use, since a column belongs to one table object."""
    columns = {
        queue: [
            sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
            sa.Column("deaths", sa.Integer(), server_default="0", nullable=False),
            sa.Column("give_up_at", INSTANT, nullable=True),
        ]
        for queue in QUEUES
    }
    columns["effects"] += [
        sa.Column("correlation", sa.String(length=64), nullable=True),
        sa.Column("project_key", sa.String(length=255), server_default="", nullable=False),
        sa.Column("precondition", JSON, nullable=True),
    ]
    columns["living_comments"] = [sa.Column("effect_id", BIG, nullable=True)]
    columns["schedules"] = [
        sa.Column("when_missed", sa.String(length=8), server_default="once", nullable=False)
    ]
    columns["sites"] = [
        sa.Column("paused_until", INSTANT, nullable=True),
        sa.Column("paused_reason", sa.Text(), nullable=True),
        sa.Column("heard_at", INSTANT, nullable=True),
    ]
    return columns


def _index(table: str, name: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(f"ix_{table}_{name}", table, columns, sqlite_where=where, postgresql_where=where)


def upgrade() -> None:
    op.create_table(
        "workers",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_workers")),
    )
    for table, columns in added().items():
        for column in columns:
            op.add_column(table, column)
    op.create_table(
        "delivery_bodies",
        sa.Column("delivery_id", BIG, autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_delivery_bodies")),
    )
    op.execute("INSERT INTO delivery_bodies (delivery_id, body) SELECT id, body FROM deliveries")
    op.drop_column("deliveries", "body")
    _index("effects", "open_turn", ["site_id", "project_key", "id"], IS_OPEN)
    for queue, failed in QUEUES.items():
        _index(queue, "failed", ["id"], sa.text(f"state = '{failed}'"))
        op.drop_index(f"ix_{queue}_open_due", queue)
        _index(queue, "open_due", ["due_at", "id", "state"], IS_OPEN)
    if op.get_bind().dialect.name == "postgresql":
        swept = ", ".join(f"{setting} = {value}" for setting, value in SWEPT.items())
        for queue in QUEUES:
            op.execute(f"ALTER TABLE {queue} SET ({swept})")
        # Compressed already, and small enough to stay in the row.
        op.execute("ALTER TABLE delivery_bodies ALTER COLUMN body SET STORAGE EXTERNAL")
        op.execute("ALTER TABLE delivery_bodies SET (toast_tuple_target = 8160)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for queue in QUEUES:
            op.execute(f"ALTER TABLE {queue} RESET ({', '.join(SWEPT)})")
    for queue in QUEUES:
        op.drop_index(f"ix_{queue}_open_due", queue)
        _index(queue, "open_due", ["due_at", "id"], IS_OPEN)
        op.drop_index(f"ix_{queue}_failed", queue)
    op.drop_index("ix_effects_open_turn", "effects")
    op.add_column(
        "deliveries", sa.Column("body", sa.LargeBinary(), nullable=False, server_default=sa.text("''"))
    )
    op.execute(
        "UPDATE deliveries SET body = (SELECT body FROM delivery_bodies WHERE delivery_id = deliveries.id)"
    )
    op.drop_table("delivery_bodies")
    # Not as a batch: that makes SQLite's tables anew, and a dropped `sites` takes all its rows along.
    for table, columns in added().items():
        for column in columns:
            op.drop_column(table, column.name)
    op.drop_table("workers")
