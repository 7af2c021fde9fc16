"""Reports that were made, as they were, and what stands of them in Jira."""

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

# The issue that was created for the reports of a sprint; it counts in no report.
report_issues = Table(
    "report_issues",
    metadata,
    of_site(),
    Column("board_id", Integer, primary_key=True, autoincrement=False),
    Column("sprint_id", Integer, primary_key=True, autoincrement=False),
    Column("issue_id", String(32), nullable=False),
    Column("issue_key", String(255), nullable=False),
    Column("created_at", Instant, nullable=False),
)

living_comments = Table(
    "living_comments",
    metadata,
    of_site(),
    Column("marker", String(255), primary_key=True),
    Column("issue_key", String(255), nullable=False),
    Column("comment_id", String(32), nullable=False),
    Column("written_at", Instant, nullable=False),
    # The effect that wrote it last: an older one must not write over it.
    Column("effect_id", Id),
    # Which comment of it this is, where news are told in a new one.
    Column("edition", Integer, nullable=False, default=1, server_default="1"),
)

# What the newest comment of a report said that is news when it changes, and how many comments there were.
told_verdicts = Table(
    "told_verdicts",
    metadata,
    of_site(),
    Column("marker", String(255), primary_key=True),
    # The issue that it stands on; empty for the one of its sprint.
    Column("place", String(255), primary_key=True),
    Column("verdict", String(32), nullable=False),
    Column("edition", Integer, nullable=False),
    # The instant that it spoke about.
    Column("at", Instant, nullable=False),
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
