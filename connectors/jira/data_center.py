"""Jira Data Center: REST v2, texts in wiki markup, accounts by name, pages by offset.

Source: Atlassian's API description of Jira Data Center 10.3.
"""

import re
from collections.abc import AsyncIterator, Sequence
from typing import Any

from connectors.answers import Decode
from connectors.errors import HistoryIncomplete, Missing, NotJira, PagingStuck, Refused
from connectors.http import Http, a_list, an_object, path
from connectors.jira import keyset
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
from connectors.jira.keyset import Order, Place
from connectors.jira.lists import offset_pages
from connectors.jira.paging import offset_page

_ASKED = "POST /rest/api/2/search"
_ALL = frozenset({"*all", "*navigable"})
_SAFE_NAME = re.compile(r"[\w.-]+")
_BAD_REQUEST = 400


class DataCenter(Edition):
    """What only Data Center does, or does in its own way."""

    deployment = Deployment.DATA_CENTER
    api = "/rest/api/2"

    def __init__(self, http: Http) -> None:
        super().__init__(http)
        self._own_names: frozenset[str] | None = None

    def text(self, body: Text) -> Text:
        """Wiki markup as it is."""
        if not isinstance(body, str):
            message = "Jira Data Center takes texts as wiki markup, not as ADF."
            raise ValueError(message)  # noqa: TRY004 -- the edition is known at run time only
        return body

    def account(self, account: str | None) -> dict[str, str | None]:
        """By user name."""
        return {"name": account}

    async def projects(self) -> AsyncIterator[ProjectDocument]:
        """In one list."""
        where = self.api + "/project"
        for project in a_list(await self._http.read("GET", where), asked=f"GET {where}"):
            yield project

    async def people(self, accounts: Sequence[str]) -> list[User]:
        """One by one: there is no call for several."""
        where, found = self.api + "/user", []
        for key in accounts:
            try:
                found.append(
                    an_object(await self._http.read("GET", where, params={"key": key}), asked=f"GET {where}")
                )
            except Missing:
                continue
        return found

    async def groups(self) -> list[str] | None:
        """As many as its list for pickers shows, by `jira.ajax.autocomplete.limit` twenty."""
        where = self.api + "/groups/picker"
        answer = await self._http.read("GET", where, params={"query": "", "maxResults": MOST_GROUPS})
        found = an_object(answer, asked=f"GET {where}")
        names = [str(group["name"]) for group in found.get("groups") or ()]
        return names if found.get("total") == len(names) else None

    def permission_params(self, keys: Sequence[str]) -> dict[str, str]:  # noqa: ARG002
        """Data Center tells all of them."""
        return {}

    async def search_page(self, query: Query, token: str | None) -> SearchPage:
        """In step with changes if the order allows it (`keyset`), else by plain offset."""
        jql, order = (query.jql, query.order) if query.order else keyset.split_order(query.jql)
        if order is None:
            return await self._page_by_offset(query, token)
        place = _place(token)
        document = await self._search(query, jql, order, place)
        issues = _issues(document)
        if place.last is not None and (not issues or issues[0].get("id") != place.last) and place.start:
            place = place.window_start()
            document = await self._search(query, jql, order, place)
            issues = _issues(document)
        return self._page(document, order, place, issues)

    async def _search(self, query: Query, jql: str, order: Order, place: Place) -> dict[str, Any]:
        fields = list(query.fields)
        if order.value not in fields and not _ALL & set(fields):
            fields.append(order.value)
        question = keyset.restricted(jql, order, place.since)
        # A page starts with an issue that is known already, so one alone would never move on.
        most = max(query.max_results, 2)
        return await self._ask(
            question, fields, query.expand, start=place.start, most=most, decode=query.decode
        )

    def _page(
        self, document: dict[str, Any], order: Order, place: Place, issues: list[IssueDocument]
    ) -> SearchPage:
        total = document.get("total")
        if not isinstance(total, int):
            raise NotJira(_ASKED, "JSON without the number 'total'")
        known = bool(place.last and issues and issues[0].get("id") == place.last)
        new = issues[1:] if known else issues
        if place.start + len(issues) >= total:
            return SearchPage(new, None)
        if not new:
            raise PagingStuck(_ASKED, f"nothing at {place.start}, though Jira counts {total}")
        try:
            return SearchPage(new, keyset.after(place, order, issues).token())
        except ValueError as error:
            raise NotJira(_ASKED, str(error)) from None

    async def _page_by_offset(self, query: Query, token: str | None) -> SearchPage:
        at = int(token or 0)
        document = await self._ask(
            query.jql,
            list(query.fields),
            query.expand,
            start=at,
            most=query.max_results,
            decode=query.decode,
        )
        page = offset_page(document, at=at, items="issues", asked=_ASKED)
        return SearchPage(list(page.items), None if page.next is None else str(page.next))

    async def _ask(
        self,
        jql: str,
        fields: list[str],
        expand: Sequence[str],
        *,
        start: int,
        most: int,
        decode: Decode | None = None,
    ) -> dict[str, Any]:
        body: dict[str, Any] = {"jql": jql, "startAt": start, "maxResults": most, "fields": fields}
        if expand:
            body["expand"] = list(expand)
        document: dict[str, Any] = an_object(
            await self._http.read("POST", self.api + "/search", json=body, decode=decode), asked=_ASKED
        )
        return document

    async def count(self, jql: str) -> int:
        """The `total` of a search that wants no issue."""
        total = (await self._ask(jql, ["id"], (), start=0, most=0)).get("total")
        if not isinstance(total, int):
            raise NotJira(_ASKED, "JSON without the number 'total'")
        return total

    async def issues_by_id(
        self, ids_or_keys: Sequence[str], *, fields: Sequence[str], expand: Sequence[str]
    ) -> list[IssueDocument]:
        """With a search; in halves where Jira refuses it, because one of them is gone.

        The search is not told to overlook what is gone (`validateQuery`): nothing says what it finds then.
        """
        if len(ids_or_keys) == 1:
            try:
                return [await self._issue(ids_or_keys[0], fields, expand)]
            except Missing:
                return []
        try:
            most = len(ids_or_keys)
            document = await self._ask(_among(ids_or_keys), list(fields), expand, start=0, most=most)
        except Refused as error:
            if error.status != _BAD_REQUEST:
                raise
            return await self._in_halves(ids_or_keys, fields, expand)
        found, total = _issues(document), document.get("total")
        if isinstance(total, int) and total > len(found):
            return await self._in_halves(ids_or_keys, fields, expand)  # the admin's limit is lower than ours
        return found

    async def _in_halves(
        self, ids_or_keys: Sequence[str], fields: Sequence[str], expand: Sequence[str]
    ) -> list[IssueDocument]:
        middle = len(ids_or_keys) // 2
        found = await self.issues_by_id(ids_or_keys[:middle], fields=fields, expand=expand)
        return found + await self.issues_by_id(ids_or_keys[middle:], fields=fields, expand=expand)

    async def _issue(self, issue: str, fields: Sequence[str], expand: Sequence[str]) -> IssueDocument:
        where = path(self.api + "/issue/{}", issue)
        params = {"fields": ",".join(fields)} | ({"expand": ",".join(expand)} if expand else {})
        document: IssueDocument = an_object(
            await self._http.read("GET", where, params=params), asked=f"GET {where}"
        )
        return document

    async def changelog(self, issue: str) -> AsyncIterator[HistoryDocument]:
        """Embedded in the issue; Data Center has no list of its own."""
        for history in await self._history(issue):
            yield history

    async def histories(self, issues: Sequence[IssueDocument]) -> dict[str, list[HistoryDocument]]:
        """Embedded ones; read again where they are missing or cut."""
        whole = {}
        for issue in issues:
            changelog = issue.get("changelog") or {}
            histories, total = changelog.get("histories"), changelog.get("total")
            if histories is None or total is None or total > len(histories):
                histories = await self._history(issue["id"])
            whole[issue["id"]] = histories
        return whole

    async def _history(self, issue: str) -> list[HistoryDocument]:
        changelog = (await self._issue(issue, ("updated",), ("changelog",))).get("changelog") or {}
        histories, total = changelog.get("histories"), changelog.get("total")
        if histories is None or total is None or total > len(histories):
            asked = f"GET {path(self.api + '/issue/{}', issue)}"
            raise HistoryIncomplete(asked, issue_id=issue, read=len(histories or ()), total=total)
        return histories

    def issue_list(self, which: IssueList) -> AsyncIterator[IssueDocument]:
        """From agile/1.0, by offset."""
        where = path("/rest/agile/1.0" + which.rest, *which.segments)
        return offset_pages(self._http, where, items="issues", most=100, params=which.params)

    def visibility(self, visibility: Visibility) -> dict[str, str]:
        """Both by name."""
        return {"type": visibility.kind, "value": visibility.name}

    def comment_edit_params(self, *, notify_users: bool) -> dict[str, Any]:  # noqa: ARG002
        """Data Center sends mail of every edit."""
        return {}

    async def has_property(self, comment: CommentDocument, key: str, value: object) -> bool:
        """As listed; where the list has no properties, each comment of our own is asked for its own."""
        listed = comment.get("properties")
        if listed is not None:
            return any(entry.get("key") == key and entry.get("value") == value for entry in listed)
        author = comment.get("author") or {}
        if not {author.get("key"), author.get("name")} & await self._ourselves():
            return False
        where = path(self.api + "/comment/{}/properties/{}", comment["id"], key)
        try:
            found = an_object(await self._http.read("GET", where), asked=f"GET {where}")
        except Missing:
            return False
        return bool(found.get("value") == value)

    async def _ourselves(self) -> frozenset[str]:
        if self._own_names is None:
            where = self.api + "/myself"
            me = an_object(await self._http.read("GET", where), asked=f"GET {where}")
            self._own_names = frozenset(str(me[name]) for name in ("key", "name") if me.get(name))
        return self._own_names

    async def shown(self, attachment: AttachmentDocument, picture: Picture) -> tuple[Text, bool]:
        """`!name|width=…!`: the newest attachment of that name.

        Raises:
            ValueError: the name holds characters that mean something in wiki markup.
        """
        name = attachment["filename"]
        if not _SAFE_NAME.fullmatch(name):
            message = f"A picture that is shown in wiki markup needs a plain name, not {name!r}."
            raise ValueError(message)
        return f"!{name}|width={picture.width}!", True


def _place(token: str | None) -> Place:
    try:
        return Place.of(token)
    except ValueError:
        raise PagingStuck(_ASKED, "the page token is not one of ours") from None


def _issues(document: dict[str, Any]) -> list[IssueDocument]:
    issues: list[IssueDocument] = a_list(document.get("issues"), asked=_ASKED)
    return issues


def _among(ids_or_keys: Sequence[str]) -> str:
    """JQL for issues by id or key."""
    ids = [each for each in ids_or_keys if each.isdecimal()]
    keys = [_quoted(each) for each in ids_or_keys if not each.isdecimal()]
    parts = [f"{name} in ({', '.join(values)})" for name, values in (("id", ids), ("key", keys)) if values]
    return " OR ".join(parts)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
