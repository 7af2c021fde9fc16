"""No component: it is not said what part of the product it belongs to.

Why it matters: component leads and their boards do not see it.
Flagged:        a bug without component in a project where most have one.
Not flagged:    sub-tasks; projects that do not use components.
Options:        used_by (0.2): from this share of a project's issues on it counts as using them.
Mend:           choose one.
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming.facts import Backlog
from app.domain.grooming.finding import Area, Check, Common, Finding, Reach, Weight
from app.domain.grooming.habits import Share, projects, users_of
from app.domain.grooming.item import SUBTASK


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""

    used_by: Share = 0.2


def find(backlog: Backlog, options: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    said = {
        project: f"It has no component; {100 * share:.0f} % of {project}'s open issues have one."
        for project, share in _use(backlog, options).items()
    }
    for item in backlog.asked if said else ():
        if not item.components and item.level != SUBTASK and item.project_key in said:
            reason, todo = said[item.project_key], "Choose the part of the product that it belongs to."
            yield Finding(item, reason, todo, since=item.created)


def _use(backlog: Backlog, options: Options) -> dict[str, float]:
    counts, least = backlog.overview.counts, options.used_by
    return backlog.overview.once(
        ("components", least), lambda: users_of(counts, lambda kind: kind.has_component, least)
    )


CHECK = Check(
    "missing_component",
    "No component",
    Area.CONTENT,
    Weight.LOW,
    Options,
    find,
    __doc__,
    Reach.COMMON,
    Common(lambda backlog, options: frozenset(_use(backlog, options)), projects),
)
