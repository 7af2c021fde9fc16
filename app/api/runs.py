"""Runs over HTTP: ask for one, watch it."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.paging import Cursor, Limit, Numbered, Page, page_of
from app.api.problems import responses
from app.api.state import PastInstant, StateDep, site_named
from app.errors import NotUnderstood
from app.services import runs as service
from app.store import runs as store
from app.store.tables import MOST_ID

router = APIRouter(prefix="/runs", tags=["runs"])

IssueKey = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*-[1-9][0-9]*$", max_length=255)]
JiraId = Annotated[int, Field(gt=0, le=2**31 - 1)]


class RunRequest(BaseModel):
    """What to run."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"kind": "sprint_health", "board": 1}]},
    )

    kind: Literal["sprint_health", "sync"]
    site: Annotated[str | None, Field(description="May be left out where there is one site.")] = None
    board: Annotated[JiraId | None, Field(description="Jira's board id; needed for sprint_health.")] = None
    sprint: Annotated[JiraId | None, Field(description="None: the running one.")] = None
    post_to: Annotated[
        IssueKey | None,
        Field(description="Issue for the living comment; none: the one in the settings, if there is one."),
    ] = None
    post: Annotated[bool, Field(description="False: compute and keep the report, post nothing.")] = True
    at: Annotated[PastInstant | None, Field(description="The instant to report on; none: now.")] = None


class EffectOfRun(BaseModel):
    """What a run made Burnish owe Jira."""

    id: int
    kind: str
    state: str
    reason: str | None
    outcome: dict[str, Any] | None = Field(examples=[{"issue_key": "BURN-1", "comment_id": "10001"}])


class Run(Numbered):
    """A run and what became of it."""

    kind: str = Field(examples=["sprint_health"])
    state: str = Field(examples=["waiting", "claimed", "done", "failed"])
    reason: str | None
    parameters: dict[str, Any]
    progress: dict[str, Any] | None
    at: datetime
    requested_by: str
    requested_at: datetime
    settled_at: datetime | None
    attempts: int


class RunWithResults(Run):
    """A run with what it made."""

    report: int | None = Field(description="Id of the report.")
    effects: list[EffectOfRun]


@router.post("", status_code=202, responses=responses(400, 401, 404, 422, 503))
async def request_run(wanted: RunRequest, state: StateDep, response: Response) -> RunWithResults:
    """Ask for a run. It is under way when the answer comes; `Location` is where to watch it."""
    site = site_named(state, wanted.site)
    now, by = state.now(), "API"
    if wanted.kind == service.SYNC:
        run_id = await state.database.call_write(
            lambda tx: service.request_sync(tx, site_name=site.name, now=now, requested_by=by)
        )
    else:
        if wanted.board is None:
            raise NotUnderstood("A sprint_health run needs the board's id.", field="/body/board")
        board = wanted.board
        post_to = wanted.post_to or site.report_issues.get(board)
        run_id = await state.database.call_write(
            lambda tx: service.request_sprint_health(
                tx,
                site_name=site.name,
                board_id=board,
                sprint_id=wanted.sprint,
                post_to=post_to if wanted.post else None,
                at=wanted.at,
                now=now,
                requested_by=by,
            )
        )
    state.wake()
    response.headers["Location"] = f"/api/v1/runs/{run_id}"
    return await _shown(run_id, state)


@router.get("", responses=responses(401, 422, 503))
async def list_runs(
    state: StateDep,
    run_state: Annotated[Literal["waiting", "claimed", "done", "failed"] | None, Query(alias="state")] = None,
    before: Cursor = None,
    limit: Limit = 50,
) -> Page[Run]:
    """Runs, newest first."""
    rows = await state.database.call_read(
        lambda tx: store.listed(tx, state=run_state, before=before, limit=limit + 1)
    )
    return page_of([Run(**row) for row in rows], limit)


@router.get("/{run_id}", responses=responses(401, 404, 422, 503))
async def get_run(run_id: Annotated[int, Path(ge=1, le=MOST_ID)], state: StateDep) -> RunWithResults:
    """A run, its report and its effects."""
    return await _shown(run_id, state)


async def _shown(run_id: int, state: StateDep) -> RunWithResults:
    row, report, effects = await state.database.call_read(lambda tx: service.show(tx, run_id))
    owed = [EffectOfRun(**effect) for effect in effects]
    return RunWithResults(**row, report=report, effects=owed)
