"""Not estimated: its size is not known.

Why it matters: it counts as nothing in every plan and every forecast.
Flagged:        a story without a value in the field that the board estimates with.
Not flagged:    epics and sub-tasks; anything on a board that counts issues; a story estimated at 0.
Options:        types: only these, all if empty.
Mend:           estimate it with the team.
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming.facts import STORY, Backlog
from app.domain.grooming.finding import Area, Check, Finding, Weight


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""

    types: tuple[str, ...] = ()


def find(backlog: Backlog, options: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    if backlog.board.estimation_field is None:
        return
    unit = backlog.board.estimation_name or "estimate"
    for item in backlog.asked:
        wanted = not options.types or item.type_name in options.types
        if item.level == STORY and wanted and item.estimate is None:
            yield Finding(item, f"It has no {unit}.", "Estimate it with the team.", since=item.created)


CHECK = Check("missing_estimate", "Not estimated", Area.CONTENT, Weight.MEDIUM, Options, find, __doc__)
