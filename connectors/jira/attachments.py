"""Files of an issue, and pictures shown inside a text."""

from dataclasses import dataclass

from connectors.http import a_list, an_object, path
from connectors.jira.calls import JiraCalls
from connectors.jira.documents import AttachmentDocument, Text
from connectors.jira.edition import Picture


@dataclass(frozen=True, slots=True)
class AttachedPicture:
    """A picture that was attached to an issue.

    Attributes:
        block: put it into a text of the same issue: a node for an ADF document's `content`, or a line of wiki
            markup. Keep it in every later version of the text: on Cloud, Jira deletes a file that the last
            text to show it no longer shows.
        shown: False if the block is only a link, because Jira would not tell how to show it.
    """

    attachment: AttachmentDocument
    block: Text
    shown: bool


class AttachmentCalls(JiraCalls):
    """The endpoints for attachments."""

    async def attachments(self, issue: str) -> list[AttachmentDocument]:
        """The issue's files, newest first.

        Raises:
            Missing: the issue is gone, or hidden from this account.
        """
        where = path(await self._api("/issue/{}"), issue)
        document = await self._object("GET", where, params={"fields": "attachment"})
        found: list[AttachmentDocument] = (document.get("fields") or {}).get("attachment") or []
        return sorted(found, key=lambda one: int(one["id"]), reverse=True)

    async def delete_attachment(self, attachment_id: str) -> None:
        """Deletes a file.

        Raises:
            Missing: it is gone already.
            NotAllowed: it is somebody else's, and the account may not delete those.
        """
        await self._http.write("DELETE", path(await self._api("/attachment/{}"), attachment_id))

    async def attach(self, issue: str, filename: str, content: bytes, media_type: str) -> AttachmentDocument:
        """Adds a file. Two files may have the same name; Jira keeps both.

        Raises:
            Refused: the file is too large (413).
        """
        where = path(await self._api("/issue/{}/attachments"), issue)
        asked = f"POST {where}"
        answer = await self._http.write("POST", where, files={"file": (filename, content, media_type)})
        attachments = a_list(answer, asked=asked, changes=True)
        attachment: AttachmentDocument = an_object(next(iter(attachments), None), asked=asked, changes=True)
        return attachment

    async def attach_picture(
        self, issue: str, filename: str, content: bytes, media_type: str, picture: Picture
    ) -> AttachedPicture:
        """Adds a picture and tells what shows it.

        Args:
            issue: id or key.
            filename: letters, digits, dots, dashes; on Data Center the newest file of that name is shown.
            content: of the file.
            media_type: such as "image/png".
            picture: how it is shown.
        """
        attachment = await self.attach(issue, filename, content, media_type)
        return await self.show_picture(attachment, picture)

    async def show_picture(self, attachment: AttachmentDocument, picture: Picture) -> AttachedPicture:
        """What shows a picture that is attached already."""
        block, shown = await (await self._edition()).shown(attachment, picture)
        return AttachedPicture(attachment, block, shown)
