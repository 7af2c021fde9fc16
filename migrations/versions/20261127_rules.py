"""Rules, their versions, and what each decided about an event."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def _foreign(table: str, column: str, other: str) -> Any:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "rules",
        sa.Column("id", BIG, nullable=False),
        sa.Column("site_id", BIG, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("live_version", sa.Integer()),
        sa.Column("shadow_version", sa.Integer()),
        sa.Column("last_version", sa.Integer(), nullable=False),
        sa.Column("since", INSTANT),
        sa.Column("paused_at", INSTANT),
        sa.Column("paused_reason", sa.Text()),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("deleted_at", INSTANT),
        _foreign("rules", "site_id", "sites"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rules")),
    )
    op.create_index("ix_rules_site_id_name", "rules", ["site_id", "name"])
    op.create_table(
        "rule_versions",
        sa.Column("rule_id", BIG, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        _foreign("rule_versions", "rule_id", "rules"),
        sa.PrimaryKeyConstraint("rule_id", "number", name=op.f("pk_rule_versions")),
    )
    op.create_table(
        "rule_decisions",
        sa.Column("id", BIG, nullable=False),
        sa.Column("site_id", BIG, nullable=False),
        sa.Column("rule_id", BIG, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("shadow", sa.Boolean(), nullable=False),
        sa.Column("issue_id", sa.String(32), nullable=False),
        sa.Column("issue_key", sa.String(255), nullable=False),
        sa.Column("event_key", sa.String(128), nullable=False),
        sa.Column("happened", sa.String(32), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("author", sa.String(128)),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("steps", DOCUMENT, nullable=False),
        sa.Column("effects", DOCUMENT, nullable=False),
        sa.Column("effect_count", sa.Integer(), nullable=False),
        _foreign("rule_decisions", "site_id", "sites"),
        _foreign("rule_decisions", "rule_id", "rules"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_decisions")),
        sa.UniqueConstraint(
            "rule_id",
            "shadow",
            "issue_id",
            "event_key",
            name=op.f("uq_rule_decisions_rule_id_shadow_issue_id_event_key"),
        ),
    )
    op.create_index("ix_rule_decisions_rule_id_decided_at", "rule_decisions", ["rule_id", "decided_at"])
    op.create_index("ix_rule_decisions_site_id_issue_key", "rule_decisions", ["site_id", "issue_key", "id"])


def downgrade() -> None:
    for table in ("rule_decisions", "rule_versions", "rules"):
        op.drop_table(table)
