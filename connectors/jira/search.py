"""Issues found by JQL or read by id, many at a time."""

from collections.abc import AsyncIterator, Sequence

from connectors.jira.calls import JiraCalls
from connectors.jira.documents import IssueDocument, SearchPage
from connectors.jira.edition import Query
from connectors.jira.keyset import Order
from connectors.jira.paging import Page, read_all
from connectors.jira.unread import read_issues

_AT_ONCE = 100


class SearchCalls(JiraCalls):
    """Searches by token (Cloud) or in step with changes (Data Center), under the same names."""

    async def search_page(
        self,
        jql: str,
        *,
        fields: Sequence[str],
        expand: Sequence[str] = (),
        page_token: str | None = None,
        max_results: int = 100,
        reconcile: Sequence[int] = (),
        order: Order | None = None,
        unread: bool = False,
    ) -> SearchPage:
        """One page of a search. On Cloud it may miss edits of the last minutes.

        An issue may come on two pages if it is edited meanwhile; with an order of `Order` none is left out.

        Args:
            jql: must restrict the search by something besides ORDER BY.
            fields: names or ids; "*all" and "*navigable" work too.
            expand: "changelog", "names", "schema", …
            page_token: of the page before; Cloud's lasts seven days.
            max_results: a wish; with fields, Jira seldom gives more than 100.
            reconcile: on Cloud at most 50 issue ids to be judged as they are now; the same for every page.
            order: then `jql` has no ORDER BY. Without it, JQL's own order counts; Data Center's pages are
                then stable only for `created` or `updated` ascending, or no order at all.
            unread: the values of fields, and the items of changelogs, may come as they were sent
                (`msgspec.Raw`), and what `IssueDocument` does not name is left out.

        Raises:
            Refused: the JQL has a fault, is unbounded, or the token is too old.
        """
        decode = read_issues if unread else None
        query = Query(jql, tuple(fields), tuple(expand), max_results, tuple(reconcile), order, decode)
        return await (await self._edition()).search_page(query, page_token)

    async def search(
        self,
        jql: str,
        *,
        fields: Sequence[str],
        expand: Sequence[str] = (),
        max_results: int = 100,
        reconcile: Sequence[int] = (),
        order: Order | None = None,
    ) -> AsyncIterator[IssueDocument]:
        """All issues that the JQL finds, in its order, each once. Arguments as in `search_page`.

        Nothing found may mean that nobody asked: then `myself` is asked before it is believed.

        Raises:
            NotAuthenticated: nothing was found because the credentials are not accepted.
            PagingStuck: Jira hands out a token twice, or empty pages without end.
        """

        async def fetch(place: str | None) -> Page[IssueDocument]:
            page = await self.search_page(
                jql,
                fields=fields,
                expand=expand,
                page_token=place,
                max_results=max_results,
                reconcile=reconcile,
                order=order,
            )
            return Page(page.issues, page.next_page_token)

        seen: set[str] = set()
        edition = await self._edition()
        async for issue in read_all(fetch, asked=f"search at {edition.api}"):
            if issue["id"] not in seen:
                seen.add(issue["id"])
                yield issue
        if not seen:
            await self._object("GET", edition.api + "/myself")

    async def count(self, jql: str) -> int:
        """How many issues Jira counts for the JQL; on Cloud an estimate that may miss the last minutes.

        Raises:
            Refused: the JQL has a fault, or is unbounded.
        """
        return await (await self._edition()).count(jql)

    async def issues(
        self, ids_or_keys: Sequence[str], *, fields: Sequence[str] = ("*all",), expand: Sequence[str] = ()
    ) -> list[IssueDocument]:
        """These issues as they are now, in any order; those that are gone or hidden are left out.

        A moved issue comes under its new key. Histories that come with expand=changelog may be cut; see
        `histories`.
        """
        edition, found = await self._edition(), []
        wanted = list(dict.fromkeys(ids_or_keys))
        for at in range(0, len(wanted), _AT_ONCE):
            part = wanted[at : at + _AT_ONCE]
            found += await edition.issues_by_id(part, fields=fields, expand=expand)
        return found
