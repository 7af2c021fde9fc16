"""How a project is cut into segments of its time before it is read for the first time."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from jobs.sync.pages import issues_of, milliseconds

ABREAST = 4
"""Segments that are read side by side: one waits for Jira while another is written."""
LARGEST, SMALLEST = 5_000, 500
"""Issues of a segment: few enough to be read again, and enough to be worth the questions that find it."""
_SHORTEST = timedelta(minutes=1)

Count = Callable[[datetime | None, datetime | None], Awaitable[int]]
"""How many issues were created in a span: from then on, and before then."""
Span = tuple[datetime | None, datetime | None, int]
"""Since when, until when, and about how many."""


def created_between(project_key: str, since: datetime | None, until: datetime | None) -> str:
    """Issues of a project that were created in a span of time, as JQL without an order."""
    clauses = [issues_of(project_key)]
    if since is not None:
        clauses.append(f"created >= {milliseconds(since)}")
    if until is not None:
        clauses.append(f"created < {milliseconds(until)}")
    return " AND ".join(clauses)


def whole_minute(at: datetime) -> datetime:
    """Where a span may begin: Jira may look at whole minutes only."""
    return at.replace(second=0, microsecond=0)


async def spans(count: Count, total: int, first: datetime, now: datetime) -> list[Span]:
    """Spans of time that hold all issues: halves of halves, until they are small enough.

    Counts may be estimates. So spans leave no gap, and are open at both ends.

    Args:
        count: asks Jira.
        total: how many issues there are.
        first: when the first of them was created.
        now: what is created later belongs to the last span.
    """
    enough = min(max(total // ABREAST, SMALLEST), LARGEST)

    async def halves(since: datetime, until: datetime, counted: int) -> AsyncIterator[Span]:
        middle = whole_minute(since + (until - since) / 2)
        if counted <= enough or not since < middle < until:
            yield since, until, counted
            return
        earlier = await count(since, middle)
        for half in ((since, middle, earlier), (middle, until, max(counted - earlier, 0))):
            async for span in halves(*half):
                yield span

    begin = whole_minute(first)
    found = [span async for span in halves(begin, max(now, begin + _SHORTEST), total) if span[2]]
    return _without_gaps(found) or [(None, None, total)]


def _without_gaps(found: Sequence[Span]) -> list[Span]:
    begins = [since for since, _, _ in found[1:]]
    return (
        [
            (since, until, counted)
            for since, until, (_, _, counted) in zip([None, *begins], [*begins, None], found, strict=True)
        ]
        if found
        else []
    )
