"""Jira Cloud: REST v3, texts in ADF, accounts by `accountId`, pages by token.

Sources: Atlassian's API descriptions of Jira Cloud v3 and of Jira Software Cloud; for the lists below
/rest/software/1.0 also open-source clients, for the newest description at hand does not have them yet.
"""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from connectors.errors import HistoryIncomplete, Missing, NotJira, Refused
from connectors.http import Http, a_list, an_object, path
from connectors.jira.deployment import Deployment
from connectors.jira.documents import (
    AttachmentDocument,
    CommentDocument,
    HistoryDocument,
    IssueDocument,
    ProjectDocument,
    SearchPage,
    Text,
    User,
)
from connectors.jira.edition import MOST_GROUPS, Edition, IssueList, Picture, Query, Visibility
from connectors.jira.lists import offset_pages
from connectors.jira.paging import Page, read_all, token_page

_SEARCH = "/search/jql"
_COUNT = "/search/approximate-count"
_BULK_FETCH = "/issue/bulkfetch"
_BULK_CHANGELOG = "/changelog/bulkfetch"
_MOST_ISSUES_OF_CHANGELOGS = 1000
_SMALLEST_CUT = 40
"""Embedded histories of so many entries may be cut: bulkfetch stops at 40, other calls at 100."""
_MEDIA_ID = re.compile(r"/file/([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})(?:[/?]|$)")


_GROUP_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Cloud(Edition):
    """What only Cloud does, or does in its own way."""

    deployment = Deployment.CLOUD
    api = "/rest/api/3"

    def __init__(self, http: Http) -> None:
        super().__init__(http)
        self._software = "/rest/software/1.0"

    def text(self, body: Text) -> Text:
        """ADF as it is."""
        if not isinstance(body, dict):
            message = "Jira Cloud takes texts as ADF, not as wiki markup."
            raise ValueError(message)  # noqa: TRY004 -- the edition is known at run time only
        return body

    def account(self, account: str | None) -> dict[str, str | None]:
        """By `accountId`."""
        return {"accountId": account}

    def projects(self) -> AsyncIterator[ProjectDocument]:
        """Page by page."""
        return offset_pages(self._http, self.api + "/project/search", most=100)

    async def people(self, accounts: Sequence[str]) -> list[User]:
        """All with one call; it leaves out whom it does not know."""
        params = {"accountId": list(accounts)}
        pages = offset_pages(self._http, self.api + "/user/bulk", most=len(accounts), params=params)
        return [person async for person in pages] if accounts else []

    async def groups(self) -> list[str] | None:
        """Page by page."""
        names = []
        async for group in offset_pages(self._http, self.api + "/group/bulk", most=50):
            names.append(str(group["name"]))
            if len(names) > MOST_GROUPS:
                return None
        return names

    def permission_params(self, keys: Sequence[str]) -> dict[str, str]:
        """Cloud insists on being told."""
        return {"permissions": ",".join(keys)}

    async def search_page(self, query: Query, token: str | None) -> SearchPage:
        """By token; the search itself is a read, though it is a POST."""
        where = self.api + _SEARCH
        jql = query.jql if query.order is None else f"{query.jql} {query.order.clause()}"
        body: dict[str, Any] = {"jql": jql, "maxResults": query.max_results, "fields": list(query.fields)}
        if query.expand:
            body["expand"] = ",".join(query.expand)
        if token is not None:
            body["nextPageToken"] = token
        if query.reconcile:
            body["reconcileIssues"] = list(query.reconcile)
        answer = await self._http.read("POST", where, json=body, decode=query.decode)
        document = an_object(answer, asked=f"POST {where}")
        page = token_page(document, items="issues", asked=f"POST {where}")
        return SearchPage(list(page.items), None if page.next is None else str(page.next))

    async def count(self, jql: str) -> int:
        """`approximate-count`: no search on Cloud tells a total."""
        where = self.api + _COUNT
        asked = f"POST {where}"
        document = an_object(await self._http.read("POST", where, json={"jql": jql}), asked=asked)
        found = document.get("count")
        if not isinstance(found, int):
            raise NotJira(asked, "JSON without the number 'count'")
        return found

    async def issues_by_id(
        self, ids_or_keys: Sequence[str], *, fields: Sequence[str], expand: Sequence[str]
    ) -> list[IssueDocument]:
        """With bulkfetch; an issue that Jira could not give just now is asked for alone."""
        where = self.api + _BULK_FETCH
        body: dict[str, Any] = {"issueIdsOrKeys": list(ids_or_keys), "fields": list(fields)}
        if expand:
            body["expand"] = list(expand)
        document = an_object(await self._http.read("POST", where, json=body), asked=f"POST {where}")
        found: list[IssueDocument] = a_list(document.get("issues"), asked=f"POST {where}")
        for error in document.get("issueErrors") or ():
            params = {"fields": ",".join(fields)} | ({"expand": ",".join(expand)} if expand else {})
            one = path(self.api + "/issue/{}", str(error.get("id") or ""))
            try:
                found.append(an_object(await self._http.read("GET", one, params=params), asked=f"GET {one}"))
            except Missing:
                continue
        return found

    def changelog(self, issue: str) -> AsyncIterator[HistoryDocument]:
        """From the issue's own list, oldest first."""
        return offset_pages(self._http, path(self.api + "/issue/{}/changelog", issue), most=100)

    async def histories(self, issues: Sequence[IssueDocument]) -> dict[str, list[HistoryDocument]]:
        """Embedded ones that are whole; cut ones in bulk; what cannot be proved whole so, from its own list.

        The proof is Jira's own number: `total` of the embedded part, or of the list. In bulk there is none,
        so only issues are read in bulk whose total is known from the embedded part.
        """
        whole: dict[str, list[HistoryDocument]] = {}
        cut: dict[str, int] = {}
        alone: list[str] = []
        for issue in issues:
            histories, total = _embedded(issue)
            if histories is None or total is None or len(histories) == total >= _SMALLEST_CUT:
                alone.append(issue["id"])
            elif total > len(histories):
                cut[issue["id"]] = total
            else:
                whole[issue["id"]] = histories
        if len(cut) == 1:  # its own list costs no more, and proves itself
            alone.extend(cut)
        elif cut:
            read = await self._in_bulk(list(cut))
            for issue_id, total in cut.items():
                if len(read.get(issue_id, ())) >= total:
                    whole[issue_id] = list(read[issue_id].values())
                else:
                    alone.append(issue_id)
        for issue_id in alone:
            whole[issue_id] = await self._own_list(issue_id)
        return whole

    async def _in_bulk(self, issue_ids: Sequence[str]) -> dict[str, dict[str, HistoryDocument]]:
        """By issue id, then by history id; one issue's entries may come on several pages."""
        where, read = self.api + _BULK_CHANGELOG, {each: {} for each in issue_ids}  # type: ignore[var-annotated]
        for at in range(0, len(issue_ids), _MOST_ISSUES_OF_CHANGELOGS):
            part = list(issue_ids[at : at + _MOST_ISSUES_OF_CHANGELOGS])

            async def fetch(token: str | None, part: list[str] = part) -> Page[Any]:
                body = {"issueIdsOrKeys": part, "maxResults": 10_000} | (
                    {"nextPageToken": token} if token else {}
                )
                document = an_object(await self._http.read("POST", where, json=body), asked=f"POST {where}")
                return token_page(document, items="issueChangeLogs", asked=f"POST {where}")

            async for entry in read_all(fetch, asked=f"POST {where}"):
                for history in entry.get("changeHistories") or ():
                    read.setdefault(str(entry.get("issueId")), {})[str(history["id"])] = history
        return read

    async def _own_list(self, issue_id: str) -> list[HistoryDocument]:
        where = path(self.api + "/issue/{}/changelog", issue_id)
        totals: list[int] = []

        async def fetch(place: int | None) -> Page[Any]:
            params = {"startAt": place or 0, "maxResults": 100}
            document = an_object(await self._http.read("GET", where, params=params), asked=f"GET {where}")
            values, total = a_list(document.get("values"), asked=f"GET {where}"), document.get("total")
            after = (place or 0) + len(values)
            if isinstance(total, int):
                totals.append(total)
            is_last = document.get("isLast")
            more = not is_last if isinstance(is_last, bool) else bool(totals) and after < totals[-1]
            return Page(values, after if more and values else None)

        read = {str(each["id"]): each async for each in read_all(fetch, asked=f"GET {where}")}
        if not totals or len(read) < totals[-1]:
            total = totals[-1] if totals else None
            raise HistoryIncomplete(f"GET {where}", issue_id=issue_id, read=len(read), total=total)
        return list(read.values())

    async def issue_list(self, which: IssueList) -> AsyncIterator[IssueDocument]:
        """From software/1.0, paged by token; where the site does not have it, from agile/1.0."""
        if self._software:
            where = path(self._software + which.rest, *which.segments)
            try:
                first = await self._software_page(where, which.params, None)
            except (Missing, Refused) as error:
                if isinstance(error, Refused) and error.status != 400:  # noqa: PLR2004
                    raise
            else:
                async for issue in self._software_issues(where, which.params, first):
                    yield issue
                return
        where = path("/rest/agile/1.0" + which.rest, *which.segments)
        async for issue in offset_pages(self._http, where, items="issues", most=100, params=which.params):
            yield issue

    def _software_issues(
        self, where: str, params: Mapping[str, Any], first: Page[Any]
    ) -> AsyncIterator[IssueDocument]:
        async def fetch(token: str | None) -> Page[Any]:
            return first if token is None else await self._software_page(where, params, token)

        return read_all(fetch, asked=f"GET {where}")

    async def _software_page(self, where: str, params: Mapping[str, Any], token: str | None) -> Page[Any]:
        query = {**params, "maxResults": 100} | ({"nextPageToken": token} if token else {})
        document = an_object(await self._http.read("GET", where, params=query), asked=f"GET {where}")
        return token_page(document, items="issues", asked=f"GET {where}")

    def visibility(self, visibility: Visibility) -> dict[str, str]:
        """A group's id is its `identifier`; a role has its name as both."""
        if visibility.kind == "role":
            return {"type": "role", "value": visibility.name, "identifier": visibility.name}
        named_by = "identifier" if _GROUP_ID.fullmatch(visibility.name) else "value"
        return {"type": "group", named_by: visibility.name}

    def comment_edit_params(self, *, notify_users: bool) -> dict[str, Any]:
        """Only project admins may ask for silence."""
        return {"notifyUsers": notify_users}

    async def has_property(self, comment: CommentDocument, key: str, value: object) -> bool:
        """The list shows the properties."""
        listed = comment.get("properties") or ()
        return any(entry.get("key") == key and entry.get("value") == value for entry in listed)

    async def shown(self, attachment: AttachmentDocument, picture: Picture) -> tuple[Text, bool]:
        """A media node; a link where Jira does not tell the file's id in its media store.

        That id stands only in the address that the content redirects to: not documented, but what several
        open-source clients rely on.
        """
        location = await self._http.location(path(self.api + "/attachment/content/{}", attachment["id"]))
        found = _MEDIA_ID.search(location or "")
        if found is None:
            return _link(attachment, picture), False
        media = {"type": "file", "id": found[1], "collection": "", "alt": picture.alt}
        node = {"type": "media", "attrs": {**media, "width": picture.width, "height": picture.height}}
        return {"type": "mediaSingle", "attrs": {"layout": "center"}, "content": [node]}, True


def _embedded(issue: IssueDocument) -> tuple[list[HistoryDocument] | None, int | None]:
    changelog = issue.get("changelog") or {}
    return changelog.get("histories"), changelog.get("total")


def _link(attachment: AttachmentDocument, picture: Picture) -> dict[str, Any]:
    mark = {"type": "link", "attrs": {"href": attachment["content"]}}
    text = picture.alt or attachment.get("filename") or attachment["content"]
    return {"type": "paragraph", "content": [{"type": "text", "text": text, "marks": [mark]}]}
