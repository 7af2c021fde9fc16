"""What is filed of an issue without that its `updated` moves is counted."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "issue_news",
        sa.Column("site_id", BIG, nullable=False),
        sa.Column("issue_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_issue_news_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("site_id", "issue_id", name=op.f("pk_issue_news")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("issue_news")
