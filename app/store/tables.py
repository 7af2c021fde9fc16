"""Every table. Text, whole numbers, booleans, UTC instants, JSON and bytes: what both databases agree on."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    FromClause,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    literal_column,
    text,
)

from app.store import (
    admin_tables,
    grooming_tables,
    jira_tables,
    report_tables,
    rule_tables,
    sync_tables,
    text_tables,
)
from app.store.base import Id, metadata, of_site, only_on, rows_where
from app.store.types import Document, Instant, Words

MOST_ID = 2**63 - 1

# --- what Jira holds ------------------------------------------------------------------------------

sites = Table(
    "sites",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("base_url", Words, nullable=False),
    Column("deployment", String(16)),
    Column("account_id", String(128)),
    Column("sprint_field", String(64)),
    Column("flagged_field", String(64)),
    Column("epic_link_field", String(64)),
    Column("rank_field", String(64)),
    # Of its texts, by which text search knows stems; None is English.
    Column("text_language", String(32)),
    # How its texts are written in the index of words (`analysis.written_as`); None before the first was.
    Column("words_as", String(40)),
    Column("blocked_by_links", Document),
    Column("synced_at", Instant),
    # Jira's quota for us is used up until then: nothing is asked of the site before.
    Column("paused_until", Instant),
    Column("paused_reason", Words),
    # When the last delivery came in, to a few seconds.
    Column("heard_at", Instant),
    # Of a site that was made over the API, without its secrets; None of one that the settings name.
    Column("settings", Document),
    # Counts the edits of it.
    Column("version", Integer, nullable=False, default=0, server_default="0"),
)

projects = Table(
    "projects",
    metadata,
    of_site(),
    Column("id", String(32), primary_key=True),
    Column("key", String(255), nullable=False),
    Column("name", Words, nullable=False),
    # Jira's `projectTypeKey`: software, business, service_desk.
    Column("kind", String(32)),
    Column("team_managed", Boolean),
    Column("lead", String(128)),
    # The name of its category; None where it has none, or Jira was not asked yet.
    Column("category", Words),
    Column("archived", Boolean, nullable=False, default=False, server_default=text("false")),
    Column("deleted_at", Instant),
    # When we last heard of it; None before any word that had an instant.
    Column("heard_at", Instant),
    # Issues updated up to here are in the store; None before the first page of the backfill.
    Column("read_until", Instant),
)

fields = Table(
    "fields",
    metadata,
    of_site(),
    Column("id", String(64), primary_key=True),
    Column("name", Words, nullable=False),
    Column("custom", Boolean, nullable=False),
    Column("schema_type", String(64)),
    Column("schema_custom", Words),
)

statuses = jira_tables.statuses
boards, board_sprints, sprints = jira_tables.boards, jira_tables.board_sprints, jira_tables.sprints
sweeps, drift, unannounced = sync_tables.sweeps, sync_tables.drift, sync_tables.unannounced
segments = sync_tables.segments
issue_texts, comments, text_words = text_tables.issue_texts, text_tables.comments, text_tables.text_words
rules, rule_versions = rule_tables.rules, rule_tables.rule_versions
rule_groups = rule_tables.rule_groups
rule_decisions, rule_tokens = rule_tables.rule_decisions, rule_tables.rule_tokens
api_keys, audit, secrets = admin_tables.api_keys, admin_tables.audit, admin_tables.secrets
grooming_findings, grooming_policies = grooming_tables.grooming_findings, grooming_tables.grooming_policies
grooming_steps, grooming_cursors = grooming_tables.grooming_steps, grooming_tables.grooming_cursors
grooming_memories = grooming_tables.grooming_memories
grooming_memory_parts = grooming_tables.grooming_memory_parts

_SEARCHED = (
    *("site_id", "project_key", "updated", "deleted_at", "status_id", "priority_id", "created", "due_on"),
    *("resolved_at", "rank", "key", "id", "summary", "terms"),
)

_BY_FIELD = ["site_id", "field", "at", "issue_id", "before", "after", "before_text", "after_text", "author"]

reports, closed_sprint_memories = report_tables.reports, report_tables.closed_sprint_memories
report_issues, told_verdicts = report_tables.report_issues, report_tables.told_verdicts
living_comments = report_tables.living_comments

issues = Table(
    "issues",
    metadata,
    of_site(),
    Column("id", String(32), primary_key=True),
    Column("key", String(255), nullable=False),
    Column("project_key", String(255), nullable=False),
    Column("summary", Words, nullable=False),
    Column("type_name", Words, nullable=False),
    Column("is_subtask", Boolean, nullable=False),
    Column("status_id", String(32), nullable=False),
    Column("status_name", Words, nullable=False),
    Column("assignee", Words),
    Column("flagged", Boolean, nullable=False),
    Column("created", Instant, nullable=False),
    Column("updated", Instant, nullable=False),
    Column("fields", Document, nullable=False),
    # Which of the issue's texts are the present ones; None where it has none.
    Column("texts_digest", BigInteger),
    # False until the whole changelog was read: a number computed from part of it must say so.
    Column("history_complete", Boolean, nullable=False),
    # What queries ask for most, so that they need not open `fields`. People by account id.
    Column("project_id", String(32)),
    Column("type_id", String(32)),
    Column("priority_id", String(32)),
    Column("resolution_id", String(32)),
    Column("assignee_id", String(128)),
    Column("reporter_id", String(128)),
    Column("creator_id", String(128)),
    # Data Center's Epic Link gives a key alone.
    Column("parent_id", String(32)),
    Column("parent_key", String(255)),
    Column("due_on", String(10)),
    Column("resolved_at", Instant),
    Column("rank", Words),
    Column("security_id", String(32)),
    Column("original_seconds", BigInteger),
    Column("remaining_seconds", BigInteger),
    Column("spent_seconds", BigInteger),
    # What the values of system fields are known by, so that a search compares one text: see `line_of`.
    Column("terms", Words, nullable=False, server_default=""),
    Column("deleted_at", Instant),
    # Why it is gone; see `app.store.presence.Gone`. None while it is not.
    Column("gone_reason", String(16)),
    Index("ix_issues_site_id_key", "site_id", "key"),
    Index("ix_issues_site_id_created", "site_id", "created"),
    Index("ix_issues_site_id_updated", "site_id", "updated"),
    only_on(
        "postgresql", Index("ix_issues_site_id_project_key_updated", "site_id", "project_key", "updated")
    ),
    # Most searches are answered from this index alone, which is a tenth of the rows with their documents.
    # PostgreSQL keeps documents apart by itself, and refuses entries as long as these can be.
    only_on("sqlite", Index("ix_issues_searched", *_SEARCHED)),
    # Children of a parent; most issues have one, sub-tasks of Data Center's epics by key alone.
    Index("ix_issues_site_id_parent_id", "site_id", "parent_id"),
    Index("ix_issues_site_id_parent_key", "site_id", "parent_key"),
    # Few issues are restricted, and each report on a backlog asks which.
    Index("ix_issues_restricted", "site_id", "id", **rows_where("security_id IS NOT NULL")),
)

changes = Table(
    "changes",
    metadata,
    of_site(),
    Column("history_id", BigInteger, primary_key=True, autoincrement=False),
    Column("field", String(255), primary_key=True),
    # Among the items of one field in one entry: a webhook and REST may order fields differently.
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("issue_id", String(32), nullable=False),
    Column("at", Instant, nullable=False),
    Column("before", Words),
    Column("before_text", Words),
    Column("after", Words),
    Column("after_text", Words),
    Column("author", String(128)),
    # With the field, so that of an issue's changes only those of one field are looked at.
    Index("ix_changes_site_id_issue_id_at", "site_id", "issue_id", "at", "field"),
    only_on("postgresql", Index("ix_changes_site_id_field_at", "site_id", "field", "at", "issue_id")),
    # With all that WAS and CHANGED ask: they read every change of a field, and look up none of them.
    # PostgreSQL refuses entries as long as these can be.
    only_on("sqlite", Index("ix_changes_by_field", *_BY_FIELD)),
)

sprint_issues = Table(
    "sprint_issues",
    metadata,
    of_site(),
    Column("sprint_id", Integer, primary_key=True, autoincrement=False),
    # Every issue that is or ever was in the sprint; whether and when, its history says.
    Column("issue_id", String(32), primary_key=True),
)

# --- work: what Jira told us, what we owe, what ran ------------------------------------------------

OPEN_STATES = ("waiting", "claimed")
_IS_OPEN = text("state IN ('waiting', 'claimed')")


def still_open(table: FromClause) -> ColumnElement[bool]:
    """Whether a row is still to be worked off.

    As literals, word for word as the indexes of open rows say it: SQLite uses an index of some rows only
    where it can prove at once that they are meant, which it cannot of values that are bound later.
    """
    return table.c.state.in_([literal_column(f"'{state}'", String) for state in OPEN_STATES])


def _claimable(table: str, *, failed: str) -> Sequence[Any]:
    """What `claim()` needs: rows of one subject are worked off one after the other, oldest first."""
    return (
        Column("subject", String(255), nullable=False),
        Column("state", String(16), nullable=False, default="waiting"),
        Column("reason", Words),
        # Counts the claims: the fencing token.
        Column("attempts", Integer, nullable=False, default=0),
        # How often it failed since it was put or an admin asked to try again.
        Column("failures", Integer, nullable=False, default=0, server_default="0"),
        # How often a worker died, or froze beyond its lease, while it held the row.
        Column("deaths", Integer, nullable=False, default=0, server_default="0"),
        Column("due_at", Instant, nullable=False),
        # Failing still at this instant, it is given up; never where there is none.
        Column("give_up_at", Instant),
        Column("claimed_by", String(64)),
        Column("claimed_until", Instant),
        Column("settled_at", Instant),
        Index(
            f"ix_{table}_open_subject",
            "site_id",
            "subject",
            "id",
            sqlite_where=_IS_OPEN,
            postgresql_where=_IS_OPEN,
        ),
        # With the state, so that those who only count need not look at the rows.
        Index(
            f"ix_{table}_open_due", "due_at", "id", "state", sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN
        ),
        Index(f"ix_{table}_failed", "id", **rows_where(f"state = '{failed}'")),
    )


deliveries = Table(
    "deliveries",
    metadata,
    # Given when it is filed (`app.store.arrivals`): those that arrived together follow each other.
    Column("id", Id, primary_key=True, autoincrement=False),
    of_site(key=False),
    Column("identity", String(255), nullable=False),
    Column("event", String(64)),
    Column("retry", Integer, nullable=False, default=0),
    Column("received_at", Instant, nullable=False),
    *_claimable("deliveries", failed="dead"),
    UniqueConstraint("site_id", "identity"),
)

# What the door stored, packed together. It becomes deliveries when it is filed; the bodies stay here.
_IS_UNFILED = text("first_id IS NULL")

arrivals = Table(
    "arrivals",
    metadata,
    Column("id", Id, primary_key=True),
    # Of the first delivery of it, the others follow; None until they are filed.
    Column("first_id", Id, unique=True),
    Column("number", Integer, nullable=False),
    Column("received_at", Instant, nullable=False),
    Index("ix_arrivals_unfiled", "id", sqlite_where=_IS_UNFILED, postgresql_where=_IS_UNFILED),
)

arrival_bodies = Table(
    "arrival_bodies",
    metadata,
    Column("arrival_id", Id, primary_key=True, autoincrement=False),
    Column("packed", LargeBinary, nullable=False),  # zstd
)

effects = Table(
    "effects",
    metadata,
    Column("id", Id, primary_key=True),
    of_site(key=False),
    Column("kind", String(32), nullable=False),
    Column("idempotency_key", String(255), nullable=False),
    Column("cause", Words, nullable=False),
    # The run or delivery that it all began with, as logs name it: "run:7".
    Column("correlation", String(64)),
    # Projects of a site take turns, so that a flood in one does not hold up the others.
    Column("project_key", String(255), nullable=False, default="", server_default=""),
    Column("payload", Document, nullable=False),
    # What must hold when it is carried out; otherwise it is skipped.
    Column("precondition", Document),
    Column("outcome", Document),
    Column("created_at", Instant, nullable=False),
    *_claimable("effects", failed="dead"),
    UniqueConstraint("site_id", "idempotency_key"),
    Index(
        "ix_effects_open_turn",
        "site_id",
        "project_key",
        "id",
        sqlite_where=_IS_OPEN,
        postgresql_where=_IS_OPEN,
    ),
)

schedules = Table(
    "schedules",
    metadata,
    Column("id", Id, primary_key=True),
    of_site(key=False),
    Column("name", String(255), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("cron", String(255), nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("parameters", Document, nullable=False),
    Column("next_due_at", Instant),
    # "once": what was missed is made up by one run; "skip": it is left out.
    Column("when_missed", String(8), nullable=False, default="once", server_default="once"),
    Column("enabled", Boolean, nullable=False),
    # By column: what the settings say of the times, and what an admin said over the API, which stands above.
    Column("own", Document),
    Column("edits", Document),
    # Counts the edits of it.
    Column("version", Integer, nullable=False, default=0, server_default="0"),
    UniqueConstraint("site_id", "name"),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Id, primary_key=True),
    of_site(key=False),
    Column("kind", String(32), nullable=False),
    Column("parameters", Document, nullable=False),
    # The instant the run speaks about; a late run computes for it all the same.
    Column("at", Instant, nullable=False),
    Column("schedule_id", Id, ForeignKey("schedules.id", ondelete="SET NULL")),
    Column("requested_by", Words, nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("progress", Document),
    *_claimable("runs", failed="failed"),
    UniqueConstraint("schedule_id", "at"),
)

workers = Table(
    "workers",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("started_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
)
