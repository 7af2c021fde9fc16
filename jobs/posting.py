"""What a report is told by: comments on an issue, messages to channels, a property of its sprint."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.domain.comments import LivingComment
from app.domain.effects import Announcement, OpenReportIssue, SetSprintProperty, TransitionIssue
from app.domain.reports.target import Target
from app.store import boards, report_issues, sites
from app.store.sites import Site
from jobs.reporting import Owable


@dataclass(frozen=True, slots=True)
class Told:
    """A report that was made, in each form in which it can be told.

    Attributes:
        sprint_id: the sprint that it is about, or that it follows; None where there is none.
        comment: by the key of the issue.
        messages: by the key of the issue that has all of it, or None.
        value: by how the key of the property begins.
        ends: whether it is the last word on its sprint.
    """

    board_id: int
    board_name: str
    sprint_id: int | None
    comment: Callable[[str], LivingComment]
    messages: Callable[[str | None], Sequence[Announcement]]
    value: Callable[[str, int], SetSprintProperty]
    ends: bool = False


def owed(
    connection: Connection, site: Site, target: Target, told: Told, *, at: datetime
) -> tuple[Owable, ...]:
    """All that a target asks for. The issue of a sprint that has none yet is opened first.

    Args:
        connection: to the store.
        site: whose reports.
        target: where they go.
        told: what there is to tell.
        at: the instant that it speaks about.
    """
    found: list[Owable] = []
    if target.sprint_property is not None and told.sprint_id is not None:
        found.append(told.value(target.sprint_property, told.sprint_id))
    if target.sprint_issue is None or told.sprint_id is None:
        comments = [] if target.issue is None else [told.comment(target.issue)]
        return (*found, *told.messages(target.issue), *comments)
    key = report_issues.known(connection, site.id, board_id=told.board_id, sprint_id=told.sprint_id)
    if key is not None:
        closing = _closing(connection, site, told, target.sprint_issue.close_as, key)
        return (*found, *told.messages(key), told.comment(key), *([closing] if closing else []))
    sprint = boards.get_sprint(connection, site, told.sprint_id)
    opened = OpenReportIssue(
        told.board_id,
        sprint.id,
        target.sprint_issue.fields(sprint=sprint.name, board=told.board_name),
        since=sprint.started_at or at,
        comments=(told.comment(""),),
        messages=tuple(told.messages(None)),
        closing=_closing(connection, site, told, target.sprint_issue.close_as),
    )
    return (*found, opened)


def _closing(
    connection: Connection, site: Site, told: Told, close_as: str | bool, key: str = ""
) -> TransitionIssue | None:
    """What closes a sprint's issue with its end; unless a status is named, the one that its board ends with.

    No other done status will do: nobody wants reports in "Won't do" because a step leads there.
    """
    if not told.ends or close_as is False:
        return None
    if isinstance(close_as, str):
        return TransitionIssue(key, sites.status_ids(connection, site, close_as))
    done = list(sites.done_status_ids(connection, site))
    columns = boards.get_board(connection, site, told.board_id).columns
    last = [one for one in columns[-1].status_ids if one in done] if columns else []
    ends = (last or done)[:1]
    return TransitionIssue(key, tuple(ends), if_possible=True) if ends else None
