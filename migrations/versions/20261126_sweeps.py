"""The first reading by segments; how the store was compared with Jira, and what no webhook told."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def _site(table: str) -> list[Any]:
    foreign = sa.ForeignKeyConstraint(
        ["site_id"], ["sites.id"], name=op.f(f"fk_{table}_site_id_sites"), ondelete="CASCADE"
    )
    return [sa.Column("site_id", BIG, nullable=False), foreign]


def upgrade() -> None:
    op.create_table(
        "sweeps",
        sa.Column("id", BIG, nullable=False),
        *_site("sweeps"),
        sa.Column("project_id", sa.String(32), nullable=False),
        sa.Column("project_key", sa.String(255), nullable=False),
        sa.Column("run_id", BIG),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("counted", sa.Integer()),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.Column("stored", sa.Integer()),
        sa.Column("unannounced", sa.Integer(), nullable=False),
        sa.Column("failure", sa.Text()),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_sweeps_run_id_runs"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sweeps")),
    )
    op.create_index("ix_sweeps_site_id_project_id", "sweeps", ["site_id", "project_id", "id"])
    op.create_table(
        "drift",
        sa.Column("id", BIG, nullable=False),
        sa.Column("sweep_id", BIG, nullable=False),
        sa.Column("issue_id", sa.String(32), nullable=False),
        sa.Column("issue_key", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("mended", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sweep_id"], ["sweeps.id"], name=op.f("fk_drift_sweep_id_sweeps"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drift")),
    )
    op.create_index("ix_drift_sweep_id", "drift", ["sweep_id", "id"])
    op.create_table(
        "unannounced",
        *_site("unannounced"),
        sa.Column("project_id", sa.String(32), nullable=False),
        sa.Column("found_at", INSTANT, nullable=False),
        sa.Column("found_by", sa.String(16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("example_key", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "project_id", name=op.f("pk_unannounced")),
    )
    op.create_table(
        "segments",
        *_site("segments"),
        sa.Column("project_id", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("since", INSTANT),
        sa.Column("until", INSTANT),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("read_until", INSTANT),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("failure", sa.Text()),
        sa.PrimaryKeyConstraint("site_id", "project_id", "number", name=op.f("pk_segments")),
    )


def downgrade() -> None:
    for table in ("segments", "unannounced", "drift", "sweeps"):
        op.drop_table(table)
