"""Data Center's search, read page by page while people edit: nothing is left out."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.jira.deployment import Deployment
from connectors.jira.keyset import Order, Place, restricted, split_order
from tests.connectors.jira.site import PATIENT, Site, ok

START = datetime(2026, 11, 2, 10, tzinfo=UTC)


class Editors:
    """A project whose issues are edited (or deleted) between two pages."""

    def __init__(self, seconds: list[int], *, most: int) -> None:
        self.rows = {
            str(number): {"created": at, "updated": at} for number, at in enumerate(seconds, start=1)
        }
        self.most, self.clock = most, max(seconds, default=0) + 1
        self.edits: list[tuple[str, int]] = []
        self.asked: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)
        self.asked.append(asked)
        order = re.search(r"ORDER BY (created|updated) ASC, key ASC$", asked["jql"])
        since = re.search(r"(?:created|updated) >= (\d+)", asked["jql"])
        assert order is not None
        floor = int(since[1]) if since else 0
        found = [
            (row[order[1]], int(issue))
            for issue, row in self.rows.items()
            if milliseconds(row[order[1]]) >= floor
        ]
        page = sorted(found)[asked["startAt"] :][: min(self.most, asked["maxResults"])]
        answer = {
            "startAt": asked["startAt"],
            "maxResults": self.most,
            "total": len(found),
            "issues": [self.shown(str(number)) for _, number in page],
        }
        if self.edits:
            self.edit(*self.edits.pop())
        return ok(answer)

    def shown(self, issue: str) -> dict[str, Any]:
        fields = {name: text(at) for name, at in self.rows[issue].items()}
        return {"id": issue, "key": f"BURN-{issue}", "fields": fields}

    def edit(self, what: str, which: int) -> None:
        if not self.rows:
            return
        issue = sorted(self.rows)[which % len(self.rows)]
        if what == "delete":
            del self.rows[issue]
        else:
            self.clock += 1
            self.rows[issue]["updated"] = self.clock


def milliseconds(at: int) -> int:
    return int((START + timedelta(seconds=at)).timestamp() * 1000)


def text(at: int) -> str:
    return (START + timedelta(seconds=at)).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


@PATIENT
@given(
    seconds=st.lists(st.integers(0, 600) | st.just(60), max_size=40),
    most=st.integers(2, 9),
    edits=st.lists(st.tuples(st.sampled_from(["edit", "edit", "delete"]), st.integers(0, 99)), max_size=12),
    order=st.sampled_from(Order),
)
async def test_every_issue_that_stays_is_read_whatever_others_do_meanwhile(
    seconds: list[int], most: int, edits: list[tuple[str, int]], order: Order
) -> None:
    editors = Editors(seconds, most=most)
    editors.edits = edits
    async with Site(None, deployment=Deployment.DATA_CENTER).opened() as site:
        site.router.route(path="/rest/api/2/myself").mock(return_value=ok({}))
        site.serves("POST", "/rest/api/2/search", editors)
        jql = "project = BURN"
        found = [each["id"] async for each in site.jira.search(jql, fields=["summary"], order=order)]
    assert set(found) >= editors.rows.keys()
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("jql", "expected"),
    [
        ("project = A ORDER BY updated ASC", ("project = A", Order.UPDATED)),
        ("project = A order by created, key asc", ("project = A", Order.CREATED)),
        ("project = A", ("project = A", Order.CREATED)),
        ("project = A ORDER BY rank", ("project = A ORDER BY rank", None)),
        ("project = A ORDER BY updated DESC", ("project = A ORDER BY updated DESC", None)),
        ('summary ~ "order by updated"', ('summary ~ "order by updated"', Order.CREATED)),
    ],
)
def test_the_order_is_taken_from_the_query(jql: str, expected: tuple[str, Order | None]) -> None:
    assert split_order(jql) == expected


def test_a_restriction_keeps_the_meaning_of_or() -> None:
    assert restricted("a = 1 OR b = 2", Order.CREATED, 60_000) == (
        "(a = 1 OR b = 2) AND created >= 60000 ORDER BY created ASC, key ASC"
    )


@given(
    since=st.none() | st.integers(1, 10**14), start=st.integers(0, 9999), last=st.none() | st.just("10001")
)
def test_a_place_survives_as_text(since: int | None, start: int, last: str | None) -> None:
    assert Place.of(Place(since, start, last).token()) == Place(since, start, last)
