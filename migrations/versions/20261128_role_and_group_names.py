"""Which roles projects have, and which groups there are: rules name them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DOCUMENT = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "role_and_group_names",
        sa.Column("site_id", BIG, nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("names", DOCUMENT, nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_role_and_group_names_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("site_id", "project_id", name=op.f("pk_role_and_group_names")),
    )


def downgrade() -> None:
    op.drop_table("role_and_group_names")
