"""The health of a sprint, computed from the store when asked; nothing is posted."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from app.api.problems import responses
from app.api.state import PastInstant, StateDep, site_named
from app.domain.scrum.calendar import Calendar
from app.errors import NotUnderstood
from app.services.sprint_health import render, sprint_health
from app.store import sites

router = APIRouter(tags=["reports"])

_MOST = 2**31 - 1
_MEDIA_TYPES = {"markdown": "text/markdown", "wiki": "text/plain"}


@router.get(
    "/boards/{board}/sprint-health",
    response_class=Response,
    responses={
        200: {
            "description": "The report in the wanted format.",
            "content": {"application/json": {}, "text/markdown": {}, "text/plain": {}},
        },
        **responses(400, 401, 404, 409, 422, 503),
    },
)
async def get_sprint_health(
    state: StateDep,
    board: Annotated[int, Path(ge=1, le=_MOST, description="Jira's board id.")],
    sprint: Annotated[int | None, Query(ge=1, le=_MOST, description="None: the running one.")] = None,
    site: Annotated[str | None, Query(description="May be left out where there is one site.")] = None,
    at: Annotated[PastInstant | None, Query(description="The instant to report on; none: now.")] = None,
    style: Annotated[Literal["json", "markdown", "adf", "wiki"], Query(alias="format")] = "json",
) -> Response:
    """Every number of the sprint with its receipts, or the report as people read it."""
    door, now = site_named(state, site), state.now()
    if at is not None and at > now:
        raise NotUnderstood(
            f"{at.isoformat()} lies ahead; ask about an instant before now.", field="/query/at"
        )

    def compute(connection: Any) -> str:
        found = sites.site_by_id(connection, door.id)
        health = sprint_health(
            connection,
            found,
            board_id=board,
            sprint_id=sprint,
            at=at or now,
            calendar=door.calendars.get(board, Calendar()),
        )
        return render(health, style=style, base_url=found.base_url)

    content = await state.database.call_read(compute)
    return Response(content, media_type=_MEDIA_TYPES.get(style, "application/json"))
