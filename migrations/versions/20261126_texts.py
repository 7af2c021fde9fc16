"""Long texts of issues stand apart from what changes every day."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Issues that are there keep their texts among their fields until they are read again."""
    op.create_table(
        "issue_texts",
        sa.Column("site_id", BIG, nullable=False),
        sa.Column("issue_id", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("texts", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_issue_texts_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("site_id", "issue_id", "digest", name=op.f("pk_issue_texts")),
    )
    op.add_column("issues", sa.Column("texts_digest", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("issues", "texts_digest")
    op.drop_table("issue_texts")
