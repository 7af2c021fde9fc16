"""What stands around the days of a delivery: what is in the way, and what the last report said."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection

from app.domain.delivery.risks import Stuck
from app.domain.delivery.scopes import Kind
from app.domain.delivery.since import Before, read_before
from app.domain.flow.flow import flow
from app.domain.flow.path import Policy
from app.domain.scrum.board import Board
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.issue import Issue
from app.domain.scrum.restricted import linked_keys
from app.services.restricted import hidden_issues
from app.services.runs import DELIVERY
from app.store import board_issues, reports
from app.store.sites import Site

LOOKED_AT = 5
"""Earlier reports, among which the last one about versions is looked for: others were about epics alone."""


def stuck_of(
    connection: Connection,
    site: Site,
    board: Board,
    undone: Sequence[Issue],
    *,
    at: datetime,
    calendar: Calendar,
    policy: Policy,
    done: Collection[str],
    show_restricted: bool,
) -> dict[str, Stuck]:
    """What stands in the way of issues at an instant, by id; of those that something stops.

    Args:
        connection: reading.
        site: whose.
        board: whose columns say what is in progress.
        undone: issues with their histories.
        at: the instant.
        calendar: the team's working days.
        policy: what the team calls blocked and stalled.
        done: ids of the statuses in which what an issue waited for waits no more.
        show_restricted: whether restricted issues are named, which they may wait for.
    """
    issues = list(undone)
    linked = linked_keys(issues)
    elsewhere = board_issues.done_at(connection, site, linked, statuses=done, at=at) if linked else {}
    shown = issues if show_restricted else hidden_issues(connection, site, issues)
    ids = {issue.key: known.id for known, issue in zip(issues, shown, strict=True)}
    flowing = flow(shown, board, at=at, calendar=calendar, policy=policy, done_elsewhere=elsewhere)
    blocked = {ids[one.key]: Stuck(blocked=one) for one in flowing.blocked}
    return blocked | {ids[one.key]: Stuck(stalled=one) for one in flowing.stalled}


def told_before(connection: Connection, site: Site, board_id: int, kind: Kind, at: datetime) -> Before | None:
    """The last report on such scopes of a board, of those about an instant before."""
    if kind is Kind.QUERY:
        return None
    documents = reports.documents_before(
        connection, site.id, DELIVERY, board_id=board_id, at=at, last=LOOKED_AT
    )
    found = (read_before(document, kind) for _, document in reversed(documents))
    return next((one for one in found if one is not None), None)
