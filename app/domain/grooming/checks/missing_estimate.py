"""Not estimated: its size is not known.

Why it matters: it counts as nothing in every plan and every forecast.
Flagged:        a story without a value in the field that the board estimates with.
Not flagged:    epics and sub-tasks; anything on a board that counts issues; a story estimated at 0.
Options:        types: only these, all if empty.
Proposed:       for the top of the backlog an estimate as the team would probably give it, with the done
                issues that say much of the same; nothing where that was no closer to the team's own past
                estimates than their median.
Mend:           estimate it with the team.
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming.facts import Backlog, Suggested
from app.domain.grooming.finding import Area, Check, Finding, Weight
from app.domain.grooming.item import STORY, Item
from app.domain.grooming.proposals import estimated

MOST_NEIGHBOURS = 3


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
            suggested = backlog.suggested.get(item.id)
            if suggested is None:
                yield Finding(item, f"It has no {unit}.", "Estimate it with the team.", since=item.created)
            else:
                yield _suggested(backlog, item, unit, suggested)


def _suggested(backlog: Backlog, item: Item, unit: str, found: Suggested) -> Finding:
    near = ", ".join(f"{key} ({estimate:g})" for key, estimate in found.neighbours[:MOST_NEIGHBOURS])
    said = f"It has no {unit}; the team would probably say {found.estimate:g}"
    said += f" ({found.low:g} to {found.high:g})" if found.low < found.high else ""
    said += f", as it did of {near}" if near else ""
    said += (
        f". Such suggestions were off by {found.error:.1f} on the team's own past, the median by "
        f"{found.median_error:.1f}."
    )
    todo = "Say yes to it, or estimate it with the team."
    return Finding(item, said, todo, since=item.created, proposal=estimated(backlog, item, found.estimate))


CHECK = Check("missing_estimate", "Not estimated", Area.CONTENT, Weight.MEDIUM, Options, find, __doc__)
