from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from app.errors import NotFound, NotUnderstood
from app.services import runs as service
from app.store import runs
from tests.stores import a_site


def ask(tx: Connection, now: datetime, *, site: str = "demo", at: datetime | None = None) -> int:
    return service.request_sprint_health(
        tx,
        site_name=site,
        board_id=1,
        sprint_id=None,
        post_to="BURN-1",
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
    run, report, effects = service.show(tx, number)
    assert (run["kind"], run["state"], report, effects) == ("sync", "waiting", None, [])
    with pytest.raises(NotFound):
        service.show(tx, number + 1)
