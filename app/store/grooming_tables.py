"""What grooming remembers: what was found since when, policies, and how far each went with an issue."""

from sqlalchemy import Boolean, Column, Integer, LargeBinary, String, Table

from app.store.base import metadata, of_site
from app.store.types import Document, Instant, Words

grooming_findings = Table(
    "grooming_findings",
    metadata,
    of_site(),
    Column("board_id", Integer, primary_key=True, autoincrement=False),
    Column("check_name", String(64), primary_key=True),
    Column("issue_id", String(32), primary_key=True),
    # The instant of the first run that found it; one that comes again after it was gone is another row.
    Column("found_at", Instant, primary_key=True),
    Column("issue_key", String(255), nullable=False),
    Column("weight", Integer, nullable=False),
    # The instant of the first run that did not find it any more; None while it stands.
    Column("gone_at", Instant),
)

# How the priority of a board's backlog is worked out. A row for each version, never changed; the settings
# say which one counts, and one that comes again is a new version.
scorings = Table(
    "scorings",
    metadata,
    of_site(),
    Column("board_id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("since", Instant, nullable=False),
    Column("document", Document, nullable=False),
    # As the audit names them; None where an older Burnish did not keep it.
    Column("made_by", Words),
)

# A row for each version; the newest one of a name counts, and none is ever changed.
grooming_policies = Table(
    "grooming_policies",
    metadata,
    of_site(),
    Column("name", String(128), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("source", Words, nullable=False),
    Column("document", Document, nullable=False),
    # off, shadow, live
    Column("mode", String(16), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("made_by", Words, nullable=False),
    Column("deleted", Boolean, nullable=False),
)

grooming_steps = Table(
    "grooming_steps",
    metadata,
    of_site(),
    Column("policy", String(128), primary_key=True),
    Column("issue_id", String(32), primary_key=True),
    # In shadow nothing was done, so a policy that goes live begins anew.
    Column("live", Boolean, primary_key=True),
    Column("issue_key", String(255), nullable=False),
    Column("found_at", Instant, nullable=False),
    # How many rungs of the ladder were taken, and when the last one was.
    Column("taken", Integer, nullable=False),
    Column("taken_at", Instant, nullable=False),
    # Labels that were added, to be taken away again.
    Column("labels", Document, nullable=False),
    Column("commented", Boolean, nullable=False),
)

grooming_cursors = Table(
    "grooming_cursors",
    metadata,
    of_site(),
    Column("policy", String(128), primary_key=True),
    # The last issue that a run with a ceiling came to; the next one goes on behind it.
    Column("after_key", String(255), nullable=False),
)

# What the last run of a board's backlog leaves for the next one; see `app.domain.grooming.memory`.
grooming_memories = Table(
    "grooming_memories",
    metadata,
    of_site(),
    Column("board_id", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

# Its issues, which are most of it: only what changed is written again. See `app.domain.grooming.parts`.
grooming_memory_parts = Table(
    "grooming_memory_parts",
    metadata,
    of_site(),
    Column("board_id", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)

# Who has a role in a project, of the roles that may give commands in comments; read once a day.
project_roles = Table(
    "project_roles",
    metadata,
    of_site(),
    Column("project_key", String(255), primary_key=True),
    # Folded.
    Column("name", String(255), primary_key=True),
    # Account ids; on Data Center keys.
    Column("members", Document, nullable=False),
    Column("heard_at", Instant, nullable=False),
)
