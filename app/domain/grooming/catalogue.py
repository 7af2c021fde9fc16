"""Every check, in the order in which reports name them; to add one is to add its file and a line here.

Each file of `checks` has its manual page on top. Duplicates and suggested estimates find and propose in the
same way: their facts come with the backlog, as `alike` and `suggested`.
"""

from collections.abc import Mapping

from app.domain.grooming.checks import (
    archived_version,
    assigned_idle,
    begun_at_once,
    blocked_by_done,
    carried_over,
    circular_blocks,
    due_after_release,
    duplicate,
    empty_epic,
    epic_children_done,
    epic_done,
    in_progress_no_sprint,
    inactive_assignee,
    missing_acceptance_criteria,
    missing_component,
    missing_description,
    missing_epic,
    missing_estimate,
    missing_priority,
    moved_back,
    needs_info,
    not_on_board,
    open_in_closed_sprint,
    orphan,
    overdue,
    oversized,
    planned_not_ready,
    put_back,
    rank_inversion,
    released_version,
    reopened,
    resolved_but_open,
    several_sprints,
    stale,
    still_template,
    stopped_before_started,
    subtasks_begun,
    subtasks_open,
    top_not_ready,
)
from app.domain.grooming.finding import Check

CHECKS: tuple[Check, ...] = tuple(
    module.CHECK
    for module in (
        overdue,
        due_after_release,
        released_version,
        archived_version,
        top_not_ready,
        planned_not_ready,
        rank_inversion,
        carried_over,
        open_in_closed_sprint,
        in_progress_no_sprint,
        several_sprints,
        epic_done,
        epic_children_done,
        subtasks_open,
        orphan,
        missing_epic,
        empty_epic,
        blocked_by_done,
        circular_blocks,
        duplicate,
        inactive_assignee,
        assigned_idle,
        stale,
        needs_info,
        missing_description,
        still_template,
        missing_acceptance_criteria,
        missing_estimate,
        oversized,
        missing_priority,
        missing_component,
        not_on_board,
        resolved_but_open,
        subtasks_begun,
        reopened,
        put_back,
        moved_back,
        begun_at_once,
        stopped_before_started,
    )
)
EDITION = 2
"""Counts up when a check finds otherwise than it did: what it found before is void then."""
BY_NAME: Mapping[str, Check] = {check.name: check for check in CHECKS}
