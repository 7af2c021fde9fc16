"""No epic: the issue stands outside of every larger goal.

Why it matters: no roadmap shows it, and nobody can say what it is for.
Flagged:        a story without parent in a project where others have one.
Not flagged:    epics and sub-tasks; projects that do not use epics; types that are left out.
Options:        used_by (0.2): from this share of a project's issues on it counts as using them;
                not_types (Bug): types that need none.
Mend:           put it under the epic that it serves, or close it.
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming.facts import STORY, Backlog
from app.domain.grooming.finding import Area, Check, Finding, Reach, Weight
from app.domain.grooming.habits import Share, users_of


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""

    used_by: Share = 0.2
    not_types: tuple[str, ...] = ("Bug",)


def find(backlog: Backlog, options: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    asked = [
        item for item in backlog.items if item.level == STORY and item.type_name not in options.not_types
    ]
    use = users_of(asked, lambda item: item.parent is not None, options.used_by)
    said = {
        project: f"It has no epic; {100 * share:.0f} % of {project}'s open issues have one."
        for project, share in use.items()
    }
    for item in asked if said else ():
        if item.parent is None and item.project_key in said:
            reason = said[item.project_key]
            yield Finding(item, reason, "Put it under the epic that it serves.", since=item.created)


CHECK = Check("missing_epic", "No epic", Area.HIERARCHY, Weight.LOW, Options, find, __doc__, Reach.BACKLOG)
