"""A working day of the team: what moves, what is added and taken out, what is said.

Every morning the day is thrown for each issue; each deed is done later that day, if it still fits then.
"""

import random
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from . import words
from .adf import plain
from .agenda import Agenda
from .catalogue import (
    BUG,
    DONE,
    DROPPED,
    IN_PROGRESS,
    IN_REVIEW,
    LINK_TYPES,
    PRIORITIES,
    STATUSES,
    SUBTASK,
    TO_DO,
    TRANSITIONS,
    WONT_DO,
)
from .changes import (
    Draft,
    add_comment,
    change_issue,
    create_issue,
    delete_issue,
    link_issues,
    transition_issue,
)
from .model import Issue, Person, Sprint, Status
from .ranks import rank_issues
from .site import Site
from .sprints import move_to_sprint

DAYS_A_POINT = 0.5
SCALE = (1.0, 2.0, 3.0, 5.0, 8.0, 13.0)
SUBTASKS_FROM = 5
MINUTES = 440
"""From the morning's throw to the end of the working day."""


class Daily:
    """Plays the days of the running sprint."""

    def __init__(
        self,
        site: Site,
        agenda: Agenda,
        chance: random.Random,
        writer: words.Writer,
        new_issue: Callable[..., Issue],
        estimate: Callable[[], float],
    ) -> None:
        self._site = site
        self._agenda = agenda
        self._chance = chance
        self._writer = writer
        self._new_issue = new_issue
        self._estimate = estimate
        self._owner, *self._makers = words.PEOPLE
        self._effort: dict[int, float] = {}

    def active_sprint(self) -> Sprint | None:
        return next((sprint for sprint in self._site.sprints.values() if sprint.state == "active"), None)

    def waiting(self) -> list[Issue]:
        """The backlog, highest rank first: standard issues, not done, in no open sprint, not the reports."""
        done = self._site.are_done()
        found = [issue for issue in self._site.issues.values() if not done(issue) and self._waits(issue)]
        return sorted(found, key=lambda issue: issue.rank)

    def _waits(self, issue: Issue) -> bool:
        if issue.type.level or "reports" in issue.labels:
            return False
        return all(self._site.sprints[number].state == "closed" for number in issue.sprints)

    def begin(self) -> None:
        sprint = self.active_sprint()
        if sprint is None:
            return
        issues = [self._site.issues[number] for number in self._site.members[sprint.id]]
        issues.sort(key=lambda issue: issue.rank)
        busy = {maker.account_id: 0 for maker in self._makers}
        for issue in issues:
            if issue.status == IN_PROGRESS and issue.assignee and issue.assignee.account_id in busy:
                busy[issue.assignee.account_id] += 1
        for issue in issues:
            self._work_on(issue, busy)
        self._meddle(sprint, issues)
        self._tend_the_backlog()

    def _happens(self, probability: float) -> bool:
        return self._chance.random() < probability

    def _later(self, issue: Issue, status: Status, deed: Callable[[], None]) -> None:
        """Do it some time today, if the issue is still there in that status."""

        def act() -> None:
            if self._site.issues.get(issue.id) is issue and issue.status == status:
                deed()

        at = self._site.clock.now() + timedelta(
            minutes=self._chance.randrange(MINUTES), milliseconds=self._chance.randrange(60_000)
        )
        self._agenda.at(at, act)

    def _actor(self, issue: Issue) -> Person:
        return issue.assignee or self._owner

    def _work_on(self, issue: Issue, busy: dict[str, int]) -> None:
        if issue.flagged:
            if self._happens(0.5):
                self._later(issue, issue.status, lambda: self._flag(issue, flagged=False))
        elif issue.status == TO_DO:
            self._maybe_start(issue, busy)
        elif issue.status == IN_PROGRESS:
            self._progress(issue, busy)
        elif issue.status == IN_REVIEW:
            self._review(issue)

    def _maybe_start(self, issue: Issue, busy: dict[str, int]) -> None:
        free = [maker for maker in self._makers if busy[maker.account_id] == 0]
        if not free and self._happens(0.06):
            free = [maker for maker in self._makers if busy[maker.account_id] == 1]
        if not free:
            return
        maker = issue.assignee if issue.assignee in free else self._chance.choice(free)
        busy[maker.account_id] += 1
        self._later(issue, TO_DO, lambda: self._start(issue, maker))

    def _start(self, issue: Issue, maker: Person) -> None:
        change_issue(self._site, issue, maker, {"assignee": maker}, event_type="issue_assigned")
        transition_issue(self._site, issue, TRANSITIONS["11"], maker)
        self._effort.setdefault(issue.id, (issue.points or 2) * DAYS_A_POINT * self._chance.uniform(0.5, 1.6))
        epic = self._site.issues.get(issue.parent or 0)
        if epic is not None and epic.status == TO_DO:
            transition_issue(self._site, epic, TRANSITIONS["11"], self._owner)
        if (issue.points or 0) >= SUBTASKS_FROM and not issue.subtasks and self._happens(0.6):
            for summary in self._writer.subtasks(issue.summary, self._chance.randint(2, 3)):
                create_issue(self._site, Draft(SUBTASK, summary, parent=issue.id, assignee=maker), maker)

    def _progress(self, issue: Issue, busy: dict[str, int]) -> None:
        maker = self._actor(issue)
        left = self._effort.get(issue.id, 1.0) - 1 / max(1, busy.get(maker.account_id, 1))
        self._effort[issue.id] = left
        if self._happens(0.05):
            self._later(issue, IN_PROGRESS, lambda: self._flag(issue, flagged=True))
        elif left <= 0:
            edge = "31" if self._happens(0.85) else "32"
            self._later(issue, IN_PROGRESS, lambda: self._hand_over(issue, edge))
        elif self._happens(0.25):
            self._later(issue, IN_PROGRESS, lambda: self._say(issue, words.REMARKS))

    def _hand_over(self, issue: Issue, edge: str) -> None:
        for child in issue.subtasks:
            subtask = self._site.issues[child]
            for step in ("11", "32"):
                if TRANSITIONS[step].source == subtask.status.id:
                    transition_issue(self._site, subtask, TRANSITIONS[step], self._actor(issue))
        transition_issue(self._site, issue, TRANSITIONS[edge], self._actor(issue))

    def _review(self, issue: Issue) -> None:
        reviewer = self._chance.choice(self._makers)
        if self._happens(0.65):
            self._later(
                issue, IN_REVIEW, lambda: transition_issue(self._site, issue, TRANSITIONS["42"], reviewer)
            )
        elif self._happens(0.35):
            self._later(issue, IN_REVIEW, lambda: self._send_back(issue, reviewer, "41", words.REVIEWS))

    def _send_back(self, issue: Issue, person: Person, edge: str, texts: tuple[str, ...]) -> None:
        self._effort[issue.id] = self._chance.uniform(0.5, 1.5)
        transition_issue(self._site, issue, TRANSITIONS[edge], person)
        add_comment(self._site, issue, plain(self._writer.one_of(texts)), person)

    def _say(self, issue: Issue, texts: tuple[str, ...]) -> None:
        add_comment(self._site, issue, plain(self._writer.one_of(texts)), self._chance.choice(words.PEOPLE))

    def _flag(self, issue: Issue, *, flagged: bool) -> None:
        """A flag is a custom field: work stands still while it is up."""
        actor = self._actor(issue)
        change_issue(self._site, issue, actor, {"flagged": flagged})
        if flagged:
            add_comment(self._site, issue, plain(self._writer.one_of(words.BLOCKERS)), actor)

    def _meddle(self, sprint: Sprint, issues: list[Issue]) -> None:
        """What changes a running sprint: scope in and out, new estimates, work that comes back."""
        to_do = [issue for issue in issues if issue.status == TO_DO]
        open_issues = [issue for issue in issues if not self._site.is_done(issue)]
        done = [issue for issue in issues if issue.status == DONE]
        if self._happens(0.35):
            self._add_scope(sprint)
        if to_do and self._happens(0.2):
            issue = self._chance.choice(to_do)
            self._later(issue, TO_DO, lambda: move_to_sprint(self._site, [issue], None, self._owner))
        if to_do and self._happens(0.04):
            dropped = self._chance.choice(to_do)
            self._later(dropped, TO_DO, lambda: self.drop(dropped, WONT_DO))
        if open_issues and self._happens(0.25):
            estimated = self._chance.choice(open_issues)
            self._later(estimated, estimated.status, lambda: self._estimate_again(estimated))
        if done and self._happens(0.09):
            again = self._chance.choice(done)
            self._later(again, DONE, lambda: self._send_back(again, self._owner, "61", words.REOPENINGS))

    def _add_scope(self, sprint: Sprint) -> None:
        """Half of it is written straight into the sprint: such an issue has no Sprint item in its history."""
        waiting = self.waiting()
        if self._happens(0.5) or not waiting:
            at = self._site.clock.now() + timedelta(minutes=self._chance.randrange(MINUTES))
            self._agenda.at(at, partial(self._new_issue, sprint, BUG))
            return
        issue = self._chance.choice(waiting[:20])
        self._later(issue, issue.status, lambda: move_to_sprint(self._site, [issue], sprint, self._owner))

    def _estimate_again(self, issue: Issue) -> None:
        """One step up or down the scale; an estimate that was missing is given."""
        points = self._estimate()
        if issue.points in SCALE:
            step = SCALE.index(issue.points) + self._chance.choice((-1, 1, 1))
            points = SCALE[min(max(step, 0), len(SCALE) - 1)]
        change_issue(self._site, issue, self._actor(issue), {"points": points})

    def drop(self, issue: Issue, target: Status) -> None:
        """Take an issue off the list for good."""
        for edge in TRANSITIONS.values():
            if edge.source == issue.status.id and STATUSES[edge.target] == target:
                transition_issue(self._site, issue, edge, self._owner, DROPPED)
                return

    def _tend_the_backlog(self) -> None:
        waiting = self.waiting()
        if not waiting:
            return
        pick, top = self._chance.choice, waiting[:5]
        deeds: list[tuple[float, Callable[[Issue], object]]] = [
            (0.5, self._refine),
            (0.3, lambda issue: self._rank(issue, pick(top))),
            (0.15, lambda issue: self._link(issue, waiting[0])),
            (0.1, self._label),
            (0.2, self._change_priority),
            (0.03, lambda issue: delete_issue(self._site, issue, self._owner)),
        ]
        for probability, deed in deeds:
            if self._happens(probability):
                issue = pick(waiting[5:] or waiting)
                self._later(issue, issue.status, partial(self._tend, issue, deed))

    def _rank(self, issue: Issue, neighbour: Issue) -> None:
        if neighbour is not issue and neighbour.id in self._site.issues:
            rank_issues(self._site, [issue], neighbour, self._owner, before=True)

    def _link(self, issue: Issue, other: Issue) -> None:
        if other is not issue and other.id in self._site.issues:
            link_issues(self._site, self._chance.choice(LINK_TYPES), issue, other, self._owner)

    def _label(self, issue: Issue) -> None:
        labels = (self._chance.choice(words.LABELS),)
        change_issue(self._site, issue, self._owner, {"labels": labels})

    def _tend(self, issue: Issue, deed: Callable[[Issue], object]) -> None:
        """Backlog care stops at issues that were taken into a sprint meanwhile, or ever were in one."""
        if not issue.sprints:
            deed(issue)

    def _refine(self, issue: Issue) -> None:
        if issue.points is None:
            change_issue(self._site, issue, self._owner, {"points": self._estimate()})

    def _change_priority(self, issue: Issue) -> None:
        priority = self._chance.choice(tuple(PRIORITIES.values()))
        change_issue(self._site, issue, self._owner, {"priority": priority})
