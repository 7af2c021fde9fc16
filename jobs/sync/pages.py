"""A search read to its end, page by page."""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from connectors.errors import PagingStuck
from connectors.jira.client import JiraClient
from connectors.jira.documents import SearchPage
from connectors.jira.keyset import Order

T = TypeVar("T")


async def pages_of(
    jira: JiraClient,
    jql: str,
    *,
    order: Order,
    fields: Sequence[str],
    expand: Sequence[str] = (),
    at_most: int,
    unread: bool = False,
) -> AsyncIterator[SearchPage]:
    """All pages of a search; the last one has no token. Arguments as of `JiraClient.search_page`.

    Raises:
        PagingStuck: Jira gives a page twice.
    """
    token: str | None = None
    seen: set[str] = set()
    while True:
        page = await jira.search_page(
            jql,
            fields=fields,
            expand=expand,
            page_token=token,
            max_results=at_most,
            order=order,
            unread=unread,
        )
        token = page.next_page_token
        yield page
        del page  # megabytes, while the next one comes
        if token is None:
            return
        if token in seen:
            raise PagingStuck(f"search for {jql}", "Jira gives a page twice")
        seen.add(token)


def issues_of(project_key: str) -> str:
    """All issues of a project, as JQL without an order."""
    return f'project = "{project_key}"'


def milliseconds(at: datetime) -> int:
    """An instant as JQL reads it without a time zone; text would be read in that of the account's profile."""
    return int(at.timestamp() * 1000)


def in_parts(of: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """One part after the other, for questions that Jira takes only so much at once of."""
    return (of[at : at + size] for at in range(0, len(of), size))
