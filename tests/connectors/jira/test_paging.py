"""Any way that Jira may cut a list into pages, and what happens when it goes round in circles."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import NotJira, PagingStuck
from connectors.jira.paging import MOST_EMPTY_PAGES, Page, offset_page, read_all, token_page
from tests.connectors.jira.site import PATIENT, Handler, offset_pages

ASKED = "GET /list"
ITEMS = st.lists(st.integers(), max_size=60)
CUTS = st.lists(st.integers(1, 9), min_size=1, max_size=60)


def split(items: list[int], cuts: list[int]) -> list[list[int]]:
    """The items in portions of the sizes in `cuts`, over and over."""
    pages: list[list[int]] = []
    at = 0
    while at < len(items):
        size = cuts[len(pages) % len(cuts)]
        pages.append(items[at : at + size])
        at += size
    return pages or [[]]


Fetch = Callable[[Any], Awaitable[Page[int]]]


async def all_of(fetch: Fetch) -> list[int]:
    return [item async for item in read_all(fetch, asked=ASKED)]


def run(coroutine: Coroutine[Any, Any, list[int]]) -> list[int]:
    """Drives a coroutine that never really waits."""
    with pytest.raises(StopIteration) as stop:
        coroutine.send(None)
    found: list[int] = stop.value.value
    return found


def by_offset(handler: Handler) -> Fetch:
    async def fetch(place: int | None) -> Page[int]:
        at = place or 0
        answer = handler(httpx.Request("GET", "/list", params={"startAt": at}))
        return offset_page(answer.json(), at=at, items="values", asked=ASKED)

    return fetch


@PATIENT
@given(
    items=ITEMS, cuts=CUTS, ends=st.sampled_from([(True, True), (True, False), (False, True), (False, False)])
)
def test_however_jira_cuts_an_offset_list_every_item_comes_once_and_in_order(
    items: list[int], cuts: list[int], ends: tuple[bool, bool]
) -> None:
    handler = offset_pages(split(items, cuts), is_last=ends[0], total=ends[1])
    assert run(all_of(by_offset(handler))) == items


@PATIENT
@given(items=ITEMS, cuts=CUTS, empty=st.sets(st.integers(0, 9)), says_last=st.booleans())
def test_however_jira_cuts_a_token_list_every_item_comes_once_and_in_order(
    items: list[int], cuts: list[int], empty: set[int], says_last: bool
) -> None:
    pages = split(items, cuts)
    for place in sorted(empty):
        pages.insert(min(place, len(pages) - 1), [])

    async def fetch(place: Any) -> Page[int]:
        number = int(place or 0)
        document = {"issues": pages[number]}
        if number + 1 < len(pages):
            document["nextPageToken"] = str(number + 1)
        elif says_last:
            document["isLast"] = True
            document["nextPageToken"] = "left over"
        return token_page(document, items="issues", asked=ASKED)

    assert run(all_of(fetch)) == items


async def test_a_token_that_comes_twice_ends_in_an_error_and_not_in_a_circle() -> None:
    async def fetch(place: Any) -> Page[int]:
        return Page([1], "again")

    with pytest.raises(PagingStuck, match="promised twice"):
        await all_of(fetch)


async def test_an_empty_page_with_a_token_goes_on_but_not_for_ever() -> None:
    asked: list[str | None] = []

    async def fetch(place: Any) -> Page[int]:
        asked.append(place)
        return Page([], f"token {len(asked)}")

    with pytest.raises(PagingStuck, match="empty pages"):
        await all_of(fetch)
    assert len(asked) == MOST_EMPTY_PAGES


async def test_a_server_that_ignores_start_at_is_noticed() -> None:
    async def fetch(place: Any) -> Page[int]:
        document = {"startAt": 0, "isLast": False, "values": [1, 2]}
        return offset_page(document, at=place or 0, items="values", asked=ASKED)

    with pytest.raises(PagingStuck):
        await all_of(fetch)


async def test_an_empty_page_that_promises_more_is_an_error_and_not_a_short_list() -> None:
    async def fetch(place: Any) -> Page[int]:
        return offset_page({"startAt": 0, "total": 3, "values": []}, at=0, items="values", asked=ASKED)

    with pytest.raises(PagingStuck, match="more"):
        await all_of(fetch)


async def test_an_empty_page_past_the_total_is_the_end_even_if_it_says_more() -> None:
    page = offset_page(
        {"startAt": 3, "total": 3, "isLast": False, "values": []}, at=3, items="values", asked=ASKED
    )
    assert page.next is None


@pytest.mark.parametrize("document", [{}, {"values": None}, {"values": {"id": 1}}])
def test_a_page_without_its_list_is_not_an_empty_page(document: dict[str, object]) -> None:
    with pytest.raises(NotJira):
        offset_page(document, at=0, items="values", asked=ASKED)
    with pytest.raises(NotJira):
        token_page(document, items="values", asked=ASKED)
