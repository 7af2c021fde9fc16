"""The priority of a backlog over HTTP: versions of its scoring, and the ranks that somebody accepts."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from app import log
from app.api.changes import ChangesDep
from app.api.computed_reports import Board, SiteName
from app.api.paging import Cursor, Limit, Numbered, Page, page_of
from app.api.problems import responses
from app.api.state import StateDep, site_named
from app.domain.scrum.calendar import Calendar
from app.services import backlog_priority, grooming_proposals
from app.services.grooming_wish import read_wish
from app.store import boards, scorings, sites

router = APIRouter(tags=["grooming"])
_log = log.get(__name__)


class ScoringVersion(Numbered):
    """How a board's priority was worked out from an instant on; never changed. Its `id` is its number."""

    since: datetime
    made_by: str | None = Field(
        description='Whose edit of the site said so, as the audit names them, or "settings file" at a start; '
        "null: an older Burnish did not keep it.",
        examples=["key ci"],
    )
    document: dict[str, Any] = Field(examples=[{"formula": "votes * 3 + age_days / 30"}])
    diff: str = Field(
        description="What changed since the version before, as YAML, line by line; empty for the first.",
        examples=["--- version 1\n+++ version 2\n"],
    )


@router.get("/boards/{board}/priority/versions", responses=responses(400, 401, 404, 422, 503))
async def list_scorings(
    state: StateDep, board: Board, site: SiteName = None, before: Cursor = None, limit: Limit = 50
) -> Page[ScoringVersion]:
    """What the settings said of `priority`, newest first. To take one back, put its document into them."""
    door = site_named(state, site)

    def look(connection: Connection) -> list[ScoringVersion]:
        boards.get_board(connection, sites.site_by_id(connection, door.id), board)
        told = backlog_priority.versions_told(scorings.of_board(connection, door.id, board))
        every = [ScoringVersion(id=one["version"], **one) for one in told]
        return [one for one in every if before is None or one.id < before]

    return page_of(await state.database.call_read(look), limit)


class RanksWanted(BaseModel):
    """Which proposal is accepted: the one that was looked at."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"proposal": "5f0c3a91be"}]})

    proposal: Annotated[str, Field(pattern="^[0-9a-f]{10}$", examples=["5f0c3a91be"])]


class RanksAccepted(BaseModel):
    """What Burnish does now."""

    moved: int = Field(description="So many issues are ranked; the others stay.", examples=[3])


@router.post(
    "/boards/{board}/priority/acceptances", status_code=202, responses=responses(400, 401, 404, 409, 422, 503)
)
async def accept_ranks(
    changes: ChangesDep, board: Board, wanted: RanksWanted, site: SiteName = None
) -> RanksAccepted:
    """Have Burnish rank the backlog as the report on priority proposed, in the fewest moves.

    Refused where the proposal is not the present one. Each move is an effect of its own; what Jira refuses is
    among the effects, with the reason, and the other moves are carried out.
    """
    state = changes.state
    door, now = site_named(state, site), state.now()
    wish = read_wish(door.grooming_wish(board))

    def accept(tx: Connection) -> RanksAccepted:
        found, calendar = sites.site_by_id(tx, door.id), door.calendars.get(board, Calendar())
        told = backlog_priority.backlog_priority(
            tx, found, board_id=board, at=now, calendar=calendar, wish=wish, habits=door.team_of(board).habits
        )
        by = changes.caller.name
        return RanksAccepted(moved=grooming_proposals.accept_ranks(tx, found, told, wanted.proposal, by=by))

    moved = await changes.make(
        "ranks.accepted",
        of=str(board),
        work=accept,
        after=lambda told: {"proposal": wanted.proposal, "moved": told.moved},
        site=door.name,
    )
    _log.info("admin.ranks_accepted", board=board, moved=moved.moved, site=door.name)
    state.wake()
    return moved
