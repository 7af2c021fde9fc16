"""How issues of a site read their links to what they wait for."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.add_column("sites", sa.Column("blocked_by_links", JSON, nullable=True))


def downgrade() -> None:
    op.drop_column("sites", "blocked_by_links")
