"""Pages of a list, by a cursor that does not shift while new rows come: newest first, or by name."""

from collections.abc import Callable, Iterable, Sequence
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


# --- lists by name --------------------------------------------------------------------------------

Named = TypeVar("Named", bound=BaseModel)

After = Annotated[
    str | None, Query(max_length=400, description="`next` of the page before: only what comes after it.")
]
Many = Annotated[int, Query(ge=1, le=1000, description="Most items on the page.")]


class NamedPage(BaseModel, Generic[Named]):
    """A page."""

    items: list[Named]
    next: str | None = Field(description="Cursor of the next page (`after`); null on the last one.")


def page_after(
    items: Iterable[Named], after: str | None, limit: int, *, by: Callable[[Named], str]
) -> NamedPage[Named]:
    """A page of a short list, in the order of what `by` says of each, which is all different."""
    rest = sorted((item for item in items if after is None or by(item) > after), key=by)
    return NamedPage(items=rest[:limit], next=by(rest[limit - 1]) if len(rest) > limit else None)
