"""Top of the backlog not ready: the next sprint will want it, and it cannot be taken.

Why it matters: planning becomes refinement, and the sprint begins with questions.
Flagged:        among the first 20 of the backlog, without acceptance criteria.
Not flagged:    further down; what is in progress; what a person called ready (/ready).
Options:        top (20). What ready means is the team's definition, by type.
Mend:           refine it with the team before the next planning.
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming.facts import Backlog
from app.domain.grooming.finding import Area, Check, Finding, Reach, Weight
from app.domain.grooming.readiness import readiness, what_is_missing


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""

    top: int = 20


def find(backlog: Backlog, options: Options) -> Iterator[Finding]:
    """Every issue of which this is so, from the top."""
    for place, item in enumerate(backlog.ranked[: options.top], 1):
        found = readiness(backlog, item)
        if not found.ready and not backlog.begun(item):
            lacks = what_is_missing(found)
            said = f"It is number {place} of the backlog and {found.score} % ready; it lacks {lacks}."
            yield Finding(item, said, "Refine it with the team before the next planning.")


CHECK = Check(
    "top_not_ready",
    "Top of the backlog not ready",
    Area.ORDER,
    Weight.HIGH,
    Options,
    find,
    __doc__,
    Reach.BACKLOG,
)
