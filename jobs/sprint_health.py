"""The scheduled sprint report: bring the store up to date, compute, keep, and owe what tells it."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from app.domain.comments import sprint_health_marker
from app.domain.reports.kinds import Kind
from app.domain.reports.news import Said, say_next
from app.domain.reports.sprint_health_as_json import to_json
from app.domain.reports.target import Target
from app.domain.scrum.calendar import Calendar
from app.domain.sprint_health.health import SprintHealth
from app.errors import NoSprint
from app.services.closed_sprints import ClosedSprints, save
from app.services.runs import OF_SPRINT
from app.services.sprint_health import as_comment, as_messages, as_property, before, sprint_health
from app.store import runs, sites, told_verdicts
from app.store.claim import Claimed
from app.store.closed_sprints import KeptSprint
from jobs.context import Context, JiraSite
from jobs.handling import Finished
from jobs.members import check_members
from jobs.posting import Told, owed
from jobs.reporting import Owable, keep_and_owe, read_jira


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What a comment on an issue (empty: on the one of its sprint) says."""

    marker: str
    place: str
    said: Said


@dataclass(frozen=True, slots=True)
class _Computed:
    health: SprintHealth
    owed: tuple[Owable, ...] = ()
    unsaved: tuple[KeptSprint, ...] = ()
    told: _Verdict | None = None


async def run(context: Context, jira_site: JiraSite, work: Claimed) -> Finished:
    """Carry out a run of kind `sprint_health`, `sprint_start`, `sprint_middle` or `sprint_end`.

    Its parameters: `board`; `sprint`, or none for the running one; where the report goes, see
    `app.domain.reports.target`. The run speaks about its own instant, however late it is.
    """
    await read_jira(context, jira_site, work)
    compute = partial(_compute, jira_site=jira_site, work=work)
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


def _compute(connection: Connection, *, jira_site: JiraSite, work: Claimed) -> _Computed:
    parameters, at = work.row["parameters"], work.row["at"]
    board_id, kind = parameters["board"], OF_SPRINT[work.row["kind"]]
    show_restricted = jira_site.shows_restricted(board_id)
    site, closed = sites.site_by_id(connection, jira_site.id), ClosedSprints(most_issues=0, saves=True)
    health = sprint_health(
        connection,
        site,
        board_id=board_id,
        sprint_id=parameters.get("sprint"),
        at=at,
        calendar=jira_site.calendars.get(board_id, Calendar()),
        kind=kind,
        show_restricted=show_restricted,
        habits=jira_site.habits_of(board_id),
        closed_sprints=closed,
    )
    unsaved = tuple(closed.unsaved())
    target = jira_site.target_of(board_id).of_run(parameters)
    if target is None:
        return _Computed(health, unsaved=unsaved)
    told = _told(connection, site, target, kind, health, at)
    edition = 1 if told is None else told.said.edition
    earlier = before(connection, site, health, at, show_restricted=show_restricted)
    channels, picture = jira_site.channels_of(board_id), board_id not in jira_site.in_words
    report = Told(
        board_id,
        health.board_name,
        health.sprint_id,
        comment=lambda key: as_comment(
            health,
            site,
            key,
            earlier,
            kind=kind,
            picture=picture,
            audience=target.audience,
            edition=edition,
        ),
        messages=lambda key: as_messages(health, site, key, earlier, kind=kind, channels=channels),
        value=lambda base_key, _: as_property(health, base_key, kind=kind),
        ends=kind is Kind.END,
    )
    return _Computed(health, owed(connection, site, target, report, at=at), unsaved, told)


def _told(
    connection: Connection, site: sites.Site, target: Target, kind: Kind, health: SprintHealth, at: datetime
) -> _Verdict | None:
    """What the newest comment says from now on; reports of a moment are told once, and in one comment."""
    if kind is not Kind.DAILY or target.project is None:
        return None
    marker, place = sprint_health_marker(health.board_id, health.sprint_id), target.issue or ""
    before = told_verdicts.get(connection, site.id, marker, place)
    return _Verdict(marker, place, say_next(before, health.verdict, at, target.new_comment))


def _finish(connection: Connection, *, context: Context, work: Claimed, computed: _Computed) -> None:
    health = computed.health
    save(connection, computed.unsaved)
    if (told := computed.told) is not None:
        told_verdicts.save(connection, work.row["site_id"], told.marker, told.place, told.said)
    keep_and_owe(
        connection,
        work,
        to_json(health),
        computed.owed,
        board_id=health.board_id,
        sprint_id=health.sprint_id,
        now=context.now(),
    )
