"""What rules are asked by is found without reading the rules; tokens by which others call a rule."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0011"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


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


def downgrade() -> None:
    op.drop_table("rule_tokens")
    op.drop_index("ix_rules_site_id_revision", table_name="rules")
