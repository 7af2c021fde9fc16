"""Planned, not ready: a sprint has it, and its definition of ready is not met.

Why it matters: it was let in without what is needed to do it; this is the gate to the sprint.
Flagged:        in a running or coming sprint, still to do, without an estimate.
Not flagged:    what is in progress; sub-tasks and epics; what a person called ready (/ready).
Mend:           refine it, or take it out of the sprint.
"""

from collections.abc import Iterator

import msgspec

from app.domain.effects import EditIssue
from app.domain.grooming.facts import Backlog
from app.domain.grooming.finding import Area, Check, Finding, Proposal, Weight
from app.domain.grooming.item import STORY
from app.domain.grooming.readiness import readiness, what_is_missing


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """There are none."""


def find(backlog: Backlog, _: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    for item in backlog.asked:
        planned = backlog.open_sprints(item)
        if not planned or item.level != STORY or not backlog.waits(item):
            continue
        found = readiness(backlog, item)
        if not found.ready:
            name = planned[0].name
            said = f"It is in {name} and {found.score} % ready; it lacks {what_is_missing(found)}."
            out = None
            if backlog.sprint_field is not None and not backlog.is_running(item):
                change = EditIssue(item.key, {backlog.sprint_field: None}, {})
                out = Proposal(f"Take it out of {name}", (change,))
            yield Finding(item, said, "Refine it, or take it out of the sprint.", proposal=out)


CHECK = Check("planned_not_ready", "Planned, not ready", Area.SPRINTS, Weight.HIGH, Options, find, __doc__)
