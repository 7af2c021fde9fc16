"""Secrets that rules name, with the hosts that each may be sent to; their names may be longer."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("secrets") as table:
        table.add_column(sa.Column("hosts", JSON))
        table.alter_column("name", type_=sa.String(64), existing_type=sa.String(32), existing_nullable=False)


def downgrade() -> None:
    op.execute("DELETE FROM secrets WHERE name LIKE 'rule:%'")
    with op.batch_alter_table("secrets") as table:
        table.alter_column("name", type_=sa.String(32), existing_type=sa.String(64), existing_nullable=False)
        table.drop_column("hosts")
