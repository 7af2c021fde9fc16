"""Issues that were created for the reports of a sprint: each sprint of a board has one at most."""

from datetime import datetime

from sqlalchemy import Connection, Select, and_, func, select

from app.store.tables import issues, report_issues
from app.store.upsert import upsert


def known(connection: Connection, site_id: int, *, board_id: int, sprint_id: int) -> str | None:
    """Key of the sprint's report issue, the present one where it was moved; None where there is none yet."""
    table = report_issues
    same = and_(issues.c.site_id == table.c.site_id, issues.c.id == table.c.issue_id)
    key = func.coalesce(issues.c.key, table.c.issue_key)
    found: str | None = connection.scalar(
        select(key)
        .select_from(table.outerjoin(issues, same))
        .where(table.c.site_id == site_id, table.c.board_id == board_id, table.c.sprint_id == sprint_id)
    )
    return found


def remember(
    connection: Connection,
    site_id: int,
    *,
    board_id: int,
    sprint_id: int,
    issue_id: str,
    issue_key: str,
    now: datetime,
) -> None:
    """Write down which issue it is."""
    row = {
        "site_id": site_id,
        "board_id": board_id,
        "sprint_id": sprint_id,
        "issue_id": issue_id,
        "issue_key": issue_key,
        "created_at": now,
    }
    upsert(connection, report_issues, [row])


def ids(site_id: int) -> Select[tuple[str]]:
    """Ids of all of a site: whatever is counted, they are left out, wherever people put them."""
    return select(report_issues.c.issue_id).where(report_issues.c.site_id == site_id)
