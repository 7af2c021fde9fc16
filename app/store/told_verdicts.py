"""What the newest comment of a report says, so that news are told once."""

from sqlalchemy import Connection, select

from app.domain.reports.news import Said
from app.domain.sprint_health.health import Verdict
from app.store.tables import told_verdicts
from app.store.upsert import upsert


def get(connection: Connection, site_id: int, marker: str, place: str) -> Said | None:
    """Of the comment by that marker on an issue (empty: on the one of its sprint); None before the first."""
    table = told_verdicts
    row = connection.execute(
        select(table.c.verdict, table.c.edition, table.c.at).where(
            table.c.site_id == site_id, table.c.marker == marker, table.c.place == place
        )
    ).first()
    return None if row is None else Said(Verdict(row.verdict), row.edition, row.at)


def save(connection: Connection, site_id: int, marker: str, place: str, said: Said) -> None:
    """In the transaction that owes the comment."""
    row = {
        "site_id": site_id,
        "marker": marker,
        "place": place,
        "verdict": said.verdict.value,
        "edition": said.edition,
        "at": said.at,
    }
    upsert(connection, told_verdicts, [row])
