"""Issues with a security level, made unrecognisable: they go on counting, and nothing says which they are.

A restricted issue gets a name that is the same every day and leads nowhere. It keeps its statuses, sprints
and estimates, without which no sum would be right, and loses key, summary and people.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from app.domain.scrum.issue import ASSIGNEE, LINKS, Change, Issue

RESTRICTED = re.compile(r"\brestricted-[0-9a-f]{10}\b")
"""Names that stand for such issues."""


def name_of(issue_id: str) -> str:
    """What a restricted issue is called."""
    return f"restricted-{hashlib.sha256(f'restricted {issue_id}'.encode()).hexdigest()[:10]}"


def linked_keys(issues: Iterable[Issue]) -> set[str]:
    """Keys of other issues that the histories of these name."""
    changes = (change for issue in issues for change in issue.changes if change.field == LINKS)
    return {key for change in changes for key in (change.before, change.after) if key}


def masked(issue: Issue, names: Mapping[str, str]) -> Issue:
    """An issue as everybody may see it.

    Args:
        issue: restricted or not; of one that is not, only links to those that are change.
        names: of restricted issues, by key.
    """
    if not issue.restricted:
        if not any(change.before in names or change.after in names for change in issue.changes):
            return issue
        return replace(issue, changes=tuple(_link(change, names) for change in issue.changes))
    name = name_of(issue.id)
    changes = (_link(change, names) for change in issue.changes if change.field != ASSIGNEE)
    return replace(
        issue,
        id=name,
        key=name,
        summary="",
        assignee=name if issue.assignee else None,
        changes=tuple(change._replace(author=None) for change in changes),
    )


def _link(change: Change, names: Mapping[str, str]) -> Change:
    if change.field != LINKS:
        return change
    before, after = change.before or "", change.after or ""
    return change._replace(
        before=names.get(before, change.before),
        before_text=(change.before_text or "").replace(before, names.get(before, before)) or None,
        after=names.get(after, change.after),
        after_text=(change.after_text or "").replace(after, names.get(after, after)) or None,
    )
