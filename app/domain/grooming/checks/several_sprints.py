"""In several sprints: it counts in each of them.

Why it matters: two teams rely on the other one, and both commitments are too high.
Flagged:        in a running and in a coming sprint, or in two running ones.
Not flagged:    in one running sprint and in closed ones.
Mend:           keep one.
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming.facts import Backlog
from app.domain.grooming.finding import Area, Check, Finding, Weight
from app.domain.grooming.words import named


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""


def find(backlog: Backlog, _: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    for item in backlog.asked:
        planned = backlog.open_sprints(item)
        if len(planned) > 1:
            said = f"It is in {len(planned)} sprints at once: {named(sprint.name for sprint in planned)}."
            yield Finding(item, said, "Keep it in one.")


CHECK = Check("several_sprints", "In several sprints", Area.SPRINTS, Weight.MEDIUM, Options, find, __doc__)
