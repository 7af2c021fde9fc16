"""Children that name their parent by the key that it had before it was moved name it by its present one."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
ISSUES = sa.table(
    "issues",
    sa.column("site_id"),
    sa.column("id"),
    sa.column("key"),
    sa.column("parent_key"),
    sa.column("fields", JSON),
)
OLD_KEYS = sa.table(
    "old_keys", sa.column("site_id"), sa.column("key"), sa.column("issue_id"), sa.column("until")
)
SITES = sa.table("sites", sa.column("id"), sa.column("epic_link_field"))
PARENTS = ISSUES.alias("parent")
OTHERS = ISSUES.alias("other")


def upgrade() -> None:
    connection = op.get_bind()
    of_site = OLD_KEYS.c.site_id == ISSUES.c.site_id
    of_parent = sa.and_(PARENTS.c.site_id == OLD_KEYS.c.site_id, PARENTS.c.id == OLD_KEYS.c.issue_id)
    taken = sa.exists().where(OTHERS.c.site_id == ISSUES.c.site_id, OTHERS.c.key == ISSUES.c.parent_key)
    rows = connection.execute(
        sa.select(ISSUES.c.site_id, ISSUES.c.id, ISSUES.c.fields, SITES.c.epic_link_field, PARENTS.c.key)
        .select_from(ISSUES)
        .join(OLD_KEYS, sa.and_(of_site, OLD_KEYS.c.key == ISSUES.c.parent_key))
        .join(PARENTS, of_parent)
        .join(SITES, SITES.c.id == ISSUES.c.site_id)
        .where(~taken)
        .order_by(OLD_KEYS.c.until)
    ).all()
    for site_id, issue_id, fields, epic_link, key in rows:
        values: dict[str, Any] = {"parent_key": key}
        if epic_link in fields:
            values["fields"] = {**fields, epic_link: key}
        one = ISSUES.c.site_id == site_id, ISSUES.c.id == issue_id
        connection.execute(sa.update(ISSUES).where(*one).values(values))


def downgrade() -> None:
    """What they were called then, nobody needs to know."""
