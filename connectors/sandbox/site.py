"""The state of the site: everything by id, the numbers it gives out, and who listens to what happens."""

from collections.abc import Callable, Iterable
from itertools import count

from .catalogue import COLUMNS, PROJECT_ID, PROJECT_KEY, PROJECT_NAME
from .clock import SandboxClock
from .model import Attachment, Board, Comment, Happening, Issue, Link, Person, Project, Sprint

Listener = Callable[[Happening], None]

RANK_STEP = 1 << 32
"""Room between two neighbours for 32 insertions at the same place before ranks are spread anew."""


class Site:
    """One Jira Cloud site with one project and two boards."""

    def __init__(self, clock: SandboxClock, people: Iterable[Person], account: Person) -> None:
        self.clock = clock
        self.account = account
        self.people = {person.account_id: person for person in (*people, account)}
        self.project = Project(PROJECT_ID, PROJECT_KEY, PROJECT_NAME, lead=next(iter(self.people.values())))
        self.boards = {
            1: Board(1, f"{PROJECT_KEY} board", "scrum", "10010", COLUMNS),
            2: Board(2, f"{PROJECT_KEY} support", "kanban", "10011", COLUMNS),
        }
        self.issues: dict[int, Issue] = {}
        self.ids_by_key: dict[str, int] = {}
        self.sprints: dict[int, Sprint] = {}
        self.members: dict[int, dict[int, None]] = {}
        self.comments: dict[int, tuple[Issue, Comment]] = {}
        self.attachments: dict[int, Attachment] = {}
        self.links: dict[int, Link] = {}
        self.listeners: list[Listener] = []
        self.lowest_rank = 0
        self.next_issue = count(10100)
        self.next_key = count(1)
        self.next_history = count(20000)
        self.next_comment = count(30000)
        self.next_attachment = count(40000)
        self.next_link = count(50000)
        self.next_sprint = count(1)

    @property
    def scrum_board(self) -> Board:
        return self.boards[1]

    def next_rank(self) -> int:
        """A rank below all others: where new issues go."""
        self.lowest_rank += RANK_STEP
        return self.lowest_rank

    def find(self, id_or_key: str) -> Issue | None:
        """The issue with this id or key; keys are not case-sensitive."""
        if id_or_key.isdecimal():
            return self.issues.get(int(id_or_key))
        return self.issues.get(self.ids_by_key.get(id_or_key.upper(), -1))

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
        return found

    def is_done(self, issue: Issue) -> bool:
        return issue.status.id in self.scrum_board.done_statuses

    def emit(self, happening: Happening) -> None:
        for listener in self.listeners:
            listener(happening)
