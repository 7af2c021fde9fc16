"""A believable team and its two-week rhythm: refine, plan, start, work, close, carry over.

Everything it does goes through the operations that REST uses too. Chance comes from outside.
"""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from . import words
from .adf import plain
from .agenda import ENDS_AFTER, SPRINT_LENGTH, STARTS_AT, Agenda, is_working_day
from .catalogue import BUG, EPIC, STORY, TASK, WONT_DO
from .changes import Draft, change_issue, create_issue
from .daily import Daily
from .model import Issue, IssueType, Person, Sprint
from .releases import Releases
from .site import Site
from .sprints import close_sprint, create_sprint, move_to_sprint, start_sprint

FOUNDING = timedelta(weeks=4)
REPORTS_LABEL = "reports"
DESCRIBED, LABELLED, IN_AN_EPIC, ESTIMATED = 0.8, 0.4, 0.7, 0.5
ESTIMATED_IN_PLANNING, CARRIED_OVER = 0.75, 0.75
EPICS_AT_ONCE, ISSUES_OF_AN_EPIC = 3, 18
CAPACITY = (46, 58)
POINTS = (1, 1, 1, 2, 2, 2, 3, 3, 3, 5, 5, 8, 13)


class Team:
    """Plays the team.

    Attributes:
        backlog: how many issues refinement keeps waiting.
        releases: whether it delivers in versions.
        train: on fixed days, with what is ready.
    """

    def __init__(
        self,
        site: Site,
        agenda: Agenda,
        chance: random.Random,
        *,
        backlog: int,
        releases: bool = False,
        train: bool = False,
    ) -> None:
        self._site = site
        self._agenda = agenda
        self._chance = chance
        self._backlog = backlog
        self._writer = words.Writer(chance)
        self._owner: Person = words.PEOPLE[0]
        self._epics: list[Issue] = []
        self._written = 0
        self._daily = Daily(site, agenda, chance, self._writer, self.new_issue, self.estimate)
        self._releases = (
            Releases(site, agenda, self._daily, self._owner, train=train) if releases or train else None
        )

    def found(self, first_monday: datetime) -> None:
        """Put everything on the agenda that leads to the first sprint; sprints then follow by themselves."""
        founding = first_monday - FOUNDING + STARTS_AT
        self._agenda.at(founding, self._found)
        days = [founding + timedelta(days=number) for number in range(1, FOUNDING.days - 3)]
        days = [day for day in days if is_working_day(day)]
        times = [self._moment(self._chance.choice(days)) for _ in range(self._backlog)]
        for at in sorted(times):
            self._agenda.at(at, self.new_issue)
        self._agenda.at(first_monday - timedelta(days=3) + timedelta(hours=15), self._prepare_sprint)
        self._agenda.at(first_monday + timedelta(hours=8), lambda: self._sprint(first_monday))

    def _moment(self, day: datetime) -> datetime:
        return day + timedelta(minutes=self._chance.randrange(460), seconds=self._chance.randrange(60))

    def _found(self) -> None:
        text = plain("Reports about our sprints and our backlog are posted here.")
        reports = Draft(TASK, "Team reports", text, labels=(REPORTS_LABEL,))
        create_issue(self._site, reports, self._owner)
        for summary in words.EPICS:
            self._epics.append(create_issue(self._site, Draft(EPIC, summary), self._owner))

    def new_issue(self, sprint: Sprint | None = None, kind: IssueType | None = None) -> Issue:
        """Somebody writes an issue down, sometimes with an estimate, sometimes straight into a sprint."""
        chance = self._chance
        epics = [epic.id for epic in self._epics if epic.id in self._site.issues]
        kind = kind or chance.choices((STORY, TASK, BUG), (5, 3, 2))[0]
        draft = Draft(
            kind,
            self._writer.summary(kind.name),
            plain(self._writer.one_of(words.REASONS)) if chance.random() < DESCRIBED else None,
            labels=(chance.choice(words.LABELS),) if chance.random() < LABELLED else (),
            parent=self._epic(epics) if epics and chance.random() < IN_AN_EPIC else None,
            sprints=(sprint.id,) if sprint else (),
            points=self.estimate() if chance.random() < ESTIMATED else None,
        )
        return create_issue(self._site, draft, chance.choice(words.PEOPLE))

    def _epic(self, epics: Sequence[int]) -> int:
        """One of the few that are thought about now; what is wanted of earlier ones has been written."""
        first = self._written // ISSUES_OF_AN_EPIC
        self._written += 1
        now = [epics[(first + number) % len(epics)] for number in range(EPICS_AT_ONCE)]
        # As many to choose from as there are epics, so that all else that is played stays as it is.
        return self._chance.choice([now[number % EPICS_AT_ONCE] for number in range(len(epics))])

    def estimate(self) -> float:
        return float(self._chance.choice(POINTS))

    def _sprint(self, monday: datetime) -> None:
        """Put one sprint on the agenda, from planning to its close, and the next one behind it."""
        if self._releases is not None:
            self._releases.sprint(monday)
        at = self._agenda.at
        at(monday + timedelta(hours=8, minutes=30), self._plan)
        at(monday + STARTS_AT, lambda: self._start(monday))
        for number in range(ENDS_AFTER.days + 1):
            day = monday + timedelta(days=number)
            if is_working_day(day):
                at(day + STARTS_AT + timedelta(minutes=5), self._daily.begin)
        at(monday + timedelta(days=9, hours=10), self._refine)
        at(monday + timedelta(days=9, hours=11), self._prepare_sprint)
        at(monday + ENDS_AFTER, self._close)
        at(monday + SPRINT_LENGTH + timedelta(hours=8), lambda: self._sprint(monday + SPRINT_LENGTH))

    def _prepare_sprint(self) -> None:
        number = len(self._site.sprints) + 1
        goal = words.GOALS[number % len(words.GOALS)]
        create_sprint(
            self._site, self._site.scrum_board, f"{self._site.project.key} Sprint {number}", goal=goal
        )

    def _next_sprint(self) -> Sprint | None:
        future = (sprint for sprint in self._site.sprints.values() if sprint.state == "future")
        return next(future, None)

    def _plan(self) -> None:
        """Fill the next sprint from the top of the backlog; most of what is taken gets an estimate."""
        sprint = self._next_sprint()
        if sprint is None:
            return
        planned = sum(self._site.issues[number].points or 0 for number in self._site.members[sprint.id])
        capacity = self._chance.randint(*CAPACITY)
        for issue in self._daily.waiting():
            if planned >= capacity:
                break
            if issue.points is None and self._chance.random() < ESTIMATED_IN_PLANNING:
                change_issue(self._site, issue, self._owner, {"points": self.estimate()})
            move_to_sprint(self._site, [issue], sprint, self._owner)
            planned += issue.points or 2

    def _start(self, monday: datetime) -> None:
        sprint = self._next_sprint()
        if sprint is not None:
            start_sprint(self._site, sprint, start=self._site.clock.now(), end=monday + ENDS_AFTER)

    def _close(self) -> None:
        """Close the sprint; most of what is left goes on in the next one, the rest waits in the backlog."""
        sprint = self._daily.active_sprint()
        if sprint is None:
            return
        close_sprint(self._site, sprint)
        left = [self._site.issues[number] for number in self._site.members[sprint.id]]
        left = [issue for issue in left if not self._site.is_done(issue)]
        following = self._next_sprint()
        kept = [issue for issue in left if self._chance.random() < CARRIED_OVER]
        if following is not None:
            move_to_sprint(self._site, kept, following, self._owner, secondary=True)

    def _refine(self) -> None:
        """Write new issues until enough wait, and drop some that nobody will ever do."""
        waiting = self._daily.waiting()
        for number in range(self._backlog + 15 - len(waiting)):
            at = self._site.clock.now() + timedelta(minutes=number % 300, seconds=number)
            self._agenda.at(at, self.new_issue)
        for issue in self._chance.sample(waiting[len(waiting) // 2 :], min(2, len(waiting) // 2)):
            self._daily.drop(issue, WONT_DO)
