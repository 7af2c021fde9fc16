"""JQL finds recent changes by field and instant, and issues by when they were created or updated."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_changes_site_id_field_at", "changes", ["site_id", "field", "at", "issue_id"]),
    ("ix_issues_site_id_created", "issues", ["site_id", "created"]),
    ("ix_issues_site_id_updated", "issues", ["site_id", "updated"]),
)


def upgrade() -> None:
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)


def downgrade() -> None:
    for name, table, _ in reversed(INDEXES):
        op.drop_index(name, table_name=table)
