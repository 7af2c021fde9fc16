"""Changes that a catch-up found before a webhook had to tell them; the next one asks whether it did."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

_MOST = 1000
"""Of a project: after more of them it need not be known of each."""


@dataclass(frozen=True, slots=True)
class EarlyChange:
    """A change of an issue.

    Attributes:
        updated: the instant of it.
        heard_until: id of a delivery; what tells the change has a later one.
    """

    issue_id: str
    key: str
    updated: datetime
    heard_until: int


class EarlyChanges:
    """Those that nobody asked about yet, for as long as the process lives."""

    def __init__(self) -> None:
        self._waiting: defaultdict[tuple[int, str], dict[str, EarlyChange]] = defaultdict(dict)

    def add(self, site_id: int, project_id: str, change: EarlyChange) -> None:
        """The last of an issue counts."""
        waiting = self._waiting[site_id, project_id]
        if len(waiting) < _MOST:
            waiting[change.issue_id] = change

    def take(self, site_id: int, project_id: str, *, before: datetime) -> list[EarlyChange]:
        """Changes of before an instant, which are then no longer waiting."""
        waiting = self._waiting[site_id, project_id]
        due = [one for one in waiting.values() if one.updated < before]
        for one in due:
            del waiting[one.issue_id]
        return due
