"""Reports that are computed from the store when asked; nothing is posted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any, Literal

import anyio.to_thread
from fastapi import APIRouter, Path, Query
from pydantic import Field
from sqlalchemy import Connection
from starlette.background import BackgroundTask
from starlette.responses import Response

from app import log
from app.api.auth import CallerDep
from app.api.hidden import hidden_from
from app.api.problems import responses
from app.api.report_examples import examples_of
from app.api.rows import InstantOrDay
from app.api.state import State, StateDep, site_named
from app.domain.reports.kinds import Kind
from app.domain.reports.page import POLICY
from app.domain.scrum.asked_instants import instant
from app.errors import NotUnderstood, StoreUnavailable
from app.services import computed_reports as reports
from app.services.access import Caller
from app.services.closed_sprints import save
from app.services.delivery_scopes import BOTH, Wanted
from app.services.flow import WEEKS
from app.services.rendering import MEDIA_TYPES, Described, Style, render
from app.store import sites
from app.store.restricted import NOTHING_HIDDEN

router = APIRouter(tags=["reports"])
_log = log.get(__name__)

_MOST = 2**31 - 1
_MOST_SPRINTS = 100
_MOST_ISSUES = 10_000

Board = Annotated[int, Path(ge=1, le=_MOST, description="Jira's board id.")]
SiteName = Annotated[str | None, Query(description="May be left out where there is one site.")]
At = Annotated[
    InstantOrDay | None,
    Query(
        description="The instant to report on; of a day its end where the board is, of today now; none: now."
    ),
]
AskedStyle = Annotated[Style, Query(alias="format")]


def _answers(report: str) -> dict[int | str, dict[str, Any]]:
    told = {"description": "The report in the wanted format.", "content": examples_of(report)}
    return {200: told, **responses(400, 401, 404, 409, 422, 503)}


@router.get("/boards/{board}/sprint-health", response_class=Response, responses=_answers("Sprint health"))
async def get_sprint_health(
    state: StateDep,
    board: Board,
    sprint: Annotated[int | None, Query(ge=1, le=_MOST, description="None: the running one.")] = None,
    kind: Annotated[
        Kind,
        Query(description="That of the end is about the last closed sprint, unless one is named."),
    ] = Kind.DAILY,
    site: SiteName = None,
    at: At = None,
    style: AskedStyle = "json",
) -> Response:
    """Every number of the sprint with its receipts, or the report as people read it."""
    compute = partial(reports.sprint_health, sprint_id=sprint, kind=kind, closed_sprints=state.closed_sprints)
    if style == "html":
        compute = partial(compute, draw_soon=state.draw_soon)
    answer = await _answer(state, compute, board=board, site=site, at=at, style=style)
    answer.background = BackgroundTask(_save, state)
    return answer


async def _save(state: State) -> None:
    """What was worked out of closed sprints, for the next process; who asked has the answer already."""
    if unsaved := state.closed_sprints.unsaved():
        try:
            await state.database.call_write(lambda tx: save(tx, unsaved))
        except StoreUnavailable as error:
            _log.warning("closed_sprints.not_saved", reason=str(error))


@router.get("/boards/{board}/velocity", response_class=Response, responses=_answers("Velocity"))
async def get_velocity(
    state: StateDep,
    board: Board,
    last: Annotated[int, Query(ge=1, le=_MOST_SPRINTS, description="So many closed sprints.")] = 7,
    site: SiteName = None,
    at: At = None,
    style: AskedStyle = "json",
) -> Response:
    """What the board's last closed sprints came to, and what keeps being carried over."""
    compute = partial(reports.velocity, last=last)
    return await _answer(state, compute, board=board, site=site, at=at, style=style)


@router.get("/boards/{board}/flow", response_class=Response, responses=_answers("Flow"))
async def get_flow(
    state: StateDep,
    board: Board,
    weeks: Annotated[
        int | None,
        Query(ge=4, le=52, description="Whole weeks measured; none: as the settings say.", examples=[12]),
    ] = None,
    issues: Annotated[
        int | None,
        Query(
            ge=1,
            le=_MOST_ISSUES,
            description="When are so many more finished? None: as many as are in progress.",
            examples=[20],
        ),
    ] = None,
    site: SiteName = None,
    at: At = None,
    style: AskedStyle = "json",
) -> Response:
    """How work flows over the board: what to do today, the service level, throughput, and what comes next."""
    compute = partial(reports.flow, weeks=weeks, issues=issues)
    return await _answer(state, compute, board=board, site=site, at=at, style=style)


@router.get("/boards/{board}/backlog", response_class=Response, responses=_answers("Backlog"))
async def get_backlog(
    state: StateDep,
    caller: CallerDep,
    board: Board,
    site: SiteName = None,
    query: Annotated[
        str | None, Query(max_length=10_000, description="JQL of other issues than those in the settings.")
    ] = None,
    style: AskedStyle = "json",
) -> Response:
    """What is wrong with the board's backlog, how ready it is, and what changed since the last run."""
    compute, asker = partial(reports.backlog, query=query), caller if query else None
    return await _answer(state, compute, board=board, site=site, at=None, style=style, asker=asker)


@router.get("/boards/{board}/backlog/digest", response_class=Response, responses=_answers("People"))
async def get_digest(
    state: StateDep,
    board: Board,
    person: Annotated[
        str | None,
        Query(max_length=128, description="Account id or name; none: how much each has.", examples=["dana"]),
    ] = None,
    site: SiteName = None,
    style: AskedStyle = "json",
) -> Response:
    """What the board's backlog asks of one person: their open issues with something to mend, worst first."""
    return await _answer(
        state, partial(reports.digest, person=person), board=board, site=site, at=None, style=style
    )


@router.get("/boards/{board}/priority", response_class=Response, responses=_answers("Priority"))
async def get_priority(
    state: StateDep,
    board: Board,
    version: Annotated[
        int | None,
        Query(
            ge=1, le=_MOST, description="Of the scoring; none: the one that the settings say.", examples=[1]
        ),
    ] = None,
    site: SiteName = None,
    style: AskedStyle = "json",
) -> Response:
    """The backlog in the order of its scores beside today's ranks, with what explains the difference."""
    return await _answer(
        state, partial(reports.priority, version=version), board=board, site=site, at=None, style=style
    )


@router.get("/boards/{board}/delivery", response_class=Response, responses=_answers("Delivery"))
async def get_delivery(
    state: StateDep,
    caller: CallerDep,
    board: Board,
    version: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=255)]] | None,
        Query(description="Names of open versions; may be repeated.", examples=[["Shop 1.6"]], max_length=20),
    ] = None,
    epic: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=255)]] | None,
        Query(description="Keys of open epics; may be repeated.", examples=[["SHOP-12"]], max_length=20),
    ] = None,
    scopes: Annotated[
        list[Literal["versions", "epics"]] | None,
        Query(description="Where none is named: what is told; none: both.", max_length=2),
    ] = None,
    query: Annotated[
        str | None,
        Query(max_length=10_000, description="JQL: its issues instead of all these, done ones too."),
    ] = None,
    by: Annotated[
        date | None, Query(description="The day by which the issues of `query` shall be done.")
    ] = None,
    site: SiteName = None,
    at: At = None,
    style: AskedStyle = "json",
) -> Response:
    """When the open versions and epics of the board's project are done, and how good such forecasts were."""
    wanted = Wanted(tuple(version or ()), tuple(epic or ()), tuple(scopes or BOTH), query, by)
    compute = partial(reports.delivery, wanted=wanted, now=state.now())
    asker = None if query is None else caller
    return await _answer(state, compute, board=board, site=site, at=at, style=style, asker=asker)


async def _answer(
    state: State,
    compute: Callable[[Connection, sites.Site, reports.OfBoard, datetime], Described],
    *,
    board: int,
    site: str | None,
    at: datetime | None,
    style: str,
    asker: Caller | None = None,
) -> Response:
    """A report.

    By a query of one's own one could ask what a restricted issue says, however it is counted: `asker` is who
    wrote one.
    """
    door, now = site_named(state, site), state.now()
    team = door.team_of(board)
    at = instant(at, zone=team.calendar.zone, now=now)
    if at is not None and at > now:
        raise NotUnderstood(
            f"{at.isoformat()} lies ahead; ask about an instant before now.", field="/query/at"
        )

    asked = reports.OfBoard(
        id=board,
        team=team,
        show_restricted=board in door.shows_restricted,
        wish=door.grooming_wish(board),
        weeks=door.flow_weeks.get(board, WEEKS),
    )

    def computed(tx: Connection) -> tuple[Described, str]:
        found = sites.site_by_id(tx, door.id)
        hidden = NOTHING_HIDDEN if asker is None else hidden_from(tx, door.id, asker)
        of_board = asked
        if hidden is not NOTHING_HIDDEN:
            of_board = replace(
                asked, hidden=hidden, show_restricted=False, wish={**asked.wish, "show_restricted": False}
            )
        return compute(tx, found, of_board, at or now), found.base_url

    if style == "html":
        await anyio.to_thread.run_sync(state.draw_soon, ())
    told, base_url = await state.database.call_read(computed)
    # Outside of the transaction: drawing takes its time.
    content = await anyio.to_thread.run_sync(
        partial(render, told, style=style, base_url=base_url, draw=state.draw)
    )
    policy = f"{POLICY}; frame-ancestors 'none'"  # which a page cannot say of itself
    headers = {"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type=MEDIA_TYPES.get(style, "application/json"), headers=headers)
