"""How far Jira was read, how the store was compared with it, and what differed."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table

from app.store.base import Id, metadata, of_site
from app.store.types import Instant, Words

# One sweep through one project. It stays, so that sweeps can be compared over time.
sweeps = Table(
    "sweeps",
    metadata,
    Column("id", Id, primary_key=True),
    of_site(key=False),
    Column("project_id", String(32), nullable=False),
    Column("project_key", String(255), nullable=False),
    Column("run_id", Id, ForeignKey("runs.id", ondelete="SET NULL")),
    Column("began_at", Instant, nullable=False),
    # None while it is under way, and where it was broken off.
    Column("ended_at", Instant),
    # Issues of the project: as Jira counts them, as its search listed them, present here in the end.
    Column("counted", Integer),
    Column("listed", Integer, nullable=False, default=0),
    Column("stored", Integer),
    # Differences that a webhook should have told.
    Column("unannounced", Integer, nullable=False, default=0),
    # Why it could not be swept whole.
    Column("failure", Words),
    Index("ix_sweeps_site_id_project_id", "site_id", "project_id", "id"),
)

# What a sweep found: one row for each issue that was not here as it is in Jira.
drift = Table(
    "drift",
    metadata,
    Column("id", Id, primary_key=True),
    Column("sweep_id", Id, ForeignKey("sweeps.id", ondelete="CASCADE"), nullable=False),
    Column("issue_id", String(32), nullable=False),
    Column("issue_key", String(255), nullable=False),
    # See `app.store.sweeps.Drift`.
    Column("kind", String(16), nullable=False),
    Column("why", Words, nullable=False),
    Column("mended", Boolean, nullable=False),
    Index("ix_drift_sweep_id", "sweep_id", "id"),
)

# Where changes were last found that no webhook had told, by project.
unannounced = Table(
    "unannounced",
    metadata,
    of_site(),
    Column("project_id", String(32), primary_key=True),
    Column("found_at", Instant, nullable=False),
    # "catch-up" or "reconcile".
    Column("found_by", String(16), nullable=False),
    # How many then, and ever.
    Column("number", Integer, nullable=False),
    Column("total", BigInteger, nullable=False),
    # One of them, to look at.
    Column("example_key", String(255), nullable=False),
)

# The first reading of a project, in parts of its time that can be read side by side and each again.
segments = Table(
    "segments",
    metadata,
    of_site(),
    Column("project_id", String(32), primary_key=True),
    # From 0, in the order of time.
    Column("number", Integer, primary_key=True, autoincrement=False),
    # Issues that were created then or later, and before then; None: from the first, to the last.
    Column("since", Instant),
    Column("until", Instant),
    # How many Jira counted, and how many were read.
    Column("counted", Integer, nullable=False),
    Column("read", Integer, nullable=False, default=0),
    # `created` of the last issue that was read: there it goes on.
    Column("read_until", Instant),
    # When the reading of the project began, by Jira's clock: what changed later may have been missed.
    Column("began_at", Instant, nullable=False),
    Column("done", Boolean, nullable=False, default=False),
    # Why it could not be read; it is tried again with the next sync.
    Column("failure", Words),
)
