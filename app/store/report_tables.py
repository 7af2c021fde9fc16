"""Reports that were made, as they were."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

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
