"""Issues that are created for the reports of a sprint, and comments that are written anew for news."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0021"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "report_issues",
        sa.Column("site_id", BIG, nullable=False),
        sa.Column("board_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sprint_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("issue_id", sa.String(length=32), nullable=False),
        sa.Column("issue_key", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_report_issues_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("site_id", "board_id", "sprint_id", name=op.f("pk_report_issues")),
    )
    op.create_table(
        "told_verdicts",
        sa.Column("site_id", BIG, nullable=False),
        sa.Column("marker", sa.String(length=255), nullable=False),
        sa.Column("place", sa.String(length=255), nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_told_verdicts_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("site_id", "marker", "place", name=op.f("pk_told_verdicts")),
    )
    with op.batch_alter_table("living_comments") as batch:
        batch.add_column(sa.Column("edition", sa.Integer(), server_default="1", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("living_comments") as batch:
        batch.drop_column("edition")
    op.drop_table("told_verdicts")
    op.drop_table("report_issues")
