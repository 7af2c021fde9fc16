"""Issues that a look at a backlog leaves for the next one stand in parts: what changed is written again."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "grooming_memory_parts",
        sa.Column("site_id", BIG, nullable=False),
        sa.Column("board_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_grooming_memory_parts_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("site_id", "board_id", "number", name=op.f("pk_grooming_memory_parts")),
    )
    op.execute("DELETE FROM grooming_memories")  # they have no parts, and nothing reads them any more


def downgrade() -> None:
    op.execute("DELETE FROM grooming_memories")
    op.drop_table("grooming_memory_parts")
