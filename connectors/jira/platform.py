"""Jira itself: site, account, metadata, issues, their history, transitions and files.

Paths, parameters and page sizes: Atlassian's API description of Jira Cloud v3.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.http import a_list, an_object, path
from connectors.jira.calls import JiraCalls
from connectors.jira.documents import (
    AttachmentDocument,
    FieldDocument,
    HistoryDocument,
    IssueDocument,
    ProjectDocument,
    SearchPage,
    ServerInfo,
    StatusDocument,
    TransitionDocument,
    User,
)
from connectors.jira.paging import Page, read_all, token_page

API = "/rest/api/3"
_ISSUE = API + "/issue/{}"
_SEARCH = API + "/search/jql"


class PlatformCalls(JiraCalls):
    """The endpoints below /rest/api/3, comments excepted."""

    async def server_info(self) -> ServerInfo:
        """Edition, version and time of the site; needs no account."""
        info: ServerInfo = await self._object("GET", API + "/serverInfo")
        return info

    async def myself(self) -> User:
        """The account that we are; the surest test of credentials."""
        user: User = await self._object("GET", API + "/myself")
        return user

    async def permissions(self, keys: Sequence[str], project: str | None = None) -> dict[str, bool]:
        """Which of these permissions ("BROWSE_PROJECTS", …) the account has, in a project or at all."""
        params = {"permissions": ",".join(keys)} | ({"projectKey": project} if project else {})
        answer = await self._object("GET", API + "/mypermissions", params=params)
        known = answer.get("permissions") or {}
        return {key: bool((known.get(key) or {}).get("havePermission")) for key in keys}

    def projects(self) -> AsyncIterator[ProjectDocument]:
        """All projects that the account can see."""
        return self._offset_pages(API + "/project/search", most=100)

    async def fields(self) -> list[FieldDocument]:
        """All fields, system and custom, with names in the account's language."""
        found: list[FieldDocument] = await self._list(API + "/field")
        return found

    async def statuses(self) -> list[StatusDocument]:
        """All statuses of active workflows; names may repeat between team-managed projects."""
        found: list[StatusDocument] = await self._list(API + "/status")
        return found

    async def search_page(
        self,
        jql: str,
        *,
        fields: Sequence[str],
        expand: Sequence[str] = (),
        page_token: str | None = None,
        max_results: int = 100,
        reconcile: Sequence[int] = (),
    ) -> SearchPage:
        """One page of a search. It may miss edits of the last minutes.

        Args:
            jql: must restrict the search by something besides ORDER BY.
            fields: names or ids; "*all" and "*navigable" work too.
            expand: "changelog", "names", "schema", …
            page_token: of the page before; it lasts seven days.
            max_results: a wish; with fields, Jira seldom gives more than 100.
            reconcile: at most 50 issue ids to be judged as they are now; the same list for every page.

        Raises:
            Refused: the JQL has a fault, is unbounded, or the token is too old.
        """
        body: dict[str, Any] = {"jql": jql, "maxResults": max_results, "fields": list(fields)}
        if expand:
            body["expand"] = ",".join(expand)
        if page_token is not None:
            body["nextPageToken"] = page_token
        if reconcile:
            body["reconcileIssues"] = list(reconcile)
        document = await self._object("POST", _SEARCH, json=body)
        page = token_page(document, items="issues", asked=f"POST {_SEARCH}")
        return SearchPage(list(page.items), None if page.next is None else str(page.next))

    def search(
        self,
        jql: str,
        *,
        fields: Sequence[str],
        expand: Sequence[str] = (),
        max_results: int = 100,
        reconcile: Sequence[int] = (),
    ) -> AsyncIterator[IssueDocument]:
        """All issues that the JQL finds, in its order. Arguments as in `search_page`.

        An empty result is no proof that there are no issues: ask `myself` before believing it.

        Raises:
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
            )
            return Page(page.issues, page.next_page_token)

        return read_all(fetch, asked=f"POST {_SEARCH}")

    async def issue(
        self, id_or_key: str, *, fields: Sequence[str] = ("*all",), expand: Sequence[str] = ()
    ) -> IssueDocument:
        """The issue as it is now (unlike a search). A moved issue is found by its old key too.

        Raises:
            Missing: deleted, or hidden from this account.
        """
        params = {"fields": ",".join(fields)} | ({"expand": ",".join(expand)} if expand else {})
        issue: IssueDocument = await self._object("GET", path(_ISSUE, id_or_key), params=params)
        return issue

    def changelog(self, issue_id: str) -> AsyncIterator[HistoryDocument]:
        """The whole history of an issue, oldest first. Values set at creation are not in it."""
        return self._offset_pages(path(_ISSUE + "/changelog", issue_id), most=100)

    async def full_changelog(self, issue: IssueDocument) -> list[HistoryDocument]:
        """The whole history, oldest first, of an issue that was read with expand=changelog.

        Jira embeds only the newest part of a long history; then all of it is read from its own list.
        """
        embedded = issue.get("changelog") or {}
        histories, total = embedded.get("histories"), embedded.get("total")
        if histories is None or total is None or total > len(histories):
            histories = [history async for history in self.changelog(issue["id"])]
        return sorted(histories, key=_when)

    async def transitions(self, issue: str) -> list[TransitionDocument]:
        """What the account may do with the issue now, with the fields that a transition asks for."""
        where = path(_ISSUE + "/transitions", issue)
        answer = await self._object("GET", where, params={"expand": "transitions.fields"})
        possible: list[TransitionDocument] = a_list(answer.get("transitions"), asked=f"GET {where}")
        return possible

    async def transition(self, issue: str, transition_id: str) -> None:
        """Carries out a transition.

        Raises:
            Refused: not possible from the present status, a field is missing, or somebody else was faster
                (409).
        """
        where = path(_ISSUE + "/transitions", issue)
        await self._http.write("POST", where, json={"transition": {"id": transition_id}})

    async def attach(self, issue: str, filename: str, content: bytes, media_type: str) -> AttachmentDocument:
        """Adds a file. Two files may have the same name; Jira keeps both.

        Raises:
            Refused: the file is too large (413).
        """
        where = path(_ISSUE + "/attachments", issue)
        asked = f"POST {where}"
        answer = await self._http.write("POST", where, files={"file": (filename, content, media_type)})
        attachments = a_list(answer, asked=asked, changes=True)
        attachment: AttachmentDocument = an_object(next(iter(attachments), None), asked=asked, changes=True)
        return attachment


def _when(history: HistoryDocument) -> tuple[datetime, int]:
    """Order within a history: by instant, then by id, which grows with every save."""
    created, number = history.get("created"), history.get("id", "")
    at = datetime.fromisoformat(created) if created else datetime.min.replace(tzinfo=UTC)
    return at, int(number) if number.isdecimal() else 0
