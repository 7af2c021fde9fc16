"""Pages of a list: newest first, by a cursor that does not shift while new rows come."""

from collections.abc import Sequence
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from app.store.tables import MOST_ID


class Numbered(BaseModel):
    """Something with an id that grows with time."""

    id: int


Item = TypeVar("Item", bound=Numbered)

Cursor = Annotated[
    int | None, Query(ge=1, le=MOST_ID, description="`next` of the page before: only older ones.")
]
Limit = Annotated[int, Query(ge=1, le=200, description="Most items on the page.")]


class Page(BaseModel, Generic[Item]):
    """A page."""

    items: list[Item]
    next: int | None = Field(description="Cursor of the next page; null on the last one.")


def page_of(items: Sequence[Item], limit: int) -> Page[Item]:
    """A page of up to `limit` of the items; ask the store for one more, which tells whether there is one."""
    shown = list(items[:limit])
    return Page(items=shown, next=shown[-1].id if len(items) > limit else None)
