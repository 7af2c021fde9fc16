"""Not on the board: no column shows its status.

Why it matters: nobody sees it in the daily meeting, whatever sprint it is in.
Flagged:        in Waiting for customer, which no column has.
Not flagged:    a status of any column; epics, which have their own place on boards.
Mend:           move it, or give the status a column.
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming.facts import Backlog
from app.domain.grooming.finding import Area, Check, Finding, Weight
from app.domain.grooming.item import EPIC


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""


def find(backlog: Backlog, _: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    shown = backlog.board.mapped_status_ids
    for item in backlog.asked:
        if shown and item.status_id not in shown and item.level < EPIC:
            yield Finding(
                item,
                f"No column of the board shows {item.status_name}.",
                "Move it, or give the status a column.",
                since=item.status_since,
            )


CHECK = Check("not_on_board", "Not shown on the board", Area.FLOW, Weight.MEDIUM, Options, find, __doc__)
