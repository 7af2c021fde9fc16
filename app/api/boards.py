"""Boards over HTTP: which there are, and what Burnish counts by."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from app.api.paging import After, Many, NamedPage, page_after
from app.api.problems import responses
from app.api.rows import OfSite
from app.api.state import State, StateDep, site_named
from app.domain.reports.target import Target
from app.domain.scrum.board import Board as Configured
from app.errors import NotFound
from app.store import boards, sites

router = APIRouter(prefix="/boards", tags=["boards"])

BoardId = Annotated[int, Path(ge=1, le=2**31 - 1)]
SiteName = Annotated[str | None, Query(description="May be left out where there is one site.")]


class Board(BaseModel):
    """A board as Jira has it set up."""

    id: int = Field(examples=[42], description="The number in the board's address.")
    site: str = Field(examples=["acme"])
    name: str = Field(examples=["SHOP board"])
    kind: str = Field(
        examples=["scrum", "kanban", "simple"], description="simple: of a team-managed project."
    )
    project: str | None = Field(examples=["SHOP"], description="Null where Jira does not tell it.")
    estimated_by: str | None = Field(examples=["Story Points"], description="Null: it counts issues.")
    columns: list[str] = Field(examples=[["To Do", "In Progress", "Done"]])
    done_column: str | None = Field(
        examples=["Done"], description="The last one with statuses: what is there, is done."
    )
    report_issue: str | None = Field(examples=["SHOP-1"], description="Carries the report on its sprint.")
    sprint_issues_in: str | None = Field(
        examples=["SHOP"], description="The project in which each sprint gets an issue for its reports."
    )
    sprint_property: str | None = Field(
        examples=["burnish"], description="Begins the keys of the sprint's properties that hold the reports."
    )
    grooming_issue: str | None = Field(examples=["SHOP-2"], description="Carries the report on its backlog.")
    flow_issue: str | None = Field(examples=["SHOP-3"], description="Carries the report on its flow.")
    delivery_issue: str | None = Field(
        examples=["SHOP-3"], description="Carries the report on when its versions and epics are done."
    )


@router.get("", responses=responses(401, 404, 422, 503))
async def list_boards(
    state: StateDep, site: OfSite = None, after: After = None, limit: Many = 200
) -> NamedPage[Board]:
    """Boards by site and number, as the last sync found them."""
    found = await state.database.call_read(
        lambda tx: boards.listed(tx, None if site is None else sites.get_site(tx, site).id)
    )
    return page_after([_shown(*one, state) for one in found], after, limit, by=_place)


@router.get("/{board}", responses=responses(400, 401, 404, 422, 503))
async def get_board(board: BoardId, state: StateDep, site: SiteName = None) -> Board:
    """A board, as the last sync found it."""
    door = site_named(state, site)
    found = await state.database.call_read(lambda tx: boards.listed(tx, door.id))
    for one in found:
        if one[2].id == board:
            return _shown(*one, state)
    there = ", ".join(f"{one[2].id} ({one[2].name})" for one in found) or "none yet"
    raise NotFound("board", board, f"Site {door.name} has: {there}.")


def _place(one: Board) -> str:
    return f"{one.site} {one.id:010}"


def _shown(site: str, project: str | None, board: Configured, state: State) -> Board:
    door = state.sites.get(site)
    target = Target() if door is None else door.targets.get(board.id, Target())
    flow = Target() if door is None else door.flow_targets.get(board.id, Target())
    with_statuses = [column.name for column in board.columns if column.status_ids]
    return Board(
        id=board.id,
        site=site,
        name=board.name,
        kind=board.kind,
        project=project,
        estimated_by=board.estimation_name or board.estimation_field,
        columns=[column.name for column in board.columns],
        done_column=with_statuses[-1] if with_statuses else None,
        report_issue=target.issue,
        sprint_issues_in=None if target.sprint_issue is None else target.sprint_issue.project,
        sprint_property=target.sprint_property,
        grooming_issue=None if door is None else door.grooming_issues.get(board.id),
        flow_issue=flow.issue,
        delivery_issue=None if door is None else door.delivery_wishes.get(board.id, {}).get("post_to"),
    )
