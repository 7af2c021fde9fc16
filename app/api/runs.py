"""Runs over HTTP: ask for one, watch it, call it off, try it again."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy import Connection

from app import log
from app.api.changes import ChangesDep
from app.api.paging import Cursor, Limit, Numbered, Page, page_of
from app.api.problems import responses
from app.api.queues import act, retry
from app.api.rows import InstantOrDay, IssueKey, Next, OfSite, RowId
from app.api.state import SiteDoor, State, StateDep, site_named
from app.domain.reports.target import Target
from app.domain.scrum.asked_instants import instant
from app.errors import NotUnderstood
from app.services import queues
from app.services import runs as service
from app.services.answers import without_sealed
from app.services.queues import RUNS
from app.services.runs import RunKind, RunState, WantedKind
from app.store.types import storable

router = APIRouter(prefix="/runs", tags=["runs"])
_log = log.get(__name__)

JiraId = Annotated[int, Field(gt=0, le=2**31 - 1)]


class RunRequest(BaseModel):
    """What to run."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"kind": "sprint_health", "board": 1}]},
    )

    kind: WantedKind
    site: Annotated[str | None, Field(description="May be left out where there is one site.")] = None
    board: Annotated[JiraId | None, Field(description="Jira's board id; needed for reports.")] = None
    sprint: Annotated[JiraId | None, Field(description="None: the running one.")] = None
    post_to: Annotated[
        IssueKey | None,
        Field(description="Issue for the living comment; none: the one in the settings, if there is one."),
    ] = None
    post: Annotated[bool, Field(description="False: compute and keep the report, post nothing.")] = True
    at: Annotated[
        InstantOrDay | None,
        Field(
            description="The instant to report on; of a day its end where the board is, of today now; none: "
            "now. Not of a backlog, which is looked at as it is."
        ),
    ] = None


class EffectOfRun(BaseModel):
    """What a run made Burnish owe Jira."""

    id: int
    kind: str
    state: str
    reason: str | None
    outcome: dict[str, Any] | None = Field(examples=[{"issue_key": "BURN-1", "comment_id": "10001"}])


class Run(Numbered):
    """A run and what became of it."""

    site: str = Field(examples=["acme"])
    kind: str = Field(examples=["sprint_health"])
    schedule: str | None = Field(
        examples=["sprint health of board 1"], description="What made it; null for one that was asked for."
    )
    state: str = Field(examples=["waiting", "claimed", "done", "failed", "cancelled"])
    reason: str | None
    parameters: Annotated[dict[str, Any], BeforeValidator(without_sealed)]
    progress: dict[str, Any] | None
    at: datetime = Field(description="The instant that it speaks about.")
    requested_by: str
    requested_at: datetime
    due_at: datetime
    give_up_at: datetime | None = Field(description="Failing still at this instant, it is given up.")
    settled_at: datetime | None
    attempts: int = Field(description="How often a worker took it.")
    failures: int = Field(description="How often it failed since it was asked for or retried.")


class RunWithResults(Run):
    """A run with what it made."""

    next: Next
    report: int | None = Field(description="Id of the report.")
    effects: list[EffectOfRun]


@router.post("", status_code=202, responses=responses(400, 401, 404, 422, 503))
async def request_run(wanted: RunRequest, changes: ChangesDep, response: Response) -> RunWithResults:
    """Ask for a run. It is under way when the answer comes; `Location` is where to watch it."""
    state = changes.state
    site = site_named(state, wanted.site)
    run_id = await changes.make(
        "run.requested",
        lambda run_id: run_id,
        _requested(wanted, site, now=state.now(), by=changes.caller.name),
        after=lambda _: wanted.model_dump(mode="json", exclude_unset=True),
        site=site.name,
    )
    _log.info("admin.run_requested", run=run_id, kind=wanted.kind, site=site.name, board=wanted.board)
    state.wake()
    response.headers["Location"] = f"/api/v1/runs/{run_id}"
    return await _shown(run_id, state)


def _requested(wanted: RunRequest, site: SiteDoor, *, now: datetime, by: str) -> Callable[[Connection], int]:
    """What asks for it; where a report is posted, the settings say if the caller does not.

    Raises:
        NotUnderstood: a report of which board?
    """
    if wanted.kind in service.OF_WHOLE_SITE:
        request = service.OF_WHOLE_SITE[wanted.kind]
        return partial(request, site_name=site.name, now=now, requested_by=by)
    if wanted.board is None:
        raise NotUnderstood(f"A {wanted.kind} run needs the board's id.", field="/body/board")
    at = instant(wanted.at, zone=site.team_of(wanted.board).calendar.zone, now=now)
    if wanted.kind == service.BACKLOG_GROOMING:
        service.refuse_instant(wanted.at)
        post_to = wanted.post_to or site.grooming_issues.get(wanted.board)
        return partial(
            service.request_backlog_grooming,
            site_name=site.name,
            board_id=wanted.board,
            post_to=post_to if wanted.post else None,
            wish=site.grooming_wish(wanted.board),
            now=now,
            requested_by=by,
        )
    if wanted.kind == service.DELIVERY:
        return partial(
            service.request_delivery,
            site_name=site.name,
            board_id=wanted.board,
            wish=_delivery_wish(wanted, site),
            at=at,
            now=now,
            requested_by=by,
        )
    targets = site.flow_targets if wanted.kind == service.FLOW else site.targets
    target = targets.get(wanted.board)
    if wanted.post_to is not None:
        target = (target or Target()).elsewhere(wanted.post_to)
    return partial(
        service.request_sprint_health,
        site_name=site.name,
        board_id=wanted.board,
        sprint_id=wanted.sprint,
        target=target if wanted.post else None,
        at=at,
        now=now,
        requested_by=by,
        kind=wanted.kind,
        team=site.team_of(wanted.board),
    )


def _delivery_wish(wanted: RunRequest, site: SiteDoor) -> dict[str, Any]:
    """As the settings say; whoever posts it elsewhere, tells no channel."""
    wish = dict(site.delivery_wishes.get(wanted.board or 0, {}))
    if not wanted.post:
        return {**wish, "post_to": None, "channels": []}
    if wanted.post_to is not None and wanted.post_to != wish.get("post_to"):
        return {**wish, "post_to": wanted.post_to, "channels": []}
    return {"post_to": None, **wish}


@router.get("", responses=responses(401, 404, 422, 503))
async def list_runs(
    state: StateDep,
    run_state: Annotated[RunState | None, Query(alias="state")] = None,
    kind: Annotated[RunKind | None, Query()] = None,
    site: OfSite = None,
    schedule: Annotated[
        str | None, Query(max_length=255, description="Only those that the schedule of that name made.")
    ] = None,
    before: Cursor = None,
    limit: Limit = 50,
) -> Page[Run]:
    """Runs, newest first."""
    rows = await state.database.call_read(
        lambda tx: queues.listed(
            tx,
            RUNS.table,
            site=site,
            before=before,
            limit=limit + 1,
            state=run_state,
            kind=kind,
            schedule=None if schedule is None else storable(schedule),
        )
    )
    return page_of([Run(**row) for row in rows], limit)


@router.get("/{run_id}", responses=responses(401, 404, 422, 503))
async def get_run(run_id: RowId, state: StateDep) -> RunWithResults:
    """A run, its report and its effects."""
    return await _shown(run_id, state)


@router.post("/{run_id}/cancel", responses=responses(401, 404, 409, 422, 503))
async def cancel_run(run_id: RowId, changes: ChangesDep) -> RunWithResults:
    """Call off a run that is waiting or under way.

    Its worker breaks one off that is under way, within a fifth of `lease_seconds`; what it wrote down until
    then stays, and it makes no report and no effect.
    """
    state = changes.state
    await act(changes, RUNS, run_id, "cancelled", lambda tx: service.cancel(tx, run_id, now=state.now()))
    return await _shown(run_id, state)


@router.post("/{run_id}/retry", responses=responses(401, 404, 409, 422, 503))
async def retry_run(run_id: RowId, changes: ChangesDep) -> RunWithResults:
    """Try a run again that failed, was postponed or cancelled. It speaks about the same instant as before."""
    await retry(changes, RUNS, run_id)
    return await _shown(run_id, changes.state)


async def _shown(run_id: int, state: State) -> RunWithResults:
    seen = await state.database.call_read(lambda tx: service.show(tx, run_id, now=state.now()))
    owed = [EffectOfRun(**effect) for effect in seen.effects]
    return RunWithResults(**seen.run, next=seen.next, report=seen.report, effects=owed)
