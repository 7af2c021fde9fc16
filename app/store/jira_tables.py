"""What Jira holds around issues: what they are sorted by, boards and sprints, and what hangs on issues.

A row that was deleted stays, with `deleted_at`: histories name it, and an older word must not bring it back.
`heard_at` is the instant of the word that the row is from, by Jira's clock: the newest word wins.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, false

from app.store.base import metadata, of_site
from app.store.types import Document, Instant, Words


def _mortal() -> tuple[Column[object], Column[object]]:
    return Column("heard_at", Instant, nullable=False), Column("deleted_at", Instant)


# --- what issues are sorted by --------------------------------------------------------------------

statuses = Table(
    "statuses",
    metadata,
    of_site(),
    Column("id", String(32), primary_key=True),
    Column("name", Words, nullable=False),
    Column("category", String(32), nullable=False),
    # Its place in Jira's list, from 0; None where only issues told of it.
    Column("position", Integer),
)

versions = Table(
    "versions",
    metadata,
    of_site(),
    Column("id", String(32), primary_key=True),
    Column("project_id", String(32), nullable=False),
    Column("name", Words, nullable=False),
    Column("description", Words, nullable=False, default=""),
    Column("released", Boolean, nullable=False),
    Column("archived", Boolean, nullable=False),
    # Days as Jira writes them, "2026-11-30": a release has no hour.
    Column("start_on", String(10)),
    Column("released_on", String(10)),
    # Its place among the versions of the project, from 0; None where only events told of it.
    Column("position", Integer),
    # The version that took over its issues when it was merged away.
    Column("merged_into", String(32)),
    *_mortal(),
    Index("ix_versions_site_id_project_id", "site_id", "project_id"),
)

components = Table(
    "components",
    metadata,
    of_site(),
    Column("id", String(32), primary_key=True),
    Column("project_id", String(32), nullable=False),
    Column("name", Words, nullable=False),
    Column("lead", String(128)),
    *_mortal(),
)

issue_types = Table(
    "issue_types",
    metadata,
    of_site(),
    Column("id", String(32), primary_key=True),
    Column("name", Words, nullable=False),
    Column("is_subtask", Boolean, nullable=False),
    # 1 epic, 0 story and its like, -1 sub-task; None where Jira does not say (Data Center).
    Column("hierarchy_level", Integer),
    # Of a team-managed project; None for those that all projects share.
    Column("project_id", String(32)),
    *_mortal(),
)

priorities = Table(
    "priorities",
    metadata,
    of_site(),
    Column("id", String(32), primary_key=True),
    Column("name", Words, nullable=False),
    # From 0, the most urgent first, as Jira lists them.
    Column("position", Integer, nullable=False),
    *_mortal(),
)

resolutions = Table(
    "resolutions",
    metadata,
    of_site(),
    Column("id", String(32), primary_key=True),
    Column("name", Words, nullable=False),
    Column("position", Integer, nullable=False),
    *_mortal(),
)

link_types = Table(
    "link_types",
    metadata,
    of_site(),
    Column("id", String(32), primary_key=True),
    Column("name", Words, nullable=False),
    # How the source reads ("blocks") and how the target does ("is blocked by").
    Column("outward", Words, nullable=False),
    Column("inward", Words, nullable=False),
    *_mortal(),
)

users = Table(
    "users",
    metadata,
    of_site(),
    # `accountId` on Cloud, `key` on Data Center: what stays when somebody is renamed or anonymised.
    Column("account_id", String(128), primary_key=True),
    Column("name", Words, nullable=False),
    # Data Center's login name.
    Column("username", Words),
    Column("active", Boolean, nullable=False),
    Column("account_type", String(32)),
    *_mortal(),
)

# --- boards and sprints ---------------------------------------------------------------------------

boards = Table(
    "boards",
    metadata,
    of_site(),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", Words, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("project_key", String(255)),
    Column("filter_id", String(32)),
    Column("filter_jql", Words),
    Column("sub_query", Words),
    Column("rank_field", String(64)),
    Column("columns", Document, nullable=False),
    Column("estimation_field", String(64)),
    Column("estimation_name", Words, nullable=False, default=""),
    Column("deleted_at", Instant),
    # As for sprints: an older word never replaces a newer one.
    Column("heard_at", Instant, nullable=False),
)

board_sprints = Table(
    "board_sprints",
    metadata,
    of_site(),
    # Every board whose filter matches shows a sprint; the one that it was made on may be gone.
    Column("board_id", Integer, primary_key=True, autoincrement=False),
    Column("sprint_id", Integer, primary_key=True, autoincrement=False),
)

sprints = Table(
    "sprints",
    metadata,
    of_site(),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("board_id", Integer, index=True),
    Column("name", Words, nullable=False),
    Column("state", String(16), nullable=False),
    Column("goal", Words, nullable=False, default=""),
    Column("start_at", Instant),
    Column("end_at", Instant),
    Column("activated_at", Instant),
    Column("completed_at", Instant),
    Column("deleted_at", Instant),
    # When we last heard of it: deliveries come in any order, the newest word wins.
    Column("heard_at", Instant, nullable=False),
)

# How a board was set up, and from when to when we saw it so. Nothing says when it was really changed.
board_configurations = Table(
    "board_configurations",
    metadata,
    of_site(),
    Column("board_id", Integer, primary_key=True, autoincrement=False),
    Column("since", Instant, primary_key=True),
    Column("seen_until", Instant, nullable=False),
    Column("configuration", Document, nullable=False),
)

# --- what hangs on issues -------------------------------------------------------------------------

worklogs = Table(
    "worklogs",
    metadata,
    of_site(),
    Column("id", String(32), primary_key=True),
    Column("issue_id", String(32), nullable=False),
    Column("author", String(128)),
    Column("started", Instant),
    Column("seconds", BigInteger, nullable=False),
    Column("created", Instant),
    Column("updated", Instant, nullable=False),
    Column("comment", Document),
    # For some readers only: a role, or a group.
    Column("limited", Boolean, nullable=False, default=False, server_default=false()),
    Column("deleted_at", Instant),
    Index("ix_worklogs_site_id_issue_id", "site_id", "issue_id"),
)

issue_links = Table(
    "issue_links",
    metadata,
    of_site(),
    Column("id", String(32), primary_key=True),
    Column("type_id", String(32), nullable=False),
    # "source blocks target": the outward words of the type stand between them.
    Column("source_id", String(32), nullable=False),
    Column("target_id", String(32), nullable=False),
    *_mortal(),
    Index("ix_issue_links_site_id_source_id", "site_id", "source_id"),
    Index("ix_issue_links_site_id_target_id", "site_id", "target_id"),
)

attachments = Table(
    "attachments",
    metadata,
    of_site(),
    Column("id", String(32), primary_key=True),
    # None where an event told of it without saying whose it is; the issue's document says it.
    Column("issue_id", String(32)),
    Column("filename", Words, nullable=False),
    Column("mime_type", Words),
    Column("bytes", BigInteger),
    Column("author", String(128)),
    Column("created", Instant),
    *_mortal(),
    Index("ix_attachments_site_id_issue_id", "site_id", "issue_id"),
)

# Keys that issues had before they were moved. Another issue may have had the same one at another time.
old_keys = Table(
    "old_keys",
    metadata,
    of_site(),
    Column("key", String(255), primary_key=True),
    Column("issue_id", String(32), primary_key=True),
    Column("until", Instant, nullable=False),
    Index("ix_old_keys_site_id_issue_id", "site_id", "issue_id"),
)

# Counts what was filed of an issue without that its `updated` moved; see `app.store.issue_news`.
issue_news = Table(
    "issue_news",
    metadata,
    of_site(),
    Column("issue_id", String(32), primary_key=True),
    Column("number", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# What is known not to be whole. An issue whose history was cut says so itself (`issues.history_complete`).
partial_data = Table(
    "partial_data",
    metadata,
    of_site(),
    # "site", "project:<id>" or "issue:<id>".
    Column("scope", String(64), primary_key=True),
    # See `app.store.partial_data.Kind`.
    Column("kind", String(16), primary_key=True),
    # Which part: a segment's name, a field's id; empty where there is but one.
    Column("part", String(255), primary_key=True),
    Column("reason", Words, nullable=False),
    Column("noted_at", Instant, nullable=False),
)
