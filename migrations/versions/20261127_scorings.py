"""How the priority of a board's backlog is worked out, in all its versions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "scorings",
        sa.Column("site_id", BIG, nullable=False),
        sa.Column("board_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("version", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.PrimaryKeyConstraint("site_id", "board_id", "version", name="pk_scorings"),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name="fk_scorings_site_id_sites", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    op.drop_table("scorings")
