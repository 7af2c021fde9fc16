"""Restricted issues are found at once: each report on a backlog asks which they are."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

RESTRICTED = sa.text("security_id IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_issues_restricted",
        "issues",
        ["site_id", "id"],
        sqlite_where=RESTRICTED,
        postgresql_where=RESTRICTED,
    )


def downgrade() -> None:
    op.drop_index("ix_issues_restricted", "issues")
