"""What jobs are given: the store, the clock, and each site with the way to its Jira."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.domain.reports.target import Target
from app.domain.scrum.calendar import Calendar
from app.domain.sprint_health.habits import BoardHabits
from app.metrics import Metrics
from app.services.board_habits import Team
from app.services.flow import WEEKS
from app.services.ruling import RuleBook
from app.services.secrets import Keyring
from app.services.similarity import Learnt
from app.store import things
from app.store.database import Database
from app.tracing import Tracing
from connectors.jira.client import JiraClient
from connectors.web import Hosts
from jobs.early_changes import EarlyChanges


@dataclass(frozen=True, slots=True)
class BoardReports:
    """What the settings say of the reports of a board.

    Attributes:
        target: where they go.
        kinds: of runs; those of a sprint's moments are made when they are due.
        channels: names of those that are told, too.
        show_restricted: whether issues with a security level are named.
        habits: how the team works.
    """

    target: Target
    kinds: frozenset[str]
    channels: tuple[str, ...] = ()
    show_restricted: bool = False
    habits: BoardHabits = field(default_factory=BoardHabits)


@dataclass(frozen=True, slots=True)
class FlowReports:
    """What the settings say of the reports on a board's flow.

    Attributes:
        target: where they go.
        weeks: that are measured.
        channels: names of those that are told, too.
        show_restricted: whether issues with a security level are named.
        habits: how the team works.
        picture: whether the comment shows its charts.
    """

    target: Target = field(default_factory=Target)
    weeks: int = WEEKS
    channels: tuple[str, ...] = ()
    show_restricted: bool = False
    habits: BoardHabits = field(default_factory=BoardHabits)
    picture: bool = True


@dataclass(frozen=True, slots=True)
class JiraSite:
    """One site that we work for.

    Attributes:
        projects: keys of the projects to keep; empty for all that the account can see.
        calendars: working days by board; boards that are not named work Monday to Friday in UTC.
        in_words: boards whose reports show no picture.
        reports: what else the settings say of them, by board.
        channels: addresses of Apprise by name; they are secret.
        groups: names of those whose members are kept for JQL.
        flow: by board, what they say of the reports on its flow.
        report_issues: keys of issues that carry reports by the settings: they count in no flow and are not
            delivered.
        grooming_wish: by board, what they say of the grooming of its backlog; see
            `app.services.grooming_wish.read_wish`.
    """

    id: int
    name: str
    jira: JiraClient
    projects: tuple[str, ...]
    calendars: Mapping[int, Calendar]
    in_words: frozenset[int] = frozenset()
    reports: Mapping[int, BoardReports] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict, repr=False)
    groups: tuple[str, ...] = ()
    flow: Mapping[int, FlowReports] = field(default_factory=dict)
    report_issues: frozenset[str] = frozenset()
    grooming_wish: Callable[[int], Mapping[str, Any]] = lambda _: {}

    def target_of(self, board_id: int) -> Target:
        """Where the reports of a board go."""
        found = self.reports.get(board_id)
        return found.target if found else Target()

    def channels_of(self, board_id: int) -> tuple[str, ...]:
        """Names of the channels that are told the reports of a board."""
        found = self.reports.get(board_id)
        return found.channels if found else ()

    def flow_of(self, board_id: int) -> FlowReports:
        """What the settings say of the reports on the flow of a board."""
        return self.flow.get(board_id, FlowReports())

    def shows_restricted(self, board_id: int) -> bool:
        """Whether the reports of a board name issues that have a security level."""
        found = self.reports.get(board_id) or self.flow.get(board_id)
        return found is not None and found.show_restricted

    def habits_of(self, board_id: int) -> BoardHabits:
        """How the team of a board works."""
        found = self.reports.get(board_id) or self.flow.get(board_id)
        return found.habits if found else BoardHabits()

    def team_of(self, board_id: int | None) -> Team:
        """The same, and on which days."""
        board = board_id or 0  # no board has that number
        return Team(self.calendars.get(board, Calendar()), self.habits_of(board))

    def wants(self, project_key: str) -> bool:
        """Whether issues of the project belong into the store."""
        return not self.projects or project_key in self.projects


@dataclass(frozen=True, slots=True)
class Context:
    """Handed to every job.

    Attributes:
        now: the clock; jobs ask it, the domain is told.
        store_now: the clock of the store, inside a transaction: the same for all who share it. Leases, and
            when something is due, go by it.
        metrics: are told what happened.
        traces: record what belongs together.
        draw: makes a PNG of a Vega-Lite document.
        rules: those that may fire.
        hosts: that rules may ask.
        learnt: of the texts of issues.
        channel_hosts: servers of the own network that messages may be sent to.
        keyring: opens the secrets that rules name.
        early: changes of which a webhook may still tell.
        wake: call it after work was put into the store, so that nobody waits for the next look.
    """

    database: Database
    sites: Mapping[int, JiraSite]
    now: Callable[[], datetime]
    store_now: Callable[[Connection], datetime]
    wake: Callable[[], None]
    metrics: Metrics
    traces: Tracing
    draw: Callable[[Mapping[str, Any]], bytes]
    rules: RuleBook = field(default_factory=RuleBook)
    hosts: Hosts = field(default_factory=Hosts)
    learnt: Learnt = field(default_factory=Learnt)
    channel_hosts: tuple[str, ...] = ()
    keyring: Keyring = field(default_factory=Keyring)
    early: EarlyChanges = field(default_factory=EarlyChanges)

    async def named(self, site_id: int, account: str | None) -> str | None:
        """As Jira takes somebody: on Data Center by the login name, while the key is what stays."""
        return await self.database.call_read(lambda tx: things.login_name(tx, site_id, account))
