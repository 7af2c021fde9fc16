"""What a reader must know about the data before trusting a number."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.scrum.history import Fields, gaps
from app.domain.scrum.issue import Gone, Issue
from app.domain.scrum.restricted import RESTRICTED
from app.domain.scrum.scope import Replay, issue_order


class Flaw(StrEnum):
    """What can be wrong with the data."""

    NOT_ALL_READ = "not all read"
    FILTER_UNKNOWN = "board filter unknown"
    OUTSIDE_FILTER = "outside board filter"
    HISTORY_INCOMPLETE = "history incomplete"
    HISTORY_CONTRADICTS_ITSELF = "history contradicts itself"
    DELETED = "deleted"
    OUT_OF_SIGHT = "out of sight"
    START_NOT_OBSERVED = "start not observed"
    BLOCKED_UNKNOWN = "blocked unknown"
    COMPLETED_NOT_STARTED = "completed but not started"
    CHANGED_AFTER_DONE = "status changes after done"
    BACKWARDS = "backwards through statuses"
    BACKWARDS_CATEGORY = "backwards through status categories"
    NOT_VISIBLE = "not visible on board"
    CREATED_IN_WRONG_STATUS = "created in wrong status"
    STOPPED_BEFORE_STARTED = "stopped before started"
    SUBTASKS_STARTED = "not started but sub-tasks have"
    SUBTASKS_OPEN = "incomplete sub-tasks when done"
    SEVERAL_BOARDS = "on several boards"
    BLOCKED_BY_DONE = "blocked by a closed issue"
    DISCARDED = "discarded changes"


OF_THE_FILTER = frozenset({Flaw.FILTER_UNKNOWN, Flaw.OUTSIDE_FILTER})
"""What these say decides about all sums, so they are never cut short by others."""

PARTIAL = frozenset({Flaw.NOT_ALL_READ, Flaw.HISTORY_INCOMPLETE, Flaw.HISTORY_CONTRADICTS_ITSELF})
"""With these, numbers are computed from partial data and may be wrong; it is said before they are."""


@dataclass(frozen=True, slots=True)
class Note:
    """One flaw and the issues that have it, by key."""

    flaw: Flaw
    text: str
    keys: tuple[str, ...] = ()


def issue_notes(
    issues: Iterable[Issue], replays: Iterable[Replay], *, fields: Fields, end: datetime
) -> tuple[Note, ...]:
    """What is wrong with issues, up to the end of the window.

    An incomplete history is named for every issue looked at: the missing part may have held the sprint.
    """
    touched = [each for each in replays if each.touched]
    unjoined = [
        each.issue for each in touched if any(gap.at <= end for gap in gaps(each.issue, fields, each.history))
    ]
    gone = [each.issue for each in touched if each.issue.deleted_at and each.issue.deleted_at <= end]
    found = [
        _note(
            Flaw.HISTORY_INCOMPLETE,
            "part of the changelog has not been read; numbers may change once it is",
            [issue for issue in issues if not issue.history_complete],
        ),
        _note(
            Flaw.HISTORY_CONTRADICTS_ITSELF,
            "neighbouring changes disagree, or a value cannot be read; the later change was believed",
            unjoined,
        ),
        _note(
            Flaw.DELETED,
            "deleted in Jira; counted up to then, Jira's report no longer shows it",
            [issue for issue in gone if issue.gone_reason in {None, Gone.DELETED}],
        ),
        _note(
            Flaw.OUT_OF_SIGHT,
            "archived, hidden from Burnish's account or moved to a project that it does not read; counted up "
            "to then, while people may still see it in the sprint",
            [issue for issue in gone if issue.gone_reason not in {None, Gone.DELETED}],
        ),
    ]
    return tuple(note for note in found if note is not None)


def _note(flaw: Flaw, text: str, issues: Iterable[Issue]) -> Note | None:
    """Of restricted issues only that totals, in which they count, may be wrong."""
    every = {issue.key for issue in issues}
    keys = sorted(every - {RESTRICTED}, key=issue_order)
    return Note(flaw, text, tuple(keys)) if keys or (every and flaw in PARTIAL) else None
