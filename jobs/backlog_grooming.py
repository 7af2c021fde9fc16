"""The scheduled grooming of a backlog: bring the store up to date, look, remember, and owe the comment."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from app.domain.comments import LivingComment
from app.domain.grooming.health import BacklogHealth
from app.domain.grooming.ladder import Planned
from app.domain.reports.backlog_as_json import summary_as_json
from app.domain.reports.digest import called
from app.domain.scrum.calendar import Calendar
from app.services.backlog_grooming import as_call, as_comment, asked_of, backlog_health, keep
from app.services.grooming_policies import carry_out, plan_all
from app.services.grooming_wish import read_wish
from app.store import runs, sites
from app.store.claim import Claimed
from jobs.command_roles import keep_policy_roles
from jobs.context import Context, JiraSite
from jobs.handling import Finished
from jobs.reporting import keep_and_owe, looks_at, owe, read_jira


@dataclass(frozen=True, slots=True)
class _Computed:
    site: sites.Site
    health: BacklogHealth
    comment: LivingComment | None
    called: LivingComment | None
    document: dict[str, Any]
    asked: str
    planned: tuple[Planned, ...]


async def run(context: Context, jira_site: JiraSite, work: Claimed) -> Finished:
    """Carry out a run of kind `backlog_grooming`.

    Its parameters: `board`; `post_to`, the issue that carries the living comment, or none to compute only;
    `picture`, false for words only; `digest`, whether people are mentioned, as in the settings; and what
    `read_wish` reads. The store is looked at as it is now, by the clock that `looks_at` names.
    """
    parameters = work.row["parameters"]
    wish = read_wish(parameters)
    await read_jira(context, jira_site, work)
    calendar = jira_site.calendars.get(parameters["board"], Calendar())
    at = looks_at(work, context.now())
    faults = await keep_policy_roles(context, jira_site, work, wish, calendar, at=at)

    def compute(connection: Connection) -> _Computed:
        site = sites.site_by_id(connection, jira_site.id)
        health = backlog_health(
            connection,
            site,
            board_id=parameters["board"],
            at=at,
            calendar=calendar,
            wish=wish,
            learnt=context.learnt,
            habits=jira_site.habits_of(parameters["board"]),
        )
        planned = tuple(plan_all(connection, site, health.review, wish))
        health = replace(health, policies=planned, missing=(*faults, *health.missing))
        post_to, picture = parameters.get("post_to"), parameters.get("picture", True)
        only = wish.audience
        comment = as_comment(health, site, post_to, picture=picture, audience=only) if post_to else None
        mode = parameters.get("digest", "shadow")
        document = summary_as_json(health)
        if mode != "off":
            document["digest"] = {"mode": mode, "people": called(health)}
        live = post_to is not None and mode == "live"
        called_by = as_call(health, site, post_to, audience=only) if live else None
        return _Computed(site, health, comment, called_by, document, asked_of(wish, calendar), planned)

    computed = await context.database.call_read(compute)
    finish = partial(_finish, context=context, work=work, computed=computed, at=at)
    return Finished(runs.DONE, commit=finish)


def _finish(
    connection: Connection, *, context: Context, work: Claimed, computed: _Computed, at: datetime
) -> None:
    health = computed.health
    keep_and_owe(
        connection,
        work,
        computed.document,
        () if computed.comment is None else (computed.comment,),
        board_id=health.backlog.board.id,
        sprint_id=None,
        now=context.now(),
        at=at,
    )
    if computed.called is not None:
        owe(connection, work, computed.called, now=context.now())
    keep(connection, computed.site, health, asked=computed.asked)
    due = [one for one in computed.planned if not one.is_elsewhere]
    carry_out(connection, computed.site, due, run_id=work.id, now=context.now())
