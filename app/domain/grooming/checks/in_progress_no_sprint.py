"""In progress, in no sprint: somebody works on it, and no sprint knows.

Why it matters: it takes the team's time and is in no commitment, burndown or forecast.
Flagged:        a story in In Progress that is in no running sprint.
Not flagged:    sub-tasks, which go with their parents; boards without sprints of their own.
Mend:           add it to the running sprint, or put it back.
"""

from collections.abc import Iterator
from itertools import repeat

import msgspec

from app.domain.grooming.facts import Backlog
from app.domain.grooming.finding import Area, Check, Common, Finding, Reach, Weight
from app.domain.grooming.item import STORY
from app.domain.grooming.words import on


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""


def find(backlog: Backlog, _: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    if not _has_sprints(backlog):
        return
    for item in backlog.asked:
        if item.level == STORY and backlog.begun(item) and not backlog.is_running(item):
            since = on(backlog, item.status_since)
            said = f"It is in {item.status_name} since {since}, and in no running sprint."
            todo = "Add it to the running sprint, or put it back."
            yield Finding(item, said, todo, since=item.status_since)


def _has_sprints(backlog: Backlog) -> bool:
    """A team-managed board may have none while others of the site do; a Scrum board may show theirs."""
    if backlog.board.kind == "simple":
        return any(sprint.board_id == backlog.board.id for sprint in backlog.sprints.values())
    return backlog.board.kind != "kanban" and bool(backlog.sprints)


CHECK = Check(
    "in_progress_no_sprint",
    "In progress, in no sprint",
    Area.SPRINTS,
    Weight.HIGH,
    Options,
    find,
    __doc__,
    Reach.COMMON,
    # Of all at once, where the site gets its first sprint.
    Common(
        lambda backlog, _: frozenset({""} if _has_sprints(backlog) else ()),
        lambda overview: repeat("", len(overview.ids)),
    ),
)
