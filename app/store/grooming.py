"""What was found in backlogs, from when to when, so that one week can be held against another."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, select, update

from app.domain.grooming.health import Standing
from app.store.tables import grooming_findings as findings
from app.store.upsert import insert_new


@dataclass(frozen=True, slots=True)
class Found:
    """A finding to keep."""

    check: str
    issue_id: str
    key: str
    weight: int


def standing(connection: Connection, site_id: int, board_id: int) -> tuple[Standing, ...]:
    """Findings of a board that nothing has ended, oldest first."""
    rows = connection.execute(
        select(findings.c.check_name, findings.c.issue_id, findings.c.issue_key, findings.c.found_at)
        .where(_of(site_id, board_id), findings.c.gone_at.is_(None))
        .order_by(findings.c.found_at, findings.c.check_name, findings.c.issue_id)
    )
    return tuple(Standing(*row) for row in rows)


def keep(
    connection: Connection,
    site_id: int,
    board_id: int,
    found: Sequence[Found],
    *,
    at: datetime,
    checks: Collection[str],
) -> None:
    """Begin what is new and end what is gone; a run about an earlier instant than the newest changes nothing.

    Args:
        connection: inside a transaction.
        site_id: whose.
        board_id: which backlog.
        found: all that stands at that instant.
        at: the instant of the run.
        checks: that were asked; findings of others stay as they are.
    """
    newest = connection.scalar(
        select(func.max(func.coalesce(findings.c.gone_at, findings.c.found_at))).where(_of(site_id, board_id))
    )
    if newest is not None and newest > at:
        return
    before = {(one.check, one.issue_id): one for one in standing(connection, site_id, board_id)}
    now = {(one.check, one.issue_id): one for one in found}
    ended = [one for identity, one in before.items() if identity not in now and one.check in checks]
    _end(connection, site_id, board_id, ended, at)
    insert_new(
        connection,
        findings,
        [
            {
                "site_id": site_id,
                "board_id": board_id,
                "check_name": one.check,
                "issue_id": one.issue_id,
                "found_at": at,
                "issue_key": one.key,
                "weight": one.weight,
            }
            for identity, one in now.items()
            if identity not in before
        ],
    )


def _end(
    connection: Connection, site_id: int, board_id: int, ended: Sequence[Standing], at: datetime
) -> None:
    if not ended:
        return
    one = and_(
        _of(site_id, board_id),
        findings.c.check_name == bindparam("check"),
        findings.c.issue_id == bindparam("issue"),
        findings.c.gone_at.is_(None),
    )
    connection.execute(
        update(findings).where(one).values(gone_at=at),
        [{"check": each.check, "issue": each.issue_id} for each in ended],
    )


def counts_at(connection: Connection, site_id: int, board_id: int, at: datetime) -> Mapping[str, int]:
    """How many findings of each check stood at an instant, as runs saw it."""
    rows = connection.execute(
        select(findings.c.check_name, func.count())
        .where(
            _of(site_id, board_id),
            findings.c.found_at <= at,
            findings.c.gone_at.is_(None) | (findings.c.gone_at > at),
        )
        .group_by(findings.c.check_name)
    )
    return {row[0]: row[1] for row in rows}


def _of(site_id: int, board_id: int) -> ColumnElement[bool]:
    return and_(findings.c.site_id == site_id, findings.c.board_id == board_id)
