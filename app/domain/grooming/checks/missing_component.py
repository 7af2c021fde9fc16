"""No component: it is not said what part of the product it belongs to.

Why it matters: component leads and their boards do not see it.
Flagged:        a bug without component in a project where most have one.
Not flagged:    sub-tasks; projects that do not use components.
Options:        used_by (0.2): from this share of a project's issues on it counts as using them.
Mend:           choose one.
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming.facts import SUBTASK, Backlog
from app.domain.grooming.finding import Area, Check, Finding, Reach, Weight
from app.domain.grooming.habits import Share, users_of


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""

    used_by: Share = 0.2


def find(backlog: Backlog, options: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    use = users_of(backlog.items, lambda item: bool(item.components), options.used_by)
    said = {
        project: f"It has no component; {100 * share:.0f} % of {project}'s open issues have one."
        for project, share in use.items()
    }
    if not said:
        return
    for item in backlog.items:
        if not item.components and item.level != SUBTASK and item.project_key in said:
            reason, todo = said[item.project_key], "Choose the part of the product that it belongs to."
            yield Finding(item, reason, todo, since=item.created)


CHECK = Check(
    "missing_component", "No component", Area.CONTENT, Weight.LOW, Options, find, __doc__, Reach.BACKLOG
)
