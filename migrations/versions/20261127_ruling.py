"""What rules are asked by is found without reading the rules; tokens and groups of theirs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0011"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_index("ix_rules_site_id_revision", "rules", ["site_id", "revision"])
    op.create_table(
        "rule_tokens",
        sa.Column("rule_id", BIG, autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["rules.id"], name=op.f("fk_rule_tokens_rule_id_rules"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("rule_id", name=op.f("pk_rule_tokens")),
    )
    op.create_table(
        "rule_groups",
        sa.Column("site_id", BIG, nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("members", DOCUMENT, nullable=False),
        sa.Column("heard_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_rule_groups_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("site_id", "name", name=op.f("pk_rule_groups")),
    )


def downgrade() -> None:
    op.drop_table("rule_groups")
    op.drop_table("rule_tokens")
    op.drop_index("ix_rules_site_id_revision", table_name="rules")
