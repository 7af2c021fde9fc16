"""Issues with a security level, where not everybody who reads may see them: they count in totals only.

Nothing that is told of single issues, or of some of them (people, statuses, days, links), may know of one.
So before anything is worked out, such an issue loses all but what a total needs: that it is in a sprint, what
it is estimated at, whether it is done. It has the key that no issue has, by which it is put aside.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from app.domain.scrum.issue import ASSIGNEE, ATTACHMENTS, LINKS, PRIORITY, Change, Issue

RESTRICTED = "restricted"
"""Key of all of them; it leads nowhere, and nothing that is told has it."""
FORMER_NAME = re.compile(r"\brestricted-[0-9a-f]{10}\b")
"""What stood for one in reports that were made before: a hash of its id, which can be guessed."""
_TELLING = frozenset({ASSIGNEE, ATTACHMENTS, LINKS, PRIORITY})


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...


K = TypeVar("K", bound=_Keyed)


def public(every: Iterable[K]) -> list[K]:
    """Those that may be told one by one."""
    return [one for one in every if one.key != RESTRICTED]


def put_aside(every: Iterable[K]) -> list[K]:
    """The others."""
    return [one for one in every if one.key == RESTRICTED]


def linked_keys(issues: Iterable[Issue]) -> set[str]:
    """Keys of other issues that the histories of these name."""
    changes = (change for issue in issues for change in issue.changes if change.field == LINKS)
    return {key for change in changes for key in (change.before, change.after) if key}


def masked(issue: Issue, hidden: Collection[str]) -> Issue:
    """An issue as everybody may see it.

    Args:
        issue: restricted or not; one that is not only loses its links with those that are.
        hidden: keys of restricted issues.
    """
    if not issue.restricted:
        if not any(change.before in hidden or change.after in hidden for change in issue.changes):
            return issue
        return replace(issue, changes=_unlinked(issue.changes, hidden))
    changes = (change._replace(author=None) for change in issue.changes if change.field not in _TELLING)
    return replace(
        issue,
        key=RESTRICTED,
        summary="",
        type_name="",
        assignee=None,
        priority=None,
        flagged=False,
        changes=tuple(changes),
    )


def _unlinked(changes: Sequence[Change], hidden: Collection[str]) -> tuple[Change, ...]:
    """A link with a restricted issue is no link, and a change to it is one to nothing."""
    found = (one if one.field != LINKS else _unlinked_change(one, hidden) for one in changes)
    return tuple(one for one in found if one is not None)


def _unlinked_change(change: Change, hidden: Collection[str]) -> Change | None:
    if change.before in hidden:
        change = change._replace(before=None, before_text=None)
    if change.after in hidden:
        change = change._replace(after=None, after_text=None)
    return change if change.before or change.after else None
