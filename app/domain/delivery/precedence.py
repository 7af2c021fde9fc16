"""Whether a team finishes one scope before it begins the next, or works on several at once.

Looked at is what was finished for scopes in the last 60 whole working days, in points or in issues. Each time
one scope was the first in line: of those with open issues the one that comes first in the order of work (by
due days and ranks as they are today). A team that works in that order gives most to the first; one that works
on ten epics side by side a tenth.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.domain.delivery.ledger import Ledger
from app.domain.delivery.scopes import Progress


@dataclass(frozen=True, slots=True)
class Precedence:
    """Where work went.

    Attributes:
        to_the_first: share of it, from 0 to 1, that went to the first in line; None where there was none.
        finished: by scope; what was reopened is not taken off.
    """

    to_the_first: float | None
    finished: Mapping[str, float]


def precedence(ledger: Ledger, at: datetime) -> Precedence:
    """Where the work of the last whole working days before an instant went."""
    days, end = ledger.days_before(at)
    if not days:
        return Precedence(None, {})
    begin, usual = days[0][1], ledger.usual(at)
    in_order = sorted(ledger.scopes.values(), key=lambda scope: scope.place)
    still: Mapping[str, set[str]] = {scope.id: set() for scope in in_order}
    finished, to_the_first = defaultdict[str, float](float), 0.0
    for move in ledger.moves:
        if move.at >= end:
            break
        if move.at >= begin and (done := ledger.finished(move, usual)) > 0:
            first = next((one for one in in_order if still[one.id] and not one.closed_by(move.at)), None)
            finished[move.scope] += done
            to_the_first += done if first is not None and first.id == move.scope else 0.0
        if move.after is not None and move.after.progress is not Progress.DONE:
            still[move.scope].add(move.issue_id)
        else:
            still[move.scope].discard(move.issue_id)
    every = sum(finished.values())
    return Precedence(to_the_first / every if every else None, finished)
