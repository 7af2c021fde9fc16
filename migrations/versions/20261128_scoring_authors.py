"""Who changed how the priority of a board's backlog is worked out; of older versions that is not known."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("scorings", sa.Column("made_by", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("scorings", "made_by")
