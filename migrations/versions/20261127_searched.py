"""What the values of issues are known by, as a column; columns that searches read, for every issue."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
SECONDS = {
    "timeoriginalestimate": "original_seconds",
    "timeestimate": "remaining_seconds",
    "timespent": "spent_seconds",
}
ISSUES = sa.table(
    "issues",
    sa.column("site_id", sa.BigInteger),
    sa.column("id", sa.String),
    sa.column("fields", JSON),
    sa.column("terms", sa.Text),
    sa.column("due_on", sa.String),
    sa.column("resolved_at", INSTANT),
    sa.column("priority_id", sa.String),
    sa.column("rank", sa.Text),
    *(sa.column(name, sa.BigInteger) for name in SECONDS.values()),
)
SITES = sa.table("sites", sa.column("id"), sa.column("sprint_field"), sa.column("rank_field"))
SEARCHED = [
    "site_id",
    "project_key",
    "updated",
    "deleted_at",
    "status_id",
    "priority_id",
    "created",
    "due_on",
]
SEARCHED += ["resolved_at", "rank", "key", "id", "terms"]
OF_ISSUE = ["site_id", "issue_id", "at"]
AT_ONCE = 1_000
PERSON, THING = ("accountId", "key", "name", "displayName"), ("id", "name")
# By field the sign before its terms, and what a thing in it is known by.
FIELDS = {
    "assignee": ("\x0e", PERSON),
    "reporter": ("\x0f", PERSON),
    "creator": ("\x10", PERSON),
    "issuetype": ("\x11", THING),
    "priority": ("\x12", THING),
    "resolution": ("\x13", THING),
    "security": ("\x14", THING),
    "components": ("\x15", THING),
    "fixVersions": ("\x16", THING),
    "versions": ("\x17", THING),
    "labels": ("\x18", THING),
    "parent": ("\x19", ("id", "key")),
}
SPRINT, END = "\x1a", "\x1f"
ESCAPED = str.maketrans({chr(sign): "\x1e" + chr(sign + 0x50) for sign in range(0x0E, 0x20)})
SPRINT_ID = re.compile(r"\[(?:.*,)?id=(\d+)[,\]]", re.DOTALL)


def upgrade() -> None:
    """Searches read columns and terms from now on, so every issue gets them at once."""
    op.add_column("issues", sa.Column("terms", sa.Text(), server_default="", nullable=False))
    connection = op.get_bind()
    for site in connection.execute(sa.select(SITES)).all():
        _fill(connection, site)
    op.drop_index("ix_changes_site_id_issue_id_at", "changes")
    op.create_index("ix_changes_site_id_issue_id_at", "changes", [*OF_ISSUE, "field"])
    if connection.dialect.name == "sqlite":
        op.drop_index("ix_issues_site_id_project_key_updated", "issues")
        op.create_index("ix_issues_searched", "issues", SEARCHED)


def _fill(connection: sa.Connection, site: Any) -> None:
    last = ""
    which = (ISSUES.c.site_id == sa.bindparam("of_site"), ISSUES.c.id == sa.bindparam("of_issue"))
    while True:
        wanted = sa.select(ISSUES.c.id, ISSUES.c.fields).where(
            ISSUES.c.site_id == site.id, ISSUES.c.id > last
        )
        rows = connection.execute(wanted.order_by(ISSUES.c.id).limit(AT_ONCE)).all()
        if not rows:
            return
        last = rows[-1].id
        values = [
            {"of_site": site.id, "of_issue": row.id, **_columns(row.fields or {}, site)} for row in rows
        ]
        names = [name for name in values[0] if not name.startswith("of_")]
        statement = sa.update(ISSUES).where(*which).values({name: sa.bindparam(name) for name in names})
        connection.execute(statement, values)


def _columns(fields: dict[str, Any], site: Any) -> dict[str, Any]:
    priority, rank = fields.get("priority"), fields.get(site.rank_field or "")
    number = priority.get("id") if isinstance(priority, dict) else None
    return {
        "terms": _terms(fields, site.sprint_field),
        "due_on": _day(fields.get("duedate")),
        "resolved_at": _instant(fields.get("resolutiondate")),
        "priority_id": str(number) if number is not None and 0 < len(str(number)) <= 32 else None,  # noqa: PLR2004
        "rank": rank if isinstance(rank, str) and rank else None,
        **{column: _seconds(fields.get(field)) for field, column in SECONDS.items()},
    }


def _terms(fields: dict[str, Any], sprint_field: str | None) -> str:
    said = [f"{SPRINT}{each}" for each in sorted(_sprints(fields.get(sprint_field or "")))]
    for name, (sign, parts) in FIELDS.items():
        found = (one.strip() for one in _said(fields.get(name), parts))
        said += [sign + term.translate(ESCAPED) for term in found if term]
    return "".join(each + END for each in said).lower()


def _said(value: Any, parts: tuple[str, ...]) -> Iterator[str]:
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, dict):
            yield from (str(each[part]) for part in parts if each.get(part) is not None)
        elif each is not None:
            yield str(each)


def _sprints(value: Any) -> set[int]:
    found: set[int] = set()
    for each in value if isinstance(value, list) else ():
        hit = None if isinstance(each, dict) else SPRINT_ID.search(str(each))
        number = str(each.get("id")) if isinstance(each, dict) else hit[1] if hit else ""
        if number.isdecimal():
            found.add(int(number))
    return found


def _day(value: Any) -> str | None:
    try:
        return date.fromisoformat(value[:10]).isoformat() if isinstance(value, str) else None
    except ValueError:
        return None


def _instant(value: Any) -> datetime | None:
    try:
        if isinstance(value, int | float):
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=value)
        read = datetime.fromisoformat(value) if isinstance(value, str) and value else None
        if read is None:
            return None
        return (read.replace(tzinfo=UTC) if read.tzinfo is None else read).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _seconds(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        return None
    return int(value) if -(2**63) <= value < 2**63 else None


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index("ix_issues_searched", "issues")
        columns = ["site_id", "project_key", "updated"]
        op.create_index("ix_issues_site_id_project_key_updated", "issues", columns)
    op.drop_index("ix_changes_site_id_issue_id_at", "changes")
    op.create_index("ix_changes_site_id_issue_id_at", "changes", OF_ISSUE)
    op.drop_column("issues", "terms")
