from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from app.domain.reports.target import Target
from app.errors import NotFound, NotPossible, NotUnderstood
from app.services import queues
from app.services import runs as service
from app.store import runs, tables
from app.store.claim import claim, renew, settle
from tests.stores import LEASE, a_site, claimed_one


def ask(tx: Connection, now: datetime, *, site: str = "demo", at: datetime | None = None) -> int:
    return service.request_sprint_health(
        tx,
        site_name=site,
        board_id=1,
        sprint_id=None,
        target=Target("BURN-1"),
        at=at,
        now=now,
        requested_by="a test",
    )


def test_a_report_may_be_asked_for_an_instant_before_now_and_for_now(tx: Connection, now: datetime) -> None:
    a_site(tx)
    earlier = now - timedelta(days=3)
    assert runs.get(tx, ask(tx, now, at=earlier))["at"] == earlier
    assert runs.get(tx, ask(tx, now, at=now))["at"] == now
    assert runs.get(tx, ask(tx, now))["at"] == now


def test_a_report_on_the_future_is_refused(tx: Connection, now: datetime) -> None:
    a_site(tx)
    with pytest.raises(NotUnderstood, match="lies ahead") as refused:
        ask(tx, now, at=now + timedelta(seconds=1))
    assert refused.value.field.endswith("/at")


def test_a_run_of_an_unknown_site_is_refused(tx: Connection, now: datetime) -> None:
    with pytest.raises(NotFound, match="no site 'nowhere'"):
        ask(tx, now, site="nowhere")
    with pytest.raises(NotFound, match="no site 'nowhere'"):
        service.request_sync(tx, site_name="nowhere", now=now, requested_by="a test")


def test_a_run_is_shown_with_what_it_made(tx: Connection, now: datetime) -> None:
    a_site(tx)
    number = service.request_sync(tx, site_name="demo", now=now, requested_by="a test")
    shown = service.show(tx, number, now=now)
    assert (shown.run["kind"], shown.run["state"], shown.report, shown.effects) == (
        "sync",
        "waiting",
        None,
        [],
    )
    assert shown.next == "carried out as soon as a worker is free"
    with pytest.raises(NotFound):
        service.show(tx, number + 1, now=now)


def test_a_worker_whose_run_was_cancelled_can_neither_go_on_nor_end_it(tx: Connection, now: datetime) -> None:
    a_site(tx)
    number = service.request_sync(tx, site_name="demo", now=now, requested_by="a test")
    (work,) = claim(tx, tables.runs, worker="w", now=now, lease=LEASE, limit=1)
    seen = service.cancel(tx, number, now=now)
    assert (seen.row["state"], seen.next) == ("cancelled", "nothing, unless it is retried: it was called off")
    assert not renew(tx, work, until=now + LEASE)
    assert not settle(tx, work, state="done", now=now)
    queues.retry(tx, queues.RUNS, number, now=now)
    (again,) = claim(tx, tables.runs, worker="w", now=now, lease=LEASE, limit=1)
    assert not settle(tx, work, state="done", now=now), "the old claim stays fenced off"
    assert settle(tx, again, state="done", now=now)


def test_a_failed_run_that_nobody_needs_any_more_is_let_go_of(tx: Connection, now: datetime) -> None:
    """What failed waits for an admin: retrying a sync of last week must not be all that he can do."""
    site = a_site(tx)
    number = service.request_sync(tx, site_name=site.name, now=now, requested_by="test")
    work = claimed_one(tx, tables.runs, now)
    settle(tx, work, state="failed", now=now, reason="Jira was down.")
    seen = service.cancel(tx, number, now=now)
    assert (seen.row["state"], seen.row["reason"]) == (
        "cancelled",
        "Cancelled by an admin. Before: Jira was down.",
    )


def test_a_run_that_has_ended_is_not_cancelled(tx: Connection, now: datetime) -> None:
    a_site(tx)
    number = service.request_sync(tx, site_name="demo", now=now, requested_by="a test")
    (work,) = claim(tx, tables.runs, worker="w", now=now, lease=LEASE, limit=1)
    settle(tx, work, state="done", now=now)
    with pytest.raises(
        NotPossible, match=f"Run {number} is done; only one that is waiting or claimed or failed"
    ):
        service.cancel(tx, number, now=now)
