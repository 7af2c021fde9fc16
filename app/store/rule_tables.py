"""Rules, their versions, and what each decided about an event."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)

from app.store.base import Id, metadata, of_site
from app.store.types import Document, Instant, Words

rules = Table(
    "rules",
    metadata,
    Column("id", Id, primary_key=True),
    of_site(key=False),
    Column("name", String(120), nullable=False),
    # Numbers of the version that acts, and of the one that only shows what it would do; either may be none.
    Column("live_version", Integer),
    Column("shadow_version", Integer),
    # The newest version: numbers only grow.
    Column("last_version", Integer, nullable=False),
    # Events before it are none of the rule's: since then it fires, live or in shadow.
    Column("since", Instant),
    # It wanted to do more than its limits let it. It decides nothing until an admin lets it go on.
    Column("paused_at", Instant),
    Column("paused_reason", Words),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    # Counts every change: what an editor saw, and what caches go by.
    Column("revision", Integer, nullable=False),
    Column("deleted_at", Instant),
    Index("ix_rules_site_id_name", "site_id", "name"),
    Index("ix_rules_site_id_revision", "site_id", "revision"),
)

rule_versions = Table(
    "rule_versions",
    metadata,
    Column("rule_id", Id, ForeignKey("rules.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("document", Document, nullable=False),
    Column("author", Words, nullable=False),
    Column("note", Words, nullable=False, default=""),
    Column("created_at", Instant, nullable=False),
)

# What may call a rule from outside. The token itself is nowhere: it was shown once.
rule_tokens = Table(
    "rule_tokens",
    metadata,
    Column("rule_id", Id, ForeignKey("rules.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("digest", LargeBinary, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("made_by", Words, nullable=False),
)

# Of the groups of people that rules name, who is in them; history does not tell who was.
rule_groups = Table(
    "rule_groups",
    metadata,
    of_site(),
    # Folded.
    Column("name", String(255), primary_key=True),
    # Account ids; on Data Center keys.
    Column("members", Document, nullable=False),
    Column("heard_at", Instant, nullable=False),
)

# Which roles projects have, and which groups there are: rules name them.
role_and_group_names = Table(
    "role_and_group_names",
    metadata,
    of_site(),
    # Of which the roles are; empty for the groups of the site.
    Column("project_id", String(32), primary_key=True),
    Column("names", Document, nullable=False),
    Column("heard_at", Instant, nullable=False),
)

rule_decisions = Table(
    "rule_decisions",
    metadata,
    Column("id", Id, primary_key=True),
    of_site(key=False),
    Column("rule_id", Id, ForeignKey("rules.id", ondelete="CASCADE"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("shadow", Boolean, nullable=False),
    Column("issue_id", String(32), nullable=False),
    Column("issue_key", String(255), nullable=False),
    # Which event of the issue; see `app.domain.rules.event`.
    Column("event_key", String(128), nullable=False),
    Column("happened", String(32), nullable=False),
    Column("at", Instant, nullable=False),
    Column("author", String(128)),
    Column("decided_at", Instant, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("reason", Words),
    # What was asked and what was said, one after the other.
    Column("steps", Document, nullable=False),
    # What it wanted: key, kind and payload of each effect.
    Column("effects", Document, nullable=False),
    Column("effect_count", Integer, nullable=False),
    UniqueConstraint("rule_id", "shadow", "issue_id", "event_key"),
    Index("ix_rule_decisions_rule_id_decided_at", "rule_id", "decided_at"),
    Index("ix_rule_decisions_site_id_issue_key", "site_id", "issue_key", "id"),
)
