"""Comments of an issue, and the mark by which one of ours is found again.

Jira knows no idempotency keys. A comment property that is written together with the comment is what tells,
after a time-out, whether the comment was written. Sources: Atlassian's API descriptions of Jira Cloud v3 and
of Data Center 10.3; that Data Center keeps properties that come with a new comment is known from its service
desk's `sd.public.comment`.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from connectors.http import path
from connectors.jira.calls import JiraCalls
from connectors.jira.documents import CommentDocument, Text
from connectors.jira.edition import Edition, Visibility

_COMMENTS = "/issue/{}/comment"
_COMMENT = _COMMENTS + "/{}"
_WITH_PROPERTIES = {"expand": "properties"}


class CommentCalls(JiraCalls):
    """The comments of one issue, each with its properties."""

    async def comments(self, issue: str, *, newest_first: bool = False) -> AsyncIterator[CommentDocument]:
        """All comments that the account can see, oldest first unless asked otherwise."""
        params = {**_WITH_PROPERTIES, "orderBy": "-created" if newest_first else "created"}
        where = path(await self._api(_COMMENTS), issue)
        async for comment in self._offset_pages(where, items="comments", most=100, params=params):
            yield comment

    async def comment(self, issue: str, comment_id: str) -> CommentDocument:
        """One comment.

        Raises:
            Missing: deleted, or hidden from this account.
        """
        where = path(await self._api(_COMMENT), issue, comment_id)
        comment: CommentDocument = await self._object("GET", where, params=_WITH_PROPERTIES)
        return comment

    async def add_comment(
        self,
        issue: str,
        body: Text,
        *,
        properties: Mapping[str, object] | None = None,
        visibility: Visibility | None = None,
    ) -> CommentDocument:
        """Writes a comment; watchers are notified (Jira offers no way round).

        Args:
            issue: id or key.
            body: ADF on Cloud, wiki markup on Data Center; at most 32,767 characters.
            properties: by key; a value is at most 32,768 characters as JSON.
            visibility: who alone may read it, the account among them; None: whoever can see the issue.

        Raises:
            Unreachable: if `maybe_executed`, look with `find_comment` before writing again.
            Refused: the body is too long or not valid, or the account is none of those who may read it.
            ValueError: the body is of the other edition's kind.
        """
        edition = await self._edition()
        written: CommentDocument = await self._written(
            "POST",
            path(edition.api + _COMMENTS, issue),
            params=_WITH_PROPERTIES,
            json=_document(edition, body, properties, visibility),
        )
        return written

    async def edit_comment(
        self,
        issue: str,
        comment_id: str,
        body: Text,
        *,
        notify_users: bool = False,
        properties: Mapping[str, object] | None = None,
        visibility: Visibility | None = None,
    ) -> CommentDocument:
        """Replaces the body of a comment; properties that are not named stay as they are.

        Who may read it has to be said again: Jira's documents do not say what an edit without does.

        Without `notify_users` Cloud sends no mail, if the account administers the project (else it is
        `NotAllowed`); Data Center always sends it.
        """
        edition = await self._edition()
        written: CommentDocument = await self._written(
            "PUT",
            path(edition.api + _COMMENT, issue, comment_id),
            params={**_WITH_PROPERTIES, **edition.comment_edit_params(notify_users=notify_users)},
            json=_document(edition, body, properties, visibility),
        )
        return written

    async def delete_comment(self, issue: str, comment_id: str) -> None:
        """Deletes a comment for good.

        Raises:
            Missing: it is not there any more, or hidden from this account.
        """
        await self._http.write("DELETE", path(await self._api(_COMMENT), issue, comment_id))

    async def find_comment(self, issue: str, *, property_key: str, value: object) -> CommentDocument | None:
        """The newest comment that has this property with this value; None if there is none."""
        edition = await self._edition()
        async for comment in self.comments(issue, newest_first=True):
            if await edition.has_property(comment, property_key, value):
                return comment
        return None


def _document(
    edition: Edition, body: Text, properties: Mapping[str, object] | None, visibility: Visibility | None
) -> dict[str, Any]:
    document: dict[str, Any] = {"body": edition.text(body)}
    if properties:
        document["properties"] = [{"key": key, "value": value} for key, value in properties.items()]
    if visibility is not None:
        document["visibility"] = edition.visibility(visibility)
    return document
