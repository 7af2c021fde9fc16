"""Who may do what, who did what, and what must be kept secret."""

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, String, Table, false, text

from app.store.base import Id, metadata, of_site
from app.store.types import Document, Instant, Words

_IN_USE = text("revoked_at IS NULL")

# A key that was revoked stays: the audit names it.
api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(64), nullable=False),
    # SHA-256 of the whole key; the key itself is nowhere.
    Column("digest", LargeBinary, nullable=False, unique=True),
    # Its first signs, by which its owner knows it again.
    Column("hint", String(16), nullable=False),
    Column("role", String(16), nullable=False),
    # Names of the sites that it is for; None for all.
    Column("sites", Document),
    # Of a key that only looks: whether it reads issues that have a security level.
    Column("sees_restricted", Boolean, nullable=False, server_default=false()),
    Column("created_at", Instant, nullable=False),
    Column("created_by", Words, nullable=False),
    # To a minute.
    Column("last_used_at", Instant),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    Column("revoked_by", Words),
    Index("uq_api_keys_name", "name", unique=True, sqlite_where=_IN_USE, postgresql_where=_IN_USE),
)

# Of a key's requests of a minute, what replicas took between them; of older minutes nothing is kept.
rate_shares = Table(
    "rate_shares",
    metadata,
    Column("whose", String(64), primary_key=True),
    Column("minute", Instant, nullable=False),
    Column("taken", Integer, nullable=False),
)

# Written with the change itself, never changed, never deleted. No secret is ever in it.
audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Instant, nullable=False),
    # "key ci", "settings key", "CLI alice".
    Column("actor", String(255), nullable=False),
    # "site.created"; the resource is the word before the dot.
    Column("action", String(64), nullable=False),
    Column("resource", String(32), nullable=False),
    Column("resource_id", String(255), nullable=False),
    # By name, which outlives the site.
    Column("site", String(64)),
    Column("before", Document),
    Column("after", Document),
    Column("request_id", String(128)),
    Index("ix_audit_resource_resource_id_id", "resource", "resource_id", "id"),
    Index("ix_audit_actor_id", "actor", "id"),
)

# Encrypted by `app.services.secrets`; nothing here opens them.
secrets = Table(
    "secrets",
    metadata,
    Column("id", Id, primary_key=True),
    of_site(key=False),
    # "token", "webhook_secret", "rule:DEPLOY_TOKEN", …
    Column("name", String(64), nullable=False),
    Column("sealed", Words, nullable=False),
    Column("created_at", Instant, nullable=False),
    # From then on it is of no use: a webhook secret that another one replaced.
    Column("ends_at", Instant),
    # Of a rule's secret, the hosts that it may be sent to; None for all that rules may ask.
    Column("hosts", Document),
    Index("ix_secrets_site_id_name", "site_id", "name"),
)
