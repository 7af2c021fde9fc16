"""Events as Jira tells them, folded into a store."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from app.store import tables
from app.store.sites import Site
from connectors.jira.webhook import read_event
from jobs.folding import apply
from jobs.told import APPLIED, Outcome, Told
from tests.factories import day
from tests.jobs.support import unconnected
from tests.payloads import encoded

KEPT = (
    tables.issues,
    tables.changes,
    tables.sprints,
    tables.sprint_issues,
    tables.board_sprints,
    tables.comments,
    tables.boards,
)


def told(site: Site, event: dict[str, Any], *, projects: tuple[str, ...] = ()) -> Told:
    read = read_event(encoded(event))
    return Told(1, read, site, unconnected(site, projects), read.at or day(20))


def tell(tx: Connection, site: Site, event: dict[str, Any], *, projects: tuple[str, ...] = ()) -> Outcome:
    (outcome,) = apply(tx, [told(site, event, projects=projects)])
    return outcome


def applied(tx: Connection, site: Site, *events: dict[str, Any]) -> None:
    """One after the other."""
    for event in events:
        assert tell(tx, site, event) == APPLIED


def applied_together(tx: Connection, site: Site, events: Sequence[dict[str, Any]]) -> None:
    outcomes = apply(tx, [told(site, event) for event in events])
    assert outcomes == [APPLIED] * len(events)
