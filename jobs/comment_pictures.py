"""Pictures of a living comment: attached once, shown in its text, and the old ones removed.

A file's name tells what it shows, so after a crash, or when nothing changed, it is found and not attached
again. A report without its picture is better than none: what Jira or the drawing refuses is left out.
"""

from collections.abc import Sequence

import anyio.to_thread

from app import log
from app.domain.comments import CommentBody, CommentPicture, LivingComment
from app.domain.reports.comment_pictures import has_place, prefix_of, put
from connectors.charts.renderer import NotDrawn
from connectors.errors import Missing, NotAllowed, Refused
from connectors.jira.client import JiraClient
from connectors.jira.documents import AttachmentDocument, Text
from connectors.jira.edition import Picture
from jobs.context import Context

PIXELS_PER_POINT = 2
_log = log.get(__name__)


async def with_pictures(
    context: Context, jira: JiraClient, effect: LivingComment
) -> tuple[CommentBody, Sequence[AttachmentDocument]]:
    """The comment's body with its pictures in it, and files of earlier versions that it shows no longer.

    Raises:
        ConnectorError: Jira cannot be reached; trying again attaches nothing twice.
    """
    wanted = [picture for picture in effect.pictures if has_place(effect.body, picture.place)]
    if not wanted:
        return effect.body, ()
    there = await jira.attachments(effect.issue_key)
    body = effect.body
    for picture in wanted:
        body = put(body, picture.place, await _shown(context, jira, effect.issue_key, picture, there))
    names = {picture.file_name for picture in wanted}
    ours = [one for one in there if one["filename"].startswith(prefix_of(effect.marker, effect.edition))]
    return body, [one for one in ours if one["filename"] not in names]


async def remove(jira: JiraClient, old: Sequence[AttachmentDocument]) -> None:
    """Delete files that nothing shows any more; Jira Cloud did so itself when the text changed."""
    for one in old:
        try:
            await jira.delete_attachment(one["id"])
        except Missing:
            continue
        except (NotAllowed, Refused) as error:
            _log.warning("picture.not_removed", attachment=one["id"], reason=str(error))


async def _shown(
    context: Context,
    jira: JiraClient,
    issue: str,
    picture: CommentPicture,
    there: Sequence[AttachmentDocument],
) -> Text | None:
    """What shows the picture; None where it has to be left out."""
    try:
        png = await anyio.to_thread.run_sync(context.draw, picture.spec)
    except NotDrawn as error:
        _log.warning("picture.not_drawn", picture=picture.file_name, reason=str(error))
        return None
    width, height = _size(png)
    form = Picture(width // PIXELS_PER_POINT, height // PIXELS_PER_POINT, picture.alt)
    known = next((one for one in there if one["filename"] == picture.file_name), None)
    try:
        if known is not None:
            return (await jira.show_picture(known, form)).block
        return (await jira.attach_picture(issue, picture.file_name, png, "image/png", form)).block
    except (NotAllowed, Refused, Missing) as error:  # where files are switched off, there is no such address
        _log.warning("picture.refused", issue=issue, picture=picture.file_name, reason=str(error))
        return None


def _size(png: bytes) -> tuple[int, int]:
    """Width and height in pixels, from the header that every PNG begins with."""
    return int.from_bytes(png[16:20]), int.from_bytes(png[20:24])
