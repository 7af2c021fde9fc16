"""Keys: whether those that only look read restricted issues, and what replicas took of each key's minute."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("api_keys") as table:
        table.add_column(
            sa.Column("sees_restricted", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    op.create_table(
        "rate_shares",
        sa.Column("whose", sa.String(64), primary_key=True),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("rate_shares")
    with op.batch_alter_table("api_keys") as table:
        table.drop_column("sees_restricted")
