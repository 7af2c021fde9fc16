"""What grooming finds and remembers; children of a parent are found by an index."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "grooming_cursors",
        sa.Column("site_id", BIG, nullable=False),
        sa.Column("policy", sa.String(length=128), nullable=False),
        sa.Column("after_key", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_grooming_cursors_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("site_id", "policy", name=op.f("pk_grooming_cursors")),
    )
    op.create_table(
        "grooming_findings",
        sa.Column("site_id", BIG, nullable=False),
        sa.Column("board_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("check_name", sa.String(length=64), nullable=False),
        sa.Column("issue_id", sa.String(length=32), nullable=False),
        sa.Column("found_at", INSTANT, nullable=False),
        sa.Column("issue_key", sa.String(length=255), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("gone_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_grooming_findings_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "site_id", "board_id", "check_name", "issue_id", "found_at", name=op.f("pk_grooming_findings")
        ),
    )
    op.create_table(
        "grooming_policies",
        sa.Column("site_id", BIG, nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_grooming_policies_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("site_id", "name", "version", name=op.f("pk_grooming_policies")),
    )
    op.create_table(
        "grooming_steps",
        sa.Column("site_id", BIG, nullable=False),
        sa.Column("policy", sa.String(length=128), nullable=False),
        sa.Column("issue_id", sa.String(length=32), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("issue_key", sa.String(length=255), nullable=False),
        sa.Column("found_at", INSTANT, nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("taken_at", INSTANT, nullable=False),
        sa.Column("labels", JSON, nullable=False),
        sa.Column("commented", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_grooming_steps_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("site_id", "policy", "issue_id", "live", name=op.f("pk_grooming_steps")),
    )
    op.create_index("ix_issues_site_id_parent_id", "issues", ["site_id", "parent_id"])
    op.create_index("ix_issues_site_id_parent_key", "issues", ["site_id", "parent_key"])


def downgrade() -> None:
    op.drop_index("ix_issues_site_id_parent_key", table_name="issues")
    op.drop_index("ix_issues_site_id_parent_id", table_name="issues")
    op.drop_table("grooming_steps")
    op.drop_table("grooming_policies")
    op.drop_table("grooming_findings")
    op.drop_table("grooming_cursors")
