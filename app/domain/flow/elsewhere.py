"""Issues that are on no path: of them only counts whether they are done, and since when."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple


class Step(NamedTuple):
    """A change of status, from and to ids of statuses; None where the changelog tells none."""

    at: datetime
    before: str | None
    after: str | None


def done_since(
    created: datetime, status_id: str, steps: Iterable[Step], *, done: Collection[str], at: datetime
) -> datetime | None:
    """Since when an issue is done at an instant; None where it is not, or was not there yet.

    From one done status into another is no second end, and one that was made as done is so from the first.

    Args:
        created: when it was.
        status_id: where it stands now.
        steps: all of them, the oldest first.
        done: ids of statuses.
        at: the instant.
    """
    if created > at:
        return None
    every = list(steps)
    first = every[0].before if every else status_id
    since = created if first in done else None
    for step in every:
        if step.at > at:
            break
        if step.after not in done:
            since = None
        elif since is None:
            since = step.at
    return since
