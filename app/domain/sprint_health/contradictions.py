"""Twelve ways in which issues contradict the board, so that times and counts made of them mislead.

Each check looks at one issue's path and says whether it has the flaw. They are the data quality checks of
flow reports in general use; a team reads them before it believes a cycle time. Parents, open sprints and
blockers are given where they are known; without them those checks find nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from app.domain.flow.path import BlockedBy, Path, Policy
from app.domain.flow.status_order import StatusOrder, status_order
from app.domain.scrum.board import Board
from app.domain.scrum.scope import issue_order
from app.domain.sprint_health.data_quality import Flaw, Note


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What else must be known to judge an issue.

    Attributes:
        paths: of all issues that are known, by issue id; sub-tasks are among them.
        parents: id of a sub-task to the id of its parent.
        open_sprints: ids of sprints that are not closed.
    """

    board: Board
    policy: Policy
    paths: Mapping[str, Path]
    parents: Mapping[str, str] = field(default_factory=dict)
    open_sprints: frozenset[int] = frozenset()
    order: StatusOrder = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Worked out once for all issues."""
        object.__setattr__(self, "order", status_order(self.board, self.policy.started_statuses(self.board)))

    def children(self, path: Path) -> list[Path]:
        """Paths of an issue's sub-tasks."""
        return [
            self.paths[child]
            for child, parent in self.parents.items()
            if parent == path.issue.id and child in self.paths
        ]


def _way(path: Path) -> list[str]:
    """Its statuses by id, oldest first."""
    return [stay.status_id for stay in path.stays]


def _completed_but_not_started(path: Path, known: Surroundings) -> bool:
    return path.done_at is not None and not known.order.has_begun(_way(path))


def _status_changes_after_done(path: Path, known: Surroundings) -> bool:
    return known.order.changed_after_done(_way(path))


def _backwards_through_statuses(path: Path, known: Surroundings) -> bool:
    return known.order.moved_back(_way(path))


def _backwards_through_categories(path: Path, known: Surroundings) -> bool:
    return known.order.moved_back_a_category(_way(path))


def _not_visible_on_board(path: Path, known: Surroundings) -> bool:
    return known.order.place(path.now.status_id) < 0


def _created_in_wrong_status(path: Path, known: Surroundings) -> bool:
    return known.order.begins_late(_way(path))


def _stopped_before_started(path: Path, known: Surroundings) -> bool:
    return known.order.stopped_before_started(_way(path))


def _subtasks_started_without_it(path: Path, known: Surroundings) -> bool:
    waiting = path.done_at is None and not path.in_progress
    return waiting and any(child.in_progress or child.done_at for child in known.children(path))


def _done_with_open_subtasks(path: Path, known: Surroundings) -> bool:
    return path.done_at is not None and any(child.done_at is None for child in known.children(path))


def _on_several_boards(path: Path, known: Surroundings) -> bool:
    return len(path.issue.sprint_ids & known.open_sprints) > 1


def _blocked_by_what_is_done(path: Path, known: Surroundings) -> bool:
    if path.done_at is not None:
        return False
    closed = {other.issue.key for other in known.paths.values() if other.done_at is not None}
    return any(
        block.by is BlockedBy.LINK and block.until is None and block.what in closed for block in path.blocks
    )


def _discarded_changes(path: Path, known: Surroundings) -> bool:
    return path.done_at is None and not path.in_progress and known.order.has_begun(_way(path))


Check = Callable[[Path, Surroundings], bool]

CHECKS: tuple[tuple[Flaw, str, Check], ...] = (
    (
        Flaw.COMPLETED_NOT_STARTED,
        "done without ever having been in progress; they have no cycle time",
        _completed_but_not_started,
    ),
    (Flaw.CHANGED_AFTER_DONE, "their status changed after they had been done", _status_changes_after_done),
    (Flaw.BACKWARDS, "moved back to an earlier column", _backwards_through_statuses),
    (
        Flaw.BACKWARDS_CATEGORY,
        "moved back from done to work, or from work to do again",
        _backwards_through_categories,
    ),
    (Flaw.NOT_VISIBLE, "in a status that no column shows", _not_visible_on_board),
    (
        Flaw.CREATED_IN_WRONG_STATUS,
        "created in a later column, so when work began is not known",
        _created_in_wrong_status,
    ),
    (Flaw.STOPPED_BEFORE_STARTED, "done before work on them began", _stopped_before_started),
    (
        Flaw.SUBTASKS_STARTED,
        "not started, while work on their sub-tasks has begun",
        _subtasks_started_without_it,
    ),
    (Flaw.SUBTASKS_OPEN, "done, while sub-tasks are open", _done_with_open_subtasks),
    (Flaw.SEVERAL_BOARDS, "in several open sprints at once, so they count on each board", _on_several_boards),
    (Flaw.BLOCKED_BY_DONE, "blocked by an issue that is done", _blocked_by_what_is_done),
    (
        Flaw.DISCARDED,
        "put back after work on them had begun; that time is in no figure",
        _discarded_changes,
    ),
)


def contradictions(paths: Iterable[Path], known: Surroundings) -> tuple[Note, ...]:
    """Every flaw that any of the issues has, with their keys; sub-tasks are judged through their parents."""
    judged = [path for path in paths if not path.issue.is_subtask]
    found = (
        Note(flaw, text, tuple(sorted((p.issue.key for p in judged if check(p, known)), key=issue_order)))
        for flaw, text, check in CHECKS
    )
    return tuple(note for note in found if note.keys)
