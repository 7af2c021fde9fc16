"""The JQL of the saved filter of each board."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("boards", sa.Column("filter_jql", sa.Text, nullable=True))


def downgrade() -> None:
    op.drop_column("boards", "filter_jql")
