"""The order that a formula gives to a backlog in the store."""

from typing import Any

import pytest
from sqlalchemy import Connection

from app.domain.scrum.calendar import Calendar
from app.domain.scrum.things_from_jira import read_links
from app.errors import NotPossible
from app.services.backlog_priority import backlog_priority, described_priority
from app.services.grooming_wish import read_wish
from app.services.rendering import render
from app.store import things
from app.store.sites import Site
from tests.factories import day
from tests.services.stored_backlog import NOW, save
from tests.services.stored_backlog import site as site  # noqa: PLC0414 - a fixture


def test_linked_issues_reach_the_formula_from_both_ends_of_a_link(tx: Connection, site: Site) -> None:
    blocks = {"id": "1", "name": "Blocks", "outward": "blocks", "inward": "is blocked by"}

    def link(number: int, other: int) -> dict[str, Any]:
        mention = {"id": f"1{other}", "key": f"BURN-{other}", "fields": {"summary": "x"}}
        return {"id": str(number), "type": blocks, "outwardIssue": mention}

    for number in (1, 2, 3):
        save(tx, site, number, customfield_99={"value": f"{number}00"})
    listed = {"12": [link(71, 1)], "13": [link(72, 1)]}
    at = day(8)
    things.replace_links(
        tx, site, {one: things.OfIssue(read_links(one, links), at) for one, links in listed.items()}
    )
    for formula, links, values in (
        ("asked", {"asked": {"type": "is blocked by"}}, [2, 0, 0]),
        ("asked", {"asked": {"type": "Blocks", "sum": "customfield_99"}}, [500, 100, 100]),
        ("asked", {"asked": {"project": "OTHER"}}, [0, 0, 0]),
    ):
        wish = read_wish({"priority": {"formula": formula, "links": links}})
        told = backlog_priority(tx, site, board_id=1, at=NOW, calendar=Calendar(), wish=wish)
        found = {one.item.key: one.value for one in told.ranking.scored}
        assert found == dict(zip(("BURN-1", "BURN-2", "BURN-3"), values, strict=True))
    wish = read_wish({"priority": {"formula": "asked", "links": {"asked": {"type": "Request"}}}})
    with pytest.raises(NotPossible, match=r"counts links 'Request', and Jira has none\. There are: Blocks\."):
        backlog_priority(tx, site, board_id=1, at=NOW, calendar=Calendar(), wish=wish)


def test_votes_and_watchers_reach_the_formula_from_what_jira_wrote(tx: Connection, site: Site) -> None:
    save(tx, site, 1, votes={"votes": 7, "hasVoted": False}, watches={"watchCount": 3, "isWatching": True})
    save(tx, site, 2, votes={"votes": 0, "hasVoted": False}, watches={"watchCount": 1, "isWatching": False})
    wish = read_wish({"priority": {"formula": "votes * 10 + watchers"}})
    told = backlog_priority(tx, site, board_id=1, at=NOW, calendar=Calendar(), wish=wish)
    found = {one.item.key: (one.value, dict(one.parts)) for one in told.ranking.scored}
    assert found == {
        "BURN-1": (73, {"votes": 7, "watchers": 3}),
        "BURN-2": (1, {"votes": 0, "watchers": 1}),
    }


def test_a_formula_that_no_issue_has_values_for_is_no_order(tx: Connection, site: Site) -> None:
    """Its report said in green that the backlog stands as its scores say."""
    said = {}
    save(tx, site, 1)
    for formula, fields in (("value", {"value": "Business Value"}), ("age_days", {})):
        wish = read_wish({"priority": {"formula": formula, "fields": fields}})
        told = backlog_priority(tx, site, board_id=1, at=NOW, calendar=Calendar(), wish=wish)
        text = render(described_priority(told), style="markdown", base_url="", draw=str)
        said[formula] = "No issue has a score" in text, "stands as its scores say" in text
    assert said == {"value": (True, False), "age_days": (False, True)}
