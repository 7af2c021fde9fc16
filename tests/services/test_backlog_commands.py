"""Commands in comments, as the store has them and as the report tells of them."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, update

from app.domain.scrum.calendar import Calendar
from app.domain.scrum.from_jira import read_comment
from app.services.backlog_grooming import backlog_health, described
from app.services.grooming_wish import read_wish
from app.store import project_roles, tables
from app.store.sites import Site
from tests.factories import day
from tests.payloads import as_jira_writes
from tests.services.stored_backlog import BOARD, NOW, read, save, say
from tests.services.stored_backlog import site as site  # noqa: PLC0414 - a fixture


def test_a_command_that_came_with_an_edit_counts_from_the_edit(tx: Connection, site: Site) -> None:
    save(tx, site, 1, description=None)
    say(tx, site, 1, "Nobody needs this.", at=day(1))
    edited = update(tables.comments).values(body="Nobody needs this now.\n/snooze 5d", updated=day(8))
    tx.execute(edited)
    said = read(tx, site).said["11"]
    assert said.is_quiet(day(13) - timedelta(seconds=1))
    assert not said.is_quiet(day(13))


def test_the_report_says_how_to_write_what_could_not_be_understood(tx: Connection, site: Site) -> None:
    for number in (1, 2):
        save(tx, site, number, description=None)
    say(tx, site, 1, "/snooze until spring", at=day(8))
    say(tx, site, 2, "/duplicate that one", at=day(8))
    say(tx, site, 2, "/duplicate burn-1", at=day(9))
    health = backlog_health(tx, site, board_id=BOARD.id, at=NOW, calendar=Calendar(), wish=read_wish({}))
    assert [(item.key, one.line) for item, one in health.unread] == [("BURN-1", "/snooze until spring")]
    report = described(health).report
    assert "/snooze until spring by dana" in str(report)
    assert "Say for how long, as in /snooze 30d or /snooze 6w." in str(report)
    assert read(tx, site).said["12"].duplicate_of == "BURN-1"


def test_a_comment_that_is_not_for_everybody_commands_and_is_told_to_nobody(
    tx: Connection, site: Site
) -> None:
    """Support writes to its own: customers read the report, and neither their names nor their words."""
    project_roles.keep(tx, site, "BURN", "Developers", ["quentin", "eve"], day(1))
    for number in (1, 2, 3, 4, 5):
        save(tx, site, number, description=None)
    say(tx, site, 1, "/keep", at=day(8), by="quentin", limited=True)
    say(tx, site, 2, "/snooze till the lawsuit is over", at=day(8), by="quentin", limited=True)
    say(tx, site, 3, "/duplicate burn-1", at=day(8), by="quentin", limited=True)
    say(tx, site, 4, "/ready", at=day(8), by="victor", limited=True)
    say(tx, site, 5, "/duplicate burn-1", at=day(8), by="eve")
    wish = read_wish({"command_roles": ["Developers"]})
    health = backlog_health(tx, site, board_id=BOARD.id, at=NOW, calendar=Calendar(), wish=wish)
    assert "11" not in health.review.marks
    made = described(health)
    for told in (str(made.report), str(made.document())):
        assert "BURN-2" in told
        assert "Somebody wrote that it is a duplicate of BURN-1" in told
        assert "eve wrote that it is a duplicate of BURN-1" in told
        for secret in ("lawsuit", "quentin", "victor"):
            assert secret not in told


@pytest.mark.parametrize(
    ("says", "limited"),
    [
        ({}, False),
        ({"visibility": {"type": "role", "value": "Developers"}}, True),
        ({"visibility": {"type": "group", "value": "leads", "identifier": "5c1"}}, True),
        ({"jsdPublic": True}, False),
        ({"jsdPublic": False}, True),
    ],
)
def test_a_comment_says_whether_everybody_may_read_it(says: dict[str, object], limited: bool) -> None:
    document = {"id": "7", "author": {"accountId": "dana"}, "created": as_jira_writes(day(1)), "body": "x"}
    assert read_comment({**document, **says}, "11")["limited"] is limited
