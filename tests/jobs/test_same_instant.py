"""Two changes of an issue within one millisecond: whichever picture comes last, the later change stands."""

import pytest
from sqlalchemy import Connection

from app.store import tables
from tests.factories import DONE, TO_DO, day
from tests.jobs.telling import applied, applied_together
from tests.payloads import issue, issue_event, status_item
from tests.stores import a_site, rows


@pytest.mark.parametrize("together", [False, True])
def test_of_two_changes_at_the_same_instant_the_later_one_stands(tx: Connection, *, together: bool) -> None:
    site = a_site(tx)
    back = [status_item(DONE, TO_DO)]
    first = issue_event("jira:issue_updated", issue(1, updated=day(3)), at=day(3), history=10, items=back)
    second = issue_event(
        "jira:issue_updated",
        issue(1, updated=day(3), status=DONE),
        at=day(3),
        history=11,
        items=[status_item(TO_DO, DONE)],
    )
    story = [first, second, first]
    applied_together(tx, site, story) if together else applied(tx, site, *story)
    (row,) = rows(tx, tables.issues)
    assert row["status_id"] == DONE
