"""Reports that are computed when somebody asks: what is told of them on the way."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from app.domain.reports.document import Medium
from app.domain.reports.kinds import Kind
from app.services.computed_reports import OfBoard, sprint_health
from tests.factories import day
from tests.services.test_sprint_health import fill


def test_charts_of_a_page_are_asked_for_while_the_rest_is_worked_out(tx: Connection) -> None:
    site, asked = fill(tx), list[Mapping[str, Any]]()

    def draw_soon(specs: Sequence[Mapping[str, Any]]) -> None:
        asked.extend(specs)

    for kind in (Kind.DAILY, Kind.START):
        asked.clear()
        told = sprint_health(tx, site, OfBoard(1), day(8), sprint_id=None, kind=kind, draw_soon=draw_soon)
        page = [one.spec for one in told.report.pictures(Medium.PAGE)]
        assert all(spec in page for spec in asked)
        assert bool(asked) is (kind is not Kind.START)
