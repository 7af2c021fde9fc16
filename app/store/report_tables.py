"""Reports that were made, as they were."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from app.store.base import Id, metadata, of_site
from app.store.types import Document, Instant

reports = Table(
    "reports",
    metadata,
    Column("id", Id, primary_key=True),
    of_site(key=False),
    Column("run_id", Id, ForeignKey("runs.id", ondelete="SET NULL"), unique=True),
    Column("kind", String(32), nullable=False),
    Column("board_id", Integer, nullable=False),
    Column("sprint_id", Integer),
    Column("at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("document", Document, nullable=False),
    Index("ix_reports_site_id_board_id_at", "site_id", "board_id", "at"),
)

# What was worked out of a closed sprint; see `app.services.closed_sprints`. Nothing is lost with a row of it.
closed_sprint_memories = Table(
    "closed_sprint_memories",
    metadata,
    of_site(),
    Column("board_id", Integer, primary_key=True, autoincrement=False),
    Column("sprint_id", Integer, primary_key=True, autoincrement=False),
    # Digest of all that it was made from; of anything else it is of no use.
    Column("made_from", String(32), nullable=False),
    Column("packed", LargeBinary, nullable=False),  # zstd
)
