"""WAS and CHANGED read all changes of a field from one index; no value of a history has space around it.

Searches for words of summaries are answered from the index of issues, too.
Projects have their category, statuses their place in Jira's list: the next sync reads both.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

SLIM = ["site_id", "field", "at", "issue_id"]
WIDE = [*SLIM, "before", "after", "before_text", "after_text", "author"]
SEARCHED = (
    "site_id project_key updated deleted_at status_id priority_id created due_on resolved_at rank key id"
)
TERMS, WITH_SUMMARY = [*SEARCHED.split(), "terms"], [*SEARCHED.split(), "summary", "terms"]
SPACE = " \t\n\r\x0b\x0c"


def upgrade() -> None:
    op.add_column("projects", sa.Column("category", sa.Text()))
    op.add_column("statuses", sa.Column("position", sa.Integer()))
    changes = sa.table("changes", *map(sa.column, ("before", "before_text", "after", "after_text")))
    for column in changes.c:
        bare = sa.func.trim(column, SPACE)
        op.execute(sa.update(changes).where(column != bare).values({column.name: bare}))
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index("ix_changes_site_id_field_at", "changes")
        op.create_index("ix_changes_by_field", "changes", WIDE)
        op.drop_index("ix_issues_searched", "issues")
        op.create_index("ix_issues_searched", "issues", WITH_SUMMARY)


def downgrade() -> None:
    op.drop_column("statuses", "position")
    op.drop_column("projects", "category")
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index("ix_issues_searched", "issues")
        op.create_index("ix_issues_searched", "issues", TERMS)
        op.drop_index("ix_changes_by_field", "changes")
        op.create_index("ix_changes_site_id_field_at", "changes", SLIM)
