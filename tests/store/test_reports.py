"""Reports as they are kept, and what later ones ask of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.store import reports
from app.store.sites import Site
from tests.factories import day
from tests.stores import a_site

ABOUT = {"board_id": 1, "sprint_id": 7}


def kept(tx: Connection, site: Site, at: datetime, *, sprint_id: int = 7, **document: Any) -> None:
    reports.save(
        tx,
        site_id=site.id,
        run_id=None,
        kind="sprint_health",
        board_id=1,
        sprint_id=sprint_id,
        at=at,
        now=at,
        document=document,
    )


def test_the_last_report_before_an_instant_is_of_the_same_sprint_and_never_of_that_instant(
    tx: Connection,
) -> None:
    site = a_site(tx)
    for number in (2, 4, 3):
        kept(tx, site, day(number), number=number)
    kept(tx, site, day(5), sprint_id=8, number=5)
    found = reports.last_before(tx, site.id, "sprint_health", **ABOUT, at=day(9))
    assert found == {"number": 4}
    assert reports.last_before(tx, site.id, "sprint_health", **ABOUT, at=day(4)) == {"number": 3}
    assert reports.last_before(tx, site.id, "sprint_health", **ABOUT, at=day(2)) is None


def test_chances_come_oldest_first_and_a_refused_forecast_has_none(tx: Connection) -> None:
    site = a_site(tx)
    kept(tx, site, day(2), forecast={"refused": "too few sprints"})
    kept(tx, site, day(3), forecast={"chance_of_commitment": 0.5, "chance_of_all": 0.25})
    kept(tx, site, day(4), forecast={"chance_of_commitment": None, "chance_of_all": 1})
    kept(tx, site, day(5), forecast=None)
    told = reports.chances_before(tx, site.id, "sprint_health", **ABOUT, at=day(9), last=3)
    assert told == [(day(3), 0.5, 0.25), (day(4), None, 1.0), (day(5), None, None)]
