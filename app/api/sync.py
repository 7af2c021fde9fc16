"""Syncing over HTTP: how far each project was read, and what differed from Jira."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from app.api.paging import After, Cursor, Limit, Many, NamedPage, Numbered, Page, page_after, page_of
from app.api.problems import responses
from app.api.rows import OfSite, RowId
from app.api.state import StateDep
from app.services import sync as service

router = APIRouter(prefix="/sync", tags=["sync"])

MOST_DIFFERENCES = 1000


class Segment(BaseModel):
    """A part of a project's first reading: issues that were created in a span of time."""

    since: datetime | None = Field(description="Null: from the first on.")
    until: datetime | None = Field(description="Null: to the last.")
    expected: int = Field(description="Issues that Jira counted; on Cloud about so many.")
    read: int
    done: bool
    failure: str | None = Field(description="Why it could not be read; the next sync tries again.")


class Sweep(Numbered):
    """One comparison of a project with Jira."""

    site: str = Field(examples=["acme"])
    project: str = Field(examples=["BURN"])
    run: int | None = Field(description="Id of the run that made it; null if that is not kept any more.")
    began_at: datetime
    ended_at: datetime | None = Field(description="Null while it is under way, and where it was broken off.")
    counted: int | None = Field(description="Issues that Jira counts; on Cloud about so many.")
    listed: int = Field(description="Issues that Jira's search lists.")
    stored: int | None = Field(description="Issues that are here in the end.")
    differed: dict[str, int] = Field(examples=[{"deleted": 2, "stale": 1}], description="Issues by how.")
    mended: int = Field(description="Of those, how many are right now.")
    unannounced: int = Field(description="Differences that a webhook should have told.")
    failure: str | None = Field(description="Why it could not be compared whole.")


class Difference(BaseModel):
    """An issue that was not here as it was in Jira."""

    issue: str = Field(examples=["BURN-1"])
    kind: str = Field(
        examples=[
            "deleted",
            "hidden",
            "archived",
            "moved_out",
            "moved",
            "unknown",
            "stale",
            "returned",
            "orphaned",
            "history_cut",
            "renamed",
        ]
    )
    why: str
    mended: bool


class SweepWithDifferences(Sweep):
    """A comparison with what it found."""

    differences: list[Difference] = Field(description=f"The first {MOST_DIFFERENCES}.")


class Unannounced(BaseModel):
    """Changes in Jira that no webhook told although the site's webhooks come in."""

    found_at: datetime
    found_by: str = Field(examples=["catch-up", "reconcile"])
    number: int = Field(description="That last time.")
    total: int = Field(description="Ever.")
    example: str = Field(examples=["BURN-1"])


class Imported(BaseModel):
    """An export that was read in place of a Jira."""

    at: datetime = Field(description="When the last one was read.")
    file: str = Field(examples=["export.jsonl.gz"])


class Project(BaseModel):
    """How far a project was read, and how well it agrees with Jira."""

    site: str = Field(examples=["acme"])
    key: str = Field(examples=["BURN"])
    name: str
    state: str = Field(
        examples=[service.WHOLE, service.READING, service.FAILED, service.NOT_BEGUN, service.IMPORTED],
        description="Of its first reading. Only a whole project is kept up to date by catch-ups; one that "
        "was imported is as its file says.",
    )
    read_until: datetime | None = Field(description="Changes until then are here.")
    expected: int | None = Field(description="Issues that Jira counted when the first reading began.")
    read: int | None
    segments: list[Segment]
    issues: int = Field(description="That are here.")
    gone: dict[str, int] = Field(examples=[{"deleted": 3}], description="Tombstones by reason.")
    missing: list[str] = Field(description="What is known not to be whole.")
    last_sweep: Sweep | None
    unannounced: Unannounced | None
    imported: Imported | None = Field(description="Of a project that came by `burnish import`, and no Jira.")


@router.get("", responses=responses(401, 404, 422, 503))
async def status(
    state: StateDep, site: OfSite = None, after: After = None, limit: Many = 200
) -> NamedPage[Project]:
    """By site and key, how far every project was read, what is missing, how the last comparison went.

    To start one, ask for a run of kind `sync` or `reconcile`.
    """
    seen = await state.database.call_read(lambda tx: service.status(tx, site))
    return page_after([_project(one) for one in seen], after, limit, by=lambda one: f"{one.site}/{one.key}")


@router.get("/sweeps", responses=responses(401, 404, 422, 503))
async def list_sweeps(
    state: StateDep,
    site: OfSite = None,
    project: Annotated[
        str | None, Query(max_length=255, pattern=r"^[A-Z][A-Z0-9_]*$", description="Only of that key.")
    ] = None,
    before: Cursor = None,
    limit: Limit = 50,
) -> Page[Sweep]:
    """Comparisons of projects with Jira, newest first."""
    found = await state.database.call_read(
        lambda tx: service.swept(tx, site=site, project=project, before=before, limit=limit + 1)
    )
    return page_of([_sweep(one) for one in found], limit)


@router.get("/sweeps/{sweep_id}", responses=responses(401, 404, 422, 503))
async def get_sweep(sweep_id: RowId, state: StateDep) -> SweepWithDifferences:
    """A comparison: which issues differed, why, and whether they are right now."""
    found, differences = await state.database.call_read(
        lambda tx: service.drift(tx, sweep_id, limit=MOST_DIFFERENCES)
    )
    return SweepWithDifferences(
        **_sweep(found).model_dump(),
        differences=[
            Difference(issue=one.issue_key, kind=one.kind.value, why=one.why, mended=one.mended)
            for one in differences
        ],
    )


def _project(seen: service.ProjectSeen) -> Project:
    parts, alarm = seen.segments, seen.unannounced
    return Project(
        site=seen.site,
        key=seen.project.key,
        name=seen.project.name,
        state=seen.state,
        read_until=seen.project.read_until,
        expected=sum(one.counted for one in parts) if parts else None,
        read=sum(one.read for one in parts) if parts else None,
        segments=[
            Segment(
                since=one.since,
                until=one.until,
                expected=one.counted,
                read=one.read,
                done=one.done,
                failure=one.failure,
            )
            for one in parts
        ],
        issues=seen.counts.present,
        gone={reason.value: number for reason, number in seen.counts.gone.items()},
        missing=list(seen.missing),
        last_sweep=None if seen.sweep is None else _sweep(seen.sweep),
        imported=None
        if seen.imported is None
        else Imported(at=seen.imported["at"], file=seen.imported["after"]["file"]),
        unannounced=None
        if alarm is None
        else Unannounced(
            found_at=alarm["found_at"],
            found_by=alarm["found_by"],
            number=alarm["number"],
            total=alarm["total"],
            example=alarm["example_key"],
        ),
    )


def _sweep(found: service.Sweep) -> Sweep:
    row = found.row
    return Sweep(
        id=row["id"],
        site=row["site"],
        project=row["project_key"],
        run=row["run_id"],
        began_at=row["began_at"],
        ended_at=row["ended_at"],
        counted=row["counted"],
        listed=row["listed"],
        stored=row["stored"],
        differed={kind.value: tally.found for kind, tally in found.found.items()},
        mended=sum(tally.mended for tally in found.found.values()),
        unannounced=row["unannounced"],
        failure=row["failure"],
    )
