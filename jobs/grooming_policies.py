"""A policy of grooming that is run by a trigger of its own: alone, and without the board's report."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from app.domain.grooming.ladder import Planned, next_step_at
from app.domain.grooming.policy_trigger import SPRINT_ENTERED
from app.domain.scrum.calendar import Calendar
from app.services.backlog_grooming import backlog_review
from app.services.grooming_policies import carry_out, plan_one
from app.services.grooming_wish import read_wish
from app.services.policy_triggers import go_on_at
from app.store import boards, grooming, runs, sites
from app.store.claim import Claimed
from jobs.command_roles import keep_policy_roles
from jobs.context import Context, JiraSite
from jobs.handling import Finished
from jobs.reporting import looks_at, read_jira

MOST_NAMED = 20
"""Issues in what a run tells of itself."""


@dataclass(frozen=True, slots=True)
class _Computed:
    site: sites.Site
    planned: Planned
    told: dict[str, Any]


async def run(context: Context, jira_site: JiraSite, work: Claimed) -> Finished:
    """Carry out a run of kind `grooming_policy`.

    Its parameters are `policy` and `board`. It asks what the board's grooming asks, by the settings of now
    and of the store as it is now; it keeps no report, and nothing that the board's grooming is compared with.
    Runs of a site follow each other, so no other run looks meanwhile, and each sees what the last one did.
    """
    parameters = work.row["parameters"]
    board_id, name = parameters["board"], parameters["policy"]
    wish = read_wish(jira_site.grooming_wish(board_id))
    await read_jira(context, jira_site, work)
    calendar = jira_site.calendars.get(board_id, Calendar())
    at = _looks_at(work, context.now())
    faults = await keep_policy_roles(context, jira_site, work, wish, calendar, at=at)

    def compute(connection: Connection) -> _Computed | None:
        site = sites.site_by_id(connection, jira_site.id)
        looked = backlog_review(
            connection,
            site,
            boards.get_board(connection, site, board_id),
            wish,
            at=at,
            calendar=calendar,
            memory=grooming.memory(connection, site.id, board_id),
            learnt=context.learnt,
            habits=jira_site.habits_of(board_id),
        )
        planned = plan_one(connection, site, name, looked, wish)
        if planned is None:
            return None
        return _Computed(site, planned, _told(planned, faults))

    computed = await context.database.call_read(compute)
    if computed is None:
        return Finished(runs.DONE, f"Board {board_id} has no policy {name!r} any more that is on.")
    finish = partial(_finish, context=context, work=work, computed=computed, at=at)
    return Finished(runs.DONE, commit=finish, values={"progress": computed.told})


def _looks_at(work: Claimed, now: datetime) -> datetime:
    """By the clock of which instant.

    At set times as every look at a backlog. Where issues enter a sprint one after the other, by that of the
    look, however soon: else who moved the second after the first was told would seem to have changed it after
    its step, and the step would be taken back.
    """
    entered = work.row["parameters"].get("trigger") == SPRINT_ENTERED
    return max(work.row["at"], now) if entered else looks_at(work, now)


def _told(planned: Planned, faults: list[str]) -> dict[str, Any]:
    """What the run did, in shadow would have done, as lists of runs show it."""
    policy, plan = planned.policy, planned.plan
    keys = [take.item.key for take in plan.takes]
    return {
        "mode": policy.document.mode,
        "version": policy.version,
        "steps": dict(sorted(Counter(take.step.step for take in plan.takes).items())),
        "issues": keys[:MOST_NAMED],
        "taken_back": len(plan.backs),
        "on_the_ladder": len(plan.progress),
        "waiting": plan.waiting,
        **({"missing": faults} if faults else {}),
    }


def _finish(
    connection: Connection, *, context: Context, work: Claimed, computed: _Computed, at: datetime
) -> None:
    site, planned = computed.site, computed.planned
    carry_out(connection, site, [planned], run_id=work.id, now=context.now())
    policy = planned.policy
    if policy.trigger is not None and policy.trigger.type == SPRINT_ENTERED:
        end = next_step_at(policy, planned.whole.progress.values(), at)
        if end is not None:
            go_on_at(connection, site, policy.name, end)
