"""What requests and answers of several doors have in common."""

import re
from datetime import UTC, datetime, time
from typing import Annotated, Any, cast

from fastapi import Path, Query
from pydantic import (
    AwareDatetime,
    BaseModel,
    Field,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)

from app.store.tables import MOST_ID

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

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


def _or_day(said: Any, instant: ValidatorFunctionWrapHandler) -> datetime:
    """A bare day as a date-time without a zone, within the same bounds; see `asked_instants.instant`."""
    if isinstance(said, str) and _DAY.fullmatch(said):
        return datetime.combine(instant(f"{said}T00:00:00Z").date(), time())
    return cast("datetime", instant(said))


InstantOrDay = Annotated[
    AwareDatetime,
    Field(ge=datetime(2000, 1, 1, tzinfo=UTC), le=datetime(9000, 1, 1, tzinfo=UTC)),
    WrapValidator(_or_day),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}],
            "examples": ["2026-03-06", "2026-03-06T17:00:00+01:00"],
        }
    ),
]
"""As the command line takes it, where the description says in which time zone a day ends."""

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
