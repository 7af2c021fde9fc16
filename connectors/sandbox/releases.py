"""How the team delivers: versions, filled from the top of the backlog, and released when they are done.

The product owner keeps three versions ahead, each with about what two sprints take. Some of what comes up
meanwhile goes into the one in work. On Fridays it is released if nothing is left, or a little that moves on;
one that is late gets another day. A team with a release train has a version for every sprint instead, which
goes out on its second Thursday; what is not done then moves on. No chance is asked: an issue's number
decides, so that the rest of the site stays as it is.
"""

from datetime import datetime, timedelta

from .agenda import ENDS_AFTER, SPRINT_LENGTH, Agenda
from .changes import change_issue
from .daily import Daily
from .model import Happening, Issue, Person, Version
from .site import Site

AHEAD = 3
FULL, FULL_TRAIN = 16, 6
"""Issues that a version is planned with."""
EVERY = 2 * SPRINT_LENGTH
TENDED_AFTER = (timedelta(hours=8, minutes=20), timedelta(days=3, hours=13), timedelta(days=8, hours=13))
LOOKED_AFTER = (timedelta(days=4, hours=16), ENDS_AFTER - timedelta(hours=1))
TRAIN_AFTER = timedelta(days=10, hours=14)
A_LITTLE, PATIENCE = 0.1, timedelta(days=7)
UNPLANNED, CAME_UP = 5, 3
"""Every so many issues is for no version: support, and what nobody waits for; and every so many of what
comes up in a sprint goes into the version in work."""


class Releases:
    """Plans and releases versions, the first of them for the end of the second sprint."""

    def __init__(
        self, site: Site, agenda: Agenda, daily: Daily, owner: Person, *, train: bool = False
    ) -> None:
        self._site = site
        self._agenda = agenda
        self._daily = daily
        self._owner = owner
        self._train = train
        self._made = 0
        self._first: datetime | None = None

    def sprint(self, monday: datetime) -> None:
        """Put on the agenda what happens to versions in a sprint."""
        self._first = self._first or monday
        for after in TENDED_AFTER:
            self._agenda.at(monday + after, self._tend)
        if self._train:
            self._agenda.at(monday + TRAIN_AFTER, self._leave)
            return
        for after in LOOKED_AFTER:
            self._agenda.at(monday + after, self._release)

    def _open(self) -> list[Version]:
        return [one for one in self._site.project.versions.values() if not one.released]

    def _tend(self) -> None:
        while len(self._open()) < AHEAD:
            self._fill(self._add())
        sprint = self._daily.active_sprint()
        inside = [] if sprint is None else [self._site.issues[one] for one in self._site.members[sprint.id]]
        for issue in inside:
            if not issue.fix_versions and not self._site.is_done(issue) and issue.id % CAME_UP == 0:
                self._mean(issue, self._open()[0])

    def _add(self) -> Version:
        assert self._first is not None
        self._made += 1
        every = SPRINT_LENGTH if self._train else EVERY
        planned = (self._first + (TRAIN_AFTER if self._train else ENDS_AFTER) - SPRINT_LENGTH).date()
        day = max(
            (one.release for one in self._site.project.versions.values() if one.release), default=planned
        )
        day += every
        number, project = str(next(self._site.next_thing)), self._site.project
        start = day - every + timedelta(days=3)
        version = Version(number, f"Shop 1.{self._made}", project.id, start=start, release=day)
        project.versions[number] = version
        self._emit(version, "created")
        return version

    def _fill(self, version: Version) -> None:
        free = [one for one in self._daily.waiting() if not one.fix_versions and one.id % UNPLANNED]
        for issue in free[: FULL_TRAIN if self._train else FULL]:
            self._mean(issue, version)

    def _release(self) -> None:
        """Release the first version if it is done, or nearly so and late; otherwise a late one is put off."""
        if not self._open():
            return
        version, *following = self._open()
        assert version.release is not None
        inside, left = self._inside(version)
        today = self._site.clock.now().date()
        is_late = version.release <= today
        if left and not (is_late and len(left) <= A_LITTLE * len(inside)):
            if version.release + PATIENCE <= today:
                self._put_off([version, *following])
            return
        self._let_go(version, left, following)

    def _leave(self) -> None:
        """The first version goes out, whatever is ready."""
        if self._open():
            version, *following = self._open()
            self._let_go(version, self._inside(version)[1], following)

    def _inside(self, version: Version) -> tuple[list[Issue], list[Issue]]:
        """Its issues, and those of them that are not done."""
        inside = [issue for issue in self._site.issues.values() if version in issue.fix_versions]
        return inside, [issue for issue in inside if not self._site.is_done(issue)]

    def _let_go(self, version: Version, left: list[Issue], following: list[Version]) -> None:
        for issue in left:
            change_issue(self._site, issue, self._owner, {"fix_versions": tuple(following[:1])})
        version.released, version.release = True, self._site.clock.now().date()
        self._emit(version, "updated")
        self._emit(version, "released")

    def _put_off(self, versions: list[Version]) -> None:
        for version in versions:
            assert version.release is not None
            version.release += SPRINT_LENGTH
            self._emit(version, "updated")

    def _mean(self, issue: Issue, version: Version) -> None:
        change_issue(self._site, issue, self._owner, {"fix_versions": (version,)})

    def _emit(self, version: Version, what: str) -> None:
        self._site.emit(Happening(f"jira:version_{what}", self._site.clock.now(), subject=version))
