"""Comments of ours, each written once.

Jira has no idempotency keys. A comment of ours carries a property with its marker, so before one is written
that we do not remember, we look whether it stands already: a crash between writing and remembering then
costs a look, not a second comment.
"""

from dataclasses import replace
from functools import partial

from app import log
from app.domain.comments import INTERNAL_PROPERTY, MARKER_PROPERTY, LivingComment
from app.store import outbox
from app.store.claim import Claimed
from connectors.errors import ConnectorError, Missing, NotAllowed, Refused
from connectors.jira.client import JiraClient
from connectors.jira.documents import CommentDocument
from connectors.jira.edition import Visibility
from connectors.jira.properties import Kind, Owner
from jobs.comment_pictures import remove, with_pictures
from jobs.context import Context
from jobs.handling import Finished
from jobs.settle import give_time_to_show

_log = log.get(__name__)


async def write(context: Context, jira: JiraClient, work: Claimed, effect: LivingComment) -> Finished:
    """A living comment from row to Jira.

    Raises:
        ConnectorError: it did not go through; the worker decides when to try again.
    """
    known = await context.database.call_read(lambda tx: outbox.known_comment(tx, work.row["site_id"], effect))
    body, old = await with_pictures(context, jira, effect)
    may_be_late = context.database.has_one_writer  # elsewhere the lease had to end first
    comment = await _write_living_comment(
        jira, work, replace(effect, body=body), known, may_be_late=may_be_late
    )
    await remove(jira, old)
    _log.info(
        "effect.done", effect=work.id, cause=work.row["cause"], issue=effect.issue_key, comment=comment["id"]
    )
    return Finished(
        outbox.DONE,
        commit=partial(
            outbox.remember_comment,
            site_id=work.row["site_id"],
            effect=effect,
            comment_id=comment["id"],
            now=context.now(),
            effect_id=work.id,
        ),
        values={
            "outcome": {
                "issue_key": effect.issue_key,
                "comment_id": comment["id"],
                "self": comment.get("self"),
            }
        },
    )


async def _write_living_comment(
    jira: JiraClient, work: Claimed, effect: LivingComment, known: str | None, *, may_be_late: bool
) -> CommentDocument:
    """Edit the comment that stands; write it where none stands."""
    if known is not None:
        try:
            return await _edit_quietly(jira, effect, known)
        except (Missing, Refused) as error:
            if isinstance(error, Refused) and await _stands(jira, effect, known):
                raise
            _log.warning("effect.comment_gone", issue=effect.issue_key, comment=known)
    standing = await jira.find_comment(
        effect.issue_key, property_key=MARKER_PROPERTY, value=effect.property_value
    )
    if standing is not None:
        return await _edit_quietly(jira, effect, standing["id"])
    if may_be_late:
        give_time_to_show(work.row)
    visibility = _visibility(effect)
    written = await jira.add_comment(
        effect.issue_key, effect.body, properties=effect.properties, visibility=visibility
    )
    kept = {each.get("key") for each in written.get("properties") or ()}
    owner = Owner(Kind.COMMENT, written["id"])
    if MARKER_PROPERTY not in kept:
        # Without its marker it would not be found again; not every Jira keeps it with a new comment.
        try:
            await jira.set_property(owner, MARKER_PROPERTY, effect.property_value)
        except ConnectorError as error:
            # The comment stands and is remembered; failing now would write it again.
            _log.error("effect.not_marked", comment=written["id"], reason=str(error))
    if effect.internal and INTERNAL_PROPERTY not in kept:
        # Customers would read it. Tried again, it is found by its marker and edited.
        await jira.set_property(owner, INTERNAL_PROPERTY, effect.properties[INTERNAL_PROPERTY])
    return written


async def _stands(jira: JiraClient, effect: LivingComment, comment_id: str) -> bool:
    """Whether the comment is still there: Data Center refuses an edit of one that is gone with 400."""
    try:
        await jira.comment(effect.issue_key, comment_id)
    except Missing:
        return False
    return True


async def _edit_quietly(jira: JiraClient, effect: LivingComment, comment_id: str) -> CommentDocument:
    """Edit without mail to watchers; only project admins may ask for that, so otherwise with it."""
    hidden = {INTERNAL_PROPERTY: effect.properties[INTERNAL_PROPERTY]} if effect.internal else None
    edit = partial(
        jira.edit_comment,
        effect.issue_key,
        comment_id,
        effect.body,
        properties=hidden,
        visibility=_visibility(effect),
    )
    try:
        return await edit(notify_users=False)
    except (NotAllowed, Refused):
        return await edit(notify_users=True)


def _visibility(effect: LivingComment) -> Visibility | None:
    return None if effect.audience is None else Visibility(effect.audience.kind, effect.audience.name)
