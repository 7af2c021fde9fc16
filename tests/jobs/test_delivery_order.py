"""In which order events come, how often, and how they are cut into batches makes no difference."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete

from app.store import boards, tables
from app.store.sites import Site
from jobs.folding import apply
from tests.factories import DONE, SPRINT_FIELD, TO_DO, a_board, a_sprint, day
from tests.jobs.telling import KEPT, applied, applied_together, told
from tests.payloads import (
    PERSON,
    board_event,
    comment,
    comment_event,
    configuration_event,
    issue,
    issue_event,
    item,
    sprint_event,
    sprint_string,
    status_item,
)
from tests.stores import a_site, rows

# pictures of one issue, or of one sprint, with the same instant and different content.


def _story(number: int) -> list[dict[str, Any]]:
    """An issue's life: made, put into the sprint, moved, estimated, perhaps deleted."""
    first = issue(number, updated=day(1), sprints=None, points=None)
    joined = [item("Sprint", SPRINT_FIELD, ("", ""), ("7", "Sprint 7"))]
    done = [status_item(TO_DO, DONE)]
    left = [item("Sprint", SPRINT_FIELD, ("7", "Sprint 7"), ("8", "Sprint 8"))]
    last = issue(number, updated=day(4), status=DONE, sprints=[sprint_string(8)])
    return [
        issue_event("jira:issue_created", first, at=day(1), history=number * 100, items=joined),
        issue_event(
            "jira:issue_updated",
            issue(number, updated=day(2)),
            at=day(2),
            history=number * 100 + 1,
            items=joined,
        ),
        issue_event(
            "jira:issue_updated",
            issue(number, updated=day(3), status=DONE),
            at=day(3),
            history=number * 100 + 2,
            items=done,
        ),
        issue_event("jira:issue_updated", last, at=day(4), history=number * 100 + 3, items=left),
    ]


EVENTS: Sequence[dict[str, Any]] = (
    *_story(1),
    *_story(2),
    issue_event("jira:issue_deleted", issue(2, updated=day(5), status=DONE), at=day(6)),
    comment_event("comment_created", comment(at=day(1)), at=day(1)),
    comment_event("comment_updated", comment(at=day(2), body="No."), at=day(2)),
    comment_event("comment_created", comment(501, at=day(1)), at=day(1)),
    comment_event("comment_deleted", comment(501, at=day(1)), at=day(3)),
    sprint_event("sprint_created", at=day(0), state="future"),
    sprint_event("sprint_started", at=day(1)),
    sprint_event("sprint_updated", at=day(3), goal="Pay by card"),
    sprint_event("sprint_closed", at=day(12), state="closed", completeDate="2026-03-13T10:00:00.000Z"),
    sprint_event("sprint_created", at=day(1), id=8, state="future"),
    sprint_event("sprint_deleted", at=day(9), id=8, state="future"),
)


# Told in another order these would end otherwise; cut into other batches they must not.
CONTRARY: Sequence[dict[str, Any]] = (
    issue_event("jira:issue_updated", issue(1, updated=day(3), status=TO_DO), at=day(3)),
    issue_event("jira:issue_updated", issue(1, updated=day(3), sprints=[sprint_string(9)]), at=day(3)),
    issue_event("jira:issue_created", issue(3, updated=day(1)), at=day(1)),
    issue_event("jira:issue_deleted", {"id": "13", "key": "BURN-3", "fields": {}}, at=day(4)),
    issue_event("jira:issue_deleted", {"id": "13", "key": "BURN-3", "fields": {}}, at=day(5)),
    issue_event("jira:issue_updated", issue(3, project="OTHER", updated=day(2)), at=day(2)),
    issue_event("jira:issue_deleted", issue(3, project="OTHER", updated=day(2)), at=day(6)),
    issue_event(
        "jira:issue_updated", issue(2, status=DONE), at=day(2), history=201, items=[status_item("3", "5")]
    ),
    comment_event("comment_deleted", comment(502) | {"created": None, "updated": None}, at=day(2)),
    comment_event("comment_created", comment(502, at=day(1)), at=day(1)),
    comment_event("comment_updated", comment(502, at=day(1), body="At the same instant."), at=day(1)),
    comment_event("comment_deleted", comment(502, at=day(1)), at=day(4)),
    board_event("board_updated", at=day(1)),
    configuration_event(at=day(2)),
    board_event("board_deleted", at=day(3)),
    sprint_event("sprint_started", at=day(3)),
    issue_event("jira:issue_updated", {"key": "BURN-9", "fields": {}}, at=day(1)),
    {"webhookEvent": "jira:issue_teleported"},
)
ALL = (*EVENTS, *CONTRARY)


def emptied(tx: Connection, site: Site) -> None:
    for table in KEPT:
        tx.execute(delete(table))
    boards.save_board(tx, site.id, a_board(), heard_at=day(0), project_key="BURN")


def kept(tx: Connection) -> list[Any]:
    return [rows(tx, table) for table in KEPT]


def one_by_one(tx: Connection, site: Site, events: Sequence[dict[str, Any]]) -> list[Any]:
    emptied(tx, site)
    applied(tx, site, *events)
    return kept(tx)


def batches(data: st.DataObject, events: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """The same events in the same order, cut anywhere."""
    cuts = sorted(data.draw(st.sets(st.integers(1, len(events)), max_size=5)) | {len(events)})
    yield from (events[start:end] for start, end in pairwise([0, *cuts]))


@settings(max_examples=60, derandomize=True)
@given(data=st.data())
def test_events_in_any_order_any_number_of_times_in_any_batches_end_in_the_same_rows(
    tx: Connection, data: st.DataObject
) -> None:
    site = a_site(tx)
    chosen = data.draw(st.lists(st.integers(0, len(EVENTS) - 1), min_size=1, unique=True))
    again = data.draw(st.lists(st.sampled_from(chosen)))
    order = data.draw(st.permutations(chosen + again))
    expected = one_by_one(tx, site, [EVENTS[number] for number in sorted(chosen)])
    emptied(tx, site)
    for batch in batches(data, [EVENTS[number] for number in order]):
        applied_together(tx, site, batch)
    assert kept(tx) == expected


@settings(max_examples=100, derandomize=True)
@given(data=st.data())
def test_a_batch_does_what_its_events_would_do_one_after_the_other(
    tx: Connection, data: st.DataObject
) -> None:
    """Whatever they say, however they contradict each other; what becomes of each is the same too."""
    site, only = a_site(tx), ("BURN",)
    numbers = data.draw(st.lists(st.integers(0, len(ALL) - 1), min_size=1, max_size=30))
    events = [told(site, ALL[number], projects=only) for number in numbers]
    emptied(tx, site)
    expected = [outcome for one in events for outcome in apply(tx, [one])]
    rows_expected = kept(tx)
    emptied(tx, site)
    outcomes = [outcome for batch in batches(data, events) for outcome in apply(tx, batch)]
    assert outcomes == expected
    assert kept(tx) == rows_expected


def test_the_whole_story_ends_alike_forwards_and_backwards_and_at_once(tx: Connection) -> None:
    site = a_site(tx)
    forwards = one_by_one(tx, site, EVENTS)
    assert one_by_one(tx, site, EVENTS[::-1]) == forwards
    emptied(tx, site)
    applied_together(tx, site, EVENTS[::-1])
    assert kept(tx) == forwards
    assert boards.get_sprint(tx, site, 7) == a_sprint(
        activated=None,
        completed=day(12) - timedelta(hours=2),
        goal="Pay by invoice",
    )
    assert PERSON["accountId"] in {row["author"] for row in rows(tx, tables.changes)}
