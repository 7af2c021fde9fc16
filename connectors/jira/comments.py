"""Comments of an issue, and the mark by which one of ours is found again.

Jira knows no idempotency keys. A comment property that is written together with the comment is what tells,
after a time-out, whether the comment was written. Source: Atlassian's API description of Jira Cloud v3.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from connectors.http import path
from connectors.jira.calls import JiraCalls
from connectors.jira.documents import Adf, CommentDocument

_COMMENTS = "/rest/api/3/issue/{}/comment"
_COMMENT = _COMMENTS + "/{}"
_WITH_PROPERTIES = {"expand": "properties"}


class CommentCalls(JiraCalls):
    """The comments of one issue, each with its properties."""

    def comments(self, issue: str, *, newest_first: bool = False) -> AsyncIterator[CommentDocument]:
        """All comments that the account can see, oldest first unless asked otherwise."""
        params = {**_WITH_PROPERTIES, "orderBy": "-created" if newest_first else "created"}
        return self._offset_pages(path(_COMMENTS, issue), items="comments", most=100, params=params)

    async def comment(self, issue: str, comment_id: str) -> CommentDocument:
        """One comment.

        Raises:
            Missing: deleted, or hidden from this account.
        """
        where = path(_COMMENT, issue, comment_id)
        comment: CommentDocument = await self._object("GET", where, params=_WITH_PROPERTIES)
        return comment

    async def add_comment(
        self, issue: str, body: Adf, *, properties: Mapping[str, object] | None = None
    ) -> CommentDocument:
        """Writes a comment; watchers are notified (Jira offers no way round).

        Args:
            issue: id or key.
            body: at most 32,767 characters as JSON.
            properties: by key; a value is at most 32,768 characters as JSON.

        Raises:
            Unreachable: if `maybe_executed`, look with `find_comment` before writing again.
            Refused: the body is too long or not valid ADF.
        """
        where = path(_COMMENTS, issue)
        written: CommentDocument = await self._written(
            "POST", where, params=_WITH_PROPERTIES, json=_document(body, properties)
        )
        return written

    async def edit_comment(
        self,
        issue: str,
        comment_id: str,
        body: Adf,
        *,
        notify_users: bool = False,
        properties: Mapping[str, object] | None = None,
    ) -> CommentDocument:
        """Replaces the body of a comment; properties that are not named stay as they are."""
        where = path(_COMMENT, issue, comment_id)
        written: CommentDocument = await self._written(
            "PUT",
            where,
            params={**_WITH_PROPERTIES, "notifyUsers": notify_users},
            json=_document(body, properties),
        )
        return written

    async def find_comment(self, issue: str, *, property_key: str, value: object) -> CommentDocument | None:
        """The newest comment that has this property with this value; None if there is none."""
        async for comment in self.comments(issue, newest_first=True):
            for entry in comment.get("properties") or ():
                if entry.get("key") == property_key and entry.get("value") == value:
                    return comment
        return None


def _document(body: Adf, properties: Mapping[str, object] | None) -> dict[str, Any]:
    listed = [{"key": key, "value": value} for key, value in (properties or {}).items()]
    return {"body": body, "properties": listed} if listed else {"body": body}
