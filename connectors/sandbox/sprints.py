"""Everything that can be done to a sprint, and to which sprint an issue belongs."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from .changes import change_issue
from .model import Board, Happening, Issue, Person, Sprint
from .site import Site


def create_sprint(
    site: Site,
    board: Board,
    name: str,
    *,
    goal: str = "",
    start: datetime | None = None,
    end: datetime | None = None,
) -> Sprint:
    now = site.clock.now()
    sprint = Sprint(next(site.next_sprint), name, board.id, now, goal=goal, start=start, end=end)
    site.sprints[sprint.id] = sprint
    site.members[sprint.id] = {}
    site.emit(Happening("sprint_created", now, subject=replace(sprint)))
    return sprint


def update_sprint(site: Site, sprint: Sprint, **values: object) -> None:
    """Change a sprint. No issue is touched, not even its `updated`."""
    before = replace(sprint)
    for name, value in values.items():
        setattr(sprint, name, value)
    if sprint != before:
        site.emit(Happening("sprint_updated", site.clock.now(), subject=replace(sprint), before=before))


def start_sprint(site: Site, sprint: Sprint, *, start: datetime, end: datetime) -> None:
    """A start is told twice: as an update from future to active, and as itself."""
    update_sprint(site, sprint, state="active", start=start, end=end, activated=site.clock.now())
    site.emit(Happening("sprint_started", site.clock.now(), subject=replace(sprint)))


def close_sprint(site: Site, sprint: Sprint) -> None:
    """Complete a sprint: issues that are not done fall back into the backlog and keep its id, untouched."""
    sprint.state, sprint.completed = "closed", site.clock.now()
    site.emit(Happening("sprint_closed", site.clock.now(), subject=replace(sprint)))


def delete_sprint(site: Site, sprint: Sprint) -> None:
    """Delete a sprint; its id stays in changelogs, and issues lose it."""
    for issue_id in tuple(site.members.pop(sprint.id)):
        issue = site.issues[issue_id]
        issue.sprints = tuple(number for number in issue.sprints if number != sprint.id)
    del site.sprints[sprint.id]
    site.emit(Happening("sprint_deleted", site.clock.now(), subject=replace(sprint)))


def move_to_sprint(
    site: Site, issues: Iterable[Issue], sprint: Sprint | None, author: Person, *, secondary: bool = False
) -> None:
    """Put issues into a sprint, or into the backlog with None.

    Closed sprints stay in the Sprint field for ever, an open one is left: that difference, not time, is what
    tells carry-over from removal.
    """
    for issue in issues:
        closed = tuple(number for number in issue.sprints if site.sprints[number].state == "closed")
        after = closed if sprint is None or sprint.id in closed else (*closed, sprint.id)
        change_issue(site, issue, author, {"sprints": after}, secondary=secondary)
