"""The scheduled sprint report: bring the store up to date, compute, keep, and owe the comment."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from app.domain.effects import Announcement, LivingComment
from app.domain.reports.as_json import to_json
from app.domain.reports.kinds import Kind
from app.domain.scrum.calendar import Calendar
from app.domain.sprint_health.habits import BoardHabits
from app.domain.sprint_health.health import SprintHealth
from app.errors import NoSprint
from app.services.closed_sprints import ClosedSprints, save
from app.services.runs import OF_SPRINT
from app.services.sprint_health import as_comment, as_messages, before, sprint_health
from app.store import runs, sites
from app.store.claim import Claimed
from app.store.closed_sprints import KeptSprint
from jobs.context import Context, JiraSite
from jobs.handling import Finished
from jobs.members import check_members
from jobs.reporting import keep_and_owe, read_jira


@dataclass(frozen=True, slots=True)
class _Computed:
    health: SprintHealth
    comment: LivingComment | None
    messages: tuple[Announcement, ...] = ()
    unsaved: tuple[KeptSprint, ...] = ()


async def run(context: Context, jira_site: JiraSite, work: Claimed) -> Finished:
    """Carry out a run of kind `sprint_health`, `sprint_start`, `sprint_middle` or `sprint_end`.

    Its parameters: `board`; `sprint`, or none for the running one; `post_to`, the issue that carries the
    living comment, or none to compute only. The run speaks about its own instant, however late it is.
    """
    parameters = work.row["parameters"]
    await read_jira(context, jira_site, work)
    compute = partial(
        _compute,
        site_id=jira_site.id,
        board_id=parameters["board"],
        sprint_id=parameters.get("sprint"),
        post_to=parameters.get("post_to"),
        at=work.row["at"],
        calendar=jira_site.calendars.get(parameters["board"], Calendar()),
        picture=parameters["board"] not in jira_site.in_words,
        kind=OF_SPRINT[work.row["kind"]],
        channels=jira_site.channels_of(parameters["board"]),
        show_restricted=jira_site.shows_restricted(parameters["board"]),
        habits=jira_site.habits_of(parameters["board"]),
    )
    try:
        computed = await context.database.call_read(compute)
    except NoSprint as nothing:
        return Finished(runs.DONE, f"Nothing to report. {nothing}")
    read_again, unreadable = await check_members(context, jira_site, computed.health.sprint_id)
    if read_again:
        computed = await context.database.call_read(compute)
    finish = partial(_finish, context=context, work=work, computed=computed)
    listed = "; ".join(f"issue {issue}: {why}" for issue, why in unreadable.items())
    return Finished(runs.DONE, f"Some issues could not be read. {listed}" if listed else None, commit=finish)


def _compute(
    connection: Connection,
    *,
    site_id: int,
    board_id: int,
    sprint_id: int | None,
    post_to: str | None,
    at: datetime,
    calendar: Calendar,
    picture: bool,
    kind: Kind,
    channels: tuple[str, ...],
    show_restricted: bool,
    habits: BoardHabits,
) -> _Computed:
    site, closed = sites.site_by_id(connection, site_id), ClosedSprints(most_issues=0, saves=True)
    health = sprint_health(
        connection,
        site,
        board_id=board_id,
        sprint_id=sprint_id,
        at=at,
        calendar=calendar,
        kind=kind,
        show_restricted=show_restricted,
        habits=habits,
        closed_sprints=closed,
    )
    unsaved = tuple(closed.unsaved())
    if post_to is None:
        return _Computed(health, None, unsaved=unsaved)
    earlier = before(connection, site, health, at, show_restricted=show_restricted)
    comment = as_comment(health, site, post_to, earlier, kind=kind, picture=picture)
    messages = as_messages(health, site, post_to, earlier, kind=kind, channels=channels)
    return _Computed(health, comment, messages, unsaved)


def _finish(connection: Connection, *, context: Context, work: Claimed, computed: _Computed) -> None:
    health = computed.health
    save(connection, computed.unsaved)
    keep_and_owe(
        connection,
        work,
        to_json(health),
        computed.comment,
        board_id=health.board_id,
        sprint_id=health.sprint_id,
        now=context.now(),
        messages=computed.messages,
    )
