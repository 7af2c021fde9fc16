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

from app.domain.grooming.facts import Backlog
from app.domain.grooming.finding import Area, Check, Common, Finding, Reach, Weight
from app.domain.grooming.habits import Share, projects, users_of
from app.domain.grooming.item import STORY


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""

    used_by: Share = 0.2
    not_types: tuple[str, ...] = ("Bug",)


def find(backlog: Backlog, options: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    said = {
        project: f"It has no epic; {100 * share:.0f} % of {project}'s open issues have one."
        for project, share in _use(backlog, options).items()
    }
    for item in backlog.asked if said else ():
        asked = item.level == STORY and item.type_name not in options.not_types
        if asked and item.parent is None and item.project_key in said:
            reason = said[item.project_key]
            yield Finding(item, reason, "Put it under the epic that it serves.", since=item.created)


def _use(backlog: Backlog, options: Options) -> dict[str, float]:
    counts, left_out, least = backlog.overview.counts, options.not_types, options.used_by

    def use() -> dict[str, float]:
        asked = {
            kind: count
            for kind, count in counts.items()
            if kind.level == STORY and kind.type_name not in left_out
        }
        return users_of(asked, lambda kind: kind.has_parent, least)

    return backlog.overview.once(("epics", left_out, least), use)


CHECK = Check(
    "missing_epic",
    "No epic",
    Area.HIERARCHY,
    Weight.LOW,
    Options,
    find,
    __doc__,
    Reach.COMMON,
    Common(lambda backlog, options: frozenset(_use(backlog, options)), projects),
)
