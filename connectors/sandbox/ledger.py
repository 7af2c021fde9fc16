"""What every sprint came to, counted forward while it happens; the truth that other arithmetic is held to.

It looks at no changelog: each operation is counted as it is done. Definitions are those of Jira's sprint
report; sub-tasks count nothing. An issue is done when its status stands in the board's last column.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .model import Happening, Issue, Sprint
from .site import Site

Points = float | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened to an issue in a running sprint."""

    at: datetime
    what: str  # added, removed, reestimated, completed, reopened
    key: str
    points: Points
    before: Points = None


@dataclass(slots=True)
class SprintLedger:
    """One sprint's account.

    Attributes:
        commitment: issues in the sprint and not done at its start, with their points then.
        done_before: issues in the sprint that were done already at its start.
        added: issues that entered while it ran and were not in it at its start, with their points on entry;
            they stay here when they leave again.
        left: issues taken out while it ran, with their points on leaving; a return strikes them out.
        outcome: completed, not_completed, removed and completed_elsewhere with points at the end; set when
            it closes. `not_completed` is what is carried over.
    """

    sprint: Sprint
    started: datetime
    commitment: dict[str, Points]
    done_before: dict[str, Points]
    entries: list[Entry] = field(default_factory=list)
    added: dict[str, Points] = field(default_factory=dict)
    touched_done: set[str] = field(default_factory=set)
    left: dict[str, Points] = field(default_factory=dict)
    done_at_entry: set[str] = field(default_factory=set)
    completed_at: datetime | None = None
    outcome: dict[str, dict[str, Points]] = field(default_factory=dict)

    def was_done(self, key: str) -> bool:
        """Done before the sprint had it, and neither finished nor reopened while it ran."""
        return key not in self.touched_done and (key in self.done_before or key in self.done_at_entry)


class Ledger:
    """Listens to the site and keeps the accounts."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.accounts: dict[int, SprintLedger] = {}
        self._running: dict[int, SprintLedger] = {}
        site.listeners.append(self.count)

    def count(self, happening: Happening) -> None:
        subject = happening.subject
        if happening.event == "sprint_started" and isinstance(subject, Sprint):
            self._start(self._site.sprints[subject.id], happening.at)
        elif happening.event == "sprint_closed" and isinstance(subject, Sprint):
            self._close(subject.id, happening.at)
        elif happening.issue is not None and not happening.issue.type.subtask:
            self._count_issue(happening, happening.issue)

    def _start(self, sprint: Sprint, at: datetime) -> None:
        issues = [self._site.issues[number] for number in self._site.members[sprint.id]]
        done = {issue.key: issue.points for issue in issues if self._site.is_done(issue)}
        committed = {issue.key: issue.points for issue in issues if issue.key not in done}
        account = SprintLedger(sprint, at, committed, done)
        self.accounts[sprint.id] = self._running[sprint.id] = account

    def _close(self, sprint_id: int, at: datetime) -> None:
        account = self._running.pop(sprint_id)
        account.completed_at = at
        account.outcome = self.outcome(account)

    def outcome(self, account: SprintLedger) -> dict[str, dict[str, Points]]:
        """Jira's four sets as they stand, with present points."""
        if account.completed_at is not None and account.outcome:
            return account.outcome
        sets: dict[str, dict[str, Points]] = {
            "completed": {},
            "not_completed": {},
            "removed": {},
            "completed_elsewhere": {},
        }
        for key, points in account.left.items():
            sets["completed_elsewhere" if account.was_done(key) else "removed"][key] = points
        for number in self._site.members.get(account.sprint.id, {}):
            issue = self._site.issues[number]
            kind = "completed" if self._site.is_done(issue) else "not_completed"
            sets["completed_elsewhere" if account.was_done(issue.key) else kind][issue.key] = issue.points
        return sets

    def _count_issue(self, happening: Happening, issue: Issue) -> None:
        before = happening.before if isinstance(happening.before, Issue) else None
        for number, account in self._running.items():
            was_in, is_in = before is not None and number in before.sprints, number in issue.sprints
            if happening.event == "jira:issue_created" and is_in:
                self._enter(account, issue, happening.at)
            elif happening.event == "jira:issue_deleted":
                for known in (account.commitment, account.added, account.left, account.done_before):
                    known.pop(issue.key, None)
            elif before is not None and was_in != is_in:
                (self._enter if is_in else self._leave)(account, issue, happening.at)
            elif before is not None:
                self._work(account, issue, before, happening.at)

    def _enter(self, account: SprintLedger, issue: Issue, at: datetime) -> None:
        account.entries.append(Entry(at, "added", issue.key, issue.points))
        account.left.pop(issue.key, None)
        if issue.key not in account.commitment and issue.key not in account.done_before:
            account.added.setdefault(issue.key, issue.points)
        if self._site.is_done(issue):
            account.done_at_entry.add(issue.key)

    def _leave(self, account: SprintLedger, issue: Issue, at: datetime) -> None:
        account.entries.append(Entry(at, "removed", issue.key, issue.points))
        account.left[issue.key] = issue.points

    def _work(self, account: SprintLedger, issue: Issue, before: Issue, at: datetime) -> None:
        was_done = before.status.id in self._site.scrum_board.done_statuses
        is_done, is_in = self._site.is_done(issue), account.sprint.id in issue.sprints
        if was_done != is_done:
            account.touched_done.add(issue.key)
            if is_in:
                what = "completed" if is_done else "reopened"
                account.entries.append(Entry(at, what, issue.key, issue.points))
        if is_in and before.points != issue.points:
            account.entries.append(Entry(at, "reestimated", issue.key, issue.points, before.points))

    def document(self) -> list[dict[str, Any]]:
        """Every account, oldest sprint first."""
        return [self._describe(account) for account in self.accounts.values()]

    def _describe(self, account: SprintLedger) -> dict[str, Any]:
        outcome = self.outcome(account)
        sets = {
            "commitment": account.commitment,
            "doneBeforeStart": account.done_before,
            "added": account.added,
            "removed": outcome["removed"],
            "completed": outcome["completed"],
            "notCompleted": outcome["not_completed"],
            "completedElsewhere": outcome["completed_elsewhere"],
        }
        return {
            "sprintId": account.sprint.id,
            "name": account.sprint.name,
            "state": account.sprint.state,
            "startedAt": account.started.isoformat(),
            "completedAt": account.completed_at and account.completed_at.isoformat(),
            **sets,
            "points": {name: sum(points or 0 for points in issues.values()) for name, issues in sets.items()},
            "carriedOver": outcome["not_completed"] if account.completed_at else {},
            "events": [_event(entry) for entry in account.entries],
        }


def _event(entry: Entry) -> dict[str, Any]:
    return {
        "at": entry.at.isoformat(),
        "what": entry.what,
        "key": entry.key,
        "points": entry.points,
        **({"before": entry.before} if entry.what == "reestimated" else {}),
    }
