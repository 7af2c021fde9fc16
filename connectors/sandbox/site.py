"""The state of the site: everything by id, the numbers it gives out, and who listens to what happens."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import count

from .catalogue import COLUMNS, LIMITED, PROJECT_ID, PROJECT_KEY, PROJECT_NAME, Catalogue, house_catalogue
from .clock import SandboxClock
from .edition import CLOUD, Edition
from .model import Attachment, Board, Comment, Happening, Issue, Link, Person, Project, Sprint, Worklog

Listener = Callable[[Happening], None]

RANK_STEP = 1 << 32
"""Room between two neighbours for 32 insertions at the same place before ranks are spread anew."""


class Site:
    """One Jira site. It opens empty but for its people and its set-up."""

    def __init__(
        self,
        clock: SandboxClock,
        people: Iterable[Person],
        account: Person,
        *,
        edition: Edition = CLOUD,
        catalogue: Catalogue | None = None,
    ) -> None:
        self.clock = clock
        self.account = account
        self.edition = edition
        self.catalogue = catalogue or house_catalogue(edition.more_fields)
        self.people = {person.account_id: person for person in (*people, account)}
        self.groups: tuple[str, ...] = ()
        """Names of those beside the one of everybody."""
        self.projects: dict[str, Project] = {}
        self.boards: dict[int, Board] = {}
        self.issues: dict[int, Issue] = {}
        self.ids_by_key: dict[str, int] = {}
        self.sprints: dict[int, Sprint] = {}
        self.members: dict[int, dict[int, None]] = {}
        self.comments: dict[int, tuple[Issue, Comment]] = {}
        self.worklogs: dict[int, tuple[Issue, Worklog]] = {}
        self.attachments: dict[int, Attachment] = {}
        self.links: dict[int, Link] = {}
        self.deleted_worklogs: dict[int, int] = {}
        """Id to the epoch milliseconds of the deletion."""
        self.listeners: list[Listener] = []
        self.quiet = False
        """While it is, nothing is told to webhooks."""
        self.lowest_rank = 0
        self.next_issue = count(10100)
        self.next_history = count(20000)
        self.next_comment = count(30000)
        self.next_attachment = count(40000)
        self.next_link = count(50000)
        self.next_worklog = count(60000)
        self.next_thing = count(10200)
        """For projects, versions, components and remote links."""
        self.next_sprint = count(1)
        self.next_board = count(1)

    def found_the_house(self) -> None:
        """The project and the two boards of the simulated team."""
        project = self.add_project(PROJECT_KEY, PROJECT_NAME, number=PROJECT_ID)
        for name, kind, columns in (("board", "scrum", COLUMNS), ("support", "kanban", LIMITED)):
            number = next(self.next_board)
            self.boards[number] = Board(
                number, f"{PROJECT_KEY} {name}", kind, str(10009 + number), columns, (project.id,)
            )

    def add_project(
        self, key: str, name: str, *, number: str | None = None, lead: Person | None = None
    ) -> Project:
        number = number or str(next(self.next_thing))
        lead = lead or next(iter(self.people.values()))
        project = self.projects[number] = Project(number, key.upper(), name, lead)
        return project

    @property
    def project(self) -> Project:
        """The first project: the only one of the simulated team."""
        return next(iter(self.projects.values()))

    def find_project(self, id_or_key: object) -> Project | None:
        text = str(id_or_key).upper()
        return self.projects.get(text) or next(
            (one for one in self.projects.values() if one.key == text), None
        )

    @property
    def scrum_board(self) -> Board:
        return next(board for board in self.boards.values() if board.type == "scrum")

    def next_rank(self) -> int:
        """A rank below all others: where new issues go."""
        self.lowest_rank += RANK_STEP
        return self.lowest_rank

    def find(self, id_or_key: str) -> Issue | None:
        """The issue with this id or key, also a former key; keys are not case-sensitive. None if hidden."""
        issue = self._of(id_or_key)
        return None if issue is None or issue.concealed == "hidden" else issue

    def hides(self, id_or_key: str) -> bool:
        """Whether there is such an issue, and not for the account."""
        issue = self._of(id_or_key)
        return issue is not None and issue.concealed == "hidden"

    def _of(self, id_or_key: str) -> Issue | None:
        number = int(id_or_key) if id_or_key.isdecimal() else self.ids_by_key.get(id_or_key.upper(), -1)
        return self.issues.get(number)

    def visible(self) -> Iterator[Issue]:
        """What a search may find."""
        return (issue for issue in self.issues.values() if not issue.concealed)

    def sprints_of(self, issue: Issue) -> tuple[int, ...]:
        """A sub-task has no sprint of its own: it shows its parent's, and no history of it."""
        if issue.type.subtask and issue.parent in self.issues:
            return self.issues[issue.parent].sprints
        return issue.sprints

    def in_sprint(self, sprint_id: int) -> list[Issue]:
        """Issues that show the sprint in their Sprint field, sub-tasks after their parents."""
        found: list[Issue] = []
        for issue_id in self.members.get(sprint_id, {}):
            issue = self.issues[issue_id]
            found += [issue, *(self.issues[child] for child in issue.subtasks)]
        return [issue for issue in found if not issue.concealed]

    def on_board(self, board: Board, issue: Issue) -> bool:
        return not board.projects or issue.project.id in board.projects

    def is_done(self, issue: Issue) -> bool:
        """As the first scrum board has it; as the status says, where there is none."""
        return self.are_done()(issue)

    def are_done(self) -> Callable[[Issue], bool]:
        """Whether an issue is done, for who asks of many."""
        board = next((one for one in self.boards.values() if one.type == "scrum"), None)
        if board is None:
            return lambda issue: issue.status.category == "done"
        done = board.done_statuses
        return lambda issue: issue.status.id in done

    def emit(self, happening: Happening) -> None:
        for listener in self.listeners:
            listener(happening)

    @contextmanager
    def silence(self) -> Iterator[None]:
        """What happens meanwhile is told to no webhook."""
        before, self.quiet = self.quiet, True
        try:
            yield
        finally:
            self.quiet = before
