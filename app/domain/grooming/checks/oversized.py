"""Oversized: too large to be done in one sprint with certainty.

Why it matters: large issues are late, block their assignee, and hide what is unknown.
Flagged:        a story of 20 points.
Not flagged:    epics, which are made of others; anything on a board that counts issues.
Options:        most: the largest that is fine, in the board's unit, seconds for time (13 points, 40 hours).
Mend:           split it.
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming import sizes
from app.domain.grooming.facts import Backlog
from app.domain.grooming.finding import Area, Check, Finding, Weight
from app.domain.grooming.item import STORY


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""

    most: sizes.Size | None = None


def find(backlog: Backlog, options: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    field = backlog.board.estimation_field
    if field is None:
        return
    most = sizes.most(field, options.most)
    for item in backlog.asked:
        if item.level == STORY and item.estimate is not None and item.estimate > most:
            shown = [sizes.shown(field, value) for value in (item.estimate, most)]
            said = f"It is estimated at {shown[0]}, more than {shown[1]}."
            yield Finding(item, said, "Split it into parts that can be done and shown on their own.")


CHECK = Check("oversized", "Too large", Area.CONTENT, Weight.MEDIUM, Options, find, __doc__)
