"""Parents that are each other's children, which no Jira allows and its data may hold."""

import pytest
from sqlalchemy import Connection

from app.services.grooming_wish import read_wish
from app.services.jql import UTC_ZONE, search
from app.services.similarity import Learnt
from app.store.sites import Site
from tests.services.stored_backlog import NOW, SAME, from_nothing, save, site

__all__ = ["site"]


def put(tx: Connection, site: Site, number: int, above: int, level: int) -> None:
    kind = {"id": f"1000{level}", "name": "Epic" if level else "Story", "hierarchyLevel": level}
    parent = {"id": f"1{above}", "key": f"BURN-{above}"}
    save(tx, site, number, parent=parent, issuetype=kind, summary=SAME, description=SAME)


@pytest.mark.parametrize("level", [0, 1])
def test_a_circle_of_parents_is_gone_through_once(tx: Connection, site: Site, level: int) -> None:
    """Two in each other, one in itself."""
    for number, above in ((1, 2), (2, 1), (3, 3)):
        put(tx, site, number, above, level)
    children = search(tx, site, "issue in childIssuesOf('BURN-1')", now=NOW, zone=UTC_ZONE)
    assert set(children) == {"BURN-1", "BURN-2"}
    found, _ = from_nothing(tx, site, NOW, read_wish({}))
    assert found.review.backlog.by_id.keys() >= {"11", "12", "13"}
    alike = Learnt().duplicates(tx, site, "BURN-1", limit=10)
    assert {one.key for one in alike.candidates} == {"BURN-3"}, "its own family is left out"
