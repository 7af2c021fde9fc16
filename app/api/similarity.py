"""Issues like one over HTTP: probable duplicates, and an estimate as the team would give it."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from app.api.auth import CallerDep
from app.api.hidden import hidden_from
from app.api.issues import refuse_restricted
from app.api.problems import responses
from app.api.state import StateDep, site_named
from app.domain.similarity.estimates import NoSuggestion, TrackRecord
from app.services import similarity as service
from app.services.similarity import SuggestedEstimate
from app.store import sites

router = APIRouter(prefix="/issues", tags=["issues"])

_MOST_BOARDS = 2**31 - 1
_KEY = r"^[A-Za-z][A-Za-z0-9_]*-[1-9][0-9]*$"
Key = Annotated[str, Path(pattern=_KEY, max_length=255, examples=["BURN-1"])]
SiteName = Annotated[str | None, Query(description="May be left out where there is one site.")]


class SharedWord(BaseModel):
    """A word that both say, as the asked issue writes it."""

    word: str = Field(examples=["TimeoutError"])
    part: float = Field(ge=0, description="Of the likeness, from 0 to 1.", examples=[0.4])


class Reason(BaseModel):
    """What makes them alike, the heaviest first."""

    words: list[SharedWord]
    phrases: list[str] = Field(examples=[["mobile app"]])


class Candidate(BaseModel):
    """A probable duplicate."""

    key: str = Field(examples=["BURN-7"])
    summary: str
    status: str = Field(examples=["To Do"])
    done: bool
    linked: bool = Field(description="Whether both are linked already, in whatever way.")
    likeness: float = Field(ge=0, description="From 0 to 1, the same words as often.", examples=[0.62])
    reason: Reason


class Duplicates(BaseModel):
    """The issues most like one, best first."""

    key: str
    summary: str
    compared_with: int = Field(description="So many other issues.")
    candidates: list[Candidate]
    family: list[str] = Field(
        description="Keys of issues like it that are no duplicates: its parents, its parts, and beside a "
        "sub-task the others.",
        examples=[["BURN-2"]],
    )


class Neighbour(BaseModel):
    """A done issue that says much of the same."""

    key: str
    summary: str
    estimate: float
    similarity: float = Field(ge=0, description="From 0 to 1.")


class Record(BaseModel):
    """How far blind suggestions were off on the team's own past."""

    issues: int = Field(description="So many were suggested from nothing but what was done before.")
    error: float = Field(description="Mean distance from the team's own estimate.")
    median_error: float = Field(description='The same for "the median of earlier estimates".')
    doubt: float = Field(description="Standard error of the difference of both errors.")
    inside: float = Field(description="Share of the issues whose estimate was between `low` and `high`.")


class Suggested(BaseModel):
    """What the team would probably estimate."""

    estimate: float = Field(examples=[3])
    low: float = Field(description="At most one chance in ten lies below.")
    high: float = Field(description="At most one chance in ten lies above.")
    learnt_from: int = Field(description="So many done issues of the team.")
    other_teams: int = Field(
        description="So many other teams of the site were heard, whose estimates tell what makes work large."
    )


class Estimate(BaseModel):
    """A suggested estimate, or why there is none."""

    key: str
    summary: str
    board: int = Field(description="Whose estimates and whose last column count.")
    unit: str = Field(examples=["Story Points"])
    present: float | None = Field(description="The estimate that the issue has.")
    suggestion: Suggested | None = Field(description="Null: see `reason`.")
    reason: str | None = Field(description="Why nothing is suggested.")
    record: Record | None
    neighbours: list[Neighbour]


@router.get("/{key}/duplicates", responses=responses(400, 401, 404, 422, 503))
async def list_duplicates(
    state: StateDep,
    caller: CallerDep,
    key: Key,
    site: SiteName = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
    everywhere: Annotated[bool, Query(description="Of all projects, not only of the issue's own.")] = False,
) -> Duplicates:
    """The issues most like one, with the words and phrases that both share.

    The first question about a project takes some seconds for each 10,000 issues; later ones only take in what
    changed.
    """
    door = site_named(state, site)

    def ask(tx: Connection) -> service.Duplicates:
        of_site = sites.site_by_id(tx, door.id)
        refuse_restricted(tx, of_site, key, caller)
        hidden = hidden_from(tx, door.id, caller).ids
        return state.learnt.duplicates(tx, of_site, key, limit=limit, everywhere=everywhere, hidden=hidden)

    found = await state.database.call_read(ask)
    return Duplicates.model_validate(asdict(found))


@router.get("/{key}/estimate", responses=responses(400, 401, 404, 409, 422, 503))
async def suggest_estimate(
    state: StateDep,
    caller: CallerDep,
    key: Key,
    site: SiteName = None,
    board: Annotated[
        int | None, Query(ge=1, le=_MOST_BOARDS, description="None: the project's first that estimates.")
    ] = None,
) -> Estimate:
    """The estimate that the team would probably give, learnt from its own done issues.

    Nothing is suggested where that was no better on the team's own past than the median. The first question
    about a team takes some seconds, of thousands of issues a minute.
    """
    door = site_named(state, site)

    def ask(tx: Connection) -> SuggestedEstimate:
        of_site = sites.site_by_id(tx, door.id)
        refuse_restricted(tx, of_site, key, caller)
        hidden = hidden_from(tx, door.id, caller).ids
        return state.learnt.estimate(tx, of_site, key, board_id=board, hidden=hidden)

    found = await state.database.call_read(ask)
    return _shown(found)


def _shown(found: SuggestedEstimate) -> Estimate:
    answer = found.answer
    return Estimate(
        key=found.key,
        summary=found.summary,
        board=found.board,
        unit=found.unit,
        present=found.present,
        suggestion=None if isinstance(answer, NoSuggestion) else Suggested.model_validate(asdict(answer)),
        reason=answer.reason if isinstance(answer, NoSuggestion) else None,
        record=_record(answer.record),
        neighbours=[Neighbour.model_validate(asdict(each)) for each in found.neighbours],
    )


def _record(record: TrackRecord | None) -> Record | None:
    return None if record is None else Record.model_validate(asdict(record))
