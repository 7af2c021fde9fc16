"""What rules are asked by is found without reading the rules."""

from alembic import op

revision = "0013"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_rules_site_id_revision", "rules", ["site_id", "revision"])


def downgrade() -> None:
    op.drop_index("ix_rules_site_id_revision", table_name="rules")
