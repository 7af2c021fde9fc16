"""What jobs are given: the store, the clock, and each site with the way to its Jira."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.domain.scrum.calendar import Calendar
from app.metrics import Metrics
from app.services.ruling import RuleBook
from app.services.similarity import Learnt
from app.store.database import Database
from app.tracing import Tracing
from connectors.jira.client import JiraClient
from connectors.web import Hosts


@dataclass(frozen=True, slots=True)
class JiraSite:
    """One site that we work for.

    Attributes:
        projects: keys of the projects to keep; empty for all that the account can see.
        calendars: working days by board; boards that are not named work Monday to Friday in UTC.
        in_words: boards whose reports show no picture.
    """

    id: int
    name: str
    jira: JiraClient
    projects: tuple[str, ...]
    calendars: Mapping[int, Calendar]
    in_words: frozenset[int] = frozenset()

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
