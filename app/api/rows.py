"""What requests and answers of several doors have in common."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Path, Query
from pydantic import AwareDatetime, BaseModel, Field

from app.store.tables import MOST_ID

RowId = Annotated[int, Path(ge=1, le=MOST_ID)]

_NAME = r"^[a-z0-9][a-z0-9_]*$"
SiteName = Annotated[str, Path(pattern=_NAME, max_length=64, examples=["acme"])]
OfSite = Annotated[
    str | None,
    Query(alias="site", pattern=_NAME, max_length=64, description="Only of the site of that name."),
]
IssueKey = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*-[1-9][0-9]*$", max_length=255)]
OfIssue = Annotated[
    str | None,
    Query(alias="issue", pattern=r"^[A-Z][A-Z0-9_]*-[1-9][0-9]*$", max_length=255, examples=["BURN-1"]),
]

Bound = Annotated[
    AwareDatetime | None,
    Query(ge=datetime(1970, 1, 1, tzinfo=UTC), le=datetime(9000, 1, 1, tzinfo=UTC)),
]
"""An instant that bounds a list; one near year 1 or 9999 is not an instant in every time zone."""

Next = Annotated[
    str,
    Field(
        examples=["tried again at 2026-03-11 12:10:00+00:00", "waits for effect 12 of the same issue"],
        description="In words, what happens next.",
    ),
]


class Retried(BaseModel):
    """What was tried again, and how many more there are: call again for those."""

    retried: int = Field(examples=[500])
    left: int = Field(examples=[12])
