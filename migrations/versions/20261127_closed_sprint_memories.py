"""What was worked out of closed sprints, so that the next process need not work it out again."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "closed_sprint_memories",
        sa.Column("site_id", BIG, nullable=False),
        sa.Column("board_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sprint_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("made_from", sa.String(length=32), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["sites.id"],
            name=op.f("fk_closed_sprint_memories_site_id_sites"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("site_id", "board_id", "sprint_id", name=op.f("pk_closed_sprint_memories")),
    )


def downgrade() -> None:
    op.drop_table("closed_sprint_memories")
