"""The language of a site's texts, by which text search knows stems."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sites", sa.Column("text_language", sa.String(32), nullable=True))


def downgrade() -> None:
    op.drop_column("sites", "text_language")
