"""What reports, JQL and rules need besides issues; why an issue is gone; how boards were set up."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)
ID, ACCOUNT, KEY, DAY = (
    sa.String(length=32),
    sa.String(length=128),
    sa.String(length=255),
    sa.String(length=10),
)

Columns = dict[str, Any]
# By table: its key besides the site, columns with a value, columns that may have none, indexed columns.
TABLES: dict[str, tuple[Columns, Columns, Columns, tuple[str, ...]]] = {
    "versions": (
        {"id": ID},
        {
            "project_id": ID,
            "name": sa.Text(),
            "description": sa.Text(),
            "released": sa.Boolean(),
            "archived": sa.Boolean(),
            "heard_at": INSTANT,
        },
        {
            "start_on": DAY,
            "released_on": DAY,
            "position": sa.Integer(),
            "merged_into": ID,
            "deleted_at": INSTANT,
        },
        ("project_id",),
    ),
    "components": (
        {"id": ID},
        {"project_id": ID, "name": sa.Text(), "heard_at": INSTANT},
        {"lead": ACCOUNT, "deleted_at": INSTANT},
        (),
    ),
    "issue_types": (
        {"id": ID},
        {"name": sa.Text(), "is_subtask": sa.Boolean(), "heard_at": INSTANT},
        {"hierarchy_level": sa.Integer(), "project_id": ID, "deleted_at": INSTANT},
        (),
    ),
    "priorities": (
        {"id": ID},
        {"name": sa.Text(), "position": sa.Integer(), "heard_at": INSTANT},
        {"deleted_at": INSTANT},
        (),
    ),
    "resolutions": (
        {"id": ID},
        {"name": sa.Text(), "position": sa.Integer(), "heard_at": INSTANT},
        {"deleted_at": INSTANT},
        (),
    ),
    "link_types": (
        {"id": ID},
        {"name": sa.Text(), "outward": sa.Text(), "inward": sa.Text(), "heard_at": INSTANT},
        {"deleted_at": INSTANT},
        (),
    ),
    "users": (
        {"account_id": ACCOUNT},
        {"name": sa.Text(), "active": sa.Boolean(), "heard_at": INSTANT},
        {"username": sa.Text(), "account_type": ID, "deleted_at": INSTANT},
        (),
    ),
    "board_configurations": (
        {"board_id": sa.Integer(), "since": INSTANT},
        {"seen_until": INSTANT, "configuration": JSON},
        {},
        (),
    ),
    "worklogs": (
        {"id": ID},
        {"issue_id": ID, "seconds": sa.BigInteger(), "updated": INSTANT},
        {"author": ACCOUNT, "started": INSTANT, "created": INSTANT, "comment": JSON, "deleted_at": INSTANT},
        ("issue_id",),
    ),
    "issue_links": (
        {"id": ID},
        {"type_id": ID, "source_id": ID, "target_id": ID, "heard_at": INSTANT},
        {"deleted_at": INSTANT},
        ("source_id", "target_id"),
    ),
    "attachments": (
        {"id": ID},
        {"filename": sa.Text(), "heard_at": INSTANT},
        {
            "issue_id": ID,
            "mime_type": sa.Text(),
            "bytes": sa.BigInteger(),
            "author": ACCOUNT,
            "created": INSTANT,
            "deleted_at": INSTANT,
        },
        ("issue_id",),
    ),
    "old_keys": ({"key": KEY, "issue_id": ID}, {"until": INSTANT}, {}, ("issue_id",)),
    "partial_data": (
        {"scope": sa.String(length=64), "kind": sa.String(length=16), "part": KEY},
        {"reason": sa.Text(), "noted_at": INSTANT},
        {},
        (),
    ),
}
ADDED: dict[str, Columns] = {
    "sites": {"epic_link_field": sa.String(length=64), "rank_field": sa.String(length=64)},
    "projects": {
        "kind": ID,
        "team_managed": sa.Boolean(),
        "lead": ACCOUNT,
        "deleted_at": INSTANT,
        "heard_at": INSTANT,
    },
    "boards": {"filter_id": ID, "sub_query": sa.Text(), "rank_field": sa.String(length=64)},
    "issues": {
        "project_id": ID,
        "type_id": ID,
        "priority_id": ID,
        "resolution_id": ID,
        "assignee_id": ACCOUNT,
        "reporter_id": ACCOUNT,
        "creator_id": ACCOUNT,
        "parent_id": ID,
        "parent_key": KEY,
        "due_on": DAY,
        "resolved_at": INSTANT,
        "rank": sa.Text(),
        "security_id": ID,
        "original_seconds": sa.BigInteger(),
        "remaining_seconds": sa.BigInteger(),
        "spent_seconds": sa.BigInteger(),
        "gone_reason": sa.String(length=16),
    },
}
RENAMED = {
    "Attachment": "attachment",
    "Component": "components",
    "Fix Version": "fixVersions",
    "IssueParentAssociation": "parent",
    "Link": "issuelinks",
    "Parent": "parent",
    "Status": "status",
    "Version": "versions",
}


def upgrade() -> None:
    """The next sync reads every issue again, for the new columns."""
    for table, (key, filled, empty, indexed) in TABLES.items():
        op.create_table(
            table,
            sa.Column("site_id", BIG, nullable=False),
            *(sa.Column(name, kind, nullable=False, autoincrement=False) for name, kind in key.items()),
            *(sa.Column(name, kind, nullable=False) for name, kind in filled.items()),
            *(sa.Column(name, kind, nullable=True) for name, kind in empty.items()),
            sa.ForeignKeyConstraint(
                ["site_id"], ["sites.id"], name=op.f(f"fk_{table}_site_id_sites"), ondelete="CASCADE"
            ),
            sa.PrimaryKeyConstraint("site_id", *key, name=op.f(f"pk_{table}")),
        )
        for name in indexed:
            op.create_index(f"ix_{table}_site_id_{name}", table, ["site_id", name])
    for table, columns in ADDED.items():
        for name, kind in columns.items():
            op.add_column(table, sa.Column(name, kind, nullable=True))
    archived = sa.Column("archived", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    op.add_column("projects", archived)
    op.execute("UPDATE issues SET gone_reason = 'deleted' WHERE deleted_at IS NOT NULL")
    op.execute("UPDATE projects SET read_until = NULL, heard_at = '1970-01-01 00:00:00'")
    _one_id_for_each_field()


def _one_id_for_each_field() -> None:
    """Whoever told of a change: webhooks and Data Center named some system fields otherwise than Cloud."""
    for name, field in RENAMED.items():
        twin = (
            "SELECT 1 FROM changes o WHERE o.site_id = changes.site_id AND o.history_id = changes.history_id"  # noqa: S608
            f" AND o.position = changes.position AND o.field = '{field}'"
        )
        op.execute(f"DELETE FROM changes WHERE field = '{name}' AND EXISTS ({twin})")  # noqa: S608
        op.execute(f"UPDATE changes SET field = '{field}' WHERE field = '{name}'")  # noqa: S608


def downgrade() -> None:
    op.drop_column("projects", "archived")
    for table, columns in ADDED.items():
        for name in columns:
            op.drop_column(table, name)
    for table in TABLES:
        op.drop_table(table)
